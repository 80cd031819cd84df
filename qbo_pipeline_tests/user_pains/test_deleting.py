"""What users of other pipelines suffered from deletions; each test says what happens here instead.

Reported in: singer-io/tap-quickbooks#28, PR#39 (4); fivetran/dbt_quickbooks_source#55, #57, dbt_quickbooks#8 (5);
intuit/QuickBooks-V3-PHP-SDK#116, #431, consolibyte/quickbooks-php#333 (6); intuit/QuickBooks-V3-DotNET-SDK#189 (7).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline_tests.end_to_end.conftest import Start
from qbo_pipeline_tests.end_to_end.expectation import parse

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

INVOICE, ACCOUNT = entity("Invoice"), entity("Account")


@pytest.fixture
def loaded(start: Start, quickbooks: LocalQuickBooks, realm_id: str) -> Iterator[Session]:
    def load(session: Session) -> None:
        session.backfill(realm_id, [ACCOUNT, INVOICE], None, "first")

    with start.loaded(quickbooks, load) as session:
        quickbooks.clock.advance(90)
        yield session


def test_pain_4_hard_deletes_reach_the_warehouse(quickbooks: LocalQuickBooks, loaded: Session, realm_id: str) -> None:
    gone = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    loaded.changes.sync(realm_id, [INVOICE], "second")

    assert loaded.warehouse_query("SELECT deleted FROM quickbooks.invoice WHERE id = ?", [gone]) == [(True,)]
    lines = "SELECT count(*) FROM quickbooks.invoice_line WHERE invoice_id = ?"
    assert loaded.warehouse_query(lines, [gone]) == [(0,)]
    [(living,)] = loaded.warehouse_query("SELECT count(*) FROM quickbooks.invoice WHERE NOT deleted")
    assert living == loaded.count(realm_id, INVOICE)


def test_pain_5_deleted_accounts_count_no_more_and_inactive_ones_are_told_apart_from_them(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    alike = (
        "SELECT min(id), max(id) FROM quickbooks.account WHERE parent_id IS NULL "
        "GROUP BY account_type, account_sub_type, currency_id HAVING count(*) > 1 ORDER BY ALL"
    )
    merged, into = loaded.warehouse_query(alike)[0]
    [(inactive,)] = loaded.warehouse_query(
        "SELECT min(id) FROM quickbooks.account WHERE id NOT IN (?, ?)", [merged, into]
    )
    quickbooks.writer.touch(realm_id, "Account", inactive, Active=False)
    quickbooks.clock.advance(5)
    quickbooks.writer.merge(realm_id, "Account", merged, into)
    loaded.changes.sync(realm_id, [ACCOUNT], "second")

    [(total,)] = loaded.warehouse_query("SELECT sum(current_balance) FROM quickbooks.account WHERE NOT deleted")
    held = [parse(text) for text in quickbooks.store.records(realm_id, "Account")]
    assert total == sum((Decimal(one.get("CurrentBalance", 0)) for one in held), Decimal(0))
    states = "SELECT id, active, deleted FROM quickbooks.account WHERE id IN (?, ?) ORDER BY deleted"
    [(one, active, deleted), (other, _, gone)] = loaded.warehouse_query(states, [inactive, merged])
    assert (one, active, deleted) == (inactive, False, False)
    assert (other, gone) == (merged, True)
    survivor = "SELECT surviving_id FROM quickbooks.surviving_record WHERE entity = 'Account' AND id = ?"
    assert loaded.warehouse_query(survivor, [merged]) == [(into,)]


def test_pain_6_the_status_of_change_data_capture_is_not_dropped(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    gone = quickbooks.writer.oldest(realm_id, "Invoice")
    [(total,)] = loaded.warehouse_query("SELECT total_amt FROM quickbooks.invoice WHERE id = ?", [gone])
    quickbooks.writer.remove(realm_id, "Invoice", gone)
    loaded.changes.sync(realm_id, [INVOICE], "second")

    shown = "SELECT deleted, source, updated_at, total_amt FROM quickbooks.invoice WHERE id = ?"
    [(deleted, source, at, last_total)] = loaded.warehouse_query(shown, [gone])
    assert (deleted, source, last_total) == (True, "cdc", total)
    assert abs(at.replace(tzinfo=UTC) - datetime.fromtimestamp(quickbooks.clock.now(), UTC)).total_seconds() < 30
    told = "SELECT operation, raw FROM history.record WHERE entity = 'Invoice' AND id = ? AND valid_to IS NULL"
    [(operation, raw)] = loaded.warehouse_query(told, [gone])
    assert (operation, parse(raw)["status"]) == ("deleted", "Deleted")


def test_pain_7_a_living_record_that_change_data_capture_calls_deleted_stays(
    quickbooks: LocalQuickBooks, loaded: Session, realm_id: str
) -> None:
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    false = quickbooks.inject("false_deletion", entity="Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Alive and well")
    loaded.changes.sync(realm_id, [INVOICE], "second")

    assert false.struck > 0
    shown = "SELECT deleted, private_note FROM quickbooks.invoice WHERE id = ?"
    assert loaded.warehouse_query(shown, [edited]) == [(False, "Alive and well")]
