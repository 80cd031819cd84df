"""What users of other pipelines suffered from strict readers of webhooks; the test says what happens here instead.

Reported in: intuit/QuickBooks-V3-PHP-SDK#403, better-reports/QuickBooksSharp#35, simstudioai/sim#7555 (14).
"""

from __future__ import annotations

import json

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.webhook_files import WebhookFiles
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import LOCAL_VERIFIER_TOKEN
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.signatures import signature
from qbo_pipeline_tests.webhooks.conftest import receiving
from qbo_pipeline_tests.webhooks.deliveries import changed

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

INVOICE = entity("Invoice")


@pytest.mark.parametrize("content_type", ["application/cloudevents+json", "application/json", "text/plain"])
def test_pain_14_keys_entities_and_operations_that_nobody_announced_hold_up_no_event(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, content_type: str
) -> None:
    session.backfill(realm_id, [INVOICE], None, "first")
    quickbooks.clock.advance(90)
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    events = [
        changed(type="qbo.teapot.brewed.v1", intuitaccountid=realm_id),
        changed(type="qbo.invoice.admired.v7", intuitaccountid=realm_id, intuitsomethingnew={"deep": [1, None]}),
        {"specversion": "2.0", "surprise": True},
        changed(edited, intuitaccountid=realm_id, DataContentVersion=3, data={"alternative_ids": "none"}),
        changed(intuitaccountid="a company of somebody else".replace(" ", "-")),
    ]
    body = json.dumps(events).encode()
    with receiving(WebhookFolders(session.settings.data.webhooks), LOCAL_VERIFIER_TOKEN) as receiver:
        answer = receiver.post(body, signature(body, LOCAL_VERIFIER_TOKEN), **{"content-type": content_type})
    with WebhookFiles(session) as files:
        [applied] = files.apply_all("run")

    assert answer.status_code == 200
    assert not applied.failures
    assert session.warehouse_query("SELECT private_note FROM quickbooks.invoice WHERE id = ?", [edited]) == [
        ("Edited",)
    ]
    outcomes = session.warehouse_query("SELECT entity, outcome FROM audit.webhook_event ORDER BY position")
    assert ("teapot", "unknown entity") in outcomes
    assert ("Invoice", "applied") in outcomes
