"""What people do to what is there already: correct, note, void, delete; customers come and go."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, count
from random import Random
from typing import Any

from qbo_pipeline.local.quickbooks.living.view import (
    Change,
    CompanyView,
    Operation,
    Record,
    amount,
    cents,
    item_details,
    reference,
    some,
)

FEWEST_CUSTOMERS = 5
"""Of so few, none is made inactive."""

_NOTES = ("Called about this", "Copy sent", "Approved", "Waiting for the order number", "Checked with the customer")
_FIRST = ("Alder", "Basalt", "Cinder", "Dovetail", "Eastgate", "Fennel", "Granite", "Harbor", "Indigo", "Juniper")
_SECOND = ("Bakery", "Builders", "Clinic", "Dental", "Design", "Farms", "Logistics", "Outfitters", "Studio", "Supply")
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
    return _sparse("Invoice", found, Line=lines)


def note(view: CompanyView, random: Random) -> Change | None:
    """Somebody writes something on a document."""
    entity = random.choice(("Invoice", "Bill", "Purchase", "Estimate", "Payment"))
    found = some(random, view.changeable(entity))
    return _sparse(entity, found, PrivateNote=f"{random.choice(_NOTES)}, {view.today.isoformat()}")


def extend(view: CompanyView, random: Random) -> Change | None:
    """A customer gets more time to pay."""
    found = some(random, [one for one in view.changeable("Invoice") if "DueDate" in one])
    if found is None:
        return None
    later = date.fromisoformat(found["DueDate"]) + timedelta(days=random.choice((7, 14, 30)))
    return _sparse("Invoice", found, DueDate=later.isoformat())


def reprice(view: CompanyView, random: Random) -> Change | None:
    """A price goes up."""
    found = some(random, view.of("Item", lambda one: amount(one, "UnitPrice") > 0))
    price = cents(amount(found or {}, "UnitPrice") * Decimal("1.02"))
    return _sparse("Item", found, UnitPrice=price)


def new_number(view: CompanyView, random: Random) -> Change | None:
    """A customer has another telephone."""
    found = some(random, view.of("Customer", lambda one: "ParentRef" not in one))
    return _sparse("Customer", found, PrimaryPhone=_phone(random))


def new_customer(view: CompanyView, random: Random) -> Change:
    """Somebody buys for the first time."""
    name = _unused_name(view, random)
    term = some(random, view.of("Term"))
    body = {
        "DisplayName": name,
        "CompanyName": name,
        "PrimaryPhone": _phone(random),
        "PrimaryEmailAddr": {"Address": f"office@{name.replace(' ', '').lower()}.example"},
    }
    return Change("Customer", "create", body if term is None else {**body, "SalesTermRef": reference(term)})


def new_vendor(view: CompanyView, random: Random) -> Change:
    """Something is bought from somebody new."""
    name = _unused_name(view, random)
    return Change("Vendor", "create", {"DisplayName": name, "CompanyName": name, "PrimaryPhone": _phone(random)})


def retire_customer(view: CompanyView, random: Random) -> Change | None:
    """A customer who owes nothing and has no projects is made inactive."""
    customers = view.of("Customer")
    parents = {one.get("ParentRef", {}).get("value") for one in customers}
    busy = {one["CustomerRef"]["value"] for one in view.of("Invoice") if amount(one, "Balance")}
    idle = [
        one
        for one in customers
        if one["Id"] not in parents | busy
        and "ParentRef" not in one
        and not amount(one, "Balance")
        and not amount(one, "BalanceWithJobs")
    ]
    found = some(random, idle) if len(customers) > FEWEST_CUSTOMERS else None
    return _sparse("Customer", found, Active=False)


def return_customer(view: CompanyView, random: Random) -> Change | None:
    """A customer who was made inactive buys again."""
    gone = [one for one in view.records.get("Customer", {}).values() if one.get("Active") is False]
    found = some(random, gone)
    return _sparse("Customer", found, Active=True)


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


def _sparse(entity: str, record: Record | None, **values: Any) -> Change | None:
    """An update of some values; None of no record."""
    if record is None:
        return None
    return Change(entity, "update", {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **values})


def _unused_name(view: CompanyView, random: Random) -> str:
    taken = {
        str(one.get("DisplayName", "")).lower()
        for entity in ("Customer", "Employee", "Vendor")
        for one in view.records.get(entity, {}).values()
    }
    name = f"{random.choice(_FIRST)} {random.choice(_SECOND)}"
    return next(one for one in chain([name], (f"{name} {place}" for place in count(2))) if one.lower() not in taken)


def _phone(random: Random) -> Record:
    return {"FreeFormNumber": f"({random.randint(201, 989)}) 555-{random.randint(100, 199):04}"}
