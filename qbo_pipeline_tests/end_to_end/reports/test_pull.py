"""QuickBooks' own reports, from the local service to the warehouse, over HTTP."""

from __future__ import annotations

import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.ingestion.reports.results import Why
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.rebuild import rebuild
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED
from qbo_pipeline_tests.end_to_end.reports.asking import STATEMENTS_ONLY, asked_of, content, switch, unexplained

pytestmark = [pytest.mark.end_to_end, pytest.mark.usefixtures("without_models")]


def test_legs_explain_every_figure_of_every_statement_to_the_cent(pulled: Session) -> None:
    assert unexplained(pulled) == []
    [(both, months)] = pulled.warehouse_query("SELECT count(DISTINCT basis), count(*) FROM reports.month_pull")
    assert (both, months > 20) == (2, True)


def test_balances_and_open_documents_of_the_last_month_end_and_of_today_are_there(pulled: Session) -> None:
    counts = dict(
        pulled.warehouse_query(
            "SELECT report, count(DISTINCT first_day) FROM audit.report_batch WHERE first_day = last_day GROUP BY ALL"
        )
    )
    assert counts == dict.fromkeys(
        ("TrialBalance", "AgedReceivableDetail", "AgedPayableDetail", "InventoryValuationSummary"), 2
    )
    sides = "SELECT count(*), sum(debit) = sum(credit) FROM reports.trial_balance GROUP BY basis, as_of"
    assert [balanced for _, balanced in pulled.warehouse_query(sides)] == [True] * 4


def test_where_nothing_changed_only_the_statements_are_asked_for(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    before, asked = content(pulled), len(asked_of(quickbooks))

    again = pulled.reports.pull(realm_id, "second")

    assert (again.requests, again.months_asked, again.months_changed, again.legs) == (STATEMENTS_ONLY, (), (), 0)
    assert len(asked_of(quickbooks)) - asked == STATEMENTS_ONLY
    assert content(pulled) == before


def test_no_month_of_a_basis_is_asked_for_twice(loaded: Session, quickbooks: LocalQuickBooks, realm_id: str) -> None:
    pull = loaded.reports.pull(realm_id, "first")
    legs = [one for one in asked_of(quickbooks) if "JournalReport" in one or "GeneralLedger" in one]
    assert len(legs) == len(set(legs))
    assert len(legs) <= -(-len(pull.months_asked) // 6) + 2
    assert {one.why for one in pull.months_asked} == {Why.NEVER_PULLED}
    assert pull.why == {"never pulled": len(pull.months_asked)}


@pytest.mark.parametrize(
    "shape", [{"report_version": "v1"}, {"report_language": "fr"}, {"report_version": "v1", "report_language": "fr"}]
)
def test_both_shapes_in_every_language_say_the_same(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str, shape: dict[str, str]
) -> None:
    in_words = ("transaction_title", "account_name", "account_id") if "report_language" in shape else ("account_name",)
    before = content(pulled, *in_words)
    switch(quickbooks, **shape)

    pull = pulled.reports.pull(realm_id, "again", everything=True)

    assert content(pulled, *in_words) == before
    assert {one.why for one in pull.months_asked} == {Why.ASKED_FOR}


def test_every_request_is_in_the_audit_trail_and_counts_for_the_month(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    pull = loaded.reports.pull(realm_id, "first")
    trail = loaded.warehouse_query(
        "SELECT endpoint, count(*) FROM audit.api_call WHERE run_id = 'first' AND outcome = 'ok' GROUP BY ALL"
    )
    assert sum(count for _, count in trail) == pull.requests == len(asked_of(quickbooks))
    assert {"reports/JournalReport", "reports/GeneralLedger"} < {endpoint for endpoint, _ in trail}
    state = StateStore(loaded.settings.state_url)
    used = ApiUsage(state).of_month(pull.started_at.date())
    state.close()
    assert used[realm_id, "report"] == pull.requests


def test_nothing_is_asked_when_the_calls_of_the_month_are_spent(
    loaded: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    spent = loaded.settings.model_copy(update={"call_budget_per_month": 1})
    asked = len(quickbooks.requests)
    with open_session(spent, UNLIMITED) as poor:
        pull = poor.reports.pull(realm_id, "first")
    assert (pull.requests, len(quickbooks.requests)) == (0, asked)
    assert "QBO_CALL_BUDGET_PER_MONTH" in (pull.note or "")


def test_a_rebuild_brings_reports_back_without_asking(
    pulled: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    before, asked, data = content(pulled), len(quickbooks.requests), pulled.settings.data
    data.build.unlink()
    rebuild(data.build, data.warehouse, data.lake, lambda *_: None)
    assert content(pulled) == before
    assert len(quickbooks.requests) == asked
    assert pulled.reports.pull(realm_id, "after").requests == STATEMENTS_ONLY
