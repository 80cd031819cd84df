"""What is asked of the reports endpoint, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Basis(StrEnum):
    """When income and expense count."""

    ACCRUAL = "Accrual"
    CASH = "Cash"


class ReportName(StrEnum):
    """The reports we read, by QuickBooks' names."""

    JOURNAL = "JournalReport"
    GENERAL_LEDGER = "GeneralLedger"
    BALANCE_SHEET = "BalanceSheet"
    PROFIT_AND_LOSS = "ProfitAndLoss"
    TRIAL_BALANCE = "TrialBalance"
    AGED_RECEIVABLES = "AgedReceivableDetail"
    AGED_PAYABLES = "AgedPayableDetail"
    INVENTORY_VALUATION = "InventoryValuationSummary"


LEG_COLUMNS = (
    "tx_date", "txn_type", "doc_num", "name", "memo", "account_name", "klass_name", "dept_name", "cust_name",
    "vend_name", "emp_name", "item_name", "quantity", "debt_amt", "credit_amt", "currency", "debt_home_amt",
    "credit_home_amt",
)  # fmt: skip
"""What is asked of legs. A company without classes, departments or currencies answers with fewer. With 25 and more,
QuickBooks has been seen to give up (504)."""

CELLS = 400_000
"""Cells of a report, at most: what is beyond is left out, with a notice (Intuit, reports best practices)."""

LEG_MONTHS = 6
"""Months of one request for legs, at most (Intuit, reports best practices)."""


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One report of some days."""

    report: ReportName
    first_day: date | None
    """None for a report as of `last_day`."""
    last_day: date
    basis: Basis | None = None
    """None where the report knows none, or has one only."""
    columns: tuple[str, ...] = ()
    by_month: bool = False

    @property
    def endpoint(self) -> str:
        """Path below the company."""
        return f"reports/{self.report}"

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """As they are sent, but for those that every request has."""
        return tuple((name, value) for name, value in self._parameters() if value)

    def _parameters(self) -> Iterable[tuple[str, str]]:
        if self.first_day is None:
            yield "report_date", self.last_day.isoformat()
            if self.report is ReportName.INVENTORY_VALUATION:
                # Companies that value first-in-first-out read these and not report_date (seen by third parties).
                yield "start_date", self.last_day.isoformat()
                yield "end_date", self.last_day.isoformat()
        else:
            yield "start_date", self.first_day.isoformat()
            yield "end_date", self.last_day.isoformat()
        yield "accounting_method", self.basis or ""
        yield "summarize_column_by", "Month" if self.by_month else ""
        yield "columns", ",".join(self.columns)


def legs(basis: Basis, first_day: date, last_day: date) -> ReportRequest:
    """The legs of all transactions: QuickBooks' journal, and on the cash basis, which it lacks, the general ledger."""
    if basis is Basis.ACCRUAL:
        return ReportRequest(ReportName.JOURNAL, first_day, last_day, columns=LEG_COLUMNS)
    return ReportRequest(ReportName.GENERAL_LEDGER, first_day, last_day, basis, LEG_COLUMNS)


def statement(report: ReportName, basis: Basis, first_day: date, last_day: date) -> ReportRequest:
    """BalanceSheet or ProfitAndLoss, a column a month."""
    return ReportRequest(report, first_day, last_day, basis, by_month=True)


def trial_balance(basis: Basis, as_of: date) -> ReportRequest:
    """The balances at the end of a day. A first day has to be sent and has no effect (measured by a third party)."""
    return ReportRequest(ReportName.TRIAL_BALANCE, as_of.replace(day=1), as_of, basis)


def as_of(report: ReportName, day: date) -> ReportRequest:
    """An aging or the inventory valuation at the end of a day."""
    return ReportRequest(report, None, day)
