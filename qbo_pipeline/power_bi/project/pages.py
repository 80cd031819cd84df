"""The pages of the report: the statements, agings, sales, spend, the proof, and the documents behind all of these."""

from __future__ import annotations

from qbo_pipeline.power_bi.project.layout import (
    HEIGHT,
    MARGIN,
    WIDTH,
    Box,
    Field,
    Kind,
    Page,
    Visual,
    columns,
    measures,
    sums,
)

_MONTH = columns("Calendar", "Month Year")
_HALF = (WIDTH - 3 * MARGIN) // 2
_FULL = WIDTH - 2 * MARGIN
_SLICERS, _CARDS, _BODY = MARGIN, 84, 176
"""Where the rows of a page begin."""
_REST = HEIGHT - _BODY - MARGIN


def _slicers(*fields: Field) -> tuple[Visual, ...]:
    width = (_FULL - (len(fields) - 1) * MARGIN) // len(fields)
    return tuple(
        Visual(
            Kind.SLICER, one.name, Box(MARGIN + number * (width + MARGIN), _SLICERS, width, 60), {"Values": (one,)},
            group=f"{one.table} {one.name}",
        )
        for number, one in enumerate(fields)
    )  # fmt: skip


_CHOICE = _slicers(
    *columns("Company", "Company"), *columns("Basis", "Basis"), *columns("Calendar", "Year"), *_MONTH,
    *columns("Class", "Class"), *columns("Location", "Location"),
)  # fmt: skip
_PARTIES_CHOICE = _slicers(*columns("Company", "Company"), *columns("Calendar", "Year"), *_MONTH)


def _cards(title: str, *names: str) -> Visual:
    return Visual(Kind.CARDS, title, Box(MARGIN, _CARDS, _FULL, 84), {"Values": measures(*names)})


def _matrix(title: str, box: Box, rows: tuple[Field, ...], across: tuple[Field, ...], *names: str) -> Visual:
    return Visual(Kind.MATRIX, title, box, {"Rows": rows, "Columns": across, "Values": measures(*names)})


def _left(height: int = _REST) -> Box:
    return Box(MARGIN, _BODY, _HALF, height)


def _right(half: int | None = None) -> Box:
    x, height = 2 * MARGIN + _HALF, (_REST - MARGIN) // 2
    if half is None:
        return Box(x, _BODY, _HALF, _REST)
    return Box(x, _BODY + half * (height + MARGIN), _HALF, height)


def _wide() -> Box:
    return Box(MARGIN, _BODY, _FULL, _REST)


def _aging(side: str, title: str, party: str, days: str, outstanding: str, paid: str) -> Page:
    overdue = measures(f"{side} Open")[0]
    return Page(
        title,
        (
            *_PARTIES_CHOICE,
            _cards(title, f"{side} Open", f"{side} Overdue", f"{side} Overdue %", outstanding, days, paid),
            _matrix(f"Open by {party}", _left(), columns(party, party), columns(f"{side} Aging", f"{side} Bucket"),
                    f"{side} Open"),
            Visual(Kind.STACKS, "Open at the end of each month", _right(0),
                   {"Category": _MONTH, "Series": columns(f"{side} Aging", f"{side} Bucket"),
                    "Y": measures(f"{side} Open")}),
            Visual(Kind.BARS, f"Most open by {party}", _right(1),
                   {"Category": columns(party, party), "Y": measures(f"{side} Open", f"{side} Overdue")},
                   descending_by=overdue),
        ),
    )  # fmt: skip


INCOME_STATEMENT = Page(
    "Income Statement",
    (
        *_CHOICE,
        _cards("Income statement", "Total Income", "Gross Profit", "Net Operating Income", "Net Income", "Net Margin %",
               "Net Income Prior Year", "Net Income YoY %"),
        _matrix("Income and expense by month", Box(MARGIN, _BODY, _FULL - 400 - MARGIN, _REST),
                columns("Account", "Section", "Account"), _MONTH, "Net Income"),
        Visual(Kind.COLUMNS, "Income and net income", Box(WIDTH - MARGIN - 400, _BODY, 400, (_REST - MARGIN) // 2),
               {"Category": _MONTH, "Y": measures("Total Income", "Net Income")}),
        Visual(Kind.LINES, "Net income since the fiscal year began",
               Box(WIDTH - MARGIN - 400, _BODY + (_REST + MARGIN) // 2, 400, (_REST - MARGIN) // 2),
               {"Category": _MONTH, "Y": measures("Net Income YTD")}),
    ),
)  # fmt: skip
BALANCE_SHEET = Page(
    "Balance Sheet",
    (
        *_CHOICE,
        _cards("Balance sheet", "Total Assets", "Total Liabilities", "Total Equity", "Working Capital", "Current Ratio",
               "Balance Check"),
        _matrix("Balance sheet at the end of each month", _wide(),
                columns("Balance Sheet Lines", "Balance Sheet Section", "Balance Sheet Subsection",
                        "Balance Sheet Line"), _MONTH, "Balance Sheet Amount"),
    ),
)  # fmt: skip
CASH_FLOW = Page(
    "Cash Flow",
    (
        *_PARTIES_CHOICE,
        _cards("Cash flow", "Cash At Beginning", "Operating Cash Flow", "Investing Cash Flow", "Financing Cash Flow",
               "Net Change In Cash", "Cash Balance"),
        _matrix("What changed cash", Box(MARGIN, _BODY, _FULL - 400 - MARGIN, _REST),
                columns("Cash Flow Lines", "Activity", "Cash Flow Line"), _MONTH, "Net Change In Cash"),
        Visual(Kind.LINES, "Cash at the end of each month", Box(WIDTH - MARGIN - 400, _BODY, 400, _REST),
               {"Category": _MONTH, "Y": measures("Cash Balance")}),
    ),
)  # fmt: skip
RECEIVABLES = _aging("AR", "A/R Aging", "Customer", "Avg Days To Be Paid", "DSO", "Payments Received")
PAYABLES = _aging("AP", "A/P Aging", "Vendor", "Avg Days To Pay", "DPO", "Payments Made")
SALES = Page(
    "Sales",
    (
        *_CHOICE,
        _cards("Sales", "Gross Sales", "Discounts", "Net Sales", "Sales Tax", "Invoiced", "Units Sold"),
        _matrix("Net sales by item", _left(), columns("Item", "Item Type", "Item"), (), "Units Sold", "Net Sales"),
        Visual(Kind.COLUMNS, "Net sales by month", _right(0), {"Category": _MONTH, "Y": measures("Net Sales")}),
        Visual(Kind.BARS, "Net sales by customer", _right(1),
               {"Category": columns("Customer", "Top Customer"), "Y": measures("Net Sales")},
               descending_by=measures("Net Sales")[0]),
    ),
)  # fmt: skip
SPEND = Page(
    "Spend",
    (
        *_CHOICE,
        _cards("Spend", "Net Spend", "Spend Tax", "Billed", "Payments Made", "AP Open"),
        _matrix("Net spend by account", _left(), columns("Account", "Section", "Account"), (), "Net Spend"),
        Visual(Kind.COLUMNS, "Net spend by month", _right(0), {"Category": _MONTH, "Y": measures("Net Spend")}),
        Visual(Kind.BARS, "Net spend by vendor", _right(1),
               {"Category": columns("Vendor", "Vendor"), "Y": measures("Net Spend")},
               descending_by=measures("Net Spend")[0]),
    ),
)  # fmt: skip
PROOF = Page(
    "Proof",
    (
        *_PARTIES_CHOICE,
        _cards("Proof", "Balance Check", "Reconciliation Difference", "Accounts Compared", "Accounts That Differ",
               "Last Synced", "Rows Loaded", "Rows Set Aside"),
        _matrix("QuickBooks' reports and these books", _left(),
                columns("Reconciliation", "Reconciled Statement", "Reconciliation State"), (),
                "Accounts Compared", "Accounts That Differ", "Reconciliation Difference"),
        Visual(Kind.TABLE, "Newest synchronizations", _right(),
               {"Values": (*columns("Company", "Company"), *columns("Sync Status", "Entity", "Entity Synced At",
                           "Sync Source", "Sync Error"), *sums("Sync Status", "Records Received"))}),
    ),
)  # fmt: skip


def _documents(title: str, drill: tuple[Field, ...], values: tuple[Field, ...]) -> Page:
    return Page(
        title,
        (Visual(Kind.TABLE, title, Box(MARGIN, MARGIN, _FULL, HEIGHT - 2 * MARGIN), {"Values": values}),),
        drill,
    )


LEDGER_LINES = _documents(
    "Ledger Lines",
    (*columns("Account", "Account"), *_MONTH, *columns("Customer", "Customer"), *columns("Vendor", "Vendor")),
    (*columns("General Ledger Lines", "Ledger Date", "Transaction Type", "Transaction Number"),
     *columns("Account", "Account"), *columns("Customer", "Customer"), *columns("Vendor", "Vendor"),
     *columns("General Ledger Lines", "Memo"), *measures("Ledger Debit", "Ledger Credit"),
     *columns("General Ledger Lines", "Transaction Link")),
)  # fmt: skip
SALES_DOCUMENTS = _documents(
    "Sales Documents",
    (*columns("Customer", "Customer", "Top Customer"), *columns("Item", "Item"), *_MONTH),
    (*columns("Sales Lines", "Sales Date", "Sales Document Type", "Sales Document Number"),
     *columns("Customer", "Customer"), *columns("Item", "Item"), *columns("Sales Lines", "Sales Description"),
     *sums("Sales Lines", "Quantity Sold", "Net Sales Amount", "Sales Tax Amount"),
     *columns("Sales Lines", "Sales Document Link")),
)  # fmt: skip
SPEND_DOCUMENTS = _documents(
    "Spend Documents",
    (*columns("Vendor", "Vendor"), *columns("Account", "Account"), *_MONTH),
    (*columns("Spend Lines", "Spend Date", "Spend Document Type", "Spend Document Number"),
     *columns("Vendor", "Vendor"), *columns("Account", "Account"), *columns("Spend Lines", "Spend Description"),
     *sums("Spend Lines", "Net Spend Amount", "Spend Tax Amount"),
     *columns("Spend Lines", "Spend Document Link")),
)  # fmt: skip
OPEN_DOCUMENTS = _documents(
    "Open Documents",
    (*columns("Customer", "Customer"), *columns("Vendor", "Vendor")),
    (*columns("Open Documents", "Open Ledger", "Open Document Type", "Open Document Number", "Open Document Date",
              "Open Due Date", "Open Bucket"),
     *columns("Customer", "Customer"), *columns("Vendor", "Vendor"),
     *sums("Open Documents", "Open Amount", "Overdue Amount"), *columns("Open Documents", "Open Document Link")),
)  # fmt: skip
PAGES = (
    INCOME_STATEMENT,
    BALANCE_SHEET,
    CASH_FLOW,
    RECEIVABLES,
    PAYABLES,
    SALES,
    SPEND,
    PROOF,
    LEDGER_LINES,
    SALES_DOCUMENTS,
    SPEND_DOCUMENTS,
    OPEN_DOCUMENTS,
)
"""All of them, in their order; the last four are drilled through to."""
