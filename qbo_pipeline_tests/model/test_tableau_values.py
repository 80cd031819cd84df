"""The Tableau formula of every measure against its SQL, over the same rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.values import value
from qbo_pipeline_tests.finance.proof.books import REALM
from qbo_pipeline_tests.model.tableau_formulas import FormulaError, Formulas, Looked, in_duckdb

ALL_OF_IT, FEBRUARY = (date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 2, 1), date(2026, 2, 28))
A_YEAR_ON, TO_THE_MIDDLE = (date(2027, 2, 1), date(2027, 2, 28)), (date(2026, 1, 10), date(2026, 3, 15))
MEASURES = {measure.name: measure for measure in SEMANTIC_MODEL.measures}
COMPANY = ("Company", "Company Key")


@pytest.fixture(scope="module")
def formulas(warehouse: duckdb.DuckDBPyConnection) -> Formulas:
    return in_duckdb(warehouse.cursor(), SEMANTIC_MODEL)


def looked(
    period: tuple[date, date], *filters: tuple[str, str, str], realm: str = REALM, basis: str = "Accrual"
) -> Looked:
    return Looked(*period, basis, ((*COMPANY, realm), *filters))


def same(tableau: Any, sql: Any) -> bool:
    """Nothing is zero, money is equal to the cent and below, and quotients are equal to nine digits."""
    if isinstance(sql, float):
        return bool(float(tableau or 0) == pytest.approx(sql, rel=1e-9))
    return (tableau or 0) == (sql or 0)


def differing(
    formulas: Formulas, warehouse: duckdb.DuckDBPyConnection, period: tuple[date, date]
) -> dict[str, tuple[Any, Any]]:
    """Measures whose values are not the same."""
    pairs = {
        measure.name: (
            formulas.value(measure.tableau, looked(period)),
            value(warehouse, measure, REALM, *period),
        )
        for measure in SEMANTIC_MODEL.measures
        if measure.tableau is not None
    }
    return {name: pair for name, pair in pairs.items() if not same(*pair)}


@pytest.mark.parametrize("period", [ALL_OF_IT, TO_THE_MIDDLE, A_YEAR_ON], ids=lambda one: str(one[1]))
def test_a_formula_and_sql_are_the_same_figure(
    formulas: Formulas, warehouse: duckdb.DuckDBPyConnection, period: tuple[date, date]
) -> None:
    assert differing(formulas, warehouse, period) == {}


def test_most_figures_of_the_small_company_are_something(formulas: Formulas) -> None:
    found = [one for one in MEASURES.values() if one.tableau and formulas.value(one.tableau, looked(ALL_OF_IT))]

    assert len(found) > 25


def test_every_measure_has_a_formula() -> None:
    assert [one.name for one in SEMANTIC_MODEL.measures if one.tableau is None] == []


def test_the_basis_is_the_one_that_is_chosen(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The two are alike in these books, so the cash basis is doubled here."""
    connection = warehouse.cursor()
    doubled = in_duckdb(connection, SEMANTIC_MODEL)
    connection.execute(
        'UPDATE temp."modelled General Ledger Lines" SET "Net Income Effect" = 2 * "Net Income Effect" '
        "WHERE \"Ledger Basis\" = 'Cash'"
    )
    accrual, cash = (
        doubled.value(formula_of("Net Income"), looked(FEBRUARY, basis=basis)) for basis in ("Accrual", "Cash")
    )

    assert cash == 2 * accrual != 0


def test_all_companies_together_are_their_sum(formulas: Formulas) -> None:
    for name in ("Net Income", "Net Income YTD", "Total Assets", "AR Open", "Balance Sheet Amount", "Cash Balance"):
        together = formulas.value(formula_of(name), Looked(*ALL_OF_IT))

        assert together == 2 * formulas.value(formula_of(name), looked(ALL_OF_IT)) != 0, name


def test_the_sections_of_the_income_statement_foot(formulas: Formulas) -> None:
    sections = {
        section: formulas.value(formula_of("Net Income"), looked(ALL_OF_IT, ("Account", "Section", section))) or 0
        for section in ("Income", "Cost of Goods Sold", "Expense", "Other Income", "Other Expense")
    }

    assert sum(sections.values()) == formulas.value(formula_of("Net Income"), looked(ALL_OF_IT)) != 0
    assert sections["Income"] == formulas.value(formula_of("Total Income"), looked(ALL_OF_IT)) != 0


@pytest.mark.parametrize(
    ("last_day", "before"),
    [
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2029, 2, 28), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2025, 12, 31)),
        (date(2026, 3, 15), date(2025, 3, 15)),
    ],
)
def test_a_period_that_ends_with_a_month_is_compared_with_one_that_does(
    formulas: Formulas, last_day: date, before: date
) -> None:
    _, _, rest = formula_of("Net Income Prior Year").partition("[Ledger Date] <= ")
    formula, _, _ = rest.partition(" THEN ")

    assert formulas.value(formula, Looked(last_day, last_day)) == before


@pytest.mark.parametrize(
    "formula",
    [
        "[Amount]",
        "SUM([Amount]) + [Debit]",
        "SUM(SUM([Amount]))",
        "SUM([Net Income])",
        "SUM([Amonut])",
        "MEDIAN([Amount])",
        "SUM([Amount]",
        "[Parameters].[Firstday]",
    ],
)
def test_what_tableau_refuses_is_refused(formulas: Formulas, formula: str) -> None:
    with pytest.raises(FormulaError):
        formulas.sql(formula, Looked(*ALL_OF_IT))


def formula_of(name: str) -> str:
    formula = MEASURES[name].tableau
    assert formula is not None
    return formula


def test_a_wrong_formula_is_another_figure(formulas: Formulas, warehouse: duckdb.DuckDBPyConnection) -> None:
    """The comparison is one that can fail: by the sign, and by a bound of the period that is left out."""
    right, sql = formula_of("Net Income"), value(warehouse, MEASURES["Net Income"], REALM, *FEBRUARY)

    for wrong in (f"-{right}", right.replace(" AND [Ledger Date] >= [Parameters].[First Day]", "")):
        assert not same(formulas.value(wrong, looked(FEBRUARY)), sql)
