"""Webhooks, from a change in QuickBooks to the row in the warehouse: received, claimed, read, merged, put away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from qbo_pipeline.ingestion import Session, open_session, webhook_files
from qbo_pipeline.ingestion.webhook_files import Applied, WebhookFiles
from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks, accounting_api
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.settings import LOCAL_VERIFIER_TOKEN
from qbo_pipeline.state.keys import new_key
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import decode, encode
from qbo_pipeline.webhooks.signatures import signature
from qbo_pipeline_tests.end_to_end.comparison import differences
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, Start, connect
from qbo_pipeline_tests.end_to_end.test_dagster_jobs import BooksOf
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.webhooks.conftest import Receiver, receiving
from qbo_pipeline_tests.webhooks.deliveries import body_of, cloud_event

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

LOADED = [entity("Invoice"), entity("Customer")]


@pytest.fixture
def session(start: Start, quickbooks: LocalQuickBooks, realm_id: str) -> Iterator[Session]:
    """The company is loaded."""
    with start.loaded(quickbooks, lambda session: session.backfill(realm_id, LOADED, None, "first")) as session:
        yield session


@pytest.fixture
def receiver(session: Session, quickbooks: LocalQuickBooks) -> Iterator[Receiver]:
    """QuickBooks tells it of every change from now on."""
    quickbooks.clock.advance(5)
    with receiving(WebhookFolders(session.settings.data.webhooks), LOCAL_VERIFIER_TOKEN) as receiver:
        quickbooks.outbox.subscribe(f"{receiver.url}/webhooks", LOCAL_VERIFIER_TOKEN, "cloudevents")
        yield receiver


def wait_for(receiver: Receiver, deliveries: int = 1) -> None:
    """Until so many are on disk."""
    wait_until(lambda: len(receiver.inbox) >= deliveries, "no webhook arrived")


def apply(session: Session, run_id: str = "webhooks") -> list[Applied]:
    with WebhookFiles(session) as files:
        return list(files.apply_all(run_id))


def outcomes(session: Session) -> list[tuple[str, str, str]]:
    return session.warehouse_query(
        "SELECT entity, operation, outcome FROM audit.webhook_event ORDER BY arrived_at, position"
    )


def test_edits_creations_and_deletions_reach_the_warehouse(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    quickbooks.deliver(aggregate_seconds=0.2)
    writer = quickbooks.writer
    edited, deleted = writer.oldest(realm_id, "Invoice"), writer.oldest(realm_id, "Invoice", 1)
    writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    writer.duplicate(realm_id, "Invoice", edited)
    writer.remove(realm_id, "Invoice", deleted)
    wait_for(receiver)

    [applied] = apply(session)

    [invoices] = [load for load in applied.loads if load.entity == "Invoice"]
    assert (invoices.inserted, invoices.updated, invoices.deleted) == (1, 1, 1)
    assert invoices.api_calls == 1
    assert differences(quickbooks, session, realm_id, [entity("Invoice")]) == []
    assert receiver.inbox == []
    assert {("Invoice", word, "applied") for word in ("updated", "created", "deleted")} <= set(outcomes(session))


def test_a_change_that_queries_do_not_show_yet_is_read_although_an_earlier_one_was_told_of_last(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    one = quickbooks.writer.oldest(realm_id, "Invoice")
    [(before,)] = session.warehouse_query("SELECT updated_at FROM quickbooks.invoice WHERE id = ?", [one])
    stale = quickbooks.inject("stale", endpoint=["query"])
    quickbooks.clock.advance(90)
    quickbooks.writer.touch(realm_id, "Invoice", one, PrivateNote="Edited")
    wait_for(receiver)
    event = cloud_event(intuitaccountid=realm_id, intuitentityid=one, time=f"{before.isoformat()}Z")
    receiver.post(body_of(event), signature(body_of(event), LOCAL_VERIFIER_TOKEN))

    apply(session)

    quickbooks.heal()
    assert stale.struck > 0
    assert session.warehouse_query("SELECT private_note FROM quickbooks.invoice WHERE id = ?", [one]) == [("Edited",)]


def test_every_step_of_an_event_has_its_instant(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    wait_for(receiver)
    apply(session, "a-run")

    [(arrived, claimed, read, merged, run)] = session.warehouse_query(
        "SELECT arrived_at, claimed_at, read_at, merged_at, run_id FROM audit.webhook_event"
    )

    assert arrived < claimed < read < merged
    assert run == "a-run"


def test_a_delivery_that_comes_twice_is_applied_once_and_both_are_told(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    quickbooks.deliver(duplicate=1.0)
    quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    wait_for(receiver, 2)

    [applied] = apply(session)

    assert applied.files == 2
    assert [load.records for load in applied.loads] == [1]
    assert outcomes(session) == [("Invoice", "updated", "applied"), ("Invoice", "updated", "duplicate")]


def test_what_fails_for_one_entity_is_tried_again_and_the_rest_is_applied(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    quickbooks.deliver(aggregate_seconds=0.2)
    quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    quickbooks.writer.touch(realm_id, "Customer", quickbooks.writer.oldest(realm_id, "Customer"), Notes="Edited")
    wait_for(receiver)
    quickbooks.inject("quota", match="FROM Invoice", times=None)

    [applied] = apply(session)

    assert list(applied.failures) == [(realm_id, "Invoice")]
    assert [load.entity for load in applied.loads] == ["Customer"]
    told = {entity: outcome for entity, _, outcome in outcomes(session)}
    assert told["Customer"] == "applied"
    assert told["Invoice"].startswith("failed: ")
    assert len(receiver.inbox) == 1

    assert apply(session) == []  # not yet
    quickbooks.heal()
    with WebhookFiles(session, clock=lambda: time.time() + 60) as files:
        list(files.apply_all("later"))
    assert set(outcomes(session)) == {("Invoice", "updated", "applied"), ("Customer", "updated", "applied")}
    assert receiver.inbox == []


def test_a_company_that_quickbooks_lets_wait_is_left_for_later_and_the_others_are_applied(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = generate("larkspur", scale=0.05)
    quickbooks.add_company(waiting)
    connect(quickbooks, session, waiting.realm_id)
    quickbooks.deliver(aggregate_seconds=0.2)
    for one, kind in ((realm_id, "Customer"), (waiting.realm_id, "Vendor")):
        quickbooks.writer.touch(one, kind, quickbooks.writer.oldest(one, kind), Notes="Edited")
    wait_for(receiver)
    monkeypatch.setattr(webhook_files, "LONGEST_SILENCE", 3.0)
    quickbooks.inject("throttle", match="FROM Vendor", retry_after=8)

    [applied] = apply(session)

    assert [load.realm_id for load in applied.loads if load.records] == [realm_id]
    assert list(applied.failures) == [(waiting.realm_id, "Vendor")]
    assert "gave no answer within 3 seconds" in str(applied.failures[waiting.realm_id, "Vendor"])
    assert len(receiver.inbox) == 1


def test_an_old_delivery_that_cannot_be_applied_puts_off_no_young_one(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    for kind, record_id in (("invoice", "1"), ("customer", "2")):
        body = body_of(cloud_event(id=kind, type=f"qbo.{kind}.updated.v1", intuitaccountid=realm_id,
                                   intuitentityid=record_id))  # fmt: skip
        receiver.post(body, signature(body, LOCAL_VERIFIER_TOKEN))
    old, _ = sorted(receiver.folders.inbox.iterdir())
    delivery = replace(decode(old.read_bytes()), received_at=datetime.now(UTC) - timedelta(days=1))
    old.write_bytes(encode(delivery))
    quickbooks.inject("quota", endpoint=["query"], times=None)

    [applied] = apply(session)
    assert len(applied.failures) == 2
    quickbooks.heal()

    with WebhookFiles(session, clock=lambda: time.time() + 45) as files:
        assert [one.files for one in files.apply_all("soon")] == [1]
    assert [one.name for one in receiver.folders.inbox.iterdir()] == [old.name]


def test_entities_and_companies_nobody_reads_are_told_as_that_and_put_away(
    session: Session, receiver: Receiver, realm_id: str
) -> None:
    for number, (kind, realm) in enumerate([("invoice", "999"), ("payroll", realm_id), ("exchangerate", realm_id)]):
        event = cloud_event(id=f"event-{number}", type=f"qbo.{kind}.updated.v1", intuitaccountid=realm)
        body = body_of(event)
        receiver.post(body, signature(body, LOCAL_VERIFIER_TOKEN))

    [applied] = apply(session)

    assert (applied.files, applied.loads) == (3, [])
    assert {(one, outcome) for one, _, outcome in outcomes(session)} == {
        ("Invoice", "company not connected"),
        ("payroll", "unknown entity"),
        ("ExchangeRate", "unknown entity"),
    }
    assert receiver.inbox == []


def test_an_event_of_a_feature_that_the_company_has_no_more_is_told_as_that_and_put_away(
    session: Session, receiver: Receiver, realm_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its delivery would come back, and fail a run, every hour for ever. Once it is back, its cursor catches up."""
    answered = accounting_api.AccountingApi._query

    def refused(self: accounting_api.AccountingApi, realm: str, text: str) -> str:
        if "FROM TimeActivity" in text:
            raise ServiceFaultError(400, "5020", "Feature Not Supported Error", "You have no access to this feature.")
        return answered(self, realm, text)

    monkeypatch.setattr(accounting_api.AccountingApi, "_query", refused)
    body = body_of(cloud_event(type="qbo.timeactivity.created.v1", intuitaccountid=realm_id, intuitentityid="7"))
    receiver.post(body, signature(body, LOCAL_VERIFIER_TOKEN))

    [applied] = apply(session)

    assert applied.failures == {}
    [(entity, operation, outcome)] = outcomes(session)
    assert (entity, operation, outcome[:29]) == ("TimeActivity", "created", "Not available in this company")
    assert receiver.inbox == []


def test_a_merged_customer_is_no_more_and_what_it_went_into_is_known(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    quickbooks.deliver(merges_tell=True, aggregate_seconds=0.2)
    alike = """
        SELECT id FROM quickbooks.customer
        WHERE active AND parent_id IS NULL AND currency_id = (SELECT mode(currency_id) FROM quickbooks.customer)
        ORDER BY id LIMIT 2
        """
    (stays,), (goes,) = session.warehouse_query(alike)
    quickbooks.writer.merge(realm_id, "Customer", goes, stays)
    wait_for(receiver)

    apply(session)

    living = session.warehouse_query(
        "SELECT id FROM quickbooks.customer WHERE id IN (?, ?) AND NOT deleted", [stays, goes]
    )
    assert living == [(stays,)]
    merged = "SELECT deleted_id, into_id FROM quickbooks.merged_record WHERE entity = 'Customer'"
    assert session.warehouse_query(merged) == [(goes, stays)]


def test_the_job_tells_which_months_changed(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    wait_for(receiver)
    definitions = build_definitions(ENTITIES, date(2020, 1, 1), BooksOf(session))

    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("apply_webhooks").execute_in_process(instance=instance)
        told = instance.fetch_observations(dg.AssetKey(["quickbooks", "invoice"]), limit=10).records

    assert result.success
    [(day,)] = session.warehouse_query("SELECT txn_date FROM quickbooks.invoice WHERE id = ?", [edited])
    assert [one.partition_key for one in told] == [f"{realm_id}|{day:%Y-%m}-01"]


def test_a_key_that_does_not_open_the_tokens_is_told_as_a_failure_and_the_delivery_waits(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    wait_for(receiver)
    (session.settings.data.state / "encryption.key").write_text(new_key())

    with open_session(session.settings, UNLIMITED) as anew, dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(ENTITIES, date(2020, 1, 1), BooksOf(anew)).resolve_job_def("apply_webhooks")
        result = job.execute_in_process(instance=instance, raise_on_error=False)

    [failed] = result.filter_events(lambda event: event.is_step_failure)
    told = failed.step_failure_data.user_failure_data
    assert told is not None
    assert "were encrypted with another key" in (told.description or "")
    assert len(receiver.inbox) == 1
