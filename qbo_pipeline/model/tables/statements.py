"""Lines of statements that no account holds alone: the balance sheet and the statement of cash flows."""

from __future__ import annotations

from qbo_pipeline.model.columns import COMPANY_KEY, FISCAL_MONTH_KEY, amount, day, key, member, order, text
from qbo_pipeline.model.definition import Delivery, Kind, Table

BALANCE_SHEET_LINES = Table(
    name="Balance Sheet Lines",
    relation="finance.semantic_balance_sheet_line",
    kind=Kind.FACT,
    description="The balance sheet at each month's end, with retained earnings and net income as QuickBooks "
    "shows them. Read it by the measure Balance Sheet Amount: balances of several months do not add up.",
    key="Balance Sheet Line Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Balance Sheet Line Key", "balance_sheet_line_key", "Company, basis, month, line and account."),
        COMPANY_KEY,
        day("Balance Sheet Month", "month", "First day of the month whose end it is the balance of.", hidden=True),
        FISCAL_MONTH_KEY,
        key("Balance Sheet Basis", "basis", "Accrual or Cash."),
        member("Account"),
        text(
            "Balance Sheet Section", "section", "Assets, Liabilities or Equity.", sort_by="Balance Sheet Section Order"
        ),
        order("Balance Sheet Section Order", "section_ordinal", "Order of the section."),
        text(
            "Balance Sheet Subsection", "subsection", "Part of the section.", sort_by="Balance Sheet Subsection Order"
        ),
        order("Balance Sheet Subsection Order", "subsection_ordinal", "Order of the part."),
        text("Balance Sheet Line", "line", "Name of the account with its parents, Retained Earnings or Net Income."),
        amount("Balance", "balance", "Balance with the sign the statement shows.", hidden=True),
        amount("Debit Balance", "debit_balance", "The same, debits positive.", hidden=True),
    ),
)
CASH_FLOW_LINES = Table(
    name="Cash Flow Lines",
    relation="finance.semantic_cash_flow_line",
    kind=Kind.FACT,
    description="The statement of cash flows, indirect, accrual basis: what changed cash in each month.",
    key="Cash Flow Line Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Cash Flow Line Key", "cash_flow_line_key", "Company, month, section, line and account."),
        COMPANY_KEY,
        day("Cash Flow Month", "month", "First day of the month."),
        FISCAL_MONTH_KEY,
        member("Account"),
        text("Activity", "section", "Operating, Investing or Financing.", sort_by="Activity Order"),
        order("Activity Order", "section_ordinal", "Order of the section."),
        text("Cash Flow Line", "line", "Name of the account with its parents, or Net Income."),
        amount("Cash Flow", "amount", "What it adds to cash, home currency."),
    ),
)
TABLES = (BALANCE_SHEET_LINES, CASH_FLOW_LINES)
