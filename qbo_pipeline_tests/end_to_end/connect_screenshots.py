"""Take the pictures of "Connect your company" anew: `python -m qbo_pipeline_tests.end_to_end.connect_screenshots`.

Connects both demo companies as a person would and loads one of them, so that the other's first backfill is proposed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

from qbo_pipeline.local.companies import DEMO_COMPANIES, GeneratedCompany, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.conftest import NO_KEYRING
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.end_to_end.connecting import authorize_page, click_connect, environment_of, in_a_terminal
from qbo_pipeline_tests.end_to_end.dagster_server import dagster_dev
from qbo_pipeline_tests.end_to_end.screenshots import IMAGES
from qbo_pipeline_tests.prerequisites import chromium

WIDTH, HEIGHT = 860, 360
COLUMNS = 132
COMPANY_INFO = "quickbooks/company_info"


def main() -> int:
    """Take them; 1 where there is no Chromium."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("No Chromium; see: python -m qbo_pipeline_tests.prerequisites\n")
        return 1
    with TemporaryDirectory() as temporary, LocalQuickBooks(Path(temporary) / "quickbooks.sqlite") as quickbooks:
        folder = Path(temporary)
        companies = [generate(name, scale=0.1) for name in DEMO_COMPANIES]
        for company in companies:
            quickbooks.add_company(company)
        environment = environment_of(quickbooks, folder / "data") | {"PYTHON_KEYRING_BACKEND": NO_KEYRING}
        with open_browser(executable, folder / "browser", WIDTH, HEIGHT) as page:
            _connecting(page, companies, environment, folder)
        with open_browser(executable, folder / "browser", 1180, 620) as page:
            _in_dagster(page, environment, folder)
    return 0


def _connecting(page: Page, companies: list[GeneratedCompany], environment: dict[str, str], folder: Path) -> None:
    first, second = companies
    with authorize_page(page, environment, folder) as told:
        page.get_by_label(first.name).check()
        page.screenshot(path=IMAGES / "connect-authorize.png")
        click_connect(page, first.name)
        page.screenshot(path=IMAGES / "connect-connected.png", clip={"x": 0, "y": 40, "width": WIDTH, "height": 140})
        told()
    in_a_terminal("backfill", environment=environment, folder=folder)
    with authorize_page(page, environment, folder) as told:
        click_connect(page, second.name)
        told()
    listed = in_a_terminal("companies", environment=environment, folder=folder, columns=COLUMNS)
    _terminal(page, f"$ qbo-pipeline companies\n{listed.rstrip()}", IMAGES / "connect-companies.png")


def _terminal(page: Page, written: str, target: Path) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere)
        console.print(Text.from_ansi(written), soft_wrap=True)
    page.set_viewport_size({"width": 1200, "height": HEIGHT})
    page.set_content(console.export_html(theme=DEFAULT_TERMINAL_THEME))
    page.add_style_tag(content="pre { display: inline-block; padding: 1rem; margin: 0; font-size: 14px }")
    page.locator("pre").screenshot(path=target)


def _in_dagster(page: Page, environment: dict[str, str], folder: Path) -> None:
    os.environ.update({name: value for name, value in environment.items() if name.startswith("QBO_")})
    home = str(prepare_instance(load_settings()))
    with dagster_dev(environment | {"DAGSTER_HOME": home}, folder / "dagster.log") as dagster:
        dagster.wait_for_check(COMPANY_INFO, "history_is_loaded")
        page.goto(f"{dagster.url}/assets/{COMPANY_INFO}?view=checks&checkDetail=history_is_loaded")
        page.get_by_text("is not loaded yet").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "connect-proposal.png")


if __name__ == "__main__":
    sys.exit(main())
