"""The companies, and the bases their books are read on."""

from __future__ import annotations

from qbo_pipeline.model.columns import day, flag, instant, key, order, ordinal, text
from qbo_pipeline.model.definition import Category, Kind, Table

COMPANY = Table(
    name="Company",
    relation="finance.semantic_company",
    kind=Kind.DIMENSION,
    description="The companies whose books these are. Amounts are in each company's home currency.",
    key="Company Key",
    company="Company Key",
    columns=(
        key("Company Key", "realm_id", "The company's id in QuickBooks."),
        text("Company", "name", "Name."),
        text("Legal Name", "legal_name", "Legal name."),
        text("Company Country", "country", "Country.", category=Category.COUNTRY),
        text("Home Currency", "home_currency", "Currency the books are kept in."),
        flag("Is Multicurrency", "is_multicurrency", "Uses several currencies."),
        ordinal("Fiscal Year Start Month", "fiscal_year_start_month", "Month the fiscal year begins in, 1 to 12."),
        day("Books Closed Until", "books_closed_until", "Last day of the closed books; blank if they are open."),
        instant("Last Synced At", "synced_at", "Newest synchronization of any transaction, UTC."),
        day("As Of Date", "as_of_date", "Day of the newest synchronization, UTC: the today of agings."),
        day("As Of Month", "as_of_month", "First day of that month.", hidden=True),
        day("Last Month Of Books", "last_month", "First day of the last month with postings.", hidden=True),
    ),
)
BASIS = Table(
    name="Basis",
    relation="finance.semantic_basis",
    kind=Kind.DIMENSION,
    description="Accrual or cash. Where neither is chosen, measures show the accrual basis.",
    key="Basis",
    columns=(
        text("Basis", "basis", "Accrual or Cash.", sort_by="Basis Order"),
        order("Basis Order", "ordinal", "Order to show them in."),
    ),
)
TABLES = (COMPANY, BASIS)
