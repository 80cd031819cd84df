"""Sales, spend and budgets."""

from __future__ import annotations

from qbo_pipeline.model.columns import NUMBER_FORMAT, PERCENT_FORMAT
from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures.declared import Figure, difference, measure, of_relation, unless_after_the_books
from qbo_pipeline.model.measures.income import NET_INCOME

_SALES, _SPEND, _BUDGET = "Sales", "Spend", "Budget"


def _sales(name: str, column: str, source: str, description: str) -> Measure:
    return measure(
        name,
        f"SUM('Sales Lines'[{column}])",
        of_relation(f"sum({source})", "semantic_sales_line", "transaction_date"),
        description,
        folder=_SALES,
    )


def _spend(name: str, column: str, source: str, description: str) -> Measure:
    return measure(
        name,
        f"SUM('Spend Lines'[{column}])",
        of_relation(f"sum({source})", "semantic_spend_line", "transaction_date"),
        description,
        folder=_SPEND,
    )


_OF_SALES = (
    _sales("Gross Sales", "Gross Sales Amount", "gross_amount", "Sold, before discounts, tips and tax."),
    _sales("Discounts", "Discount Amount", "discount_amount", "Discounts given, negative."),
    _sales("Net Sales", "Net Sales Amount", "net_amount", "Sold, less discounts, without tips and tax."),
    _sales("Sales Tax", "Sales Tax Amount", "tax_amount", "Tax on what was sold."),
    measure(
        "Invoiced",
        "CALCULATE(SUM('Sales Lines'[Sales With Tax]), 'Sales Lines'[Sales Document Type] = \"Invoice\")",
        of_relation("sum(amount)", "semantic_sales_line", "transaction_date", "transaction_type = 'Invoice'"),
        "Totals of invoices, with tax.",
        folder=_SALES,
    ),
    measure(
        "Units Sold",
        "SUM('Sales Lines'[Quantity Sold])",
        of_relation("sum(quantity)::DOUBLE", "semantic_sales_line", "transaction_date"),
        "Quantity sold.",
        folder=_SALES,
        format_=NUMBER_FORMAT,
    ),
)
_OF_SPEND = (
    _spend("Net Spend", "Net Spend Amount", "net_amount", "Bought, without tax: not what pays off what is owed."),
    _spend("Spend Tax", "Spend Tax Amount", "tax_amount", "Tax on what was bought."),
    measure(
        "Billed",
        "CALCULATE(SUM('Spend Lines'[Spend With Tax]), 'Spend Lines'[Spend Document Type] = \"Bill\")",
        of_relation("sum(amount)", "semantic_spend_line", "transaction_date", "transaction_type = 'Bill'"),
        "Totals of bills, with tax.",
        folder=_SPEND,
    ),
)
_BUDGETED = measure(
    "Budgeted Net Income",
    "CALCULATE(SUM('Budget Lines'[Budget Net Income Effect]), 'Budget Lines'[Is Active Budget] = TRUE())",
    of_relation("sum(net_income_effect)", "semantic_budget_line", "month", "is_active"),
    "Net income as it is planned: of several active budgets of a month by the one with the most lines in it, the "
    "newest of equals. By account, income is positive and expense negative.",
    folder=_BUDGET,
)
_VARIANCE = measure(
    "Budget Variance",
    "VAR newestDay = EOMONTH(MAX('Company'[Last Month Of Books]), 0)\n"
    "RETURN IF([First Day] <= newestDay, [Net Income] - [Budgeted Net Income])",
    unless_after_the_books(difference(NET_INCOME, _BUDGETED)),
    "Net income beyond the plan: positive is better than planned. Blank in months after the books.",
    folder=_BUDGET,
)
MEASURES = (
    *_OF_SALES,
    *_OF_SPEND,
    _BUDGETED,
    _VARIANCE,
    # Costs and losses are planned below zero: what is better than planned has to stay above.
    measure(
        "Budget Variance %",
        "DIVIDE([Budget Variance], ABS([Budgeted Net Income]))",
        Figure(
            f"SELECT ({_VARIANCE.sql})::DOUBLE / nullif(abs(({_BUDGETED.sql})), 0)",
            "[Budget Variance] / ABS([Budgeted Net Income])",
        ),
        "The variance as a share of the plan, positive where it is better than planned.",
        folder=_BUDGET,
        format_=PERCENT_FORMAT,
    ),
)
