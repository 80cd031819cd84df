"""Payments, and what they were applied to."""

from __future__ import annotations

from qbo_pipeline.model.columns import (
    COMPANY_KEY,
    FISCAL_MONTH_KEY,
    LINE_COUNT,
    amount,
    day,
    key,
    member,
    text,
    whole,
)
from qbo_pipeline.model.definition import Category, Delivery, Kind, Table

PAYMENTS = Table(
    name="Payments",
    relation="finance.semantic_payment",
    kind=Kind.FACT,
    description="Payments received from customers and paid to vendors.",
    key="Payment Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Payment Key", "transaction_key", "Company, type and id of the payment."),
        COMPANY_KEY,
        day("Payment Date", "transaction_date", "Date of the payment."),
        FISCAL_MONTH_KEY,
        text("Payment Type", "transaction_type", "What people call the type."),
        text("Payment Direction", "direction", "Received from a customer or Paid to a vendor."),
        text("Payment Number", "doc_number", "Number or reference."),
        member("Customer"),
        member("Vendor"),
        member("Payment Method"),
        member("Account"),
        text("Payment Currency", "currency_id", "Code of the transaction currency."),
        amount("Payment Amount", "amount", "Amount, home currency."),
        amount("Unapplied Amount", "unapplied_amount", "What was applied to nothing, home currency."),
        amount("Foreign Payment Amount", "foreign_amount", "Amount, transaction currency."),
        text("Payment Link", "qbo_url", "Opens the payment in QuickBooks.", category=Category.WEB_URL),
        LINE_COUNT,
    ),
)
PAYMENT_APPLICATIONS = Table(
    name="Payment Applications",
    relation="finance.semantic_payment_application",
    kind=Kind.FACT,
    description="What payments were applied to: documents are paid, credits used up (negative), on the day it counts.",
    key="Application Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Application Key", "application_key", "Company, payment, line and link."),
        COMPANY_KEY,
        day("Application Date", "application_date", "Day from which it counts as paid."),
        FISCAL_MONTH_KEY,
        text("Application Direction", "direction", "Received from a customer or Paid to a vendor."),
        member("Customer"),
        member("Vendor"),
        key("Applied Payment Key", "payment_key", "Company, type and id of the payment."),
        key("Paid Document Key", "document_key", "Company, type and id of what is paid."),
        text("Paid Document Type", "document_type", "What people call the type of what is paid."),
        text("Paid Document Number", "document_number", "Number of what is paid."),
        day("Paid Document Date", "document_date", "Day of what is paid."),
        day("Paid Document Due Date", "due_date", "Day it was due."),
        day("Paid On", "payment_date", "Day of the payment."),
        amount("Applied Amount", "amount", "Amount, home currency."),
        amount("Exchange Gain", "exchange_gain", "Realized gain (loss negative), home currency."),
        whole("Days To Pay", "days_to_pay", "Days from the document to its payment; blank for credits."),
        whole("Days Late", "days_late", "Days after the due date, negative if early; blank for credits."),
        amount("Timed Amount", "timed_amount", "The amount where the days are known.", hidden=True),
        amount("Amount Days", "amount_days", "Amount times the days to pay.", hidden=True),
        amount("Amount Days Late", "amount_days_late", "Amount times the days late.", hidden=True),
        LINE_COUNT,
    ),
)
TABLES = (PAYMENTS, PAYMENT_APPLICATIONS)
