"""Reports that are cut, fail or come late: none is taken in part, and the next pull asks for what is missing."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.reports.results import ReportPullError
from qbo_pipeline.lake.report_batches import report_lake
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.quickbooks.errors import ServerError
from qbo_pipeline.quickbooks.reports.errors import SmallestReportTruncatedError
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline_tests.end_to_end.reports.asking import STATEMENTS_ONLY, asked_of, content, switch, unexplained

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]


def test_a_report_that_is_cut_is_asked_for_in_parts(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    before, whole = content(pulled), len(asked_of(quickbooks))
    switch(quickbooks, report_cells=4000)

    pulled.reports.pull(realm_id, "again", everything=True)

    assert content(pulled) == before
    assert len(asked_of(quickbooks)) - whole > whole
    answers = [
        row
        for path in report_lake(pulled.settings.data.lake).glob("*/JournalReport/*/answer.parquet")
        for row in pq.read_table(path).to_pylist()
    ]
    cut = [one for one in answers if one["problem"]]
    assert all("cut by QuickBooks" in one["problem"] and "Unable to display" in one["raw"] for one in cut)
    assert cut


def test_a_day_that_is_more_than_quickbooks_shows_is_named_and_nothing_of_its_months_is_taken(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    switch(quickbooks, report_cells=3000)
    with pytest.raises(ReportPullError) as failed:
        loaded.reports.pull(realm_id, "first")
    errors = [one for one in failed.value.failures.values() if isinstance(one, SmallestReportTruncatedError)]
    assert errors
    assert all(realm_id in str(one) and "cut by QuickBooks" in str(one) for one in errors)
    torn = "SELECT basis, month FROM reports.posted_leg ANTI JOIN reports.month_pull USING (basis, month)"
    assert loaded.warehouse_query(torn) == []

    switch(quickbooks, report_cells=400_000)
    loaded.reports.pull(realm_id, "second")
    assert unexplained(loaded) == []


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("throttle", {"retry_after": 1, "times": 2}),
        ("server_error", {"status": 503, "times": 3}),
        ("truncated", {"times": 3, "after": 5}),
        ("fault_200", {"times": 2, "after": 4}),
        ("reset", {"times": 3}),
        ("expire_token", {"times": 1, "after": 4}),
    ],
)
def test_a_passing_fault_changes_nothing(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str, kind: str, settings: dict[str, Any]
) -> None:
    injected = quickbooks.inject(kind, endpoint=["reports"], **settings)
    loaded.reports.pull(realm_id, "first")
    assert injected.struck > 0
    assert unexplained(loaded) == []
    assert loaded.reports.pull(realm_id, "second").requests == STATEMENTS_ONLY


def test_a_report_that_fails_does_not_hold_up_the_others_and_is_all_that_is_asked_for_next(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    quickbooks.inject("server_error", match="GeneralLedger", times=500)
    with pytest.raises(ReportPullError, match="legs, Cash, 20") as failed:
        loaded.reports.pull(realm_id, "first")
    assert all(isinstance(one, ServerError) for one in failed.value.failures.values())
    assert loaded.warehouse_query("SELECT DISTINCT basis FROM reports.month_pull") == [("Accrual",)]
    quickbooks.heal()

    pull = loaded.reports.pull(realm_id, "second")

    assert {one.basis for one in pull.months_asked} == {Basis.CASH}
    assert unexplained(loaded) == []


def test_balances_that_failed_after_a_change_are_asked_for_again_though_they_were_pulled_before_it(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    """Those pulled before the change hold no more: nothing else asks for them, and nothing compares them."""
    identity = quickbooks.writer.oldest(realm_id, "JournalEntry")
    quickbooks.clock.advance(5)
    quickbooks.writer.touch(realm_id, "JournalEntry", identity, PrivateNote="Explained")
    quickbooks.clock.advance(2)  # what changes within the second of a report counts as later
    pulled.changes.sync(realm_id, ENTITIES, "changes")
    quickbooks.inject("server_error", match="TrialBalance", times=500)
    with pytest.raises(ReportPullError, match="TrialBalance, "):
        pulled.reports.pull(realm_id, "second")
    quickbooks.heal()

    pulled.reports.pull(realm_id, "third")

    asked = pulled.warehouse_query(
        "SELECT report, count(*) FROM audit.report_batch WHERE run_id = 'third' AND first_day = last_day GROUP BY ALL"
    )
    assert asked == [("TrialBalance", 4)]
    assert pulled.reports.pull(realm_id, "fourth").requests == STATEMENTS_ONLY
