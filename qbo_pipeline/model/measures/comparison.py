"""Figures of the income statement over the fiscal year so far, and against the year before."""

from __future__ import annotations

from qbo_pipeline.model.columns import PERCENT_FORMAT
from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures import income
from qbo_pipeline.model.measures.declared import (
    ANY_TIME,
    FISCAL_YEAR_START,
    FISCAL_YEAR_START_IN_TABLEAU,
    Figure,
    measure,
    named,
    of_each_company,
    unless_after_the_books,
)
from qbo_pipeline.model.measures.formulas import FIRST_DAY, LAST_DAY, spelled_out
from qbo_pipeline.model.measures.income import EXPENSES, GROSS_PROFIT, INCOME, NET_INCOME

_FOLDER = "Comparison"
_YEAR_BEFORE = (
    "VAR firstDay = [First Day]",
    "VAR lastDay = [Last Day]",
    "VAR leapDay = MONTH(firstDay) = 2 && DAY(firstDay) = 29",
    "VAR firstDayBefore = IF(",
    "    leapDay, EOMONTH(firstDay, -12), DATE(YEAR(firstDay) - 1, MONTH(firstDay), DAY(firstDay))",
    ")",
    "VAR lastDayBefore = IF(",
    "    lastDay = EOMONTH(lastDay, 0), EOMONTH(lastDay, -12), DATE(YEAR(lastDay) - 1, MONTH(lastDay), DAY(lastDay))",
    ")",
)
"""A period that ends with a month is compared with one that does, whatever February does; one that begins on the 29th
with one that begins on the 28th."""
_FIRST_DAY_BEFORE = f"DATE(DATEADD('year', -1, {FIRST_DAY}))"
_LAST_DAY_BEFORE = (
    f"IIF(DAY({LAST_DAY} + 1) = 1, DATE(DATEADD('year', -1, {LAST_DAY} + 1)) - 1, "
    f"DATE(DATEADD('year', -1, {LAST_DAY})))"
)
"""The same in Tableau: the day before the day after."""


def _in_period(of: Measure, first_day: str, last_day: str) -> str | None:
    """A formula of Tableau over another period."""
    formula = spelled_out(of, named(income.MEASURES))
    return formula and formula.replace(FIRST_DAY, "$first").replace(LAST_DAY, last_day).replace("$first", first_day)


def _fiscal_year(of: Measure) -> Measure:
    return measure(
        f"{of.name} YTD",
        of_each_company(
            "VAR firstDay = [First Day]",
            "VAR lastDay = [Last Day]",
            "VAR newestDay = EOMONTH('Company'[Last Month Of Books], 0)",
            "VAR startMonth = 'Company'[Fiscal Year Start Month]",
            "VAR startYear = IF(MONTH(lastDay) < startMonth, YEAR(lastDay) - 1, YEAR(lastDay))",
            "VAR startDay = DATE(startYear, startMonth, 1)",
            "RETURN IF(",
            "    firstDay <= newestDay,",
            f"    CALCULATE([{of.name}], {ANY_TIME}, 'Calendar'[Date] >= startDay, 'Calendar'[Date] <= lastDay)",
            ")",
        ),
        unless_after_the_books(
            Figure(
                of.sql.replace("$first_day", FISCAL_YEAR_START),
                _in_period(of, FISCAL_YEAR_START_IN_TABLEAU, LAST_DAY),
            )
        ),
        f"{of.name} since each company's fiscal year began, up to the last day that is chosen; blank in months after "
        "the books.",
        folder=_FOLDER,
    )


def _before(of: Measure) -> Measure:
    before = (
        "CASE WHEN $last_day::DATE = last_day($last_day::DATE) THEN last_day($last_day::DATE - INTERVAL 1 YEAR) "
        "ELSE $last_day::DATE - INTERVAL 1 YEAR END"
    )
    sql = of.sql.replace("$first_day", "($first_day::DATE - INTERVAL 1 YEAR)").replace(
        "AND $last_day ", f"AND {before} "
    )
    return measure(
        f"{of.name} Prior Year",
        of_each_company(
            *_YEAR_BEFORE,
            "RETURN IF(",
            "    NOT ISBLANK(lastDay),",
            f"    CALCULATE([{of.name}], {ANY_TIME}, 'Calendar'[Date] >= firstDayBefore, "
            "'Calendar'[Date] <= lastDayBefore)",
            ")",
        ),
        Figure(sql, _in_period(of, _FIRST_DAY_BEFORE, _LAST_DAY_BEFORE)),
        f"{of.name} of the same period a year before.",
        folder=_FOLDER,
    )


def _growth(of: Measure, before: Measure) -> Measure:
    return measure(
        f"{of.name} YoY %",
        f"VAR priorYear = [{before.name}]\n"
        "VAR newestDay = EOMONTH(MAX('Company'[Last Month Of Books]), 0)\n"
        f"RETURN IF([First Day] <= newestDay, DIVIDE([{of.name}] - priorYear, ABS(priorYear)))",
        unless_after_the_books(
            Figure(
                f"SELECT (coalesce(({of.sql}), 0) - ({before.sql}))::DOUBLE / nullif(abs(({before.sql})), 0)",
                f"(ZN([{of.name}]) - [{before.name}]) / ABS([{before.name}])",
            )
        ),
        f"Change of {of.name} against the same period a year before; blank in months after the books, of which nothing "
        "is known yet.",
        folder=_FOLDER,
        format_=PERCENT_FORMAT,
    )


def _of(measure_: Measure) -> tuple[Measure, ...]:
    before = _before(measure_)
    return (_fiscal_year(measure_), before, _growth(measure_, before))


MEASURES = tuple(one for of in (INCOME, GROSS_PROFIT, EXPENSES, NET_INCOME) for one in _of(of))
