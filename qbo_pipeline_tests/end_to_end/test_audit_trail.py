"""What the audit trail answers of a load: every request with what it brought, every run, failed ones included."""

from __future__ import annotations

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.failures import LoadError
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

INVOICE, CUSTOMER = entity("Invoice"), entity("Customer")


def test_every_request_says_what_came_with_it(session: Session, quickbooks: LocalQuickBooks, realm_id: str) -> None:
    session.backfill(realm_id, [INVOICE, CUSTOMER], None, "first")
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), PrivateNote="Edited")
    session.changes.sync(realm_id, [INVOICE, CUSTOMER], "second")

    held = quickbooks.store.counts(realm_id)
    scans = session.warehouse_query(
        "SELECT entity, sum(rows) FROM audit.api_call WHERE run_id = 'first' AND endpoint = 'query' GROUP BY ALL"
    )
    assert dict(scans) == {"Invoice": held["Invoice"], "Customer": held["Customer"]}
    counts = session.warehouse_query("SELECT rows FROM audit.api_call WHERE endpoint = 'batch'")
    assert counts == [(None,)]
    [(changed, received)] = session.warehouse_query(
        "SELECT rows, bytes_received FROM audit.api_call WHERE run_id = 'second' AND endpoint = 'cdc'"
    )
    assert changed >= 1
    assert received > 0
    unanswered = session.warehouse_query(
        "SELECT * FROM audit.api_call WHERE intuit_tid IS NULL OR status <> 200 OR seconds <= 0 OR attempt <> 1"
    )
    assert unanswered == []


def test_a_run_that_failed_is_there_with_what_ended_it(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    quickbooks.inject("quota", match="from Invoice", times=100)
    with pytest.raises(LoadError):
        session.backfill(realm_id, [INVOICE, CUSTOMER], None, "run")
    runs = session.warehouse_query("SELECT entity, error, records > 0, api_calls > 0 FROM audit.sync_run ORDER BY 1")
    (_, no_error, *customers), (_, error, *invoices) = runs
    assert (no_error, customers) == (None, [True, True])
    assert invoices == [False, True]
    assert realm_id in error
