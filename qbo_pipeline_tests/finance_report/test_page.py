"""The page in a real browser: what a person sees of it, clicks on and prints."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest
from playwright.sync_api import Locator, Page

from qbo_pipeline.finance_report.drilling import read_drill
from qbo_pipeline.finance_report.page import render_page
from qbo_pipeline.finance_report.questions import Questions
from qbo_pipeline_tests.finance.proof.books import REALM
from qbo_pipeline_tests.finance_report.conftest import CHROMIUM, Open, Read

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")]

STATEMENTS = ("Income statement", "Balance sheet", "Cash flow", "Budget and actual")
AGINGS = ("Accounts receivable aging", "Accounts payable aging")


def read_amount(text: str) -> Decimal:
    """An amount as it is written on the page."""
    digits = text.strip().strip("()").replace(",", "").replace("\N{EN DASH}", "0")
    return -Decimal(digits) if text.strip().startswith("(") else Decimal(digits)


def cell(page: Page, section: str, label: str, column: int) -> Locator:
    row = page.locator(f"#{section} tbody tr").filter(has=page.locator(f"th:text-is('{label}')"))
    return row.locator("td").nth(column)


def test_it_needs_no_network_and_complains_of_nothing(open_page: Open, read: Read) -> None:
    opened = open_page(read(legs=True))

    assert [urlsplit(one).scheme for one in opened.requests] == ["file"]
    assert opened.complaints == []


def test_it_says_whose_books_these_are_and_whether_they_tie(open_page: Open, read: Read) -> None:
    page = open_page(read(legs=True)).page
    head = page.locator("header").inner_text()

    assert page.locator("h1").inner_text() == "Fjord Outfitters"
    for told in ("As of 31 Mar 2026", "Accrual", "Feb \N{EN DASH} Mar 2026", "USD", "13:00 UTC"):
        assert told in head
    assert "Ties to the cent with QuickBooks' own reports" in page.locator(".proof.ties").inner_text()


def test_totals_on_the_page_are_those_of_the_warehouse(
    open_page: Open, read: Read, warehouse: duckdb.DuckDBPyConnection
) -> None:
    page = open_page(read(legs=True)).page
    [[income]] = warehouse.execute(
        "SELECT sum(amount) FROM finance.profit_and_loss "
        "WHERE basis = 'Accrual' AND section = 'Income' AND month >= DATE '2026-02-01'"
    ).fetchall()
    [[assets]] = warehouse.execute(
        "SELECT sum(balance) FROM finance.balance_sheet "
        "WHERE basis = 'Accrual' AND section = 'Assets' AND month = DATE '2026-03-01'"
    ).fetchall()
    [[receivable]] = warehouse.execute(
        "SELECT sum(open_balance) FROM finance.ar_aging_as_of(DATE '2026-03-31')"
    ).fetchall()

    assert read_amount(cell(page, "income", "Total income", 1).inner_text()) == income
    assert read_amount(cell(page, "balance", "Total assets", 0).inner_text()) == assets
    assert read_amount(page.locator("#receivable tfoot tr").first.locator("td").last.inner_text()) == receivable


def test_every_cell_opens_to_legs_that_sum_to_it(open_page: Open, read: Read) -> None:
    page = open_page(read(legs=True)).page
    cells = page.locator("td[data-drill] button")

    assert cells.count() > 40
    for place in range(cells.count()):
        button = cells.nth(place)
        written = read_amount(button.inner_text())
        button.evaluate("one => one.click()")
        sums = page.locator("#drill-body > .sum span.n").all_inner_texts()
        inside = page.locator("#drill-body > table tbody td.n, #drill-body > details > summary .n").all_inner_texts()
        *brought_forward, total = (read_amount(one) for one in sums)
        assert total == written
        assert sum(brought_forward, sum(map(read_amount, inside), Decimal(0))) == written
        page.keyboard.press("Escape")


def test_a_cell_leads_to_months_legs_the_document_and_its_lines(
    open_page: Open, read: Read, warehouse: duckdb.DuckDBPyConnection
) -> None:
    page = open_page(read(legs=True)).page
    cell(page, "income", "Sales", 1).locator("button").click()
    month = page.locator("#drill-body details").first
    month.locator("summary").click()
    amounts = [read_amount(one) for one in month.locator(".legs tbody .n").all_inner_texts()]
    assert sum(amounts) == read_amount(month.locator("summary .n").inner_text())

    month.locator(".legs button").filter(has_text=re.compile("^Invoice")).first.click()
    identity = page.locator("#drill-body .card dd").last.inner_text()
    lines = [read_amount(one) for one in page.locator("#drill-body .lines tbody tr .n:last-child").all_inner_texts()]
    total = page.locator("#drill-body .card dd").nth(2).inner_text().split()[0]
    [[url]] = warehouse.execute(
        "SELECT qbo_url FROM finance.dim_transaction WHERE transaction_type = 'Invoice' AND transaction_id = ?",
        [identity],
    ).fetchall()
    assert lines
    assert sum(lines) == read_amount(total)
    assert page.locator("#drill-body a.open").get_attribute("href") == url
    debit, credit = page.locator("#drill-body .postings tfoot td").all_inner_texts()
    assert debit == credit

    page.get_by_role("button", name="Back").click()
    assert page.locator("#drill-title").inner_text() == "Sales"


def test_a_balance_opens_to_what_was_brought_forward(open_page: Open, read: Read) -> None:
    page = open_page(read(legs=True)).page
    before = read_amount(cell(page, "balance", "Checking", 2).inner_text())
    cell(page, "balance", "Checking", 0).locator("button").click()

    assert read_amount(page.locator("#drill-body .sum .n").first.inner_text()) == before
    assert "Brought forward" in page.locator("#drill-body .sum").first.inner_text()


def test_an_aging_opens_to_the_open_documents(open_page: Open, read: Read) -> None:
    report = read(legs=True)
    page = open_page(report).page
    for key, aging in (("receivable", report.receivable), ("payable", report.payable)):
        for place, party in enumerate(aging.parties):
            page.locator(f"#{key} tbody tr").nth(place).locator("td.sum button").click()
            amounts = page.locator("#drill-body .open-documents tbody tr .n:last-child").all_inner_texts()
            assert [read_amount(one) for one in amounts] == [one.open_balance for one in party.documents]
            page.keyboard.press("Escape")


def test_what_is_too_much_for_a_page_is_left_out_and_said(
    open_page: Open, read: Read, warehouse: duckdb.DuckDBPyConnection
) -> None:
    report = read(legs=True)
    drill = read_drill(Questions(warehouse, REALM, "Accrual"), report.periods.year, [], most=10)
    assert 0 < len(drill.legs) <= 10
    assert drill.complete_from > report.periods.year.start
    page = open_page(replace(report, drill=drill)).page
    figure = cell(page, "income", "Total income", 1).locator("button")
    written = figure.inner_text()
    figure.click()

    assert "too many postings for one page" in page.locator("#drill-body").inner_text()
    assert page.locator("#drill-body > .sum .n").last.inner_text() == written


def test_without_a_script_the_statements_are_there(read: Read, open_page: Open, tmp_path: Path) -> None:
    page = open_page(read(legs=True)).page
    plain = re.sub(r"<script.*?</script>", "", render_page(read(legs=True)), flags=re.DOTALL)
    path = tmp_path / "plain.html"
    path.write_text(plain, encoding="utf-8")
    page.goto(path.as_uri())

    assert page.locator("button:visible").count() == 0
    for title in (*STATEMENTS, *AGINGS):
        assert page.get_by_role("heading", name=title, exact=True).is_visible()
    assert cell(page, "income", "Net income", 0).inner_text() != ""
    assert page.locator(".chart svg:visible").count() >= 7


def test_on_paper_everything_is_there_and_nothing_to_click(open_page: Open, read: Read) -> None:
    page = open_page(read(legs=True)).page
    cell(page, "income", "Sales", 1).locator("button").click()
    page.emulate_media(media="print")
    try:
        for title in (*STATEMENTS, *AGINGS, "Customers and vendors"):
            assert page.get_by_role("heading", name=title, exact=True).is_visible()
        for gone in ("nav", "dialog"):
            assert not page.locator(gone).is_visible()
        styles = page.locator("#income thead").evaluate("one => getComputedStyle(one).display")
        assert styles == "table-header-group"
        breaks = page.locator("#balance").evaluate("one => getComputedStyle(one).breakBefore")
        assert breaks == "page"
        button = page.locator("#income td button").first
        assert button.evaluate("one => getComputedStyle(one).textDecorationLine") == "none"
        assert page.pdf(format="A4").startswith(b"%PDF")
    finally:
        page.emulate_media(media="screen")


def test_a_phone_has_no_sideways_scrolling_but_in_tables(open_page: Open, read: Read) -> None:
    page = open_page(read(legs=True)).page
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        cell(page, "income", "Sales", 1).locator("button").click()
        assert page.locator("dialog").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


CONTRAST = """([front, back]) => {
  const light = (colour) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(${colour})`;
    const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255);
    probe.remove();
    const [r, g, b] = parts.map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [one, other] = [light(front), light(back)].sort((a, b) => b - a);
  return (one + 0.05) / (other + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_what_is_behind_them(open_page: Open, read: Read, scheme: str) -> None:
    page = open_page(read(legs=True)).page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    try:
        for front in ("--ink", "--soft", "--faint", "--accent", "--bad"):
            for back in ("--paper", "--card"):
                assert page.evaluate(CONTRAST, [front, back]) >= 4.5, (front, back)
    finally:
        page.emulate_media(color_scheme="light")


def test_tables_say_what_their_cells_belong_to(open_page: Open, read: Read) -> None:
    page = open_page(read(legs=True)).page

    for section in ("income", "balance", "cash", "budget", "receivable", "payable"):
        table = page.locator(f"#{section} table")
        assert table.locator("thead th:not([scope=col])").count() == 0
        assert table.locator("tbody tr:not(:has(th[scope=row], th[scope=rowgroup]))").count() == 0
        assert page.locator(f"#{section}").get_attribute("aria-labelledby") == f"{section}-title"
    drawings = page.locator(".drawing")
    assert all(drawings.nth(place).get_attribute("aria-label") for place in range(drawings.count()))
    button = cell(page, "income", "Sales", 1).locator("button")
    assert "Sales, FY 2027 to date" in (button.get_attribute("aria-label") or "")


def test_names_are_text_whatever_is_in_them(open_page: Open, read: Read) -> None:
    name = "</script><img src=x onerror=alert(1)>&amp; Sons"
    report = read(legs=True)
    assert report.drill is not None
    legs = [replace(one, memo=name) for one in report.drill.legs]
    company = replace(report.company, name=name)
    opened = open_page(replace(report, company=company, drill=replace(report.drill, legs=legs)))

    assert opened.complaints == []
    assert opened.page.locator("h1").inner_text() == name
    assert opened.page.locator("img").count() == 0
    cell(opened.page, "income", "Sales", 0).locator("button").click()
    assert opened.page.locator("#drill-body .memo").first.inner_text() == name
