"""The period that is chosen, by the calendar or by fiscal periods."""

from __future__ import annotations

from qbo_pipeline.model.columns import DATE_FORMAT, WHOLE_FORMAT
from qbo_pipeline.model.measures.declared import Figure, measure
from qbo_pipeline.model.measures.formulas import FIRST_DAY as FIRST
from qbo_pipeline.model.measures.formulas import LAST_DAY as LAST

_FOLDER = "Period"
_UNTIL = f"MIN({LAST}, MAX([As Of Date]))"

FIRST_DAY = measure(
    "First Day",
    "VAR calendarDay = MIN('Calendar'[Date])\n"
    "VAR fiscalDay = MIN('Fiscal Period'[First Day])\n"
    "RETURN IF(fiscalDay > calendarDay, fiscalDay, calendarDay)",
    Figure("SELECT $first_day::DATE", FIRST),
    "First day of the period that is chosen.",
    folder=_FOLDER,
    format_=DATE_FORMAT,
    hidden=True,
)
LAST_DAY = measure(
    "Last Day",
    "VAR calendarDay = MAX('Calendar'[Date])\n"
    "VAR fiscalDay = MAX('Fiscal Period'[Last Day])\n"
    "RETURN IF(fiscalDay < calendarDay, fiscalDay, calendarDay)",
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
