"""Time: one calendar of days for all companies, and the months of each company's fiscal years."""

from __future__ import annotations

from qbo_pipeline.model.columns import COMPANY_KEY, day, flag, key, order, ordinal, text
from qbo_pipeline.model.definition import Hierarchy, Kind, Table

CALENDAR = Table(
    name="Calendar",
    relation="finance.semantic_calendar",
    kind=Kind.DIMENSION,
    description="Every day of whole calendar years. Lines are of the day they are dated, balances of a month of its "
    "first day.",
    key="Date",
    days="Date",
    columns=(
        day("Date", "date", "The day."),
        ordinal("Year", "year", "Calendar year."),
        text("Quarter", "quarter", "Quarter: Q1 to Q4.", sort_by="Quarter Number"),
        order("Quarter Number", "quarter_number", "1 to 4."),
        text("Quarter Year", "quarter_year", "Quarter and year.", sort_by="Quarter Year Number"),
        order("Quarter Year Number", "quarter_year_number", "Year and quarter as a number."),
        text("Month Name", "month_name", "Name of the month.", sort_by="Month Number"),
        order("Month Number", "month_number", "1 to 12."),
        text("Month Year", "month_year", "Month and year.", sort_by="Month Year Number"),
        order("Month Year Number", "month_year_number", "Year and month as a number."),
        day("Month Start", "month", "First day of the month."),
        day("Month End", "month_end", "Last day of the month."),
        day("Week Start", "week_start", "The Monday of the week."),
        text("Day Name", "day_name", "Name of the weekday.", sort_by="Day Of Week"),
        order("Day Of Week", "day_of_week", "1 is Monday."),
        flag("Is Month End", "is_month_end", "The last day of its month."),
        flag("Is Current Month", "is_current_month", "In the month of the newest synchronization."),
        flag("Is Future", "is_future", "After the newest synchronization."),
    ),
    hierarchies=(Hierarchy("Year to Day", ("Year", "Quarter Year", "Month Year", "Date")),),
)
FISCAL_PERIOD = Table(
    name="Fiscal Period",
    relation="finance.semantic_fiscal_period",
    kind=Kind.DIMENSION,
    description="The months of each company in its own fiscal year, named after the calendar year it ends in.",
    key="Fiscal Month Key",
    company="Company Key",
    columns=(
        key("Fiscal Month Key", "fiscal_month_key", "The company's id, a bar, year and month."),
        COMPANY_KEY,
        text("Fiscal Year", "fiscal_year", "Fiscal year.", sort_by="Fiscal Year Number"),
        order("Fiscal Year Number", "fiscal_year_number", "The year as a number."),
        text("Fiscal Quarter", "fiscal_quarter", "Fiscal year and quarter.", sort_by="Fiscal Quarter Number"),
        order("Fiscal Quarter Number", "fiscal_quarter_number", "Year and quarter as a number."),
        text("Fiscal Period", "fiscal_period", "Fiscal year and month of it.", sort_by="Fiscal Period Number"),
        order("Fiscal Period Number", "fiscal_period_number", "Year and period as a number."),
        ordinal("Period Of Year", "period_of_year", "Number of the month in the fiscal year, 1 to 12."),
        day("First Day", "month", "First day of the month."),
        day("Last Day", "month_end", "Last day of the month."),
        flag("Is Closed", "is_closed", "In the closed books."),
    ),
    hierarchies=(Hierarchy("Fiscal Year to Period", ("Fiscal Year", "Fiscal Quarter", "Fiscal Period")),),
)
TABLES = (CALENDAR, FISCAL_PERIOD)
