"""Changes reach the warehouse once each, whichever way tells of them and however long nobody asked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.failures import LoadError
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.local.quickbooks import LocalQuickBooks, accounting_api
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.errors import ServerError
from qbo_pipeline.state.cursors import ChangeCursors
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.closed_periods import closed_period_edits, closings
from qbo_pipeline_tests.end_to_end.comparison import differences
from qbo_pipeline_tests.end_to_end.conftest import Start

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

INVOICE, PAYMENT, CUSTOMER = entity("Invoice"), entity("Payment"), entity("Customer")
ENTITIES = [entity("Preferences"), CUSTOMER, INVOICE, PAYMENT, entity("Transfer"), entity("TimeActivity")]
WORKED_SINCE = int(time.time()) - 730 * 86_400
"""When the first time activities were created: the same for all tests, which start from one load."""


@pytest.fixture
def loaded(start: Start, quickbooks: LocalQuickBooks, realm_id: str) -> Iterator[Session]:
    add_many(quickbooks, realm_id, "TimeActivity", 3, WORKED_SINCE)
    with start.loaded(quickbooks, lambda session: session.backfill(realm_id, ENTITIES, None, "first")) as session:
        yield session


def wrong(quickbooks: LocalQuickBooks, session: Session, realm_id: str) -> list[str]:
    """What differs from QuickBooks in the tables that these tests load."""
    return differences(quickbooks, session, realm_id, ENTITIES)


def asked(quickbooks: LocalQuickBooks, before: int) -> list[str]:
    """The endpoints of the requests since there were so many."""
    return [one.path for one in quickbooks.requests[before:]]


def nobody_asks_for(session: Session, realm_id: str, days: int) -> None:
    """Set the cursors back, as if the pipeline had not run for so long."""
    names = [one.name for one in ENTITIES]
    with StateStore(session.settings.state_url) as store:
        cursors = ChangeCursors(store)
        cursors.forget(realm_id, names)
        cursors.advance(realm_id, names, datetime.now(UTC) - timedelta(days=days))


def cursors_of(session: Session, realm_id: str) -> dict[str, datetime]:
    with StateStore(session.settings.state_url) as store:
        return ChangeCursors(store).of(realm_id)


def add_many(quickbooks: LocalQuickBooks, realm_id: str, name: str, count: int, since: int | None = None) -> None:
    """Records of little content, created a second apart, from two years ago on unless it is said since when."""
    first = since or int(quickbooks.clock.now()) - 730 * 86_400

    def texts() -> Iterator[tuple[str, int, int, str, str]]:
        for number in range(count):
            at, one = first + number, str(5_000_000 + number)
            stamp = datetime.fromtimestamp(at, UTC).isoformat()
            record: dict[str, Any] = {"domain": "QBO", "Id": one, "SyncToken": "0", "TxnDate": "2024-11-01"}
            record |= {"MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}}
            yield one, at, at, "2024-11-01", json.dumps(record)

    quickbooks.store.add_texts(realm_id, name, texts())


def test_eleven_hundred_changed_invoices_and_their_customers_cost_at_most_twelve_calls(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(90)
    oldest = quickbooks.writer.oldest(realm_id, "Invoice")
    for _ in range(1100):
        quickbooks.writer.duplicate(realm_id, "Invoice", oldest)
    before = len(quickbooks.requests)
    assert loaded.changes.has_news(realm_id, ENTITIES)
    assert len(asked(quickbooks, before)) == 1
    loaded.changes.sync(realm_id, [one for one in ENTITIES if one.change_data_capture], "second")
    assert len(asked(quickbooks, before)) <= 12
    assert wrong(quickbooks, loaded, realm_id) == []


def test_entities_that_fill_an_answer_together_lose_nothing(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(90)
    oldest = quickbooks.writer.oldest(realm_id, "Invoice")
    for _ in range(600):
        quickbooks.writer.duplicate(realm_id, "Invoice", oldest)
    add_many(quickbooks, realm_id, "Transfer", 600, int(quickbooks.clock.now()))
    loaded.changes.sync(realm_id, ENTITIES, "second")
    assert wrong(quickbooks, loaded, realm_id) == []


@pytest.mark.parametrize("days", [28, 31])
def test_changes_and_deletions_of_a_gap_are_found(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, days: int
) -> None:
    writer = quickbooks.writer
    nobody_asks_for(loaded, realm_id, days)
    for name in ("Invoice", "Payment", "TimeActivity"):
        writer.remove(realm_id, name, writer.oldest(realm_id, name, 1))
    writer.touch(realm_id, "Invoice", writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    writer.duplicate(realm_id, "Invoice", writer.oldest(realm_id, "Invoice"))
    before = len(quickbooks.requests)
    loaded.changes.sync(realm_id, ENTITIES, "second")
    assert wrong(quickbooks, loaded, realm_id) == []
    assert ("cdc" in asked(quickbooks, before)) is (days < 30)
    assert min(cursors_of(loaded, realm_id).values()) > datetime.now(UTC) - timedelta(minutes=10)
    assert not loaded.changes.has_news(realm_id, ENTITIES)


@pytest.mark.parametrize("name", ["Invoice", "TimeActivity"])
def test_what_a_webhook_brought_in_a_gap_and_was_deleted_unseen_is_found(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, name: str
) -> None:
    """As where a listener works alone, and the delivery that tells of the deletion never came."""
    writer, of = quickbooks.writer, entity(name)
    brought = writer.duplicate(realm_id, name, writer.oldest(realm_id, name))["Id"]
    loaded.load_told(realm_id, [Told(of, brought)], "webhook")
    writer.remove(realm_id, name, brought)
    quickbooks.clock.advance(3600)
    nobody_asks_for(loaded, realm_id, 40)

    loaded.changes.sync(realm_id, ENTITIES, "second")

    assert wrong(quickbooks, loaded, realm_id) == []
    assert min(cursors_of(loaded, realm_id).values()) > datetime.now(UTC)


def from_this_month_on() -> Period:
    """What the current month's partition, or `backfill --from`, loads."""
    return Period(datetime.now(UTC).date().replace(day=1), date(2999, 12, 31))


def test_loading_the_current_month_does_not_pass_over_changes_of_earlier_ones(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    writer = quickbooks.writer
    quickbooks.clock.advance(3600)
    writer.touch(realm_id, "Invoice", writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    writer.remove(realm_id, "Invoice", writer.oldest(realm_id, "Invoice", 1))
    quickbooks.clock.advance(3600)
    loaded.backfill(realm_id, ENTITIES, from_this_month_on(), "this month")
    loaded.changes.sync(realm_id, ENTITIES, "second")
    assert wrong(quickbooks, loaded, realm_id) == []


def test_changes_are_followed_from_when_the_first_of_several_periods_was_loaded(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    this_month = from_this_month_on()
    earlier = Period(date(1900, 1, 1), this_month.first_day - timedelta(days=1))
    session.backfill(realm_id, [INVOICE], earlier, "earlier months")
    quickbooks.clock.advance(3600)
    oldest = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", oldest, PrivateNote="Edited")
    quickbooks.clock.advance(3600)
    session.backfill(realm_id, [INVOICE], this_month, "this month")
    session.changes.sync(realm_id, [INVOICE], "second")
    assert differences(quickbooks, session, realm_id, [INVOICE]) == []


def test_a_merge_of_a_gap_is_found(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    nobody_asks_for(loaded, realm_id, 40)
    quickbooks.store.rows("DELETE FROM record WHERE entity = 'Customer' AND id = (SELECT max(id) FROM record "
                          "WHERE entity = 'Customer')")  # fmt: skip
    [load] = [one for one in loaded.changes.sync(realm_id, ENTITIES, "second") if one.deleted]
    assert (load.entity, load.deleted) == ("Customer", 1)
    assert wrong(quickbooks, loaded, realm_id) == []


def test_merges_that_change_data_capture_alone_shows_lead_to_the_vendor_that_lives(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    vendor = entity("Vendor")
    session.backfill(realm_id, [vendor], None, "first")
    first, second, third = (quickbooks.writer.oldest(realm_id, "Vendor", place) for place in range(3))
    for lost, kept in ((first, second), (second, third)):
        quickbooks.clock.advance(90)
        quickbooks.writer.merge(realm_id, "Vendor", lost, kept)
        assert session.changes.has_news(realm_id, [vendor])
        session.changes.sync(realm_id, [vendor], f"{lost} into {kept}")
    survivors = session.warehouse_query("SELECT id, surviving_id, merges FROM quickbooks.surviving_record")
    assert sorted(survivors) == sorted([(first, third, 2), (second, third, 1)])
    assert session.warehouse_query("SELECT DISTINCT source FROM quickbooks.merged_record") == [("inferred",)]
    assert session.warehouse_query("SELECT deleted FROM quickbooks.vendor WHERE id = ?", [first]) == [(True,)]


@pytest.mark.parametrize("found_by", ["a complete load", "counting"])
def test_a_merge_that_is_found_long_after_leads_to_nobody_who_only_changed_in_the_moment_it_was_found(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, found_by: str
) -> None:
    vendor, writer = entity("Vendor"), quickbooks.writer
    session.backfill(realm_id, [vendor], None, "first")
    lost, kept, another = (writer.oldest(realm_id, "Vendor", place) for place in range(3))
    writer.merge(realm_id, "Vendor", lost, kept)
    quickbooks.clock.advance(40 * 86_400)
    writer.touch(realm_id, "Vendor", another, PrintOnCheckName="Another")
    if found_by == "counting":
        with StateStore(session.settings.state_url) as store:
            ChangeCursors(store).forget(realm_id, ["Vendor"])
            ChangeCursors(store).advance(realm_id, ["Vendor"], datetime.now(UTC) - timedelta(days=40))
        session.changes.sync(realm_id, [vendor], "second")
    else:
        session.backfill(realm_id, [vendor], None, "second")
    merged = "SELECT deleted_id, into_id, source FROM quickbooks.merged_record"
    assert session.warehouse_query(merged) == [(lost, None, "deletion")]


def test_an_edit_after_the_books_were_closed_is_told_apart_from_a_payment(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    preferences, writer = entity("Preferences"), quickbooks.writer
    session.backfill(realm_id, [preferences, INVOICE], None, "first")
    edited, paid, early = (writer.oldest(realm_id, "Invoice", place) for place in range(3))
    quickbooks.clock.advance(90)
    writer.touch(realm_id, "Invoice", early, PrivateNote="In time")
    quickbooks.clock.advance(90)
    writer.touch(realm_id, "Preferences", "1", AccountingInfoPrefs={"BookCloseDate": "2026-06-30"})
    quickbooks.clock.advance(90)
    writer.touch(realm_id, "Invoice", edited, PrivateNote="Too late")
    writer.touch(realm_id, "Invoice", paid, Balance=0, LinkedTxn=[{"TxnId": "1", "TxnType": "Payment"}])
    session.changes.sync(realm_id, [preferences, INVOICE], "second")

    with session.reading() as query:
        closed = closings(query, [realm_id])
        edits = closed_period_edits(
            query, session.settings.data.lake, INVOICE, closed, datetime(2020, 1, 1, tzinfo=UTC)
        )
    assert closed[-1].last_day == date(2026, 6, 30)
    late = [edit for edit in edits if edit.at >= closed[-1].closed_from]
    assert [(edit.id, edit.operation, edit.moved) for edit in late] == [(edited, "changed", Decimal(0))]
    assert [one.path for one in late[0].differences] == ["PrivateNote"]


def test_two_deletions_among_thousands_are_found_without_reading_thousands(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    add_many(quickbooks, realm_id, "Transfer", 3500)
    session.backfill(realm_id, ENTITIES, None, "first")
    nobody_asks_for(session, realm_id, 40)
    for position in (40, 2900):
        quickbooks.writer.remove(realm_id, "Transfer", quickbooks.writer.oldest(realm_id, "Transfer", position))
    before = len(quickbooks.requests)
    session.changes.sync(realm_id, [entity("Transfer")], "second")
    assert wrong(quickbooks, session, realm_id) == []
    assert sorted(asked(quickbooks, before)) == ["batch", "batch", "query", "query", "query", "query"]


def test_what_was_deleted_in_a_gap_is_found_later_where_looking_for_it_failed(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    nobody_asks_for(loaded, realm_id, 40)
    quickbooks.writer.remove(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice", 1))
    quickbooks.inject("server_error", match="FROM Invoice WHERE MetaData.CreateTime <=", times=100, status=503)
    with pytest.raises(LoadError, match="Invoice"):
        loaded.changes.sync(realm_id, ENTITIES, "second")
    late = {name for name, since in cursors_of(loaded, realm_id).items() if since < datetime.now(UTC) - LONG_AGO}
    assert late == {"Invoice"}
    quickbooks.heal()
    loaded.changes.sync(realm_id, ENTITIES, "third")
    assert wrong(quickbooks, loaded, realm_id) == []


LONG_AGO = timedelta(days=39)


def test_a_question_that_fails_moves_no_cursor_and_its_requests_are_told(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, [INVOICE], None, "first")
    before = cursors_of(session, realm_id)
    quickbooks.inject("server_error", endpoint=["cdc"], times=100)
    with pytest.raises(ServerError):
        session.changes.sync(realm_id, [INVOICE], "second")
    quickbooks.heal()
    assert cursors_of(session, realm_id) == before
    calls = "SELECT count(*), count(*) FILTER (outcome = 'server_error') FROM audit.api_call WHERE run_id = 'second'"
    assert session.warehouse_query(calls) == [(5, 5)]
    assert session.calls_by_day(date(2020, 1, 1))[realm_id, datetime.now(UTC).date(), "cdc"] == 5
    [(error,)] = session.warehouse_query("SELECT error FROM audit.sync_run WHERE run_id = 'second'")
    assert "503" in error


def test_a_feature_that_was_switched_off_since_the_first_load_holds_up_no_other(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes over to a smaller subscription has, say, no time tracking any more. Its cursor waits for better."""
    answered = accounting_api.AccountingApi._query

    def refused(self: accounting_api.AccountingApi, realm: str, text: str) -> str:
        if "FROM TimeActivity" in text:
            raise ServiceFaultError(400, "5020", "Feature Not Supported Error", "You have no access to this feature.")
        return answered(self, realm, text)

    before = cursors_of(loaded, realm_id)
    quickbooks.clock.advance(3600)
    quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    with monkeypatch.context() as patch:
        patch.setattr(accounting_api.AccountingApi, "_query", refused)
        loads = loaded.changes.sync(realm_id, ENTITIES, "second")
    assert [load.entity for load in loads if load.note and "Not available" in load.note] == ["TimeActivity"]
    after = cursors_of(loaded, realm_id)
    assert {name for name, since in after.items() if since == before[name]} == {"TimeActivity"}
    assert wrong(quickbooks, loaded, realm_id) == []

    quickbooks.writer.remove(realm_id, "TimeActivity", quickbooks.writer.oldest(realm_id, "TimeActivity", 1))
    loaded.changes.sync(realm_id, ENTITIES, "when it is back")
    assert wrong(quickbooks, loaded, realm_id) == []


def test_an_entity_that_may_not_be_read_any_more_holds_up_no_other_and_is_told(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where whoever connected the company lost a right. What is asked for after it is read all the same."""
    code, activity = entity("TaxCode"), entity("TimeActivity")
    add_many(quickbooks, realm_id, "TimeActivity", 3)
    session.backfill(realm_id, [code, activity], None, "first")
    answered, before = accounting_api.AccountingApi._query, cursors_of(session, realm_id)

    def refused(self: accounting_api.AccountingApi, realm: str, text: str) -> str:
        if "FROM TaxCode" in text:
            raise ServiceFaultError(403, "120", "Authorization Failure", "You have no right to this.")
        return answered(self, realm, text)

    monkeypatch.setattr(accounting_api.AccountingApi, "_query", refused)
    quickbooks.clock.advance(3600)
    oldest = quickbooks.writer.oldest(realm_id, "TimeActivity")
    quickbooks.writer.touch(realm_id, "TimeActivity", oldest, Description="Edited")
    with pytest.raises(LoadError, match=r"TaxCode: .*You have no right") as failed:
        session.changes.sync(realm_id, [code, activity], "second")
    assert [(load.entity, load.updated) for load in failed.value.loads] == [("TimeActivity", 1)]
    assert {one for one, since in cursors_of(session, realm_id).items() if since > before[one]} == {"TimeActivity"}


def test_an_entity_that_may_not_be_read_any_more_keeps_none_from_being_loaded_for_the_first_time(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, activity = entity("TaxCode"), entity("TimeActivity")
    add_many(quickbooks, realm_id, "TimeActivity", 3)
    session.backfill(realm_id, [code], None, "first")
    answered = accounting_api.AccountingApi._query

    def refused(self: accounting_api.AccountingApi, realm: str, text: str) -> str:
        if "FROM TaxCode" in text:
            raise ServiceFaultError(403, "120", "Authorization Failure", "You have no right to this.")
        return answered(self, realm, text)

    monkeypatch.setattr(accounting_api.AccountingApi, "_query", refused)
    with pytest.raises(LoadError, match=r"TaxCode: .*You have no right") as failed:
        session.changes.sync(realm_id, [code, activity], "second")
    assert [(load.entity, load.source, load.inserted) for load in failed.value.loads] == [
        ("TimeActivity", "backfill", 3)
    ]


def test_a_deletion_of_what_change_data_capture_does_not_know_is_found(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    activity = entity("TimeActivity")
    quickbooks.clock.advance(90)
    quickbooks.writer.remove(realm_id, "TimeActivity", quickbooks.writer.oldest(realm_id, "TimeActivity", 1))
    loads = loaded.changes.sync(realm_id, [activity], "second")
    assert sum(load.deleted for load in loads) == 1
    before = len(quickbooks.requests)
    loaded.changes.sync(realm_id, [activity], "third")
    assert asked(quickbooks, before) == ["query", "batch"]
    assert wrong(quickbooks, loaded, realm_id) == []


@pytest.mark.parametrize("name", ["TimeActivity", "Invoice"])
def test_deletions_are_found_by_counting_where_only_some_of_the_history_was_loaded(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, name: str
) -> None:
    """QuickBooks has more records than were loaded then, however many of these were deleted."""
    of, writer = entity(name), quickbooks.writer
    add_many(quickbooks, realm_id, "TimeActivity", 5)
    for month in ("06", "07", "07"):
        worked = {"TxnDate": f"2026-{month}-15", "NameOf": "Employee", "Hours": 1, "Minutes": 0}
        writer.save(realm_id, "TimeActivity", worked)
    quickbooks.clock.advance(3600)
    session.backfill(realm_id, [of], Period(date(2026, 1, 1), date(2999, 12, 31)), "from this year on")
    if name == "Invoice":
        nobody_asks_for(session, realm_id, 40)
    created = f"SELECT max(id) FROM quickbooks.{of.table} WHERE txn_date < '2026-08-01'"
    [(gone,)] = session.warehouse_query(created)
    quickbooks.clock.advance(90)
    writer.remove(realm_id, name, gone)
    session.changes.sync(realm_id, [of], "second")
    assert session.warehouse_query(f"SELECT id FROM quickbooks.{of.table} WHERE deleted") == [(gone,)]


def test_a_record_of_a_day_in_no_calendar_does_not_keep_others_from_being_counted_by_months(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    """It lies in quarantine, and no month of any calendar is its own."""
    activity, writer = entity("TimeActivity"), quickbooks.writer
    add_many(quickbooks, realm_id, "TimeActivity", 5)
    for _ in range(2):
        worked = {"TxnDate": "2026-06-15", "NameOf": "Employee", "Hours": 1, "Minutes": 0}
        writer.save(realm_id, "TimeActivity", worked)
    quickbooks.clock.advance(3600)
    session.backfill(realm_id, [activity], Period(date(2026, 1, 1), date(2999, 12, 31)), "from this year on")
    unfit = writer.oldest(realm_id, "TimeActivity")
    writer.touch(realm_id, "TimeActivity", unfit, TxnDate="12025-03-01")
    session.changes.sync(realm_id, [activity], "a mistyped year")
    assert session.warehouse_query("SELECT id FROM audit.rejected_record") == [(unfit,)]

    [(gone,)] = session.warehouse_query("SELECT max(id) FROM quickbooks.time_activity")
    quickbooks.clock.advance(90)
    writer.remove(realm_id, "TimeActivity", gone)
    session.changes.sync(realm_id, [activity], "second")
    assert session.warehouse_query("SELECT id FROM quickbooks.time_activity WHERE deleted") == [(gone,)]


def test_a_record_in_quarantine_does_not_stand_in_for_one_that_was_deleted_unseen(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    """QuickBooks counts it, so that both together make as many as the table has."""
    activity, writer = entity("TimeActivity"), quickbooks.writer
    add_many(quickbooks, realm_id, "TimeActivity", 4)
    unfit, gone, edited = (writer.oldest(realm_id, "TimeActivity", place) for place in range(3))
    writer.touch(realm_id, "TimeActivity", unfit, Hours="many")
    session.backfill(realm_id, [activity], None, "first")
    writer.touch(realm_id, "TimeActivity", edited, Hours="many")
    session.changes.sync(realm_id, [activity], "one that is known does not fit any more")
    unfitting = session.warehouse_query("SELECT DISTINCT id FROM audit.rejected_record ORDER BY id")
    assert unfitting == [(unfit,), (edited,)]

    quickbooks.clock.advance(90)
    writer.remove(realm_id, "TimeActivity", gone)
    session.changes.sync(realm_id, [activity], "second")
    deleted = "SELECT id FROM quickbooks.time_activity WHERE deleted ORDER BY id"
    assert session.warehouse_query(deleted) == [(gone,)]

    writer.remove(realm_id, "TimeActivity", unfit)
    for times in range(2):
        before = len(quickbooks.requests)
        session.changes.sync(realm_id, [activity], f"the one that does not fit is gone {times}")
    assert asked(quickbooks, before) == ["query", "batch"]
    assert session.warehouse_query(deleted) == [(unfit,), (gone,)]


def test_a_deletion_that_does_not_say_when_is_later_than_what_is_known(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = accounting_api.AccountingApi._changed

    def without_times(*question: Any) -> list[str]:
        records = [json.loads(text) for text in answered(*question)]
        return [
            json.dumps({key: one[key] for key in one if key != "MetaData" or "SyncToken" in one}) for one in records
        ]

    monkeypatch.setattr(accounting_api.AccountingApi, "_changed", without_times)
    quickbooks.clock.advance(90)
    gone = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    assert loaded.changes.has_news(realm_id, ENTITIES)
    loaded.changes.sync(realm_id, ENTITIES, "second")
    assert loaded.warehouse_query("SELECT id FROM quickbooks.invoice WHERE deleted") == [(gone,)]
    assert not loaded.changes.has_news(realm_id, ENTITIES)


def test_a_true_deletion_is_not_taken_for_a_false_one_where_queries_lag(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(90)
    gone = quickbooks.writer.oldest(realm_id, "Invoice")
    stale = quickbooks.inject("stale", endpoint=["query"])
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    loaded.changes.sync(realm_id, [INVOICE], "second")
    quickbooks.heal()
    assert stale.struck > 0
    assert loaded.warehouse_query("SELECT deleted FROM quickbooks.invoice WHERE id = ?", [gone]) == [(True,)]


def test_what_queries_do_not_show_yet_is_not_taken_for_deleted_by_a_complete_load(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    """Such a deletion would be later than the record, and stay however often that is loaded again."""
    quickbooks.clock.advance(90)
    stale = quickbooks.inject("stale", endpoint=["query"])
    new = quickbooks.writer.duplicate(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"))["Id"]
    gone = quickbooks.writer.oldest(realm_id, "Invoice", 1)
    loaded.load_told(realm_id, [Told(INVOICE, new, datetime.fromtimestamp(quickbooks.clock.now(), UTC))], "webhook")
    quickbooks.clock.advance(5)

    loaded.backfill(realm_id, [INVOICE], None, "while queries lag")
    quickbooks.heal()
    assert stale.struck > 1
    assert loaded.warehouse_query("SELECT deleted FROM quickbooks.invoice WHERE id = ?", [new]) == [(False,)]

    quickbooks.writer.remove(realm_id, "Invoice", new)
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    loaded.backfill(realm_id, [INVOICE], None, "when they do not")
    deleted = loaded.warehouse_query("SELECT id FROM quickbooks.invoice WHERE deleted ORDER BY id::INTEGER")
    assert deleted == [(one,) for one in sorted((new, gone), key=int)]


def test_a_change_that_quickbooks_shows_late_is_seen_by_the_next_question(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(90)
    stale = quickbooks.inject("stale")
    quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    quickbooks.clock.advance(20)
    assert not loaded.changes.has_news(realm_id, ENTITIES)
    quickbooks.heal()
    assert stale.struck > 0
    assert loaded.changes.has_news(realm_id, ENTITIES)


def test_what_a_webhook_brought_is_no_news_to_change_data_capture_nor_the_reverse(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(90)
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    gone = quickbooks.writer.oldest(realm_id, "Invoice", 1)
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    at = datetime.fromtimestamp(int(quickbooks.clock.now()), UTC)
    told = [Told(INVOICE, edited, at), Told(INVOICE, gone, at, deleted=True)]

    loaded.load_told(realm_id, told, "webhook")
    assert not loaded.changes.has_news(realm_id, [INVOICE])
    again = loaded.changes.sync(realm_id, [INVOICE], "cdc")
    assert [(load.inserted, load.updated, load.deleted) for load in again] == [(0, 0, 0)]
    late = loaded.load_told(realm_id, told, "webhook that was delivered twice")
    assert sum(load.inserted + load.updated + load.deleted for load in late) == 0

    versions = "SELECT count(*) FROM history.record WHERE entity = 'Invoice' AND id = ?"
    assert [loaded.warehouse_query(versions, [one]) for one in (edited, gone)] == [[(2,)], [(2,)]]
    assert differences(quickbooks, loaded, realm_id, [INVOICE]) == []


def test_a_deletion_that_is_found_is_later_than_what_was_edited_however_far_ahead_the_clock_of_quickbooks_is(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(6 * 3600)
    writer, activity = quickbooks.writer, entity("TimeActivity")
    edited = writer.oldest(realm_id, "TimeActivity")
    writer.touch(realm_id, "TimeActivity", edited, Description="Edited")
    loaded.changes.sync(realm_id, [activity], "edited")
    quickbooks.clock.advance(90)
    writer.remove(realm_id, "TimeActivity", edited)

    loaded.changes.sync(realm_id, [activity], "deleted")

    assert wrong(quickbooks, loaded, realm_id) == []
