"""The dashboards of the starter workbook, and the ways from a figure to its documents."""

from __future__ import annotations

from qbo_pipeline.tableau.package.layout import Dashboard, Drill, Link, Row
from qbo_pipeline.tableau.package.sheets import (
    DOCUMENTS,
    LEDGER_LINES,
    OPEN_DOCUMENTS,
    SALES_DOCUMENTS,
    SPEND_DOCUMENTS,
)

_FIGURES = 90
"""Height of a row of figures, in pixels."""


def _dashboard(name: str, figures: str, *rows: tuple[str, ...]) -> Dashboard:
    return Dashboard(name, (Row((figures,), _FIGURES), *(Row(row) for row in rows)))


def _documents(sheet: str) -> Dashboard:
    return Dashboard(_shown_on(sheet), (Row((sheet,)),))


def _shown_on(sheet: str) -> str:
    """`All Ledger Lines` is on `Ledger Lines`: names of sheets and dashboards are in one list of tabs."""
    return sheet.removeprefix("All ")


DASHBOARDS = (
    _dashboard("Income Statement", "Income Figures", ("Income Statement By Month",),
               ("Income And Net Income", "Budget By Section")),
    _dashboard("Balance Sheet", "Balance Sheet Figures", ("Balance Sheet By Line", "Balances By Account")),
    _dashboard("Cash", "Cash Figures", ("What Changed Cash",), ("Cash At Month Ends",)),
    _dashboard("A/R Aging", "A/R Aging Figures", ("A/R Aging By Customer",),
               ("A/R Aging At Month Ends", "A/R Aging Most Open")),
    _dashboard("A/P Aging", "A/P Aging Figures", ("A/P Aging By Vendor",),
               ("A/P Aging At Month Ends", "A/P Aging Most Open")),
    _dashboard("Sales", "Sales Figures", ("Sales By Item", "Sales By Customer"), ("Sales By Month",)),
    _dashboard("Spend", "Spend Figures", ("Spend By Account", "Spend By Vendor"), ("Spend By Month",)),
    _dashboard("Proof", "Proof Figures", ("QuickBooks And These Books", "Newest Synchronizations")),
    *(_documents(sheet.name) for sheet in DOCUMENTS),
)  # fmt: skip
"""All of them, in their order; the last four are where the others lead to."""
DRILLS = (
    Drill("Ledger lines", "Income Statement", "Income Statement By Month", _shown_on(LEDGER_LINES.name), ("Account",)),
    Drill("Ledger lines", "Balance Sheet", "Balances By Account", _shown_on(LEDGER_LINES.name), ("Account",)),
    Drill("Open documents", "A/R Aging", "A/R Aging By Customer", _shown_on(OPEN_DOCUMENTS.name), ("Customer",)),
    Drill("Open documents", "A/P Aging", "A/P Aging By Vendor", _shown_on(OPEN_DOCUMENTS.name), ("Vendor",)),
    Drill("Sales documents", "Sales", "Sales By Item", _shown_on(SALES_DOCUMENTS.name), ("Item",)),
    Drill("Sales documents", "Sales", "Sales By Customer", _shown_on(SALES_DOCUMENTS.name), ("Top Customer",)),
    Drill("Spend documents", "Spend", "Spend By Account", _shown_on(SPEND_DOCUMENTS.name), ("Account",)),
    Drill("Spend documents", "Spend", "Spend By Vendor", _shown_on(SPEND_DOCUMENTS.name), ("Vendor",)),
)
LINKS = tuple(Link("Open in QuickBooks", _shown_on(one.name), one.name, one.details[0].field) for one in DOCUMENTS)
