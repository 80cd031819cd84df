"""Which entity posts how, and under which name reports show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import Chart, PostingError, Record
from qbo_pipeline.local.quickbooks.books.model import Leg, Name, NameKind, Transaction
from qbo_pipeline.local.quickbooks.books.posting import banking, journal, payments, purchases, sales
from qbo_pipeline.local.quickbooks.books.posting.draft import Draft, Lookup, flat, money, rate_of, referred

Posting = Callable[[Record, Chart, Lookup], tuple[Leg, ...]]


def _nothing(_: Record, __: Chart, ___: Lookup) -> tuple[Leg, ...]:
    """An adjustment of quantities posts what the units cost, which the stock knows."""
    return ()


POSTED: Mapping[str, tuple[Posting, str]] = {
    "Bill": (purchases.bill, "Bill"),
    "BillPayment": (payments.bill_payment, "Bill Payment"),
    "CreditCardPayment": (banking.card_payment, "Credit Card Payment"),
    "CreditMemo": (sales.credit_memo, "Credit Memo"),
    "Deposit": (banking.deposit, "Deposit"),
    "InventoryAdjustment": (_nothing, "Inventory Qty Adjust"),
    "Invoice": (sales.invoice, "Invoice"),
    "JournalEntry": (journal.journal_entry, "Journal Entry"),
    "Payment": (payments.payment, "Payment"),
    "Purchase": (purchases.purchase, "Expense"),
    "RefundReceipt": (sales.refund_receipt, "Refund"),
    "SalesReceipt": (sales.sales_receipt, "Sales Receipt"),
    "TaxPayment": (banking.tax_payment, "Sales Tax Payment"),
    "Transfer": (banking.transfer, "Transfer"),
    "VendorCredit": (purchases.vendor_credit, "Vendor Credit"),
}
"""Entity → how it posts, and its name in reports; estimates, orders, time and charges to be reimbursed do not post."""

_PARTIES: tuple[tuple[str, NameKind], ...] = (("CustomerRef", "Customer"), ("VendorRef", "Vendor"))


def post(entity: str, record: Record, chart: Chart, lookup: Lookup) -> Transaction:
    """A record's transaction; a voided one has no legs.

    Raises:
        PostingError: it does not balance, or an account is missing.
    """
    posting, _ = POSTED[entity]
    voided = is_voided(record)
    return _transaction(
        entity, kind_of(entity, record), record, chart, () if voided else posting(record, chart, lookup), voided
    )


def post_unlisted(kind: str, record: Record, chart: Chart) -> Transaction:
    """A transaction that no entity shows, from `{"Id", "TxnDate", "MetaData", "Line": [{"AccountRef", "Amount", …}]}`.

    Amounts are debit positive.

    Raises:
        PostingError: it does not balance, or an account is missing.
    """
    draft = Draft(record, chart)
    for line in record["Line"]:
        account = chart.account(line.get("AccountRef"))
        if account is None:
            raise PostingError("a line names no account")
        quantity = Decimal(str(line["Qty"])) if "Qty" in line else None
        draft.add(account, money(line["Amount"]), line, line, quantity=quantity)
    return _transaction(kind, kind, record, chart, draft.legs(), False)


def kind_of(entity: str, record: Record) -> str:
    """The name of a transaction in reports, in English."""
    if entity == "Purchase":
        if record.get("PaymentType") == "CreditCard":
            return "Credit Card Credit" if record.get("Credit") is True else "Credit Card Expense"
        return "Check" if record.get("PaymentType") == "Check" else "Expense"
    if entity == "BillPayment":
        return f"Bill Payment ({'Credit Card' if record.get('PayType') == 'CreditCard' else 'Check'})"
    return POSTED[entity][1]


def is_voided(record: Record) -> bool:
    """Voided records keep their lines without amounts and units, and say so in their note.

    A journal entry has a total of zero and a transfer none: one that tells of a voided check posts what is on it. So
    does a form that gives goods away, and an adjustment, which has units alone.
    """
    lines = record.get("Line", [])
    values = [record.get("TotalAmt"), record.get("Amount"), *(one.get("Amount") for one in lines)]
    values += [detail.get(name) for detail in map(_detail, flat(lines)) for name in ("Qty", "QtyDiff")]
    return str(record.get("PrivateNote", "")).startswith("Voided") and not any(Decimal(one or 0) for one in values)


def _detail(line: Record) -> Record:
    detail = line.get(str(line.get("DetailType")), {})
    return detail if isinstance(detail, dict) else {}


def _transaction(
    entity: str, kind: str, record: Record, chart: Chart, legs: tuple[Leg, ...], voided: bool
) -> Transaction:
    meta = record.get("MetaData", {})
    updated = datetime.fromisoformat(meta.get("LastUpdatedTime", "2000-01-01T00:00:00-08:00"))
    return Transaction(
        entity=entity,
        id=str(record["Id"]),
        kind=kind,
        day=date.fromisoformat(record.get("TxnDate") or record["PaymentDate"]),
        due=_due(record) if entity in ("Invoice", "Bill") else None,
        number=str(record.get("DocNumber") or record.get("PaymentRefNum") or ""),
        memo=str(record.get("PrivateNote") or record.get("Description") or ""),
        name=_party(record),
        currency=referred(record, "CurrencyRef") or chart.home_currency,
        rate=rate_of(record),
        created=datetime.fromisoformat(meta["CreateTime"]) if "CreateTime" in meta else updated,
        updated=updated,
        legs=legs,
        voided=voided,
    )


def _due(record: Record) -> date | None:
    try:
        return date.fromisoformat(record.get("DueDate") or "")
    except ValueError:  # a record that was put in place by a test may hold anything; reports are shown all the same
        return None


def _party(record: Record) -> Name | None:
    for reference, kind in _PARTIES:
        identity = referred(record, reference)
        if identity:
            return Name(kind, identity)
    return purchases.named(record.get("EntityRef"))
