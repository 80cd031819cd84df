"""What a report says is what the finance models say, to the cent, at the end of any month and on any day between."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.finance_report.figures import Aging, Basis, Party, Statement
from qbo_pipeline.finance_report.highlights import highlights
from qbo_pipeline.finance_report.reading import read_companies, read_report
from qbo_pipeline_tests.finance_report.conftest import LAST_DAY, Read

MONTH_ENDS = (date(2026, 1, 31), date(2026, 2, 28), LAST_DAY)
BASES: tuple[Basis, ...] = ("Accrual", "Cash")
DAYS = st.dates(date(2026, 1, 1), LAST_DAY)
any_day = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def amount(warehouse: duckdb.DuckDBPyConnection, question: str, *parameters: Any) -> Decimal:
    [row] = warehouse.execute(question, list(parameters)).fetchall()
    return Decimal(row[0] or 0)


def first_cell(statement: Statement, label: str, column: int = 0) -> Decimal:
    value = statement.line(label).cells[column]
    assert value is not None
    return value


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("day", MONTH_ENDS)
def test_the_income_statement_is_profit_and_loss(
    read: Read, warehouse: duckdb.DuckDBPyConnection, day: date, basis: Basis
) -> None:
    report = read(day, basis)
    for label, sections in (
        ("Total income", ("Income",)),
        ("Gross profit", ("Income", "Cost of Goods Sold")),
        ("Net income", ("Income", "Cost of Goods Sold", "Expense", "Other Income", "Other Expense")),
    ):
        for column, period in ((0, report.periods.month), (1, report.periods.year)):
            expected = amount(
                warehouse,
                "SELECT sum(CASE WHEN section IN ('Income', 'Other Income') THEN amount ELSE -amount END) "
                "FROM finance.profit_and_loss WHERE basis = ? AND month BETWEEN ? AND ? AND list_contains(?, section)",
                basis, period.start, period.end, list(sections),
            )  # fmt: skip
            assert first_cell(report.income_statement, label, column) == expected


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("day", MONTH_ENDS)
def test_the_balance_sheet_is_that_of_the_month(
    read: Read, warehouse: duckdb.DuckDBPyConnection, day: date, basis: Basis
) -> None:
    sheet = read(day, basis).balance_sheet
    for label, section in (
        ("Total assets", "Assets"),
        ("Total liabilities", "Liabilities"),
        ("Total equity", "Equity"),
    ):
        expected = amount(
            warehouse,
            "SELECT sum(balance) FROM finance.balance_sheet WHERE basis = ? AND month = ? AND section = ?",
            basis, day.replace(day=1), section,
        )  # fmt: skip
        assert first_cell(sheet, label) == expected


def test_a_document_of_a_mistyped_year_is_in_the_balance_too(warehouse: duckdb.DuckDBPyConnection) -> None:
    [company] = read_companies(warehouse)
    before = read_report(warehouse, company, as_of=LAST_DAY).balance_sheet
    warehouse.begin()
    try:
        for account_type, net in (("Bank", 100), ("Income", -100)):
            warehouse.execute(
                "INSERT INTO finance.fct_account_balance_month BY NAME "
                "SELECT realm_id, 'Accrual' AS basis, DATE '1026-03-01' AS month, min(account_id) AS account_id, "
                "?::DECIMAL(18, 2) AS net FROM finance.dim_account WHERE account_type = ? GROUP BY realm_id",
                [net, account_type],
            )
        after = read_report(warehouse, company, as_of=LAST_DAY).balance_sheet
    finally:
        warehouse.rollback()

    for label in ("Total assets", "Total equity"):
        assert first_cell(after, label) - first_cell(before, label) == 100


def test_earlier_fiscal_years_are_in_retained_earnings(read: Read, warehouse: duckdb.DuckDBPyConnection) -> None:
    january = amount(
        warehouse,
        "SELECT sum(CASE WHEN section IN ('Income', 'Other Income') THEN amount ELSE -amount END) "
        "FROM finance.profit_and_loss WHERE basis = 'Accrual' AND month < DATE '2026-02-01'",
    )
    [retained] = [one for one in read().balance_sheet.lines if one.label == "Retained Earnings"]

    assert january != 0
    assert retained.cells[0] == january


@pytest.mark.parametrize("day", MONTH_ENDS)
def test_the_cash_flow_is_that_of_the_model(read: Read, warehouse: duckdb.DuckDBPyConnection, day: date) -> None:
    report = read(day)
    for section in ("Operating", "Financing"):
        title = f"Net cash from {section.lower()} activities"
        expected = amount(
            warehouse,
            "SELECT sum(amount) FROM finance.cash_flow WHERE section = ? AND month BETWEEN ? AND ?",
            section, report.periods.year.start, day,
        )  # fmt: skip
        found = [one.cells[1] for one in report.cash_flow.lines if one.label == title]
        assert (found or [Decimal(0)]) == [expected]


@any_day
@given(day=DAYS, basis=st.sampled_from(BASES))
def test_the_balance_sheet_balances_on_any_day(read: Read, day: date, basis: Basis) -> None:
    sheet = read(day, basis).balance_sheet
    both = sheet.line("Total liabilities and equity").cells

    assert sheet.line("Total assets").cells[:3] == both[:3]


@any_day
@given(day=DAYS, basis=st.sampled_from(BASES))
def test_the_cash_flow_foots_on_any_day(read: Read, day: date, basis: Basis) -> None:
    report = read(day, basis)
    flow = report.cash_flow
    moved = flow.line("Change in cash").cells[1]
    [opening] = [one.cells[1] for one in flow.lines if one.label == "Cash at the beginning"]
    sections = [one.cells[1] for one in flow.lines if one.label.startswith("Net cash from ")]

    assert moved is not None
    assert opening is not None
    assert sum((one for one in sections if one is not None), Decimal(0)) == moved
    before = read(report.periods.year_before, basis).cash_flow.line("Cash at the end").cells[0]
    assert opening == before
    assert flow.line("Cash at the end").cells[1] == opening + moved


@any_day
@given(day=DAYS, start=DAYS)
def test_a_period_is_the_legs_of_its_days(
    read: Read, warehouse: duckdb.DuckDBPyConnection, day: date, start: date
) -> None:
    first, last = min(day, start), max(day, start)
    expected = amount(
        warehouse,
        "SELECT -sum(signed_amount) FROM finance.general_ledger AS leg INNER JOIN finance.dim_account AS account "
        "ON account.realm_id = leg.realm_id AND account.account_id = leg.account_id "
        "WHERE basis = 'Accrual' AND account.statement = 'ProfitAndLoss' AND transaction_date BETWEEN ? AND ?",
        first, last,
    )  # fmt: skip

    assert first_cell(read(last, start=first).income_statement, "Net income", 1) == expected


@any_day
@given(day=DAYS)
def test_agings_are_what_the_control_accounts_hold(read: Read, warehouse: duckdb.DuckDBPyConnection, day: date) -> None:
    report = read(day)
    for aging, type_, sign in (
        (report.receivable, "Accounts Receivable", 1),
        (report.payable, "Accounts Payable", -1),
    ):
        held = amount(
            warehouse,
            "SELECT sum(signed_amount) FROM finance.general_ledger AS leg INNER JOIN finance.dim_account AS account "
            "ON account.realm_id = leg.realm_id AND account.account_id = leg.account_id "
            "WHERE basis = 'Accrual' AND account.account_type = ? AND transaction_date <= ?",
            type_, day,
        )  # fmt: skip
        assert aging.total == held * sign


def test_every_line_is_the_sum_of_those_below_it(read: Read) -> None:
    for statement in read().statements:
        by_account = {
            one.accounts[0]: one for one in statement.lines if one.style == "account" and len(one.accounts) == 1
        }
        for line in statement.lines:
            if line.style in ("subtotal", "total") and all(one in by_account for one in line.accounts):
                below = [by_account[one] for one in line.accounts]
                shown = sum((one.cells[0] or 0) * one.sign for one in below)
                assert line.cells[0] == shown * line.sign, (statement.title, line.label)


def test_what_was_planned_is_compared_with_whole_months(read: Read) -> None:
    complete, cut = read(LAST_DAY).budget, read(LAST_DAY - timedelta(days=1)).budget

    assert complete is not None
    assert cut is not None
    assert complete.line("Total income").cells[1] == Decimal(200)
    assert cut.line("Total income").cells[1] == Decimal(100)
    assert cut.when == "February 2026"


def test_a_month_that_the_period_begins_in_the_middle_of_is_not_compared_with_its_budget(read: Read) -> None:
    middle, whole = read(start=date(2026, 1, 2)).budget, read(start=date(2026, 2, 1)).budget
    assert middle is not None
    assert whole is not None
    assert (middle.when, middle.lines) == (whole.when, whole.lines)
    assert middle.when == "Feb \N{EN DASH} Mar 2026"
    assert read(start=date(2026, 3, 2)).budget is None


def test_spending_less_than_planned_is_favourable(read: Read) -> None:
    budget = read().budget
    assert budget is not None
    actual, planned, variance, _ = budget.line("Total expenses").cells

    assert actual is not None
    assert planned == Decimal(100)
    assert variance == planned - actual


def test_months_are_the_income_statement_of_each(read: Read) -> None:
    *_, february, march = read().months

    assert february.revenue == first_cell(read(date(2026, 2, 28)).income_statement, "Total income")
    assert march.net_income == first_cell(read().income_statement, "Net income")
    assert march.cash == first_cell(read().cash_flow, "Cash at the end")


def test_rankings_hold_everything_that_was_earned(read: Read) -> None:
    report = read()

    assert report.customers.total == first_cell(report.income_statement, "Total income", 1)
    assert sum((one.amount for one in report.customers.rows), Decimal(0)) == report.customers.total


def test_the_report_says_that_the_books_tie(read: Read) -> None:
    found = read().tie_out

    assert found.ties
    assert found.differing == 0


def test_what_is_overdue_is_told_also_where_credits_are_as_much(read: Read) -> None:
    report = read()
    late = Party("1", "Amy", (Decimal(-100), Decimal(100), Decimal(0), Decimal(0), Decimal(0)), ())
    nothing, even = (replace(report.receivable, parties=parties) for parties in ((), (late,)))

    def told(aging: Aging) -> str:
        found = highlights(report.income_statement, report.cash_flow, aging, report.payable, report.periods)
        [receivable] = [one for one in found if one.label == "Receivable"]
        return receivable.aside

    assert told(even) == "100 overdue"
    assert told(nothing) == "nothing open"
