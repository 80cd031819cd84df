"""The chart of accounts."""

from __future__ import annotations

from qbo_pipeline.model.columns import COMPANY_KEY, flag, key, levels, order, ordinal, text
from qbo_pipeline.model.definition import Hierarchy, Kind, Table

ACCOUNT = Table(
    name="Account",
    relation="finance.semantic_account",
    kind=Kind.DIMENSION,
    description="The chart of accounts, with the place of each account in the statements. "
    "Inactive and deleted ones stay.",
    key="Account Key",
    company="Company Key",
    columns=(
        key("Account Key", "account_key", "The company's id, a bar, the account's id."),
        COMPANY_KEY,
        key("Account Id", "account_id", "QuickBooks' id."),
        text("Account", "path", "Name with those of its parents, colons between."),
        text("Account Name", "name", "Name alone."),
        text("Account Number", "account_number", "Account number."),
        text("Account Type", "account_type", "QuickBooks' account type.", sort_by="Account Type Order"),
        order("Account Type Order", "type_ordinal", "Order of the type in the statements."),
        text("Detail Type", "account_sub_type", "QuickBooks' detail type."),
        text("Classification", "classification", "Asset, Liability, Equity, Revenue or Expense."),
        text("Statement", "statement", "BalanceSheet or ProfitAndLoss."),
        text("Section", "section", "Section of the statement.", sort_by="Section Order"),
        order("Section Order", "section_ordinal", "Order of the section."),
        text("Subsection", "subsection", "Part of the section.", sort_by="Subsection Order"),
        order("Subsection Order", "subsection_ordinal", "Order of the part."),
        text("Cash Flow Section", "cash_flow_section", "Operating, Investing, Financing or Cash.",
             sort_by="Cash Flow Order"),
        order("Cash Flow Order", "cash_flow_ordinal", "Order of that section."),
        text("Normal Balance", "normal_balance", "The side on which the account grows: Debit or Credit."),
        *levels("Account"),
        ordinal("Account Depth", "depth", "How deep it lies; 1 is topmost.", folder="Levels"),
        text("Account Currency", "currency_id", "Currency the account is kept in."),
        flag("Is Receivable", "is_receivable", "A control account of receivables."),
        flag("Is Payable", "is_payable", "A control account of payables."),
        flag("Is Cash", "is_cash", "A bank account or undeposited funds."),
        flag("Is Inventory", "is_inventory", "An account of stock."),
        flag("Is Active Account", "is_active", "Active and not deleted."),
        flag("Is Deleted Account", "is_deleted", "Deleted in QuickBooks."),
    ),
    hierarchies=(
        Hierarchy("Statement to Account", ("Statement", "Section", "Subsection", "Account")),
        Hierarchy("Account Levels", tuple(f"Account Level {number}" for number in range(1, 6))),
    ),
)  # fmt: skip
TABLES = (ACCOUNT,)
