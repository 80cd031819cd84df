"""What is planned rather than posted: budgets and recurring templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qbo_pipeline.local.companies import pacific
from qbo_pipeline.local.companies.amounts import number, percent_of
from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.json_common import Forms
from qbo_pipeline.local.companies.json_documents import document_record
from qbo_pipeline.local.companies.json_parts import Record, head, ref
from qbo_pipeline.local.companies.model import Account, Document, Label, Member


def budget(books: Books, year: int, rows: Sequence[tuple[Account, int, Label | None]]) -> Record:
    """A year's profit-and-loss budget by month; `rows` are an account, cents a month, and perhaps a class."""
    details = []
    for account, monthly, klass in rows:
        for month in range(1, 13):
            # A little more each month, as planners do.
            detail: Record = {
                "BudgetDate": date(year, month, 1).isoformat(),
                "Amount": number(percent_of(monthly, 10_000 + 60 * month) // 100 * 100),
                "AccountRef": ref(account),
            }
            if klass is not None:
                detail["ClassRef"] = ref(klass)
            details.append(detail)
    made = pacific.instant(max(books.start, date(year - 1, 12, 10)), 14 * 3600)
    return {
        "Name": f"Budget {year}",
        "StartDate": f"{year}-01-01",
        "EndDate": f"{year}-12-31",
        "BudgetType": "ProfitAndLoss",
        "BudgetEntryType": "Monthly",
        "Active": True,
        "BudgetDetail": details,
    } | head(Member(books.next_id("Budget"), "", made))


@dataclass(frozen=True, slots=True)
class Template:
    """A document to be repeated: every `interval` months on `day_of_month`; `kind` is Automated, Reminded or
    UnScheduled."""

    name: str
    document: Document
    kind: str = "Automated"
    interval: int = 1
    day_of_month: int = 1


def recurring_record(template: Template, books: Books, forms: Forms) -> Record:
    """A RecurringTransaction as queries return it: the template inside an object named after its type."""
    document = template.document
    record = document_record(document, forms)
    for key in ("DocNumber", "LinkedTxn", "DueDate", "Balance", "HomeBalance", "PrintStatus"):
        record.pop(key, None)
    info: Record = {"Name": template.name, "RecurType": template.kind, "Active": True}
    if template.kind != "UnScheduled":
        following = (books.as_of.replace(day=1) + timedelta(days=32)).replace(day=template.day_of_month)
        info["ScheduleInfo"] = {
            "StartDate": books.start.isoformat(),
            "IntervalType": "Monthly",
            "NumInterval": template.interval,
            "DayOfMonth": template.day_of_month,
            "NextDate": following.isoformat(),
            "PreviousDate": books.as_of.replace(day=template.day_of_month).isoformat()
            if template.day_of_month <= books.as_of.day
            else (books.as_of.replace(day=1) - timedelta(days=1)).replace(day=template.day_of_month).isoformat(),
        }
    return {document.entity: record | {"RecurringInfo": info}}
