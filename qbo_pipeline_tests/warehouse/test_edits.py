"""Who changed what, and how much money moved."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from qbo_pipeline.warehouse.edits import Edit, edits
from qbo_pipeline_tests.lake.pages import RECEIVED_AT, deletion, page, record
from qbo_pipeline_tests.warehouse.loading import Place

START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
CREATED = "2026-05-01T00:00:00-07:00"


def at(day: int) -> str:
    return f"2026-05-{day:02d}T00:00:00-07:00"


def invoice(version: int, day: int, total: float, **fields: Any) -> Any:
    return record("1", version, at(day), TotalAmt=total, TxnDate="2026-04-30", DocNumber="1038", **fields)


def found(place: Place, *pages: Any, closed_before: date | None = None, since: datetime = START) -> list[Edit]:
    for one in pages:
        place.write(one)
    return list(edits(place.lake, since, END, closed_before))


def test_an_edit_shows_before_after_and_what_moved(place: Place) -> None:
    who = {"LastModifiedByRef": {"value": "9130", "name": "Craig"}}
    changed = invoice(1, 2, 21.8, CustomerRef={"value": "2"})
    changed["MetaData"] |= who
    created, edited = found(
        place, page("Invoice", invoice(0, 1, 20, CustomerRef={"value": "2"})), page("Invoice", changed)
    )
    assert (created.operation, created.moved, created.differences) == ("created", Decimal(20), ())
    assert (edited.operation, edited.number, edited.by) == ("changed", "1038", "Craig")
    assert (edited.amount_before, edited.amount_after, edited.moved) == (Decimal(20), Decimal("21.8"), Decimal("1.8"))
    assert [(one.path, one.before, one.after) for one in edited.differences] == [("TotalAmt", "20", "21.8")]


def test_a_deletion_takes_its_amount_with_it(place: Place) -> None:
    gone = page("Invoice", deletion("1", at(3)), source="cdc")
    *_, deleted = found(place, page("Invoice", invoice(0, 1, 20)), gone)
    assert (deleted.operation, deleted.number, deleted.dated) == ("deleted", "1038", date(2026, 4, 30))
    assert (deleted.amount_before, deleted.amount_after, deleted.moved) == (Decimal(20), Decimal(0), Decimal(-20))


def test_a_deletion_that_a_webhook_and_change_data_capture_date_differently_is_one_edit(place: Place) -> None:
    told = [page("Invoice", deletion("1", f"2026-05-03T00:00:0{second}-07:00")) for second in (1, 3)]
    edits_found = found(place, page("Invoice", invoice(0, 1, 20)), *told)
    assert [(one.operation, one.moved) for one in edits_found] == [("created", Decimal(20)), ("deleted", Decimal(-20))]
    back, gone = page("Invoice", invoice(1, 4, 20)), page("Invoice", deletion("1", at(5)))
    assert [one.operation for one in found(place, back, gone)] == ["created", "deleted", "changed", "deleted"]


def test_a_void_is_told_apart_from_an_edit(place: Place) -> None:
    *_, voided, noted = found(
        place,
        page("Invoice", invoice(0, 1, 20)),
        page("Invoice", invoice(1, 2, 0, PrivateNote="Voided")),
        page("Invoice", invoice(2, 3, 0, PrivateNote="Voided", DueDate="2026-06-01")),
    )
    assert (voided.operation, voided.moved) == ("voided", Decimal(-20))
    assert (noted.operation, noted.moved) == ("changed", Decimal(0))


def test_a_journal_entry_that_is_noted_to_be_about_a_voided_check_is_changed(place: Place) -> None:
    """Its total is zero, as that of all journal entries."""
    line = {"Amount": 20, "DetailType": "JournalEntryLineDetail"}

    def entry(version: int, day: int, note: str) -> Any:
        return record("1", version, at(day), TotalAmt=0, TxnDate="2026-04-30", PrivateNote=note, Line=[line, line])

    *_, noted = found(
        place, page("JournalEntry", entry(0, 1, "Accrual")), page("JournalEntry", entry(1, 2, "Voided check 7"))
    )
    assert noted.operation == "changed"


def test_what_changed_before_it_was_first_received_is_not_guessed(place: Place) -> None:
    [edit] = found(place, page("Invoice", invoice(5, 20, 20)))
    assert (edit.operation, edit.seen_before, edit.moved) == ("changed", False, None)


def test_changes_of_a_closed_period_are_those_dated_in_it_before_or_after(place: Place) -> None:
    def dated(version: int, day: int, txn_date: str, identity: str = "1") -> Any:
        return page("Invoice", record(identity, version, at(day), TxnDate=txn_date))

    pages = [
        dated(0, 1, "2026-02-10"),
        dated(1, 2, "2026-01-10"),
        dated(2, 3, "2026-02-10"),
        dated(3, 4, "2026-02-11"),
        page("Customer", record("9", 0, at(2))),
    ]
    closed = found(place, *pages, closed_before=date(2026, 1, 31))
    assert [(edit.dated_before, edit.dated) for edit in closed] == [
        (date(2026, 2, 10), date(2026, 1, 10)),
        (date(2026, 1, 10), date(2026, 2, 10)),
    ]


def test_null_says_as_little_as_what_is_absent(place: Place) -> None:
    nulls = dict.fromkeys(("MetaData", "TotalAmt", "TxnDate", "DocNumber", "PrivateNote", "Line"))
    place.write(page("Invoice", {"Id": "1", "SyncToken": "0", **nulls}))
    # Without a stamp it changed when it came.
    [edit] = edits(place.lake, RECEIVED_AT, RECEIVED_AT)
    assert (edit.number, edit.dated, edit.by, edit.amount_after) == ("", None, None, None)


def test_the_same_version_received_twice_is_one_edit(place: Place) -> None:
    twice = page("Invoice", invoice(0, 1, 20))
    assert len(found(place, twice, twice)) == 1


def test_what_lies_before_the_period_is_only_compared_with(place: Place) -> None:
    pages = (page("Invoice", invoice(0, 1, 20)), page("Invoice", invoice(1, 10, 30)))
    [edit] = found(place, *pages, since=datetime(2026, 5, 9, tzinfo=UTC))
    assert edit.moved == 10
