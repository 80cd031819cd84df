"""The SQL of measures against the statements, agings and metrics of the finance models, month by month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.values import value
from qbo_pipeline_tests.finance.proof.books import REALM

MONTHS = [date(2026, number, 1) for number in (1, 2, 3)]
MEASURES = {measure.name: measure for measure in SEMANTIC_MODEL.measures}
each_month = pytest.mark.parametrize("month", MONTHS, ids=str)


class Figures:
    """Measures of the company, and what queries find, for one period."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
        self._connection, self._first, self._last = connection, first, last

    def __getitem__(self, name: str) -> Any:
        """A measure; nothing is zero."""
        return value(self._connection, MEASURES[name], REALM, self._first, self._last) or 0

    def query(self, expression: str, relation: str, condition: str) -> Any:
        """A sum of a finance model; nothing is zero."""
        bound = {"realm": REALM, "month": self._first}
        [[found]] = self._connection.execute(
            f"SELECT {expression} FROM finance.{relation} WHERE realm_id = $realm AND {condition}",
            {name: one for name, one in bound.items() if name == "realm" or f"${name}" in condition},
        ).fetchall()
        return found or 0


def end_of(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


@pytest.fixture
def figures(warehouse: duckdb.DuckDBPyConnection, month: date) -> Figures:
    return Figures(warehouse, month, end_of(month))


@pytest.mark.parametrize("measure", SEMANTIC_MODEL.measures, ids=lambda one: one.name)
@pytest.mark.parametrize("company", [REALM, "nobody"])
def test_every_measure_gives_one_value(measure: Measure, company: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    found = value(warehouse, measure, company, date(2026, 1, 1), date(2026, 3, 31))

    assert found is None or isinstance(found, Decimal | float | int | date | datetime)


def test_money_stays_exact(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert isinstance(value(warehouse, MEASURES["Net Income"], REALM, MONTHS[0], MONTHS[2]), Decimal)


@each_month
def test_the_income_statement_is_profit_and_loss(figures: Figures) -> None:
    accrual = "basis = 'Accrual' AND month = $month"
    for measure, section in (
        ("Total Income", "Income"),
        ("Cost Of Goods Sold", "Cost of Goods Sold"),
        ("Operating Expenses", "Expense"),
        ("Other Income", "Other Income"),
        ("Other Expenses", "Other Expense"),
    ):
        assert figures[measure] == figures.query(
            "sum(amount)", "profit_and_loss", f"section = '{section}' AND {accrual}"
        )
    assert figures["Net Income"] == figures.query("sum(net_income_effect)", "profit_and_loss", accrual) != 0
    assert figures["Net Income"] == figures["Net Operating Income"] + figures["Net Other Income"]


@each_month
def test_net_income_of_the_year_so_far_is_that_of_the_fiscal_year(figures: Figures) -> None:
    assert figures["Net Income YTD"] == figures.query(
        "sum(net_income_this_fiscal_year)", "net_income_month", "basis = 'Accrual' AND month = $month"
    )


def test_the_prior_year_is_the_same_period_a_year_before(warehouse: duckdb.DuckDBPyConnection) -> None:
    before = Figures(warehouse, date(2026, 2, 1), date(2026, 2, 28))
    after = Figures(warehouse, date(2027, 2, 1), date(2027, 2, 28))

    assert after["Net Income Prior Year"] == before["Net Income"] != 0


@pytest.mark.parametrize("name", ["Total Income YTD", "Gross Profit YTD", "Net Income YTD", "Net Income YoY %"])
def test_nothing_is_said_of_months_after_the_books(name: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Charts by month would repeat the year so far, and show a loss of everything, to the end of the calendar."""
    [(last,)] = warehouse.execute(
        "SELECT last_month FROM finance.semantic_company WHERE realm_id = ?", [REALM]
    ).fetchall()
    after = end_of(last) + timedelta(days=1)

    assert value(warehouse, MEASURES[name], REALM, after, end_of(after)) is None
    assert value(warehouse, MEASURES[name], REALM, last, end_of(after)) is not None or name.endswith("%")


def test_a_february_of_a_leap_year_is_compared_with_all_of_the_one_before(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    sql = MEASURES["Net Income Prior Year"].sql
    [(last,)] = warehouse.execute(
        "SELECT " + sql[sql.index("CASE WHEN $last_day") : sql.index(" END") + 4], {"last_day": date(2028, 2, 29)}
    ).fetchall()

    assert str(last)[:10] == "2027-02-28"


@each_month
def test_the_balance_sheet_is_the_balance_sheet(figures: Figures) -> None:
    for measure, section in (
        ("Total Assets", "Assets"),
        ("Total Liabilities", "Liabilities"),
        ("Total Equity", "Equity"),
    ):
        assert figures[measure] == figures.query(
            "sum(balance)", "balance_sheet", f"section = '{section}' AND basis = 'Accrual' AND month = $month"
        )
    assert figures["Total Assets"] == figures["Total Liabilities And Equity"] != 0
    assert figures["Balance Check"] == 0
    assert figures["Balance Sheet Amount"] == figures["Total Assets"] + figures["Total Liabilities And Equity"]


@each_month
def test_the_cash_flow_foots_and_is_the_statements(figures: Figures) -> None:
    for measure, section in (
        ("Operating Cash Flow", "Operating"),
        ("Investing Cash Flow", "Investing"),
        ("Financing Cash Flow", "Financing"),
    ):
        assert figures[measure] == figures.query(
            "sum(amount)", "cash_flow", f"section = '{section}' AND month = $month"
        )
    for measure, line in (("Cash At Beginning", "opening_cash"), ("Cash Balance", "closing_cash")):
        assert figures[measure] == figures.query("sum(amount)", "cash_flow", f"line = '{line}' AND month = $month")
    assert figures["Cash At Beginning"] + figures["Net Change In Cash"] == figures["Cash Balance"]


@each_month
@pytest.mark.parametrize("side", ["AR", "AP"])
def test_open_items_are_the_agings_and_their_control_accounts(figures: Figures, side: str) -> None:
    aging, at = f"{side.lower()}_aging", "date_trunc('month', as_of) = $month"

    assert figures[f"{side} Open"] == figures.query("sum(open_balance)", aging, at) == figures[f"{side} Balance"]
    for bucket in ("Current", "1-30", "31-60", "61-90", "91+"):
        assert figures[f"{side} {bucket}"] == figures.query("sum(open_balance)", aging, f"{at} AND bucket = '{bucket}'")
    assert figures[f"{side} Overdue"] == figures.query("sum(open_balance)", aging, f"{at} AND bucket <> 'Current'")


def test_days_outstanding_of_three_months_are_the_metrics(warehouse: duckdb.DuckDBPyConnection) -> None:
    quarter, march = Figures(warehouse, MONTHS[0], date(2026, 3, 31)), Figures(warehouse, MONTHS[2], date(2026, 3, 31))

    for name in ("DSO", "DPO"):
        metric = march.query("any_value(value)", "metric", f"metric = '{name.lower()}' AND month = $month")
        assert quarter[name] == pytest.approx(float(metric))
        assert metric > 0


@each_month
def test_days_to_pay_are_the_metrics(figures: Figures) -> None:
    for name, metric in (("Avg Days To Be Paid", "customer_days_to_pay"), ("Avg Days To Pay", "vendor_days_to_pay")):
        expected = figures.query("any_value(value)", "metric", f"metric = '{metric}' AND month = $month")
        assert figures[name] == pytest.approx(float(expected))


@each_month
def test_sales_spend_and_payments_are_the_facts(figures: Figures) -> None:
    of_month = "date_trunc('month', transaction_date) = $month"
    for measure, expression, relation, condition in (
        ("Net Sales", "sum(net_amount)", "fct_sales_line", of_month),
        ("Sales Tax", "sum(tax_amount)", "fct_sales_line", of_month),
        ("Invoiced", "sum(amount)", "dim_transaction", f"transaction_type = 'Invoice' AND {of_month}"),
        ("Net Spend", "sum(net_amount)", "fct_spend_line", of_month),
        ("Billed", "sum(amount)", "dim_transaction", f"transaction_type = 'Bill' AND {of_month}"),
        ("Payments Received", "sum(amount)", "fct_payment", f"transaction_type = 'Payment' AND {of_month}"),
        ("Payments Made", "sum(amount)", "fct_payment", f"transaction_type = 'BillPayment' AND {of_month}"),
    ):
        assert figures[measure] == figures.query(expression, relation, condition), measure


@each_month
def test_the_variance_is_net_income_beyond_the_plan(figures: Figures, month: date) -> None:
    planned = Decimal("379.50") if month == date(2026, 2, 1) else 0

    assert figures["Budgeted Net Income"] == planned
    assert figures["Budget Variance"] == figures["Net Income"] - planned


@each_month
def test_the_reconciliation_shows_differences_whatever_their_sign(figures: Figures) -> None:
    of_month = "date_trunc('month', as_of) = $month"

    assert figures["Reconciliation Difference"] == figures.query("sum(abs(difference))", "reconciliation", of_month)
    assert figures["Accounts Compared"] == figures.query("count(*)", "reconciliation", of_month) > 0
    assert figures["Accounts That Differ"] == figures.query(
        "count(*)", "reconciliation", f"reason = 'differs' AND {of_month}"
    )
