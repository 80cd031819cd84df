"""What can be wrong with a report that QuickBooks answered.

```
ReportError
├── TruncatedReportError       it is not whole: a notice in place of rows, no total, or sums that do not agree with it
├── UnbalancedReportError      debits and credits of a transaction differ
└── ReportShapeError           it lacks a column, or holds what no report should
```
"""

from __future__ import annotations

from qbo_pipeline.quickbooks.errors import QuickBooksError


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
