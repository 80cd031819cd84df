"""What can be wrong with a report that QuickBooks answered.

```
ReportError                          raised by the parsers
├── TruncatedReportError             it is not whole: a notice in place of rows, no total, sums that do not agree
├── UnbalancedReportError            debits and credits of a transaction differ
└── ReportShapeError                 it lacks a column, or holds what no report should
UnusableReportError                  what came of that, with company, report and days
└── SmallestReportTruncatedError     it is not whole, and cannot be asked for in smaller parts
```
"""

from __future__ import annotations

from qbo_pipeline.quickbooks.errors import QuickBooksError
from qbo_pipeline.quickbooks.reports.requests import ReportRequest


class ReportError(QuickBooksError):
    """A report that cannot be used. `reason` says why; whoever asked adds which company and days."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{reason}. {self.hint}".rstrip())


class TruncatedReportError(ReportError):
    """The report is not whole. QuickBooks cuts reports at 400,000 cells and says so inside an answer of HTTP 200."""

    hint = "Ask for fewer days."


class UnbalancedReportError(ReportError):
    """Debits and credits of a transaction differ, which no double entry does."""

    hint = "Nothing was taken from it. Open the transaction in QuickBooks; if it is right there, ask again later."


class ReportShapeError(ReportError):
    """A column is missing, or a cell holds what it should not."""

    hint = "Nothing was taken from it; the answer lies in the lake as received."


class UnusableReportError(QuickBooksError):
    """A report of some days that could not be used, with whose and which it is."""

    def __init__(self, realm_id: str, request: ReportRequest, reason: str) -> None:
        self.realm_id = realm_id
        self.request = request
        self.reason = reason
        days = f"{request.first_day or request.last_day} to {request.last_day}"
        super().__init__(f"company {realm_id}, {request.report} of {days}: {reason}. {self.hint}".rstrip())

    hint = "Nothing of it was taken over, and what the warehouse has of these days stays."


class SmallestReportTruncatedError(UnusableReportError):
    """The report of one day (of statements, one month) is more than QuickBooks shows."""

    hint = (
        "It cannot be asked for in smaller parts. What the warehouse has of these days stays, and their months are "
        "asked for again with the next pull."
    )
