"""Fields of a data source beside columns and measures: what is in the period, and balances month by month.

Measures are of the period that the parameters choose, whatever a sheet shows beside them. These are for sheets that
show rows of the period, or a balance at the end of every month.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qbo_pipeline.model.columns import DATE_FORMAT, MONEY_FORMAT
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.tableau.package.formulas import references_in

IN_PERIOD = "In Period"
NEWEST_DAY, NEWEST_YEAR = "Newest Day", "First Day Of Newest Year"
CASH_AT_MONTH_END = "Cash At Month End"


@dataclass(frozen=True, slots=True)
class Calculation:
    """`datatype` and `role` as Tableau has them; a `running` one is calculated over the marks of a sheet."""

    name: str
    formula: str
    datatype: str
    role: str
    description: str
    folder: str
    format: str | None = None
    running: bool = False


def calculations(model: SemanticModel) -> tuple[Calculation, ...]:
    """All whose fields are in a model."""
    known = {*field_names(model.tables).values(), *(one.name for one in model.measures if one.tableau is not None)}
    return tuple(one for one in (*_OPENING, *_in_period(model), *_BALANCES) if set(references_in(one.formula)) <= known)


_OPENING = (
    Calculation(
        NEWEST_DAY, "{ FIXED : MAX([As Of Date]) }", "date", "dimension",
        "Day of the newest synchronization of any company: what Period Last Day is when a workbook opens.", "Period",
        DATE_FORMAT,
    ),
    Calculation(
        NEWEST_YEAR,
        "{ FIXED : MIN(MAKEDATE(YEAR([As Of Date]) - IIF(MONTH([As Of Date]) < [Fiscal Year Start Month], 1, 0), "
        "[Fiscal Year Start Month], 1)) }",
        "date", "dimension",
        "First day of the fiscal year of the newest synchronization: what Period First Day is when a workbook opens.",
        "Period", DATE_FORMAT,
    ),
)  # fmt: skip
_BALANCES = (
    Calculation(
        CASH_AT_MONTH_END, "RUNNING_SUM([Cash Balance])", "real", "measure",
        "Cash at the end of each month that a sheet shows, from the beginning of the books on.", "Cash Flow",
        MONEY_FORMAT, running=True,
    ),
    *(
        Calculation(
            f"{side} Open At Month End", f"SUM([{side} Open Balance])", "real", "measure",
            "What was open at the end of each month. Show it by month: several months do not add up.", folder,
            MONEY_FORMAT,
        )
        for side, folder in (("AR", "Receivables"), ("AP", "Payables"))
    ),
)  # fmt: skip


def _in_period(model: SemanticModel) -> Iterator[Calculation]:
    """Of the calendar and of every table that stands in it: whether a row is of the period, and of the basis."""
    names = field_names(model.tables)
    calendars = {table.name: table.days for table in model.tables if table.days is not None}
    bases = {
        one.from_table: names[one.from_table, one.from_column] for one in model.relationships if one.to_table == "Basis"
    }
    days = {calendar: names[calendar, day] for calendar, day in calendars.items()}
    days |= {
        one.from_table: names[one.from_table, one.from_column]
        for one in model.relationships
        if one.to_table in calendars
    }
    for table, day in days.items():
        formula = f"[{day}] >= [Parameters].[First Day] AND [{day}] <= [Parameters].[Last Day]"
        if table in bases:
            formula += f" AND [{bases[table]}] = [Parameters].[Basis]"
        yield Calculation(
            f"{table} {IN_PERIOD}", formula, "boolean", "dimension",
            f"Whether a row of {table} is of the period{' and basis' if table in bases else ''} that the parameters "
            "choose.",
            "Period",
        )  # fmt: skip
