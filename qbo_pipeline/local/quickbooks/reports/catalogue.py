"""The reports there are: by name, how each is made and what its header says. A new report is a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from qbo_pipeline.local.quickbooks.reports.aging import PAYABLES, RECEIVABLES, aging_detail, aging_summary
from qbo_pipeline.local.quickbooks.reports.general_ledger import general_ledger, profit_and_loss_detail
from qbo_pipeline.local.quickbooks.reports.journal import journal_report, transaction_list
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.request import Request
from qbo_pipeline.local.quickbooks.reports.statement_reports import (
    balance_sheet,
    cash_flow,
    profit_and_loss,
    trial_balance,
)
from qbo_pipeline.local.quickbooks.reports.stock_valuation import valuation_detail, valuation_summary
from qbo_pipeline.local.quickbooks.reports.table import Table


@dataclass(frozen=True, slots=True)
class Report:
    """How a report is made, and which of the header's fields it has besides those that all have."""

    build: Callable[[Ledger, Request], Table]
    usual_macro: str
    """The range of days where none is asked for."""
    has_basis: bool = False
    has_summaries: bool = False
    has_segments: bool = False
    """Whether it can be summarized by customers, classes … too; the others show the total instead."""
    names_standard: bool = False
    """Whether its options name the accounting standard."""
    as_of: bool = False
    """Whether it is about one day, which an option names."""
    has_start: bool = True
    has_range: bool = True
    """Whether `start_date` and `end_date` count; without `report_date` the others are about today, whatever those say
    (github.com/laf-rge/quickbooks-mcp, measured on a company in production, 2026)."""


_MONTH = "this month-to-date"
_YEAR = "this calendar year-to-date"

REPORTS: Mapping[str, Report] = {
    "TrialBalance": Report(trial_balance, _MONTH, has_basis=True),
    "ProfitAndLoss": Report(
        profit_and_loss, _YEAR, has_basis=True, has_summaries=True, has_segments=True, names_standard=True
    ),
    "ProfitAndLossDetail": Report(profit_and_loss_detail, _YEAR, has_basis=True),
    "BalanceSheet": Report(balance_sheet, _YEAR, has_basis=True, has_summaries=True, names_standard=True),
    "CashFlow": Report(cash_flow, _YEAR, has_summaries=True),
    "GeneralLedger": Report(general_ledger, _MONTH, has_basis=True),
    "JournalReport": Report(journal_report, _MONTH),
    "TransactionList": Report(transaction_list, _MONTH),
    "AgedReceivables": Report(partial(aging_summary, side=RECEIVABLES), "today", as_of=True, has_range=False),
    "AgedReceivableDetail": Report(
        partial(aging_detail, side=RECEIVABLES), "today", as_of=True, has_start=False, has_range=False
    ),
    "AgedPayables": Report(partial(aging_summary, side=PAYABLES), "today", as_of=True, has_range=False),
    "AgedPayableDetail": Report(
        partial(aging_detail, side=PAYABLES), "today", as_of=True, has_start=False, has_range=False
    ),
    "InventoryValuationSummary": Report(valuation_summary, "today", as_of=True),
    "InventoryValuationDetail": Report(valuation_detail, "this month"),
}
"""By the name in the path; QuickBooks knows them in no other spelling."""
