"""From Connect to the first rows: the command, the page, the click, the load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.end_to_end.connecting import authorize_page, click_connect, environment_of, in_a_terminal
from qbo_pipeline_tests.prerequisites import chromium

CHROMIUM = chromium()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.end_to_end,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: python -m qbo_pipeline_tests.prerequisites says why"),
]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    assert CHROMIUM is not None
    with open_browser(CHROMIUM, tmp_path / "browser") as page:
        yield page


def test_a_person_connects_a_company_with_one_click_and_has_its_first_rows_two_commands_later(
    quickbooks: LocalQuickBooks, small_company: GeneratedCompany, page: Page, tmp_path: Path
) -> None:
    environment, name = environment_of(quickbooks, tmp_path / "data"), small_company.name

    with authorize_page(page, environment, tmp_path) as told:
        click_connect(page, name)
        assert f"Connected {name} ({small_company.realm_id})." in told()
    page.get_by_text(f"{name} is connected. You can close this page").wait_for()

    proposed = in_a_terminal("companies", environment=environment, folder=tmp_path)
    assert f"qbo-pipeline backfill --company {small_company.realm_id}" in proposed.replace("\n", "")
    in_a_terminal("backfill", "--entity", "Term", environment=environment, folder=tmp_path)
    rows = in_a_terminal("sql", "SELECT count(*) FROM quickbooks.term", environment=environment, folder=tmp_path)
    assert str(quickbooks.store.counts(small_company.realm_id)["Term"]) in rows
