"""Records that webhooks tell of are loaded as they are now, with few requests, whatever the events get wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.told import Told, by_entity, read_told
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline_tests.end_to_end.comparison import differences
from qbo_pipeline_tests.end_to_end.conftest import Start

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

INVOICE, CUSTOMER = entity("Invoice"), entity("Customer")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def loaded(start: Start, quickbooks: LocalQuickBooks, realm_id: str) -> Iterator[Session]:
    def load(session: Session) -> None:
        session.backfill(realm_id, [INVOICE, CUSTOMER, entity("Preferences")], None, "first")

    with start.loaded(quickbooks, load) as session:
        yield session


def told(quickbooks: LocalQuickBooks, *ids: str, deleted: bool = False, late: float = 0) -> list[Told]:
    at = datetime.fromtimestamp(int(quickbooks.clock.now() + late), UTC)
    return [Told(INVOICE, one, at, deleted) for one in ids]


def calls(quickbooks: LocalQuickBooks) -> int:
    return sum(one.path != "companyinfo" for one in quickbooks.requests)


def test_edits_creations_and_deletions_are_applied(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    writer = quickbooks.writer
    edited, deleted = writer.oldest(realm_id, "Invoice"), writer.oldest(realm_id, "Invoice", 1)
    quickbooks.clock.advance(5)
    writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    created = writer.duplicate(realm_id, "Invoice", edited)["Id"]
    writer.remove(realm_id, "Invoice", deleted)
    events = [*told(quickbooks, edited, created), *told(quickbooks, deleted, deleted=True)]

    [load] = loaded.load_told(realm_id, events, "webhook")

    assert (load.source, load.inserted, load.updated, load.deleted) == ("webhook", 1, 1, 1)
    assert differences(quickbooks, loaded, realm_id, [INVOICE]) == []


def test_a_thousand_changes_cost_five_requests(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    known = [row[0] for row in loaded.warehouse_query("SELECT id FROM quickbooks.invoice WHERE NOT deleted")]
    quickbooks.clock.advance(5)
    many = [quickbooks.writer.duplicate(realm_id, "Invoice", known[0])["Id"] for _ in range(1000)]
    [load] = loaded.load_told(realm_id, [Told(INVOICE, one) for one in [*many, *many]], "webhook")
    assert (load.inserted, load.api_calls) == (1000, 5)


def test_a_deletion_that_is_not_true_changes_nothing(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    alive = quickbooks.writer.oldest(realm_id, "Invoice")
    [load] = loaded.load_told(realm_id, told(quickbooks, alive, deleted=True), "webhook")
    assert (load.inserted, load.updated, load.deleted) == (0, 0, 0)


def test_a_record_that_is_gone_by_now_is_deleted_although_only_an_edit_was_told(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    gone = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.clock.advance(5)
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    [load] = loaded.load_told(realm_id, told(quickbooks, gone), "webhook")
    assert load.deleted == 1


def test_an_answer_older_than_the_event_is_asked_for_once_more_by_id(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(60)
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    created = quickbooks.writer.duplicate(realm_id, "Invoice", edited)["Id"]
    stale = quickbooks.inject("stale", endpoint=["query"])
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    [load] = loaded.load_told(realm_id, told(quickbooks, edited, created), "webhook")
    quickbooks.heal()
    assert stale.struck > 0
    assert load.updated == 1
    assert differences(quickbooks, loaded, realm_id, [INVOICE]) == []


@pytest.mark.parametrize("deleted", [True, False], ids=["the deletion is told", "an edit before it is told"])
def test_a_record_that_queries_show_a_moment_after_its_deletion_is_deleted(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, deleted: bool
) -> None:
    gone = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.clock.advance(60)
    stale = quickbooks.inject("stale", endpoint=["query"])
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    [load] = loaded.load_told(realm_id, told(quickbooks, gone, deleted=deleted), "webhook")
    quickbooks.heal()
    assert stale.struck > 0
    assert load.deleted == 1
    assert differences(quickbooks, loaded, realm_id, [INVOICE]) == []


def test_so_is_one_that_was_created_a_second_before(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.clock.advance(60)
    gone = quickbooks.writer.duplicate(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"))["Id"]
    loaded.load_told(realm_id, told(quickbooks, gone), "webhook")
    quickbooks.clock.advance(1)
    quickbooks.inject("stale", endpoint=["query"])
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    [load] = loaded.load_told(realm_id, told(quickbooks, gone, deleted=True), "webhook")
    quickbooks.heal()
    assert load.deleted == 1


def test_settings_have_no_id_to_ask_by(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "Preferences", "1", OtherPrefs={"NameValue": []})
    [load] = loaded.load_told(realm_id, [Told(entity("Preferences"), "1", NOW)], "webhook")
    assert (load.updated, load.api_calls) == (1, 1)
    assert loaded.warehouse_query("SELECT source FROM quickbooks.preferences") == [("webhook",)]


def test_whatever_is_told_of_a_company_it_equals_quickbooks_afterwards(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, ENTITIES, None, "first")
    quickbooks.clock.advance(5)
    invoices = [quickbooks.writer.oldest(realm_id, "Invoice", place) for place in range(4)]
    quickbooks.writer.remove(realm_id, "Invoice", invoices[0])
    for one in invoices[1:]:
        quickbooks.writer.touch(realm_id, "Invoice", one, PrivateNote="Edited")
    customers = [Told(CUSTOMER, row[0], None) for row in session.warehouse_query("SELECT id FROM quickbooks.customer")]
    payments = [
        Told(entity("Payment"), row[0], None) for row in session.warehouse_query("SELECT id FROM quickbooks.payment")
    ]
    session.load_told(realm_id, [*told(quickbooks, *invoices), *customers, *payments], "webhook")
    assert differences(quickbooks, session, realm_id) == []


def test_the_newest_that_is_said_of_a_record_counts() -> None:
    later = NOW + timedelta(seconds=1)
    first, gone = Told(INVOICE, "1", NOW), Told(INVOICE, "1", later, deleted=True)
    assert by_entity([gone, first]) == by_entity([first, gone]) == {INVOICE: {"1": gone}}
    assert by_entity([Told(INVOICE, "2"), Told(CUSTOMER, "2")]).keys() == {INVOICE, CUSTOMER}


def test_a_record_of_the_last_second_of_the_calendar_holds_up_no_other(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    monkeypatch.setitem(read_told.__globals__, "last_updated", lambda *_: datetime.max.replace(tzinfo=UTC))
    [load] = loaded.load_told(realm_id, told(quickbooks, edited), "webhook")
    assert load.records == 1
