"""The DAX of every measure against its SQL, over the same rows; DAX is evaluated by the local Power BI."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from qbo_pipeline.local.power_bi.dax import Model, ModelTable, evaluate
from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import DataType, Table
from qbo_pipeline.model.rows import select
from qbo_pipeline.model.values import value
from qbo_pipeline_tests.finance.proof.books import REALM
from qbo_pipeline_tests.finance.proof.small_company import RENT, SALES
from qbo_pipeline_tests.model.conftest import OTHER

PUSHED = {
    DataType.TEXT: ("String", "VARCHAR"),
    DataType.WHOLE: ("Int64", "BIGINT"),
    DataType.MONEY: ("Decimal", "DECIMAL(28, 4)"),
    DataType.NUMBER: ("Double", "DOUBLE"),
    DataType.BOOLEAN: ("Boolean", "BOOLEAN"),
    DataType.DATE: ("DateTime", "TIMESTAMP"),
    DataType.INSTANT: ("DateTime", "TIMESTAMP"),
}
FEBRUARY, MARCH = (date(2026, 2, 1), date(2026, 2, 28)), (date(2026, 3, 1), date(2026, 3, 31))
ALL_OF_IT, A_YEAR_ON = (date(2026, 1, 1), date(2026, 3, 31)), (date(2027, 2, 1), date(2027, 2, 28))
MEASURES = [measure.name for measure in SEMANTIC_MODEL.measures]
Ask = Callable[[str], list[dict[str, Any]]]


def pushed(connection: duckdb.DuckDBPyConnection, table: Table, number: int) -> ModelTable:
    """A table as the local Power BI keeps it."""
    relation = f'pushed."t{number}"'
    columns = ", ".join(
        f'"{column.name}"::{PUSHED[column.type][1]} AS c{place}' for place, column in enumerate(table.columns)
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {relation} AS "
        f"SELECT row_number() OVER () AS _row, {columns} FROM ({select(table).sql})"
    )
    return ModelTable(
        table.name,
        relation,
        {column.name: (f"c{place}", PUSHED[column.type][0]) for place, column in enumerate(table.columns)},
        {measure.name: measure.dax for measure in SEMANTIC_MODEL.measures_of(table.name)},
    )


@pytest.fixture(scope="module")
def ask(warehouse: duckdb.DuckDBPyConnection) -> Ask:
    """Evaluates a query."""
    warehouse.execute("CREATE SCHEMA IF NOT EXISTS pushed")
    model = Model(
        [pushed(warehouse, table, number) for number, table in enumerate(SEMANTIC_MODEL.tables)],
        [
            {
                "name": one.name,
                "fromTable": one.from_table,
                "fromColumn": one.from_column,
                "toTable": one.to_table,
                "toColumn": one.to_column,
            }
            for one in SEMANTIC_MODEL.relationships
        ],
    )

    def asked(query: str) -> list[dict[str, Any]]:
        result = evaluate(query, model, warehouse.cursor(), datetime(2026, 3, 31, 14))
        return [dict(zip(result.columns, row, strict=True)) for row in result.rows]

    return asked


def by_dax(ask: Ask, *filters: str, names: Collection[str] = MEASURES) -> Mapping[str, Any]:
    """Measures under filters."""
    asked = ", ".join(f'"{number}", CALCULATE([{name}], {", ".join(filters)})' for number, name in enumerate(names))
    [row] = ask(f"EVALUATE ROW({asked})")
    return {name: row[f"[{number}]"] for number, name in enumerate(names)}


def by_sql(
    warehouse: duckdb.DuckDBPyConnection, first: date, last: date, *, names: Collection[str] = MEASURES
) -> Mapping[str, Any]:
    """Measures of the company and period."""
    measures = [measure for measure in SEMANTIC_MODEL.measures if measure.name in names]
    return {measure.name: value(warehouse, measure, REALM, first, last) for measure in measures}


def differing(dax: Mapping[str, Any], sql: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Measures whose values are not the same; blank is zero, and quotients are equal to nine digits."""
    return {name: (dax[name], sql[name]) for name in sql if not _same(dax[name], sql[name])}


def _same(dax: Any, sql: Any) -> bool:
    if isinstance(sql, date) and not isinstance(sql, datetime):
        sql = datetime(sql.year, sql.month, sql.day)
    if isinstance(sql, float):
        return bool(float(dax or 0) == pytest.approx(sql, rel=1e-9))
    return (dax or 0) == (sql or 0)


def days(first: date, last: date) -> str:
    """A filter of the calendar."""
    ends = [f"DATE({one.year}, {one.month}, {one.day})" for one in (first, last)]
    return f"'Calendar'[Date] >= {ends[0]} && 'Calendar'[Date] <= {ends[1]}"


COMPANY = f"'Company'[Company Key] = \"{REALM}\""


@pytest.mark.parametrize("period", [ALL_OF_IT, A_YEAR_ON], ids=lambda one: str(one[0]))
def test_dax_and_sql_are_the_same_figure(
    ask: Ask, warehouse: duckdb.DuckDBPyConnection, period: tuple[date, date]
) -> None:
    dax, sql = by_dax(ask, COMPANY, days(*period)), by_sql(warehouse, *period)

    assert differing(dax, sql) == {}
    assert sum(1 for one in sql.values() if one) > (25 if period == ALL_OF_IT else 5)


def test_a_fiscal_period_chooses_as_the_calendar_does(ask: Ask, warehouse: duckdb.DuckDBPyConnection) -> None:
    dax = by_dax(ask, COMPANY, "'Fiscal Period'[Fiscal Period] = \"FY2027 P01\"")

    assert differing(dax, by_sql(warehouse, *FEBRUARY)) == {}


def test_a_fiscal_period_is_another_time_in_a_company_whose_fiscal_year_begins_later(
    ask: Ask, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """What the first company calls P01 is its February; the other's is made its March here."""
    number = list(SEMANTIC_MODEL.by_name).index("Fiscal Period")
    columns = [column.name for column in SEMANTIC_MODEL.tables[number].columns]
    company, period, first_day = (f"c{columns.index(name)}" for name in ("Company Key", "Fiscal Period", "First Day"))
    warehouse.execute(
        f"UPDATE pushed.t{number} SET {period} = CASE {first_day} WHEN '2026-02-01' THEN 'FY2030 P01' "
        f"WHEN '2026-03-01' THEN 'FY2027 P01' ELSE 'FY2027 P11' END WHERE {company} = '{OTHER}'"
    )
    chosen = "'Fiscal Period'[Fiscal Period] = \"FY2027 P01\""
    february, march = by_sql(warehouse, *FEBRUARY), by_sql(warehouse, *MARCH)

    assert differing(by_dax(ask, COMPANY, chosen), february) == {}
    names = ("Net Income", "Net Income YTD", "Total Assets", "AR Open", "Balance Sheet Amount", "Cash Balance")
    together = by_dax(ask, chosen, names=names)
    assert together == {name: february[name] + march[name] for name in names}
    assert february["Total Assets"] != march["Total Assets"]
    of_the_other_alone = "'Fiscal Period'[Fiscal Period] = \"FY2030 P01\""
    nothing = by_dax(ask, COMPANY, of_the_other_alone, names=(*names, "Net Income Prior Year"))
    assert nothing == dict.fromkeys(nothing)


def test_a_period_that_begins_with_a_leap_day_is_compared_with_one_that_begins_the_day_before(
    ask: Ask, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """As the SQL has it: the 29th of February 2028 and the 28th of 2027, which gets the lines of a month here."""
    calendar, ledger = (list(SEMANTIC_MODEL.by_name).index(name) for name in ("Calendar", "General Ledger Lines"))
    day, company = (
        f"c{[one.name for one in SEMANTIC_MODEL.tables[ledger].columns].index(name)}"
        for name in ("Ledger Date", "Company Key")
    )
    warehouse.execute(f"INSERT INTO pushed.t{calendar} (_row, c0) VALUES (-1, '2028-02-29')")
    warehouse.execute(
        f"INSERT INTO pushed.t{ledger} SELECT * REPLACE (TIMESTAMP '2027-02-28' AS {day}) FROM pushed.t{ledger} "
        f"WHERE {company} = '{REALM}' AND month({day}) = 2"
    )
    leap_day = days(date(2028, 2, 29), date(2028, 2, 29))
    found = by_dax(ask, COMPANY, leap_day, names=["Net Income Prior Year"])
    warehouse.execute(f"DELETE FROM pushed.t{ledger} WHERE {day} = '2027-02-28'")
    warehouse.execute(f"DELETE FROM pushed.t{calendar} WHERE _row = -1")

    assert found["Net Income Prior Year"] == by_sql(warehouse, *FEBRUARY, names=["Net Income"])["Net Income"]


def test_all_companies_together_are_their_sum(ask: Ask, warehouse: duckdb.DuckDBPyConnection) -> None:
    names = ("Net Income", "Net Income YTD", "Total Assets", "AR Open", "Balance Sheet Amount", "Cash Balance")
    together, one = by_dax(ask, days(*MARCH), names=(*names, "Balance Check")), by_sql(warehouse, *MARCH)

    for name in names:
        assert together[name] == 2 * one[name] != 0, name
    assert (together["Balance Check"] or 0) == 0


def test_the_basis_is_accrual_unless_cash_alone_is_chosen(ask: Ask, warehouse: duckdb.DuckDBPyConnection) -> None:
    """The two are alike in these books, so the cash basis is doubled here."""
    ledger = list(SEMANTIC_MODEL.by_name).index("General Ledger Lines")
    columns = [column.name for column in SEMANTIC_MODEL.tables[ledger].columns]
    effect, basis = columns.index("Net Income Effect"), columns.index("Ledger Basis")
    warehouse.execute(f"UPDATE pushed.t{ledger} SET c{effect} = 2 * c{effect} WHERE c{basis} = 'Cash'")

    chosen = {
        "none": "",
        "accrual": ", 'Basis'[Basis] = \"Accrual\"",
        "cash": ", 'Basis'[Basis] = \"Cash\"",
        "both": ', \'Basis\'[Basis] IN {"Accrual", "Cash"}',
    }
    asked = ", ".join(
        f'"{name}", CALCULATE([Net Income], {COMPANY}, {days(*FEBRUARY)}{one})' for name, one in chosen.items()
    )
    [row] = ask(f"EVALUATE ROW({asked})")

    accrual = by_sql(warehouse, *FEBRUARY, names=["Net Income"])["Net Income"]
    assert {name: row[f"[{name}]"] / accrual for name in chosen} == {"none": 1, "accrual": 1, "cash": 2, "both": 1}


@pytest.mark.parametrize("account", [SALES, RENT])
def test_the_share_of_a_variance_is_positive_where_it_is_better_than_planned(
    ask: Ask, warehouse: duckdb.DuckDBPyConnection, account: str
) -> None:
    """Costs, too, whose plan is below zero."""
    of_account = f"'Account'[Account Key] = \"{REALM}|{account}\""
    shown = by_dax(ask, COMPANY, days(*FEBRUARY), of_account, names=("Budget Variance", "Budget Variance %"))
    [expected] = warehouse.execute(
        "SELECT favorable_variance, favorable_share FROM finance.budget_vs_actual WHERE realm_id = ? "
        "AND budget_id = '1' AND basis = 'Accrual' AND month = '2026-02-01' AND account_id = ?",
        [REALM, account],
    ).fetchall()

    assert list(shown.values()) == pytest.approx([float(one) for one in expected])


def test_no_balance_stands_at_the_months_to_come(ask: Ask) -> None:
    balances = (
        "Balance Sheet Amount", "Total Assets", "Cash At Beginning", "Cash Balance", "AR Open", "AP Open",
        "Ledger Balance",
    )  # fmt: skip
    asked = ", ".join(f'"{name}", [{name}]' for name in balances)
    rows = ask(
        f"EVALUATE SUMMARIZECOLUMNS('Calendar'[Month Year Number], FILTER('Company', {COMPANY}), "
        f"FILTER('Account', 'Account'[Is Cash] || 'Account'[Is Receivable]), {asked})"
    )

    assert max(row["Calendar[Month Year Number]"] for row in rows) == 202603
    assert by_dax(ask, COMPANY, names=["Total Assets"])["Total Assets"]


def test_a_matrix_of_the_income_statement_foots(ask: Ask, warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        "EVALUATE SUMMARIZECOLUMNS('Account'[Section], "
        f"FILTER('Company', {COMPANY}), FILTER('Calendar', {days(*ALL_OF_IT)}), \"net\", [Net Income])"
    )
    statement = dict(
        warehouse.execute(
            "SELECT section, sum(net_income_effect) FROM finance.profit_and_loss "
            "WHERE realm_id = ? AND basis = 'Accrual' GROUP BY ALL",
            [REALM],
        ).fetchall()
    )

    assert {row["Account[Section]"]: row["[net]"] for row in rows} == statement
    assert all(isinstance(row["[net]"], Decimal) for row in rows)
