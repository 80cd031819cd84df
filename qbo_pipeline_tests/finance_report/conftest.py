"""The small company on paper, with a budget, as a published warehouse and as pages in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page
from typer.testing import CliRunner

from qbo_pipeline.cli import app
from qbo_pipeline.finance_report.figures import Basis, Report
from qbo_pipeline.finance_report.page import render_page
from qbo_pipeline.finance_report.reading import read_companies, read_report
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.end_to_end.browser import open_browser
from qbo_pipeline_tests.finance.proof.books import REALM, Books
from qbo_pipeline_tests.finance.proof.small_company import RENT, SALES
from qbo_pipeline_tests.prerequisites import chromium

NAME = "Fjord Outfitters"
LAST_DAY = date(2026, 3, 31)
CHROMIUM = chromium()

Read = Callable[..., Report]


@pytest.fixture(scope="session")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """The books, and what was planned: 100.00 of sales and 50.00 of rent a month. Do not change them."""
    books = Books().connection
    books.execute(
        "INSERT INTO quickbooks.budget BY NAME SELECT ? AS realm_id, '1' AS id, false AS deleted, 'Plan' AS name, "
        "true AS active, 'Monthly' AS budget_entry_type",
        [REALM],
    )
    for number, (account, amount) in enumerate(((SALES, 100), (RENT, 50)), 1):
        books.execute(
            "INSERT INTO quickbooks.budget_detail BY NAME SELECT ? AS realm_id, '1' AS budget_id, "
            "? * 100 + nth AS detail_number, (DATE '2026-01-01' + to_months(nth::INTEGER))::DATE AS budget_date, "
            "? AS account_id, ? AS amount FROM range(12) AS months(nth)",
            [REALM, number, account, amount],
        )
    yield books
    books.close()


@pytest.fixture(scope="session")
def read(warehouse: duckdb.DuckDBPyConnection) -> Read:
    """Reads a report of the small company."""
    [company] = read_companies(warehouse)

    @cache
    def read_(
        as_of: date = LAST_DAY, basis: Basis = "Accrual", start: date | None = None, legs: bool = False
    ) -> Report:
        return read_report(warehouse, company, basis=basis, as_of=as_of, start=start, with_legs=legs)

    return read_


@pytest.fixture(scope="session")
def published(warehouse: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with these books as what readers open."""
    data = Settings(data_dir=tmp_path_factory.mktemp("books")).data
    data.warehouse.parent.mkdir(parents=True, exist_ok=True)
    warehouse.execute(f"ATTACH '{data.warehouse}' AS published")
    warehouse.execute("COPY FROM DATABASE memory TO published")
    warehouse.execute("DETACH published")
    return data.root


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    exit_code: int
    output: str
    told: str


Run = Callable[..., Answer]


@pytest.fixture
def run(published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command on the published books, from an empty folder."""
    for name in os.environ:
        if name.startswith("QBO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(published))

    def invoke(*arguments: str) -> Answer:
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return invoke


@dataclass
class Opened:
    """A page in the browser, and what it did beside being there."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """Addresses it asked for."""
    complaints: list[str] = field(default_factory=list)
    """Of the console, and errors of scripts."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A browser that writes down what its page asks for and complains of."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with open_browser(CHROMIUM, tmp_path_factory.mktemp("browser"), width=1280, height=900) as page:
        opened = Opened(page)
        page.on("request", lambda request: opened.requests.append(request.url))
        page.on("console", lambda message: opened.complaints.append(message.text))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        yield opened


Open = Callable[[Report], Opened]


@pytest.fixture(scope="module")
def rendered() -> Callable[[Report], str]:
    """Renders a report, the same one only once."""
    pages: dict[int, tuple[Report, str]] = {}

    def render(report: Report) -> str:
        if id(report) not in pages:
            pages[id(report)] = report, render_page(report)
        return pages[id(report)][1]

    return render


@pytest.fixture
def open_page(browser: Opened, rendered: Callable[[Report], str], tmp_path: Path) -> Open:
    """Opens a report in the browser."""

    def open_(report: Report) -> Opened:
        path = tmp_path / "report.html"
        path.write_text(rendered(report), encoding="utf-8")
        browser.requests.clear()
        browser.complaints.clear()
        browser.page.goto(path.as_uri())
        return browser

    return open_
