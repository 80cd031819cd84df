"""What legs can be filtered and summarized by: customers, vendors, employees, classes, departments, items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from qbo_pipeline.local.quickbooks.books.model import Leg, Transaction
from qbo_pipeline.local.quickbooks.reports.ledger import ListKind, name_of


@dataclass(frozen=True, slots=True)
class Dimension:
    """A list whose entries legs name."""

    kind: ListKind
    member: Callable[[Transaction, Leg], str | None]
    """Id of the entry that a leg names."""


_CUSTOMER = Dimension("Customer", lambda transaction, leg: name_of(transaction, leg, "Customer"))
_VENDOR = Dimension("Vendor", lambda transaction, leg: name_of(transaction, leg, "Vendor"))
_EMPLOYEE = Dimension("Employee", lambda transaction, leg: name_of(transaction, leg, "Employee"))
_CLASS = Dimension("Class", lambda _, leg: leg.class_)
_DEPARTMENT = Dimension("Department", lambda _, leg: leg.department)
_ITEM = Dimension("Item", lambda _, leg: leg.item)

FILTERS: Mapping[str, Dimension] = {
    "customer": _CUSTOMER,
    "vendor": _VENDOR,
    "employee": _EMPLOYEE,
    "class": _CLASS,
    "department": _DEPARTMENT,
    "item": _ITEM,
}
"""By the parameter that names ids, comma separated."""

SEGMENTS: Mapping[str, Dimension] = {
    "Customers": _CUSTOMER,
    "Vendors": _VENDOR,
    "Employees": _EMPLOYEE,
    "Classes": _CLASS,
    "Departments": _DEPARTMENT,
    "ProductsAndServices": _ITEM,
}
"""By the value of `summarize_column_by`."""

Filters = Mapping[str, frozenset[str]]
"""Parameter → ids."""


def matching(postings: Iterable[tuple[Transaction, Leg]], filters: Filters) -> Iterator[tuple[Transaction, Leg]]:
    """The legs that name one of the ids of every filter."""
    wanted = [(FILTERS[name].member, ids) for name, ids in filters.items()]
    for transaction, leg in postings:
        if all(member(transaction, leg) in ids for member, ids in wanted):
            yield transaction, leg
