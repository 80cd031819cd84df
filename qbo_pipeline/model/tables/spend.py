"""What was bought."""

from __future__ import annotations

from qbo_pipeline.model.columns import (
    COMPANY_KEY,
    FISCAL_MONTH_KEY,
    LINE_COUNT,
    amount,
    day,
    key,
    member,
    number,
    quantity,
    text,
)
from qbo_pipeline.model.definition import Category, Delivery, Kind, Table

SPEND_LINES = Table(
    name="Spend Lines",
    relation="finance.semantic_spend_line",
    kind=Kind.FACT,
    description="Lines of bills, purchases (checks, cash, cards) and vendor credits; what comes back is negative.",
    key="Spend Line Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Spend Line Key", "spend_line_key", "Company, document, type and number of the line."),
        COMPANY_KEY,
        day("Spend Date", "transaction_date", "Date of the document."),
        FISCAL_MONTH_KEY,
        day("Spend Due Date", "due_date", "Day it is due."),
        text("Spend Document Type", "transaction_type", "Bill, Expense, Vendor credit …"),
        text("Spend Document Number", "doc_number", "Number on the document."),
        key("Spend Document Key", "transaction_key", "Company, type and id of the document."),
        text("Spend Line Type", "line_type", "account, item, bundle_item or tax."),
        member("Vendor"),
        text("Spend Employee", "employee", "Name of the employee who was paid."),
        member("Customer"),
        member("Item"),
        member("Account"),
        member("Class"),
        member("Location"),
        text("Spend Payment Term", "term", "Name of the payment term."),
        text("Spend Currency", "currency_id", "Code of the transaction currency."),
        text("Billable Status", "billable_status", "Billable, HasBeenBilled or NotBillable."),
        quantity("Quantity Bought", "quantity", "Quantity."),
        number("Unit Cost", "unit_price", "Price of a unit, transaction currency."),
        amount("Spend With Tax", "amount", "With tax, home currency."),
        amount("Net Spend Amount", "net_amount", "Bought, without tax; 0 where it pays off what is owed."),
        amount("Spend Tax Amount", "tax_amount", "Tax, home currency."),
        amount("Foreign Spend Amount", "foreign_amount", "With tax, transaction currency."),
        text("Spend Description", "description", "Description."),
        text("Spend Document Link", "qbo_url", "Opens the document in QuickBooks.", category=Category.WEB_URL),
        LINE_COUNT,
    ),
)
TABLES = (SPEND_LINES,)
