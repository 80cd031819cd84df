"""What was changed in books that had been closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse.closed_periods import Closing, closed_period_edits, closings
from qbo_pipeline.warehouse.edits import Edit
from qbo_pipeline_tests.lake.pages import REALM, deletion, page, record
from qbo_pipeline_tests.warehouse.loading import Place

INVOICE = entity("Invoice")
BEFORE_ALL = datetime(2020, 1, 1, tzinfo=UTC)
CLOSED = date(2026, 1, 31)


def at(day: int) -> str:
    return f"2026-02-{day:02d}T12:00:00+00:00"


def instant(day: int) -> datetime:
    return datetime.fromisoformat(at(day))


CLOSED_ON_THE_TENTH = Closing(REALM, CLOSED, instant(10))


def invoice(identity: str, version: int, day: int, dated: str, total: float, **fields: Any) -> Any:
    """An invoice changed on a day of February."""
    made = record(identity, version, at(day), TxnDate=dated, TotalAmt=total, DocNumber=f"10{identity}", **fields)
    made["MetaData"]["CreateTime"] = at(fields.pop("created", 1))
    return made


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, (INVOICE, entity("Preferences")))


def asked(place: Place, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(place.target), read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def edits(place: Place, *closed: Closing, since: datetime = BEFORE_ALL) -> list[Edit]:
    return closed_period_edits(
        lambda sql, values: asked(place, sql, values), place.lake, INVOICE, closed or [CLOSED_ON_THE_TENTH], since
    )


def test_an_edit_of_what_was_closed_is_found_and_one_of_before_is_not(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 0, 1, "2026-01-15", 20), invoice("2", 0, 1, "2026-01-15", 20)))
    place.merge(page("Invoice", invoice("1", 1, 9, "2026-01-15", 25), invoice("2", 1, 11, "2026-01-15", 28)))
    [edit] = edits(place)
    assert (edit.id, edit.operation, edit.moved) == ("2", "changed", Decimal(8))


def test_what_is_dated_after_the_closed_books_may_change(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 0, 1, "2026-02-01", 20)))
    place.merge(page("Invoice", invoice("1", 1, 20, "2026-02-02", 25)))
    assert edits(place) == []


@pytest.mark.parametrize(("before", "after"), [("2026-01-15", "2026-02-03"), ("2026-02-03", "2026-01-15")])
def test_a_date_that_moves_out_of_closed_books_or_into_them_is_an_edit_of_them(
    place: Place, before: str, after: str
) -> None:
    place.merge(page("Invoice", invoice("1", 0, 1, before, 20)))
    place.merge(page("Invoice", invoice("1", 1, 11, after, 20)))
    [edit] = edits(place)
    assert (str(edit.dated_before), str(edit.dated)) == (before, after)


def test_a_deletion_from_closed_books_is_found(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 0, 1, "2026-01-15", 20), invoice("2", 0, 1, "2026-02-15", 20)))
    place.merge(page("Invoice", deletion("1", at(12)), deletion("2", at(12)), source="cdc"))
    [edit] = edits(place)
    assert (edit.id, edit.operation, edit.moved) == ("1", "deleted", Decimal(-20))


def test_a_deletion_that_a_webhook_and_change_data_capture_date_differently_is_one_edit(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 0, 1, "2026-01-15", 20)))
    place.merge(page("Invoice", deletion("1", "2026-02-12T12:00:01+00:00"), source="webhook"))
    place.merge(page("Invoice", deletion("1", "2026-02-12T12:00:03+00:00"), source="cdc"))
    [edit] = edits(place)
    assert (edit.operation, edit.moved) == ("deleted", Decimal(-20))


def test_what_is_made_in_closed_books_is_found_also_when_it_was_edited_before_it_was_received(place: Place) -> None:
    created = invoice("1", 0, 12, "2026-01-15", 20, created=12)
    edited = invoice("2", 3, 14, "2026-01-15", 20, created=13)
    old = invoice("3", 3, 14, "2026-01-15", 20, created=2)
    place.merge(page("Invoice", created, edited, old))
    assert [(edit.id, edit.operation) for edit in edits(place)] == [("1", "created"), ("2", "changed")]


def test_a_payment_or_a_reminder_changes_no_books(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 0, 1, "2026-01-15", 20, Balance=20)))
    paid = {"Balance": 0, "LinkedTxn": [{"TxnId": "7", "TxnType": "Payment"}], "EmailStatus": "EmailSent"}
    place.merge(page("Invoice", invoice("1", 1, 12, "2026-01-15", 20, **paid)))
    place.merge(page("Invoice", invoice("1", 2, 13, "2026-01-15", 20.0, **paid)))
    assert edits(place) == []
    place.merge(page("Invoice", invoice("1", 3, 14, "2026-01-15", 20, CustomerRef={"value": "2"}, **paid)))
    [edit] = edits(place)
    assert [one.path for one in edit.differences] == ["CustomerRef"]


def test_only_what_was_received_lately_is_looked_at(place: Place) -> None:
    place.merge(page("Invoice", invoice("1", 0, 1, "2026-01-15", 20)))
    place.merge(page("Invoice", invoice("1", 1, 11, "2026-01-15", 25)))
    assert len(edits(place)) == 1
    assert edits(place, since=datetime(2026, 11, 2, tzinfo=UTC)) == []  # pages are received on 2026-11-01


def test_companies_are_judged_by_their_own_closing_dates(place: Place) -> None:
    for realm_id in ("1000", "2000"):
        place.merge(page("Invoice", invoice("1", 0, 1, "2026-01-15", 20), realm_id=realm_id))
        place.merge(page("Invoice", invoice("1", 1, 11, "2026-01-15", 25), realm_id=realm_id))
    found = edits(place, Closing("1000", date(2025, 12, 31), instant(2)), Closing("2000", CLOSED, instant(10)))
    assert [edit.realm_id for edit in found] == ["2000"]


def test_closing_dates_come_from_preferences_with_when_they_were_set(place: Place) -> None:
    def preferences(version: int, day: int, **accounting: Any) -> Any:
        return page("Preferences", record("1", version, at(day), AccountingInfoPrefs=accounting))

    place.merge(preferences(0, 1, UseAccountNumbers=True))
    place.merge(preferences(1, 3, BookCloseDate="2025-12-31"))
    place.merge(preferences(2, 10, BookCloseDate="2026-01-31"))
    assert closings(lambda sql, values: asked(place, sql, values), [REALM, "no other"]) == [
        Closing(REALM, date(2025, 12, 31), instant(3), instant(10)),
        Closing(REALM, CLOSED, instant(10)),
    ]
    assert closings(lambda sql, values: asked(place, sql, values), ["another"]) == []
    place.merge(page("Invoice", invoice("1", 0, 1, "2026-01-15", 20)))
    place.merge(page("Invoice", invoice("1", 1, 5, "2026-01-15", 25)))
    place.merge(page("Invoice", invoice("1", 2, 11, "2025-12-15", 25)))
    closed = closings(lambda sql, values: asked(place, sql, values), [REALM])
    assert [edit.at for edit in edits(place, *closed)] == [instant(11)]
