"""The page on the root, as JSON, as HTML and in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.local.tableau.caller import Caller, Tables
from qbo_pipeline_tests.prerequisites import chromium

CHROMIUM = chromium()
MANY: Tables = {
    "Lines": ('"Key" TEXT, "Amount" NUMERIC(18, 4), "On" DATE', [(str(n), f"{n}.5", "2026-01-31") for n in range(150)])
}
DELETE = {"op": "eq", "target-col": "Key", "const": {"type": "string", "v": "1-1"}}


def told(tableau: LocalTableau) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{tableau.url}/control/status").json()
    return answer


def delete(caller: Caller, luid: str, table: str = "Lines", key: str = "1") -> None:
    caller.job(caller.update(luid, [{"action": "delete", "target-table": table, "condition": DELETE}], key=key))


def test_the_status_lists_data_sources_jobs_and_workbooks(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    luid = caller.published(tmp_path)
    tableau.add_workbook("Close", luid)
    delete(caller, luid, "Nothing")
    [site] = told(tableau)["sites"]

    [source] = site["data_sources"]
    assert (source["live"], [(table["name"], table["rows"]) for table in source["tables"]]) == (True, [("Lines", 2)])
    assert [(job["type"], job["status"]) for job in site["jobs"]] == [("update_uploaded_file", "Failed")]
    assert site["workbooks"][0]["data_sources"] == ["Books"]


def test_names_are_text_and_never_markup(tableau: LocalTableau, caller: Caller) -> None:
    tableau.add_data_source("Books & <Co>")
    assert "Books &amp; &lt;Co&gt;" in httpx.get(tableau.url).text


def test_the_secret_in_the_path_of_a_webhook_is_not_shown(tableau: LocalTableau, caller: Caller) -> None:
    body = (
        '<tsRequest><webhook name="x" event="DatasourceUpdated"><webhook-destination>'
        '<webhook-destination-http method="POST" url="https://example.com/k9q2" /></webhook-destination>'
        "</webhook></tsRequest>"
    )
    caller.http.post("webhooks", content=body)
    page = httpx.get(tableau.url).text

    assert ("https://example.com/…" in page, "k9q2" in page) == (True, False)


def test_rows_are_browsed_a_hundred_at_a_time(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    address = f"{tableau.url}/datasources/{caller.published(tmp_path, MANY)}/tables/Lines"
    first, second = httpx.get(address).text, httpx.get(f"{address}?offset=100").text

    assert ("1 to 100 of 150" in first, "offset=100" in first) == (True, True)
    assert ("101 to 150 of 150" in second, "149.5" in second, "2026-01-31" in second) == (True, True, True)
    assert httpx.get(f"{tableau.url}/datasources/nothing/tables/Lines").status_code == 404


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    assert CHROMIUM is not None
    with open_browser(CHROMIUM, tmp_path / "profile", width=1280) as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: python -m qbo_pipeline_tests.prerequisites says why")
def test_a_person_watches_a_data_source_change(
    tableau: LocalTableau, caller: Caller, tmp_path: Path, page: Page
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    luid = caller.published(tmp_path)
    page.goto(tableau.url)
    tables = page.locator("section.tables")

    expect(tables.locator("li").filter(has_text="Lines")).to_have_text("Lines2")
    delete(caller, luid)
    delete(caller, luid, "Nothing", key="2")

    # Without being loaded again by anybody.
    expect(tables.locator("li").filter(has_text="Lines")).to_have_text("Lines1")
    expect(page.locator("section.jobs .bad")).to_have_text("Failed")
    expect(page.locator("section.jobs")).to_contain_text("errorCode=410012")
    tables.get_by_role("link", name="Lines").click()
    expect(page.locator("tbody tr").first).to_contain_text("2.5")
    shown = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert (shown, complaints) == (True, [])
