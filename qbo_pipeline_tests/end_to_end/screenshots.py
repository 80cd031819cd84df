"""Take the picture of the README anew: `python -m qbo_pipeline_tests.end_to_end.screenshots`.

Loads both demo companies into a folder of its own, with the job that `make demo` runs, and photographs the UI.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from qbo_pipeline.ingestion import open_session
from qbo_pipeline.local.companies import DEMO_COMPANIES, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.end_to_end.dagster_server import dagster_dev
from qbo_pipeline_tests.prerequisites import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main() -> int:
    """Take it; 1 where there is no Chromium."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("No Chromium; see: python -m qbo_pipeline_tests.prerequisites\n")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with (
            LocalQuickBooks(folder / "quickbooks.sqlite") as quickbooks,
            open_session(settings_for(quickbooks, folder / "data"), UNLIMITED) as session,
        ):
            for name in DEMO_COMPANIES:
                quickbooks.add_company(generate(name, scale=0.2))
            for realm_id, _ in quickbooks.store.companies():
                connect(quickbooks, session, realm_id)
            environment = {
                "DAGSTER_HOME": str(prepare_instance(session.settings)),
                "QBO_PIPELINE_DATA_DIR": str(session.settings.data.root),
                "QBO_API_BASE_URL": session.settings.api_base_url,
                "QBO_TOKEN_URL": session.settings.token_url,
                "QBO_AUTHORIZE_URL": session.settings.authorize_url,
                "QBO_REVOKE_URL": session.settings.revoke_url,
            }
            os.environ.update(environment)
            _full_refresh()
            with (
                dagster_dev(environment, folder / "dagster.log") as dagster,
                open_browser(executable, folder / "browser") as page,
            ):
                _asset_graph(page, dagster.url, IMAGES / "asset-graph.png")
    return 0


def _full_refresh() -> None:
    from dagster import DagsterInstance

    from qbo_pipeline.definitions import defs

    with DagsterInstance.get() as instance:
        defs.resolve_job_def("full_refresh").execute_in_process(instance=instance)


def _asset_graph(page: Page, url: str, target: Path) -> None:
    page.goto(f"{url}/asset-groups")
    page.get_by_text("5 / 5 Passed").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=target)


if __name__ == "__main__":
    sys.exit(main())
