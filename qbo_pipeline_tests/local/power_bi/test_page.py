"""The page on the root, as JSON, as HTML and in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline.local.power_bi.page import endpoint
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.local.power_bi.caller import Caller
from qbo_pipeline_tests.prerequisites import chromium

CHROMIUM = chromium()

CALENDAR = {"name": "Calendar", "columns": [{"name": "Month Start", "dataType": "DateTime"}]}
LEDGER = {
    "name": "Ledger",
    "columns": [{"name": "Month", "dataType": "DateTime"}, {"name": "Amount", "dataType": "Decimal"}],
    "measures": [
        {"name": "Total Income", "expression": "CALCULATE(SUM(Ledger[Amount]), Ledger[Amount] > 0)"},
        {"name": "Operating Expenses", "expression": "-CALCULATE(SUM(Ledger[Amount]), Ledger[Amount] < 0)"},
        {"name": "Net Income", "expression": "SUM(Ledger[Amount])"},
    ],
}
LINK = {
    "name": "month", "fromTable": "Ledger", "fromColumn": "Month", "toTable": "Calendar", "toColumn": "Month Start",
}  # fmt: skip


@pytest.fixture
def books(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two months of income and expenses."""
    monkeypatch.setattr(endpoint, "QUIET_SECONDS", 0.0)
    dataset = caller.create(CALENDAR, LEDGER, relationships=[LINK], name="Books & <Co>")
    months = ["2026-01-01", "2026-02-01"]
    caller.push(dataset, [{"Month Start": month} for month in months], "Calendar")
    caller.push(dataset, [{"Month": month, "Amount": amount} for month in months for amount in (900, -250)], "Ledger")
    return dataset


def told(power_bi: LocalPowerBI) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{power_bi.url}/control/status").json()
    return answer


def test_the_status_counts_rows_and_lists_the_last_batches(power_bi: LocalPowerBI, caller: Caller, books: str) -> None:
    power_bi.inject("late_rows", seconds=60)
    caller.push(books, [{"Amount": 1}], "Ledger", **{"X-PowerBI-PushData-SequenceNumber": "8"})
    [dataset] = told(power_bi)["datasets"]

    assert [(table["name"], table["rows"]) for table in dataset["tables"]] == [("Calendar", 2), ("Ledger", 5)]
    assert [(batch["table"], batch["rows"], batch["sequence"], batch["seen"]) for batch in dataset["batches"]] == [
        ("Ledger", 1, 8, False), ("Ledger", 4, None, True), ("Calendar", 2, None, True),
    ]  # fmt: skip
    assert (dataset["posts_last_minute"], dataset["rows_last_hour"]) == (3, 7)


def test_the_status_counts_requests_and_shows_what_was_switched(power_bi: LocalPowerBI, caller: Caller) -> None:
    power_bi.switch(posts_per_minute=0)
    caller.push(caller.create(), [{}])
    status = told(power_bi)

    assert {(endpoint, code): count for endpoint, code, count in status["requests"]} == {
        ("token", 200): 1, ("create", 201): 1, ("rows", 429): 1,
    }  # fmt: skip
    assert status["switches"] == {"posts_per_minute": 0}


def test_charts_are_drawn_where_a_dataset_has_what_they_need(power_bi: LocalPowerBI, books: str) -> None:
    page = httpx.get(power_bi.url).text

    assert "<title>Jan 26, Total Income: 900.00</title>" in page
    assert "<title>Feb 26, Operating Expenses: 250.00</title>" in page
    assert "<title>Feb 26, Net Income: 650.00</title>" in page
    assert "A/R aging" not in page


def test_names_are_text_and_never_markup(power_bi: LocalPowerBI, books: str) -> None:
    assert "Books &amp; &lt;Co&gt;" in httpx.get(power_bi.url).text


def test_rows_are_browsed_newest_first(power_bi: LocalPowerBI, caller: Caller, books: str) -> None:
    caller.push(books, [{"Amount": place} for place in range(150)], "Ledger")
    address = f"{power_bi.url}/datasets/{books}/tables/Ledger"
    first, second = httpx.get(address).text, httpx.get(f"{address}?offset=100").text

    assert "1 to 100 of 154" in first
    assert ("offset=100" in first, "149.0000" in first, "49.0000</td>" in second) == (True, True, True)
    assert "101 to 154 of 154" in second
    assert httpx.get(f"{power_bi.url}/datasets/{books}/tables/Nothing").status_code == 404


def test_rows_are_told_as_json_too(power_bi: LocalPowerBI, books: str) -> None:
    kept = httpx.get(f"{power_bi.url}/control/rows/{books}/Ledger", params={"limit": 1}).json()

    assert kept["count"] == 4
    assert kept["rows"] == [{"Month": "2026-02-01T00:00:00", "Amount": -250.0}]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    assert CHROMIUM is not None
    with open_browser(CHROMIUM, tmp_path / "profile", width=1280) as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: python -m qbo_pipeline_tests.prerequisites says why")
def test_a_person_watches_rows_come_in(power_bi: LocalPowerBI, caller: Caller, books: str, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(power_bi.url)
    tables = page.locator("section.tables")

    expect(tables.locator("li").filter(has_text="Ledger")).to_have_text("Ledger4")
    expect(page.locator("section.chart")).to_have_count(2)
    power_bi.inject("throttle", endpoint="rows", after=1)
    caller.push(books, [{"Amount": 12}], "Ledger")

    # Without being loaded again by anybody.
    expect(tables.locator("li").filter(has_text="Ledger")).to_have_text("Ledger5")
    expect(page.locator("section.steered")).to_contain_text("throttle")
    tables.get_by_role("link", name="Ledger").click()
    expect(page.locator("tbody tr").first).to_contain_text("12.0000")
    shown = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert (shown, complaints) == (True, [])
