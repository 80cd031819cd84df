"""What else users of other pipelines suffered, from times and from answers that lag; each test says what happens here.

Reported in: intuit/QuickBooks-V3-Java-SDK#26 (LastUpdatedTime), intuit/QuickBooks-V3-DotNET-SDK#366 (SyncToken).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.warehouse.loading import Place

INVOICE = entity("Invoice")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_pain_of_times_a_change_in_the_second_of_autumns_two_hours_is_the_newer_one(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    """Pacific time runs backwards for an hour: as text, the later of the two is the smaller."""
    versions = [
        page("Invoice", record("1", 3, "2026-11-01T01:59:59-07:00", TotalAmt=10)),
        page("Invoice", record("1", 4, "2026-11-01T01:00:00-08:00", TotalAmt=20)),
    ]
    place = Place(tmp_path, (INVOICE,))
    for number in order:
        place.merge(versions[number])
    assert place.query("SELECT total_amt, updated_at FROM quickbooks.invoice") == [(20, datetime(2026, 11, 1, 9, 0))]


@pytest.mark.end_to_end
def test_pain_of_old_answers_a_query_that_shows_an_old_sync_token_is_not_believed(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str
) -> None:
    session.backfill(realm_id, [INVOICE], None, "first")
    quickbooks.clock.advance(90)
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    lagging = quickbooks.inject("stale", endpoint=["query"])
    token = quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")["SyncToken"]
    session.load_told(realm_id, [Told(INVOICE, edited, datetime.fromtimestamp(quickbooks.clock.now(), UTC))], "second")
    assert lagging.struck > 0
    shown = "SELECT sync_token, private_note FROM quickbooks.invoice WHERE id = ?"
    assert session.warehouse_query(shown, [edited]) == [(int(token), "Edited")]
