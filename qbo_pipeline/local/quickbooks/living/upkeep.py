"""What people do to documents and prices that are there already: correct, note, void, delete."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from qbo_pipeline.local.quickbooks.living.view import (
    Change,
    CompanyView,
    Operation,
    Record,
    amount,
    cents,
    item_details,
    some,
    sparse,
)

_NOTES = ("Called about this", "Copy sent", "Approved", "Waiting for the order number", "Checked with the customer")
_DELETED = ("Estimate", "Invoice", "JournalEntry", "Payment", "Bill", "Purchase", "TimeActivity", "Transfer")
_VOIDED = ("Invoice", "SalesReceipt", "Payment", "BillPayment")


def correct_invoice(view: CompanyView, random: Random) -> Change | None:
    """The quantity of an unpaid invoice was wrong."""
    found = some(random, [one for one in view.changeable("Invoice") if _correctable(view, one)])
    if found is None:
        return None
    lines = [line for line in found["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    wrong = random.randrange(len(lines))
    detail = dict(lines[wrong]["SalesItemLineDetail"])
    detail["Qty"] = amount(detail, "Qty") + random.choice((1, 2))
    lines[wrong] = {
        **lines[wrong],
        "Amount": cents(detail["Qty"] * amount(detail, "UnitPrice")),
        "SalesItemLineDetail": detail,
    }
    return sparse("Invoice", "update", found, Line=lines)


def note(view: CompanyView, random: Random) -> Change | None:
    """Somebody writes something on a document."""
    entity = random.choice(("Invoice", "Bill", "Purchase", "Estimate", "Payment"))
    found = some(random, view.changeable(entity))
    return sparse(entity, "update", found, PrivateNote=f"{random.choice(_NOTES)}, {view.today.isoformat()}")


def extend(view: CompanyView, random: Random) -> Change | None:
    """A customer gets more time to pay."""
    found = some(random, [one for one in view.changeable("Invoice") if "DueDate" in one])
    if found is None:
        return None
    later = date.fromisoformat(found["DueDate"]) + timedelta(days=random.choice((7, 14, 30)))
    return sparse("Invoice", "update", found, DueDate=later.isoformat())


def reprice(view: CompanyView, random: Random) -> Change | None:
    """A price goes up."""
    found = some(random, view.of("Item", lambda one: amount(one, "UnitPrice") > 0))
    price = cents(amount(found or {}, "UnitPrice") * Decimal("1.02"))
    return sparse("Item", "update", found, UnitPrice=price)


def void(view: CompanyView, random: Random) -> Change | None:
    """An unpaid invoice, or a receipt or payment that is not at the bank yet, becomes zero."""
    entity = random.choice(_VOIDED)
    found = some(random, [one for one in view.changeable(entity) if _untouched(entity, one)])
    return _marked(entity, "void", found)


def delete(view: CompanyView, random: Random) -> Change | None:
    """What was entered by mistake goes, unless goods were bought with it that may be sold."""
    entity = random.choice(_DELETED)
    found = some(
        random,
        [
            one
            for one in view.changeable(entity)
            if _untouched(entity, one) and not (entity in ("Bill", "Purchase") and [*item_details(one)])
        ],
    )
    return _marked(entity, "delete", found)


def _untouched(entity: str, document: Record) -> bool:
    """Whether nothing of an invoice or bill is paid, and no line of a document came from another."""
    if entity in ("Bill", "Invoice") and amount(document, "Balance") != amount(document, "TotalAmt"):
        return False
    return entity in ("Payment", "BillPayment") or not any(line.get("LinkedTxn") for line in document.get("Line", []))


def _correctable(view: CompanyView, document: Record) -> bool:
    """Whether an invoice is unpaid and untaxed, and has lines of services and nothing else."""
    lines = [line for line in document["Line"] if line["DetailType"] != "SubTotalLineDetail"]
    details = [line.get("SalesItemLineDetail", {}) for line in lines]
    items = [view.get("Item", one.get("ItemRef", {}).get("value", "")) or {} for one in details]
    return (
        amount(document, "Balance") == amount(document, "TotalAmt") > 0
        and not amount(document.get("TxnTaxDetail", {}), "TotalTax")
        and not document.get("Deposit")
        and bool(lines)
        and all("Qty" in one and "UnitPrice" in one for one in details)
        and all(item.get("Type") in ("Service", "NonInventory") for item in items)
        and not any(line.get("LinkedTxn") for line in lines)
    )


def _marked(entity: str, operation: Operation, record: Record | None) -> Change | None:
    """A change that takes no more than which version it is of; None of no record."""
    return Change(entity, operation, {"Id": record["Id"], "SyncToken": record["SyncToken"]}) if record else None
