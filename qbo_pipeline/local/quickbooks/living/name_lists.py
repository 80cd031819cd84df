"""Customers, vendors, items and accounts: they come, go, come back, and turn out to be one that is there already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain, count
from random import Random

from qbo_pipeline.local.quickbooks.living.view import (
    Change,
    CompanyView,
    Merge,
    Record,
    amount,
    reference,
    some,
    sparse,
)
from qbo_pipeline.local.quickbooks.merges import ALIKE
from qbo_pipeline.local.quickbooks.references import full_name, referred
from qbo_pipeline.local.quickbooks.store import DELETED_SUFFIX

FEWEST = 2
"""Of so few active records that may go, none is made inactive or merged away."""

_PEOPLE = ("Customer", "Employee", "Vendor")
"""They share one space of names."""
_FIRST = ("Alder", "Basalt", "Cinder", "Dovetail", "Eastgate", "Fennel", "Granite", "Harbor", "Indigo", "Juniper")
_SECOND = ("Bakery", "Builders", "Clinic", "Dental", "Design", "Farms", "Logistics", "Outfitters", "Studio", "Supply")
_SERVICES = ("Express service", "Inspection", "On-site day", "Phone support", "Rework", "Special order")
_COSTS = ("Courier", "Coffee and water", "Dues", "Event fees", "Parking", "Postage", "Recruiting", "Uniforms")


def _customer_is_idle(view: CompanyView, customer: Record) -> bool:
    """Whether a customer owes nothing, nor its projects, and has nothing to pay or to be paid."""
    owed = amount(customer, "Balance") or amount(customer, "BalanceWithJobs")
    return not owed and customer["Id"] not in {
        one["CustomerRef"]["value"] for one in view.of("Invoice") if amount(one, "Balance")
    }


def _vendor_is_idle(view: CompanyView, vendor: Record) -> bool:
    """Whether nothing is owed to a vendor."""
    return not amount(vendor, "Balance") and vendor["Id"] not in {
        one["VendorRef"]["value"] for one in view.of("Bill") if amount(one, "Balance")
    }


def _is_in_no_list(entity: str) -> Callable[[CompanyView, Record], bool]:
    """Whether no item or account is made of, or posts to, a record of an entity."""

    def idle(view: CompanyView, record: Record) -> bool:
        named = {key for kind in ("Item", "Account") for one in view.of(kind) for key in referred(kind, one)}
        return (entity, record["Id"]) not in named

    return idle


_SORTS: dict[str, Callable[[Record], bool]] = {
    "Customer": lambda one: True,
    "Vendor": lambda one: True,
    "Item": lambda one: one["Type"] in ("Service", "NonInventory"),
    "Account": lambda one: one["AccountType"] == "Expense",
}
"""Records of a list that come and go: neither goods in stock nor accounts that QuickBooks itself posts to."""

_IDLE: dict[str, Callable[[CompanyView, Record], bool]] = {
    "Customer": _customer_is_idle,
    "Vendor": _vendor_is_idle,
    "Item": _is_in_no_list("Item"),
    "Account": _is_in_no_list("Account"),
}
"""Which of them may be made inactive."""


def new_customer(view: CompanyView, random: Random) -> Change:
    """Somebody buys for the first time."""
    name = _new_person(view, random)
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
    name = _new_person(view, random)
    return Change("Vendor", "create", {"DisplayName": name, "CompanyName": name, "PrimaryPhone": _phone(random)})


def new_item(view: CompanyView, random: Random) -> Change | None:
    """A service that was not offered before."""
    like = some(random, view.of("Item", lambda one: one["Type"] == "Service" and "IncomeAccountRef" in one))
    if like is None:
        return None
    kept: Record = {name: like[name] for name in ("IncomeAccountRef", "Taxable", "UnitPrice") if name in like}
    name = _unused(random.choice(_SERVICES), _names(view, ("Item",)))
    return Change("Item", "create", {"Name": name, "Type": "Service", **kept})


def new_account(view: CompanyView, random: Random) -> Change | None:
    """Expenses that were in another account before."""
    like = some(random, view.accounts("Expense"))
    if like is None:
        return None
    name = _unused(random.choice(_COSTS), _names(view, ("Account",)))
    kind = {"AccountType": like["AccountType"], "AccountSubType": like["AccountSubType"]}
    return Change("Account", "create", {"Name": name, **kind})


def new_number(view: CompanyView, random: Random) -> Change | None:
    """A customer has another telephone."""
    found = some(random, view.of("Customer", lambda one: "ParentRef" not in one))
    return sparse("Customer", "update", found, PrimaryPhone=_phone(random))


def retire(entity: str, view: CompanyView, random: Random) -> Change | None:
    """A record that is not needed any more is made inactive."""
    alone = _alone(view, entity)
    found = some(random, [one for one in alone if _IDLE[entity](view, one)]) if len(alone) > FEWEST else None
    return sparse(entity, "deactivate", found, Active=False)


def bring_back(entity: str, view: CompanyView, random: Random) -> Change | None:
    """A record that was made inactive is needed again, and nobody else has its name meanwhile."""
    shared = _PEOPLE if entity in _PEOPLE else (entity,)
    taken = {full_name(one).lower() for kind in shared for one in view.of(kind)}
    gone = [
        one
        for one in view.records.get(entity, {}).values()
        if one.get("Active") is False and _SORTS[entity](one) and "ParentRef" not in one
    ]
    free = [one for one in gone if full_name(one).removesuffix(DELETED_SUFFIX).lower() not in taken]
    return sparse(entity, "reactivate", some(random, free), Active=True)


def merge(entity: str, view: CompanyView, random: Random) -> Merge | None:
    """Two records were one all the time."""
    alone = _alone(view, entity)
    alike: defaultdict[str, list[Record]] = defaultdict(list)
    for one in alone:
        alike[str([one.get(name) for name in ALIKE[entity]])].append(one)
    several = [group for group in alike.values() if len(group) > 1]
    if len(alone) <= FEWEST or not several:
        return None
    loser, winner = random.sample(random.choice(several), 2)
    return Merge(entity, loser["Id"], winner["Id"])


def _alone(view: CompanyView, entity: str) -> list[Record]:
    """The active records of a list that come and go, have no parent and are none."""
    records = view.of(entity)
    parents = {one.get("ParentRef", {}).get("value") for one in records}
    return [one for one in records if "ParentRef" not in one and one["Id"] not in parents and _SORTS[entity](one)]


def _new_person(view: CompanyView, random: Random) -> str:
    return _unused(f"{random.choice(_FIRST)} {random.choice(_SECOND)}", _names(view, _PEOPLE))


def _names(view: CompanyView, entities: tuple[str, ...]) -> set[str]:
    """All names, of inactive records too: they may come back."""
    held = (one for entity in entities for one in view.records.get(entity, {}).values())
    return {full_name(one).removesuffix(DELETED_SUFFIX).lower() for one in held}


def _unused(name: str, taken: set[str]) -> str:
    candidates: Iterator[str] = chain([name], (f"{name} {place}" for place in count(2)))
    return next(one for one in candidates if one.lower() not in taken)


def _phone(random: Random) -> Record:
    return {"FreeFormNumber": f"({random.randint(201, 989)}) 555-{random.randint(100, 199):04}"}
