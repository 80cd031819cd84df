"""The income statement."""

from __future__ import annotations

from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures.declared import difference, ledger, measure, named, of_basis, share

FOLDER = "Income Statement"
_EFFECT = "Net Income"


def _section(name: str, section: str, sign: str, description: str) -> Measure:
    return measure(
        name,
        f"{sign}CALCULATE([{_EFFECT}], 'Account'[Section] = \"{section}\")",
        ledger(f"{sign}sum(line.net_income_effect)", f"account.section = '{section}'"),
        description,
        folder=FOLDER,
    )


NET_INCOME = measure(
    _EFFECT,
    of_basis("Net Income Effect"),
    ledger("sum(line.net_income_effect)"),
    "Income less expense. By account, income is positive and expense negative, so that the total is net income.",
    folder=FOLDER,
)
INCOME = _section("Total Income", "Income", "", "Income from sales and services.")
COGS = _section("Cost Of Goods Sold", "Cost of Goods Sold", "-", "Cost of what was sold.")
EXPENSES = _section("Operating Expenses", "Expense", "-", "Expenses of running the business.")
OTHER_INCOME = _section("Other Income", "Other Income", "", "Income beside the business: interest, gains.")
OTHER_EXPENSES = _section("Other Expenses", "Other Expense", "-", "Expenses beside the business.")
GROSS_PROFIT = measure(
    "Gross Profit", "[Total Income] - [Cost Of Goods Sold]", difference(INCOME, COGS),
    "Income less the cost of what was sold.", folder=FOLDER,
)  # fmt: skip
NET_OPERATING_INCOME = measure(
    "Net Operating Income", "[Gross Profit] - [Operating Expenses]", difference(GROSS_PROFIT, EXPENSES),
    "Gross profit less operating expenses.", folder=FOLDER,
)  # fmt: skip
NET_OTHER_INCOME = measure(
    "Net Other Income", "[Other Income] - [Other Expenses]", difference(OTHER_INCOME, OTHER_EXPENSES),
    "Other income less other expenses.", folder=FOLDER,
)  # fmt: skip
_AMOUNTS = (
    INCOME,
    COGS,
    GROSS_PROFIT,
    EXPENSES,
    NET_OPERATING_INCOME,
    OTHER_INCOME,
    OTHER_EXPENSES,
    NET_OTHER_INCOME,
    NET_INCOME,
)
MEASURES = (
    *_AMOUNTS,
    share("Gross Margin %", "Gross Profit", "Total Income", "Gross profit as a share of income.",
          folder=FOLDER, of=named(_AMOUNTS)),
    share("Operating Margin %", "Net Operating Income", "Total Income", "Net operating income as a share of income.",
          folder=FOLDER, of=named(_AMOUNTS)),
    share("Net Margin %", "Net Income", "Total Income", "Net income as a share of income.",
          folder=FOLDER, of=named(_AMOUNTS)),
)  # fmt: skip
