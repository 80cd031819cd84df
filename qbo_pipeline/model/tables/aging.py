"""What is open: agings at each month's end, and the documents that are open today."""

from __future__ import annotations

from qbo_pipeline.model.columns import (
    COMPANY_KEY,
    FISCAL_MONTH_KEY,
    LINE_COUNT,
    amount,
    balance,
    day,
    key,
    member,
    order,
    text,
    whole,
)
from qbo_pipeline.model.definition import Category, Delivery, Kind, Table


def _aging(side: str, relation: str, party: str, description: str) -> Table:
    return Table(
        name=f"{side} Aging",
        relation=relation,
        kind=Kind.FACT,
        description=f"{description} at the end of each month, and today for the current one. Read it by "
        "measures: what is open at several months' ends does not add up.",
        key=f"{side} Aging Key",
        company="Company Key",
        delivery=Delivery.SIGNED,
        columns=(
            key(f"{side} Aging Key", "aging_key", "Company, month, item and party."),
            COMPANY_KEY,
            day(
                f"{side} Aging Month", "month", "First day of the month it is open at the end of.", hidden=True
            ),
            FISCAL_MONTH_KEY,
            member(party),
            text(f"{side} Currency", "currency_id", "Code of the transaction currency."),
            text(f"{side} Document Type", "transaction_type", "What people call the type."),
            text(f"{side} Document Number", "doc_number", "Number on the document."),
            key(f"{side} Document Key", "transaction_key", "Company, type and id."),
            day(f"{side} Document Date", "transaction_date", "Date of the document."),
            day(f"{side} Due Date", "due_date", "Day it is due."),
            text(f"{side} Bucket", "bucket", "Days overdue: Current, 1-30, 31-60, 61-90 or 91+.",
                 sort_by=f"{side} Bucket Order"),
            order(f"{side} Bucket Order", "bucket_ordinal", "Order of the buckets."),
            amount(f"{side} Open Balance", "open_balance", "What is open, home currency.", hidden=True),
            amount(f"{side} Foreign Open Balance", "foreign_open_balance", "What is open, transaction currency.",
                   hidden=True),
            LINE_COUNT,
        ),
    )  # fmt: skip


AR_AGING = _aging("AR", "finance.semantic_ar_aging", "Customer", "What customers owe")
AP_AGING = _aging("AP", "finance.semantic_ap_aging", "Vendor", "What is owed to vendors")
OPEN_DOCUMENTS = Table(
    name="Open Documents",
    relation="finance.semantic_open_document",
    kind=Kind.FACT,
    description="What is open today with customers and to vendors, document by document.",
    key="Open Document Key",
    company="Company Key",
    columns=(
        key("Open Document Key", "open_document_key", "Ledger, company, item and party."),
        COMPANY_KEY,
        text("Open Ledger", "ledger", "Receivable or Payable."),
        day("Open As Of", "as_of", "The day."),
        day("Open Document Date", "transaction_date", "Date of the document."),
        member("Customer"),
        member("Vendor"),
        text("Open Currency", "currency_id", "Code of the transaction currency."),
        text("Open Payment Term", "term", "Name of the payment term."),
        text("Open Document Type", "transaction_type", "What people call the type."),
        text("Open Document Number", "doc_number", "Number on the document."),
        key("Open Transaction Key", "transaction_key", "Company, type and id."),
        day("Open Due Date", "due_date", "Day it is due."),
        whole("Days Overdue", "days_overdue", "Days since the due date, negative before."),
        text("Open Bucket", "bucket", "Days overdue: Current, 1-30, 31-60, 61-90 or 91+.", sort_by="Open Bucket Order"),
        order("Open Bucket Order", "bucket_ordinal", "Order of the buckets."),
        amount("Open Amount", "open_balance", "What is open, home currency; credits negative."),
        amount("Overdue Amount", "overdue_balance", "What of it is overdue, home currency."),
        amount("Foreign Open Amount", "foreign_open_balance", "What is open, transaction currency."),
        balance("Document Total", "foreign_total", "Total of the document, transaction currency."),
        text("Open Document Link", "qbo_url", "Opens it in QuickBooks.", category=Category.WEB_URL),
    ),
)
TABLES = (AR_AGING, AP_AGING, OPEN_DOCUMENTS)
