"""Take pictures of the README anew: `python -m qbo_pipeline_tests.end_to_end.screenshots`.

Loads and publishes both demo companies in a folder of their own, with the job that `make demo` runs, and photographs
the Dagster UI and the pages of the local Power BI and the local Tableau.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect

from qbo_pipeline.ingestion import open_session
from qbo_pipeline.local.companies import DEMO_COMPANIES, generate
from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.end_to_end.dagster_server import dagster_dev
from qbo_pipeline_tests.prerequisites import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main() -> int:
    """Take them; 1 where there is no Chromium."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("No Chromium; see: python -m qbo_pipeline_tests.prerequisites\n")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with (
            LocalQuickBooks(folder / "quickbooks.sqlite") as quickbooks,
            LocalPowerBI(folder / "power_bi.duckdb") as power_bi,
            LocalTableau(folder / "site") as tableau,
            open_session(settings_for(quickbooks, folder / "data"), UNLIMITED) as session,
        ):
            for name in DEMO_COMPANIES:
                quickbooks.add_company(generate(name))
            for realm_id, _ in quickbooks.store.companies():
                connect(quickbooks, session, realm_id)
            environment = {
                "DAGSTER_HOME": str(prepare_instance(session.settings)),
                "QBO_PIPELINE_DATA_DIR": str(session.settings.data.root),
                "QBO_API_BASE_URL": session.settings.api_base_url,
                "QBO_TOKEN_URL": session.settings.token_url,
                "QBO_AUTHORIZE_URL": session.settings.authorize_url,
                "QBO_REVOKE_URL": session.settings.revoke_url,
                "POWERBI_API_BASE_URL": power_bi.api_url,
                "POWERBI_AUTHORITY_URL": power_bi.url,
                "TABLEAU_SERVER_URL": tableau.url,
            }
            os.environ.update(environment)
            _full_refresh()
            with (
                dagster_dev(environment, folder / "dagster.log") as dagster,
                open_browser(executable, folder / "browser") as page,
            ):
                _asset_graph(page, dagster.url, IMAGES / "asset-graph.png")
                _charts(page, power_bi.url, IMAGES / "power-bi.png")
                _site(page, tableau.url, IMAGES / "tableau.png")
    return 0


def _full_refresh() -> None:
    from dagster import DagsterInstance

    from qbo_pipeline.definitions import defs

    with DagsterInstance.get() as instance:
        defs.resolve_job_def("full_refresh").execute_in_process(instance=instance)


def _asset_graph(page: Page, url: str, target: Path) -> None:
    page.set_viewport_size({"width": 1400, "height": 560})
    page.goto(f"{url}/asset-groups")
    page.get_by_text("fetching statuses").first.wait_for()
    expect(page.get_by_text("fetching statuses")).to_have_count(0, timeout=120_000)
    page.screenshot(path=target)


def _charts(page: Page, url: str, target: Path) -> None:
    page.set_viewport_size({"width": 1400, "height": 760})
    page.goto(url)
    page.get_by_text("Net income by month").wait_for()
    page.locator("svg").nth(5).wait_for()
    page.screenshot(path=target)


def _site(page: Page, url: str, target: Path) -> None:
    page.set_viewport_size({"width": 1400, "height": 760})
    page.goto(url)
    page.get_by_text("QuickBooks Online").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=target)


if __name__ == "__main__":
    sys.exit(main())
