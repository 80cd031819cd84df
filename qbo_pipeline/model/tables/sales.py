"""What was sold."""

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

SALES_LINES = Table(
    name="Sales Lines",
    relation="finance.semantic_sales_line",
    kind=Kind.FACT,
    description="Lines of invoices, sales receipts, credit memos and refunds; what goes back to a customer is "
    "negative. Discounts, shipping, tips and tax are lines of their own.",
    key="Sales Line Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Sales Line Key", "sales_line_key", "Company, document, type and number of the line."),
        COMPANY_KEY,
        day("Sales Date", "transaction_date", "Date of the document."),
        FISCAL_MONTH_KEY,
        day("Sales Due Date", "due_date", "Day it is due."),
        day("Service Date", "service_date", "Day the service was given."),
        text("Sales Document Type", "transaction_type", "Invoice, Sales receipt, Credit memo or Refund."),
        text("Sales Document Number", "doc_number", "Number on the document."),
        key("Sales Document Key", "transaction_key", "Company, type and id of the document."),
        text("Sales Line Type", "line_type", "item, bundle_item, discount, shipping, tip or tax."),
        member("Customer"),
        member("Item"),
        member("Account"),
        member("Class"),
        member("Location"),
        member("Payment Term"),
        text("Sales Currency", "currency_id", "Code of the transaction currency."),
        quantity("Quantity Sold", "quantity", "Quantity."),
        number("Unit Price", "unit_price", "Price of a unit, transaction currency."),
        amount("Sales With Tax", "amount", "With tax, home currency."),
        amount("Gross Sales Amount", "gross_amount", "Before discounts, tips and tax, home currency."),
        amount("Discount Amount", "discount_amount", "Discounts (negative), home currency."),
        amount("Net Sales Amount", "net_amount", "Without tips and tax, home currency."),
        amount("Sales Tax Amount", "tax_amount", "Tax, home currency."),
        amount("Foreign Sales Amount", "foreign_amount", "With tax, transaction currency."),
        text("Sales Description", "description", "Description."),
        text("Sales Document Link", "qbo_url", "Opens the document in QuickBooks.", category=Category.WEB_URL),
        LINE_COUNT,
    ),
)
TABLES = (SALES_LINES,)
