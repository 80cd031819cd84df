"""What users of other pipelines suffered from pages and caps; each test says what happens here instead.

Reported in: NangoHQ/integration-templates#467 (8); Servosity/msp-skills#104, intuit/QuickBooks-V3-DotNET-SDK#350,
intuit/quickbooks-online-mcp-server#19 (9); intuit/QuickBooks-V3-PHP-SDK#174 (10).
"""

from __future__ import annotations

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline_tests.user_pains.conftest import add_transfers

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]

TRANSFER = entity("Transfer")
ROWS = "SELECT count(*), count(DISTINCT id) FROM quickbooks.transfer WHERE NOT deleted"


def held(quickbooks: LocalQuickBooks, realm_id: str) -> int:
    return quickbooks.store.counts(realm_id)["Transfer"]


def test_pain_8_more_changes_than_an_answer_holds_are_all_loaded_and_the_questions_end(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, [TRANSFER], None, "first")
    quickbooks.clock.advance(90)
    add_transfers(quickbooks, realm_id, 2300, int(quickbooks.clock.now()) - 10)
    quickbooks.clock.advance(2300)
    before = len(quickbooks.requests)
    session.changes.sync(realm_id, [TRANSFER], "second")

    assert session.warehouse_query(ROWS) == [(held(quickbooks, realm_id), held(quickbooks, realm_id))]
    assert len(quickbooks.requests) - before <= 6


def test_pain_9_more_than_a_page_is_loaded_to_the_last_record_and_the_number_is_proven(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    add_transfers(quickbooks, realm_id, 2300)
    [load] = session.backfill(realm_id, [TRANSFER], None, "first")

    total = held(quickbooks, realm_id)
    assert (load.rows, load.counted) == (total, total)
    assert session.warehouse_query(ROWS) == [(total, total)]


def test_pain_10_pages_that_shift_while_they_are_read_double_nothing_and_lose_nothing(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    add_transfers(quickbooks, realm_id, 2300)
    edited = quickbooks.inject("edit", match="ORDERBY", times=1, entity="Transfer")
    deleted = quickbooks.inject("delete", match="ORDERBY", times=1, entity="Transfer")
    session.backfill(realm_id, [TRANSFER], None, "first")
    session.changes.sync(realm_id, [TRANSFER], "second")

    total = held(quickbooks, realm_id)
    assert edited.struck > 0 < deleted.struck
    assert session.warehouse_query(ROWS) == [(total, total)]
