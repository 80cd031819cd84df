"""The general ledger."""

from __future__ import annotations

from qbo_pipeline.model.columns import (
    COMPANY_KEY,
    FISCAL_MONTH_KEY,
    LINE_COUNT,
    amount,
    day,
    key,
    member,
    quantity,
    text,
)
from qbo_pipeline.model.definition import Category, Delivery, Kind, Table

GENERAL_LEDGER_LINES = Table(
    name="General Ledger Lines",
    relation="finance.semantic_ledger_line",
    kind=Kind.FACT,
    description="Every debit and credit, on the accrual and on the cash basis, with who, what and where.",
    key="Ledger Line Key",
    company="Company Key",
    delivery=Delivery.SIGNED,
    columns=(
        key("Ledger Line Key", "ledger_line_key", "Company, basis, transaction and number of the leg."),
        COMPANY_KEY,
        day("Ledger Date", "transaction_date", "The date QuickBooks' report gives it, else the document's."),
        FISCAL_MONTH_KEY,
        key("Ledger Basis", "basis", "Accrual or Cash."),
        member("Account"),
        member("Customer"),
        member("Vendor"),
        member("Employee"),
        member("Item"),
        member("Class"),
        member("Location"),
        member("Currency"),
        key("Transaction Key", "transaction_key", "Company, type and id of the transaction."),
        text("Transaction Type", "transaction_type", "What people call the type."),
        text("Transaction Number", "doc_number", "Number as printed."),
        text("Memo", "memo", "What the line says."),
        amount("Debit", "debit", "Debit, home currency."),
        amount("Credit", "credit", "Credit, home currency."),
        amount("Amount", "signed_amount", "Debit less credit, home currency."),
        amount("Natural Amount", "natural_amount", "Positive on the side where the account's balance normally is."),
        amount("Net Income Effect", "net_income_effect", "What it adds to net income: expense is negative."),
        amount("Foreign Amount", "foreign_signed_amount", "Debit less credit, transaction currency."),
        quantity("Quantity", "quantity", "How many."),
        text("Posting Source", "posting_source",
             "Where the leg is known from: entity (the document), report_patch or report_only."),
        text("Difference Reason", "patch_reason", "Why QuickBooks' report differs from the document."),
        text("Transaction Link", "qbo_url", "Opens the transaction in QuickBooks.", category=Category.WEB_URL),
        LINE_COUNT,
    ),
)  # fmt: skip
TABLES = (GENERAL_LEDGER_LINES,)
