"""Change data capture is asked with one call while nothing happens, and every change is noticed once."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.ingestion.failures import LoadError, NoAnswerYetError
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.local.quickbooks import LocalQuickBooks, accounting_api
from qbo_pipeline.local.quickbooks.entities import WITHOUT_CDC
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.cursors import ChangeCursors
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.records import WebhookRecord
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.end_to_end.conftest import Start

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

ENTITIES = [
    entity(name)
    for name in ("Invoice", "Customer", "Payment", "TaxCode", "TimeActivity", "RecurringTransaction", "ExchangeRate")
]


@pytest.fixture
def loaded(start: Start, quickbooks: LocalQuickBooks, realm_id: str) -> Iterator[Session]:
    with start.loaded(quickbooks, lambda session: session.backfill(realm_id, ENTITIES, None, "first")) as session:
        yield session


def test_a_quiet_tick_is_one_call(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    before = len(quickbooks.requests)
    assert not loaded.changes.has_news(realm_id, ENTITIES)
    assert len(quickbooks.requests) - before == 1


def test_a_tick_may_be_the_first_thing_a_process_does(loaded: Session, realm_id: str) -> None:
    fresh, answers = open_session(loaded.settings), list[bool]()
    tick = threading.Thread(target=lambda: answers.append(fresh.changes.has_news(realm_id, ENTITIES)), daemon=True)
    tick.start()
    tick.join(30)
    assert answers == [False]
    fresh.close()


@pytest.mark.parametrize("what", ["edit", "create", "delete"])
def test_a_change_is_news_until_it_is_loaded(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, what: str
) -> None:
    quickbooks.clock.advance(90)
    oldest = quickbooks.writer.oldest(realm_id, "Invoice")
    match what:
        case "edit":
            quickbooks.writer.touch(realm_id, "Invoice", oldest, PrivateNote="Edited")
        case "create":
            quickbooks.writer.duplicate(realm_id, "Invoice", oldest)
        case "delete":
            quickbooks.writer.remove(realm_id, "Invoice", oldest)
    assert loaded.changes.has_news(realm_id, ENTITIES)
    loaded.changes.sync(realm_id, ENTITIES, "second")
    assert not loaded.changes.has_news(realm_id, ENTITIES)


def test_an_edit_in_the_second_of_the_one_before_is_news(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = float(int(quickbooks.clock.now()) + 90)
    monkeypatch.setattr(quickbooks.clock, "now", lambda: now)
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    loaded.changes.sync(realm_id, ENTITIES, "in that second")
    assert not loaded.changes.has_news(realm_id, ENTITIES)
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited again")
    assert loaded.changes.has_news(realm_id, ENTITIES)


def test_an_invoice_that_is_paid_in_the_second_in_which_a_webhook_had_it_read_is_news(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its balance changes, and neither its stamp nor its SyncToken. That a payment tells of it is not documented."""
    invoice, payment, writer = entity("Invoice"), entity("Payment"), quickbooks.writer
    now = float(int(quickbooks.clock.now()) + 90)
    monkeypatch.setattr(quickbooks.clock, "now", lambda: now)
    open_one = writer.duplicate(realm_id, "Invoice", writer.oldest(realm_id, "Invoice"))
    one, amount = open_one["Id"], open_one["TotalAmt"]
    loaded.load_told(realm_id, [Told(invoice, one)], "webhook")
    assert not loaded.changes.has_news(realm_id, [invoice])
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": one, "TxnType": "Invoice"}]}]
    paid = {"CustomerRef": open_one["CustomerRef"], "TotalAmt": amount, "Line": lines}
    told = Told(payment, writer.save(realm_id, "Payment", paid)["Id"])
    loaded.load_told(realm_id, [told], "webhook")

    assert loaded.changes.has_news(realm_id, [invoice, payment])

    loaded.changes.sync(realm_id, [invoice, payment], "second")
    assert loaded.warehouse_query("SELECT balance FROM quickbooks.invoice WHERE id = ?", [one]) == [(0,)]
    assert not loaded.changes.has_news(realm_id, [invoice, payment])


@pytest.mark.parametrize("what", ["template", "rate"])
def test_what_has_no_id_of_its_own_is_news_like_all_else(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, what: str
) -> None:
    """No webhook tells of templates, which come inside their type, and of exchange rates, which have no Id."""
    writer = quickbooks.writer
    quickbooks.clock.advance(90)
    if what == "template":
        oldest = writer.oldest(realm_id, "RecurringTransaction")
        writer.touch(realm_id, "RecurringTransaction", oldest, PrivateNote="Edited")
        changed = "SELECT id FROM quickbooks.recurring_transaction WHERE private_note = 'Edited'"
    else:
        writer.save(realm_id, "ExchangeRate", {"SourceCurrencyCode": "EUR", "AsOfDate": "2031-01-01", "Rate": 2})
        oldest = "EUR:2031-01-01"
        changed = "SELECT id FROM quickbooks.exchange_rate WHERE as_of_date = '2031-01-01'"
    assert loaded.changes.has_news(realm_id, ENTITIES)
    loaded.changes.sync(realm_id, ENTITIES, "second")
    assert loaded.warehouse_query(changed) == [(oldest,)]
    assert not loaded.changes.has_news(realm_id, ENTITIES)


def test_an_entity_that_change_data_capture_refuses_holds_up_no_other(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found out once, and not asked for again: a quiet tick stays one call, and its changes come by query."""
    monkeypatch.setattr(accounting_api, "WITHOUT_CDC", WITHOUT_CDC | {"Payment"})
    quickbooks.clock.advance(90)
    for name in ("Invoice", "Payment"):
        quickbooks.writer.touch(realm_id, name, quickbooks.writer.oldest(realm_id, name), PrivateNote="Edited")
    assert loaded.changes.has_news(realm_id, ENTITIES)
    loaded.changes.sync(realm_id, ENTITIES, "second")
    for table in ("invoice", "payment"):
        edited = f"SELECT count(*) FROM quickbooks.{table} WHERE private_note = 'Edited'"
        assert loaded.warehouse_query(edited) == [(1,)]
    asked = len(quickbooks.requests)
    assert not loaded.changes.has_news(realm_id, ENTITIES)
    assert len(quickbooks.requests) - asked == 1


@pytest.mark.parametrize("days", [1, 40])
def test_a_feature_that_is_switched_off_is_no_news_however_long_it_is(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    answered = accounting_api.AccountingApi._query

    def refused(self: accounting_api.AccountingApi, realm: str, text: str) -> str:
        if "FROM Payment" in text:
            raise ServiceFaultError(400, "5020", "Feature Not Supported Error", "You have no access to this feature.")
        return answered(self, realm, text)

    monkeypatch.setattr(accounting_api, "WITHOUT_CDC", WITHOUT_CDC | {"Payment"})
    monkeypatch.setattr(accounting_api.AccountingApi, "_query", refused)
    with StateStore(loaded.settings.state_url) as store:
        ChangeCursors(store).forget(realm_id, ["Payment"])
        ChangeCursors(store).advance(realm_id, ["Payment"], datetime.now(UTC) - timedelta(days=days))
    loaded.changes.sync(realm_id, ENTITIES, "second")
    before = len(quickbooks.requests)
    assert not loaded.changes.has_news(realm_id, ENTITIES)
    assert len(quickbooks.requests) - before == 1


def test_a_quiet_question_moves_the_cursor(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    quickbooks.clock.advance(3600)
    loaded.changes.has_news(realm_id, ENTITIES)
    with StateStore(loaded.settings.state_url) as store:
        since = ChangeCursors(store).of(realm_id)
    assert since["Invoice"] > datetime.fromtimestamp(quickbooks.clock.now(), UTC) - timedelta(minutes=5)
    assert since["TaxCode"] < since["Invoice"]


def test_where_nothing_is_published_any_more_all_is_news(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    """As after somebody removed the file; what loads the news publishes it again, and no question has to be asked."""
    loaded.settings.data.warehouse.unlink()
    before = len(quickbooks.requests)
    assert loaded.changes.has_news(realm_id, ENTITIES)
    assert len(quickbooks.requests) == before
    loaded.changes.sync(realm_id, ENTITIES, "second")
    assert loaded.warehouse_query("SELECT count(*) > 0 FROM quickbooks.invoice") == [(True,)]
    assert not loaded.changes.has_news(realm_id, ENTITIES)


@pytest.mark.parametrize("webhooks", [False, True])
def test_where_the_data_is_gone_and_only_the_state_is_left_all_is_loaded_again(
    loaded: Session, realm_id: str, webhooks: bool
) -> None:
    """Cursors of before say that everything is known but the changes of the last minute."""
    [(rows, known)] = loaded.warehouse_query("SELECT count(*), min(id) FROM quickbooks.invoice")
    empty(loaded)
    if webhooks:
        loaded.load_told(realm_id, [Told(entity("Invoice"), known)], "webhook")
    loads = loaded.changes.sync(realm_id, ENTITIES, "second")
    assert {load.source for load in loads} == {"backfill"}
    assert loaded.warehouse_query("SELECT count(*) FROM quickbooks.invoice") == [(rows,)]


def test_where_the_data_is_gone_what_another_load_left_out_is_loaded_again_too(loaded: Session, realm_id: str) -> None:
    """What was loaded in the meantime says nothing of the others, whose cursors are those of before."""
    [(rows,)] = loaded.warehouse_query("SELECT count(*) FROM quickbooks.invoice")
    empty(loaded)
    loaded.backfill(realm_id, [entity("Customer")], None, "second")
    loaded.changes.sync(realm_id, ENTITIES, "third")
    assert loaded.warehouse_query("SELECT count(*) FROM quickbooks.invoice") == [(rows,)]


def test_where_the_data_is_gone_news_of_some_entities_bring_back_all(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    """As the sensor asks: for those of change data capture first, and each hour for the others."""
    [(rows,)] = loaded.warehouse_query("SELECT count(*) FROM quickbooks.tax_code")
    assert rows
    empty(loaded)
    assert loaded.changes.has_news(realm_id, ENTITIES)
    loaded.changes.sync(realm_id, [one for one in ENTITIES if one.change_data_capture], "second")
    assert loaded.changes.followed(realm_id) == {one.name for one in ENTITIES}
    loaded.changes.sync(realm_id, ENTITIES, "third")
    assert loaded.warehouse_query("SELECT count(*) FROM quickbooks.tax_code") == [(rows,)]


def test_where_the_data_is_gone_what_failed_to_come_back_is_loaded_by_the_next_sync(
    loaded: Session, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(rows,)] = loaded.warehouse_query("SELECT count(*) FROM quickbooks.invoice")
    empty(loaded)
    answered = accounting_api.AccountingApi._query

    def refused(self: accounting_api.AccountingApi, realm: str, text: str) -> str:
        if "FROM Invoice" in text:
            raise ServiceFaultError(403, "120", "Authorization Failure", "Not now.")
        return answered(self, realm, text)

    with monkeypatch.context() as patched:
        patched.setattr(accounting_api.AccountingApi, "_query", refused)
        with pytest.raises(LoadError, match="Not now"):
            loaded.changes.sync(realm_id, ENTITIES, "second")
    loaded.changes.sync(realm_id, ENTITIES, "third")
    assert loaded.warehouse_query("SELECT count(*) FROM quickbooks.invoice") == [(rows,)]


def empty(session: Session) -> None:
    """Remove the data of a session, but not its state."""
    data = session.settings.data
    for folder in (data.lake, data.build.parent):
        shutil.rmtree(folder)
    data.warehouse.unlink()


def test_what_was_never_loaded_is_no_news(session: Session, realm_id: str) -> None:
    assert not session.changes.has_news(realm_id, ENTITIES)


def test_a_tick_does_not_wait_as_long_as_quickbooks_asks_a_company_to(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    quickbooks.inject("throttle", endpoint=["cdc"], times=1)
    began = time.monotonic()
    with pytest.raises(NoAnswerYetError, match="no answer within 1 seconds"):
        loaded.changes.has_news(realm_id, ENTITIES, within=1.0)
    assert time.monotonic() - began < 30


def test_calls_are_counted_by_purpose(loaded: Session, realm_id: str) -> None:
    loaded.changes.has_news(realm_id, ENTITIES)
    loaded.count(realm_id, ENTITIES[0])
    with StateStore(loaded.settings.state_url) as store:
        spent = ApiUsage(store).of_month(datetime.now(UTC).date())
    assert (spent[realm_id, "cdc"], spent[realm_id, "check"]) == (1, 1)
    [(calls,)] = loaded.warehouse_query("SELECT count(*) FROM audit.api_call")
    assert spent[realm_id, "backfill"] == calls


def test_questions_are_seldom_where_webhooks_arrive(session: Session, realm_id: str) -> None:
    data, now = session.settings.data, datetime.now(UTC)
    assert session.changes.polling_interval(realm_id) == timedelta(minutes=5)
    event = WebhookRecord(
        "file", 1, "event", realm_id, "Invoice", "1", "updated", None, now, now, now, now, now, "run", "applied"
    )
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.record_webhooks([event])
        warehouse.publish()
    assert session.changes.polling_interval(realm_id) == timedelta(minutes=15)
