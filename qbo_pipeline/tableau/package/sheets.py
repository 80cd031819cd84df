"""The sheets of the starter workbook: the statements, agings, sales, spend, the proof, and the documents behind."""

from __future__ import annotations

from qbo_pipeline.tableau.package.calculations import CASH_AT_MONTH_END, IN_PERIOD
from qbo_pipeline.tableau.package.layout import Filter, Mark, Of, Pill, Sheet, measures, sums, values

_MONTH = (Pill("Date", Of.MONTH),)
_SECTIONS = (("Section", "Section Order"),)
_DATES = Filter(f"Calendar {IN_PERIOD}", ("true",))
_PROFIT_AND_LOSS = Filter("Statement", ('"ProfitAndLoss"',))


def _in_period(table: str) -> Filter:
    return Filter(f"{table} {IN_PERIOD}", ("true",))


def _figures(name: str, *of: str) -> Sheet:
    return Sheet(name, Mark.TEXT, measures(*of))


def _by_month(name: str, mark: Mark, *of: str) -> Sheet:
    return Sheet(name, mark, measures(*of), columns=_MONTH, filters=(_DATES,))


def _largest(name: str, by: str, *of: str) -> Sheet:
    return Sheet(name, Mark.BAR, measures(*of), rows=values(by), largest_first=measures(of[0])[0])


def _aging(side: str, title: str, party: str, *figures: str) -> tuple[Sheet, ...]:
    bucket, order = f"{side} Bucket", f"{side} Bucket Order"
    return (
        _figures(f"{title} Figures", f"{side} Open", f"{side} Overdue", f"{side} Overdue %", *figures),
        Sheet(f"{title} By {party}", Mark.TEXT, measures(f"{side} Open"), rows=values(party), columns=values(bucket),
              orders=((bucket, order),)),
        Sheet(f"{title} At Month Ends", Mark.BAR, measures(f"{side} Open At Month End"), columns=_MONTH,
              color=Pill(bucket), orders=((bucket, order),)),
        _largest(f"{title} Most Open", party, f"{side} Open"),
    )  # fmt: skip


_INCOME = (
    _figures("Income Figures", "Total Income", "Gross Profit", "Net Operating Income", "Net Income", "Net Margin %",
             "Net Income Prior Year", "Net Income YoY %"),
    Sheet("Income Statement By Month", Mark.TEXT, measures("Net Income"), rows=values("Section", "Account"),
          columns=_MONTH, filters=(_PROFIT_AND_LOSS, _DATES), orders=_SECTIONS),
    _by_month("Income And Net Income", Mark.BAR, "Total Income", "Net Income"),
    Sheet("Budget By Section", Mark.TEXT, measures("Net Income", "Budgeted Net Income", "Budget Variance"),
          rows=values("Section"), filters=(_PROFIT_AND_LOSS,), orders=_SECTIONS),
)  # fmt: skip
_POSITION = (
    _figures("Balance Sheet Figures", "Total Assets", "Total Liabilities", "Total Equity", "Working Capital",
             "Current Ratio", "Balance Check"),
    Sheet("Balance Sheet By Line", Mark.TEXT, measures("Balance Sheet Amount"),
          rows=values("Balance Sheet Section", "Balance Sheet Subsection", "Balance Sheet Line"),
          orders=(("Balance Sheet Section", "Balance Sheet Section Order"),
                  ("Balance Sheet Subsection", "Balance Sheet Subsection Order"))),
    Sheet("Balances By Account", Mark.TEXT, measures("Account Balance"), rows=values("Section", "Account"),
          filters=(Filter("Statement", ('"BalanceSheet"',)),), orders=_SECTIONS),
)  # fmt: skip
_CASH = (
    _figures("Cash Figures", "Cash At Beginning", "Operating Cash Flow", "Investing Cash Flow", "Financing Cash Flow",
             "Net Change In Cash", "Cash Balance"),
    Sheet("What Changed Cash", Mark.TEXT, measures("Net Change In Cash"), rows=values("Activity", "Cash Flow Line"),
          columns=_MONTH, filters=(_DATES,), orders=(("Activity", "Activity Order"),)),
    Sheet("Cash At Month Ends", Mark.LINE, measures(CASH_AT_MONTH_END), columns=_MONTH),
)  # fmt: skip
_SALES = (
    _figures("Sales Figures", "Gross Sales", "Discounts", "Net Sales", "Sales Tax", "Invoiced", "Units Sold"),
    Sheet(
        "Sales By Item",
        Mark.TEXT,
        measures("Units Sold", "Net Sales"),
        rows=values("Item Type", "Item"),
        largest_first=measures("Net Sales")[0],
    ),
    _by_month("Sales By Month", Mark.BAR, "Net Sales"),
    _largest("Sales By Customer", "Top Customer", "Net Sales"),
)
_SPEND = (
    _figures("Spend Figures", "Net Spend", "Spend Tax", "Billed", "Payments Made", "AP Open"),
    Sheet("Spend By Account", Mark.TEXT, measures("Net Spend"), rows=values("Section", "Account"), orders=_SECTIONS),
    _by_month("Spend By Month", Mark.BAR, "Net Spend"),
    _largest("Spend By Vendor", "Vendor", "Net Spend"),
)
_PROOF = (
    _figures("Proof Figures", "Balance Check", "Reconciliation Difference", "Accounts Compared", "Accounts That Differ",
             "Rows Loaded", "Rows Set Aside"),
    Sheet("QuickBooks And These Books", Mark.TEXT,
          measures("Accounts Compared", "Accounts That Differ", "Reconciliation Difference"),
          rows=values("Reconciled Statement", "Reconciliation State")),
    Sheet("Newest Synchronizations", Mark.TEXT, sums("Records Received", "Records Set Aside"),
          rows=values("Company", "Entity", "Entity Synced At", "Sync Source")),
)  # fmt: skip
LEDGER_LINES = Sheet(
    "All Ledger Lines", Mark.TEXT, sums("Debit", "Credit"),
    rows=values("Ledger Date", "Transaction Type", "Transaction Number", "Account", "Customer", "Vendor", "Memo"),
    details=values("Transaction Link"), filters=(_in_period("General Ledger Lines"),),
)  # fmt: skip
SALES_DOCUMENTS = Sheet(
    "All Sales Documents", Mark.TEXT, sums("Quantity Sold", "Net Sales Amount", "Sales Tax Amount"),
    rows=values("Sales Date", "Sales Document Type", "Sales Document Number", "Customer", "Item", "Sales Description"),
    details=values("Sales Document Link", "Top Customer"), filters=(_in_period("Sales Lines"),),
)  # fmt: skip
SPEND_DOCUMENTS = Sheet(
    "All Spend Documents", Mark.TEXT, sums("Net Spend Amount", "Spend Tax Amount"),
    rows=values("Spend Date", "Spend Document Type", "Spend Document Number", "Vendor", "Account", "Spend Description"),
    details=values("Spend Document Link"), filters=(_in_period("Spend Lines"),),
)  # fmt: skip
OPEN_DOCUMENTS = Sheet(
    "All Open Documents", Mark.TEXT, sums("Open Amount", "Overdue Amount"),
    rows=values("Open Ledger", "Open Document Type", "Open Document Number", "Open Document Date", "Open Due Date",
                "Open Bucket", "Customer", "Vendor"),
    details=values("Open Document Link"),
)  # fmt: skip
DOCUMENTS = (LEDGER_LINES, SALES_DOCUMENTS, SPEND_DOCUMENTS, OPEN_DOCUMENTS)
SHEETS = (
    *_INCOME,
    *_POSITION,
    *_CASH,
    *_aging("AR", "A/R Aging", "Customer", "Avg Days To Be Paid", "DSO", "Payments Received"),
    *_aging("AP", "A/P Aging", "Vendor", "Avg Days To Pay", "DPO", "Payments Made"),
    *_SALES,
    *_SPEND,
    *_PROOF,
    *DOCUMENTS,
)
"""All of them."""
