"""Budgets."""

from __future__ import annotations

from qbo_pipeline.model.columns import COMPANY_KEY, FISCAL_MONTH_KEY, amount, day, flag, key, member, text
from qbo_pipeline.model.definition import Kind, Table

BUDGET_LINES = Table(
    name="Budget Lines",
    relation="finance.semantic_budget_line",
    kind=Kind.FACT,
    description="Budgets by month.",
    key="Budget Line Key",
    company="Company Key",
    columns=(
        key("Budget Line Key", "budget_line_key", "Company, budget, line and month."),
        COMPANY_KEY,
        day("Budget Month", "month", "First day of the month."),
        FISCAL_MONTH_KEY,
        text("Budget", "budget", "Name of the budget."),
        flag(
            "Is Active Budget",
            "is_active",
            "Counts as the plan of its month: active, and of several active budgets the one with the most lines in it, "
            "the newest of equals; those of the balance sheet among themselves.",
        ),
        member("Account"),
        member("Class"),
        member("Location"),
        amount("Budget Amount", "amount", "Planned, with the sign by which the account grows."),
        amount("Budget Net Income Effect", "net_income_effect", "What is planned to add to net income."),
    ),
)
TABLES = (BUDGET_LINES,)
