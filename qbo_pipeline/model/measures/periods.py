"""The period that is chosen, by the calendar or by fiscal periods."""

from __future__ import annotations

from qbo_pipeline.model.columns import DATE_FORMAT, WHOLE_FORMAT
from qbo_pipeline.model.measures.declared import Figure, measure
from qbo_pipeline.model.measures.formulas import FIRST_DAY as FIRST
from qbo_pipeline.model.measures.formulas import LAST_DAY as LAST

_FOLDER = "Period"
_UNTIL = f"MIN({LAST}, MAX([As Of Date]))"


def _fiscal_day(bound: str) -> str:
    """DAX: a bound of the fiscal months that are chosen, of the companies that are looked at.

    No relationship leads from a company to its months, and what one company calls FY2027 is another time of others.
    """
    return (
        "VAR chosenMonths = COUNTROWS('Fiscal Period')\n"
        "VAR allMonths = CALCULATE(COUNTROWS('Fiscal Period'), REMOVEFILTERS('Fiscal Period'))\n"
        "VAR boundOfMonths = CALCULATE(\n"
        f"    {bound}, TREATAS(VALUES('Company'[Company Key]), 'Fiscal Period'[Company Key])\n"
        ")\n"
        "VAR fiscalDay = IF(chosenMonths < allMonths, boundOfMonths, calendarDay)\n"
    )


FIRST_DAY = measure(
    "First Day",
    "VAR calendarDay = MIN('Calendar'[Date])\n"
    + _fiscal_day("MIN('Fiscal Period'[First Day])")
    + "RETURN IF(fiscalDay > calendarDay, fiscalDay, calendarDay)",
    Figure("SELECT $first_day::DATE", FIRST),
    "First day of the period that is chosen.",
    folder=_FOLDER,
    format_=DATE_FORMAT,
    hidden=True,
)
LAST_DAY = measure(
    "Last Day",
    "VAR calendarDay = MAX('Calendar'[Date])\n"
    + _fiscal_day("MAX('Fiscal Period'[Last Day])")
    + "RETURN IF(fiscalDay < calendarDay, fiscalDay, calendarDay)",
    Figure("SELECT $last_day::DATE", LAST),
    "Last day of the period that is chosen.",
    folder=_FOLDER,
    format_=DATE_FORMAT,
    hidden=True,
)
DAYS = measure(
    "Days In Period",
    "VAR firstDay = [First Day]\n"
    "VAR lastDay = [Last Day]\n"
    "VAR newestDay = MAX('Company'[As Of Date])\n"
    "VAR untilDay = IF(lastDay > newestDay, newestDay, lastDay)\n"
    "RETURN IF(untilDay < firstDay, BLANK(), DATEDIFF(firstDay, untilDay, DAY) + 1)",
    Figure(
        "SELECT CASE WHEN least($last_day::DATE, max(as_of_date)) >= $first_day::DATE\n"
        "    THEN least($last_day::DATE, max(as_of_date)) - $first_day::DATE + 1 END\n"
        "FROM finance.semantic_company\nWHERE realm_id = $realm_id",
        f"IF {_UNTIL} >= {FIRST} THEN DATEDIFF('day', {FIRST}, {_UNTIL}) + 1 END",
    ),
    "Days of the period up to the newest synchronization.",
    folder=_FOLDER,
    format_=WHOLE_FORMAT,
)
MEASURES = (FIRST_DAY, LAST_DAY, DAYS)
