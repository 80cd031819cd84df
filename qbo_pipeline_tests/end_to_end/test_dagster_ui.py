"""What a person does in the Dagster UI: materialize one asset, a backfill over twelve months, everything.

All three are asked for in a real browser and then looked up in the warehouse. Dagster's backfill daemon wakes every
30 seconds; the two backfills are asked for one after the other and wait together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline_tests.end_to_end.browser import launch, open_browser
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.end_to_end.dagster_server import DagsterServer, Progress, dagster_dev
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.prerequisites import chromium

CHROMIUM = chromium()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.end_to_end,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: python -m qbo_pipeline_tests.prerequisites says why"),
]

HISTORY_START = "2025-10"
FIRST, LAST = date(2025, 11, 1), date(2026, 10, 31)
COMPANY_INFO = "quickbooks/company_info"
MANY_RUNS = 8
"""Far fewer than there are models: a run each would take minutes of starting alone."""
TWELVE_MONTHS = "[2025-11-01...2026-10-01]"


@dataclass(frozen=True)
class Asked:
    """The runs that three requests in the browser became."""

    proposal: str
    """What Dagster showed of the company before anything was asked for."""
    runs_before: int
    """How many runs there were by then."""
    proposal_afterwards: str
    """The status of the same check when everything was loaded."""
    customer: str
    invoices: list[str]
    everything: list[str]
    progress: Progress
    session: Session
    quickbooks: LocalQuickBooks
    company: GeneratedCompany

    def loaded(self, run: str) -> dict[str, int]:
        """What a run received, entity by entity, by the audit trail."""
        rows = self.session.warehouse_query("SELECT entity, records FROM audit.sync_run WHERE run_id = ?", [run])
        return dict(rows)

    def requests(self, run: str) -> int:
        """How many requests a run sent, by the audit trail."""
        [(requests,)] = self.session.warehouse_query("SELECT count(*) FROM audit.api_call WHERE run_id = ?", [run])
        return int(requests)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, small_company: GeneratedCompany) -> Iterator[Asked]:
    """The three requests, made and finished."""
    folder: Path = tmp_path_factory.mktemp("ui")
    assert CHROMIUM is not None
    with (
        pytest.MonkeyPatch.context() as environment,
        LocalQuickBooks(folder / "quickbooks.sqlite") as quickbooks,
        open_session(settings_for(quickbooks, folder / "data"), UNLIMITED) as session,
    ):
        quickbooks.add_company(small_company)
        connect(quickbooks, session, small_company.realm_id)
        environment.setenv("DAGSTER_HOME", "")
        settings = {
            "DAGSTER_HOME": str(prepare_instance(session.settings)),
            "QBO_PIPELINE_DATA_DIR": str(session.settings.data.root),
            "QBO_HISTORY_START": HISTORY_START,
            "QBO_API_BASE_URL": session.settings.api_base_url,
            "QBO_TOKEN_URL": session.settings.token_url,
            "QBO_AUTHORIZE_URL": session.settings.authorize_url,
            "QBO_REVOKE_URL": session.settings.revoke_url,
        }
        with dagster_dev(settings, folder / "dagster.log") as dagster:
            yield _ask(dagster, folder, session, quickbooks, small_company)


def _ask(
    dagster: DagsterServer, folder: Path, session: Session, quickbooks: LocalQuickBooks, company: GeneratedCompany
) -> Asked:
    assert CHROMIUM is not None
    _wait_for_partition(dagster, company.realm_id)
    with open_browser(CHROMIUM, folder / "browser") as page:
        dagster.wait_for_check(COMPANY_INFO, "history_is_loaded")
        page.goto(f"{dagster.url}/assets/{COMPANY_INFO}?view=checks&checkDetail=history_is_loaded")
        proposal = page.get_by_text("is not loaded yet").first.inner_text()

        before = dagster.progress()
        page.goto(f"{dagster.url}/assets/quickbooks/customer")
        page.get_by_role("button", name="Materialize").first.click()
        page.get_by_role("dialog").get_by_role("button", name="All", exact=True).click()
        launch(page)
        customer = dagster.wait_for_new_run(before)

        page.goto(f"{dagster.url}/assets/quickbooks/invoice")
        page.get_by_role("button", name="Materialize").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="All", exact=True).first.click()
        dialog.get_by_placeholder("ex: ").fill(TWELVE_MONTHS)
        dialog.get_by_placeholder("ex: ").press("Tab")
        dialog.get_by_text("12 partitions").wait_for()
        launch(page)
        (invoices,) = dagster.progress().backfills

        page.goto(f"{dagster.url}/asset-groups")
        page.get_by_role("button", name="Materialize all").click()
        launch(page)
        (everything,) = set(dagster.progress().backfills) - {invoices}

        invoice_runs = dagster.wait_for_runs_of(invoices)
        all_runs = dagster.wait_for_runs_of(everything)
        return Asked(
            proposal,
            len(before.runs),
            dagster.wait_for_check(COMPANY_INFO, "history_is_loaded"),
            customer,
            invoice_runs,
            all_runs,
            dagster.progress(),
            session,
            quickbooks,
            company,
        )


def _wait_for_partition(dagster: DagsterServer, realm_id: str) -> None:
    """The sensor makes the connected company a partition by itself."""
    query = '{ assetNodeOrError(assetKey: {path: ["quickbooks", "customer"]}) { ... on AssetNode { partitionKeys } } }'
    wait_until(
        lambda: realm_id in dagster.ask(query)["assetNodeOrError"]["partitionKeys"],
        "the sensor connected_companies made no partition of the company",
    )


def test_the_first_backfill_of_a_connected_company_is_proposed_and_not_started(asked: Asked) -> None:
    company = f"{asked.company.name} ({asked.company.realm_id})"
    assert asked.proposal == f"The history of {company} is not loaded yet. Launch the job full_refresh to load it."
    assert asked.runs_before == 0
    assert asked.proposal_afterwards == "SUCCEEDED"


def test_one_asset_is_materialized(asked: Asked) -> None:
    assert asked.progress.runs[asked.customer] == "SUCCESS"
    assert asked.loaded(asked.customer) == {
        "Customer": asked.quickbooks.store.counts(asked.company.realm_id)["Customer"]
    }


def test_a_backfill_over_twelve_months_is_one_run_that_loads_those_months_with_two_requests(asked: Asked) -> None:
    dated = [record["TxnDate"] for entity, record in asked.company.records if entity == "Invoice"]
    inside = [day for day in dated if FIRST <= date.fromisoformat(day) <= LAST]

    (run,) = asked.invoices
    assert asked.progress.runs[run] == "SUCCESS"
    assert asked.loaded(run) == {"Invoice": len(inside)}
    assert len(inside) < len(dated)
    assert asked.requests(run) == 2


def test_everything_is_materialized_and_every_table_has_what_quickbooks_has(asked: Asked) -> None:
    # What has months and what has companies alone are a run each. Models and what is published of them follow in as
    # many runs as the daemon, which looks every 30 seconds, finds some of them ready while others still wait.
    assert len([run for run in asked.everything if asked.loaded(run)]) == 2
    assert len(asked.everything) < MANY_RUNS
    assert {asked.progress.runs[run] for run in asked.everything} == {"SUCCESS"}
    assert set(asked.progress.backfills.values()) == {"COMPLETED_SUCCESS"}
    held = asked.quickbooks.store.counts(asked.company.realm_id)
    with asked.session.reading() as query:
        rows = {
            entity.name: query(f'SELECT count(*) FROM quickbooks."{entity.table}" WHERE NOT deleted')[0][0]
            for entity in ENTITIES
        }
    assert rows == {entity.name: held.get(entity.name, 0) for entity in ENTITIES}
