"""Which record a reference refers to, wherever in a record it stands, and how it is told that its record is another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from qbo_pipeline.local.quickbooks.entities import canonical
from qbo_pipeline.local.quickbooks.store import Record

_TARGETS = {
    "ClassRef": "Class",
    "CustomerRef": "Customer",
    "DepartmentRef": "Department",
    "EmployeeRef": "Employee",
    "GroupItemRef": "Item",
    "ItemRef": "Item",
    "PrefVendorRef": "Vendor",
    "RootCustomerRef": "Customer",
    "VendorRef": "Vendor",
}
_TYPED = frozenset({"Entity", "EntityRef"})
"""References that say themselves what they refer to: `{"type": "Vendor", "value": "12"}`, or beside them `Type`."""
_RESERVED_ITEMS = ("", "SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID")
"""An empty reference refers to nothing; shipping and the tip on a sales form to no item of the company's own."""

Key = tuple[str, str]
"""Entity and id."""


def referred(entity: str, record: Record) -> Iterator[Key]:
    """What a record of an entity, with its lines, refers to: people, accounts, items, classes, departments, parents."""
    for name, value, part in _references(record):
        target = _target(entity, name, value, part)
        identity = str(value.get("value", ""))
        if target is not None and identity not in _RESERVED_ITEMS:
            yield target, identity


def redirected(entity: str, record: Record, from_: Key, to: str, name: str) -> Record:
    """A record that refers to `to` where it referred to `from_`; references that carry a name carry the new one."""

    def change(part: Any) -> Any:
        if isinstance(part, list):
            return [change(one) for one in part]
        if not isinstance(part, dict):
            return part
        return {key: change(_pointed(key, value, part)) for key, value in part.items()}

    def _pointed(key: str, value: Any, around: Record) -> Any:
        if not isinstance(value, dict) or str(value.get("value")) != from_[1]:
            return value
        if _target(entity, key, value, around) != from_[0]:
            return value
        return {**value, "value": to, **({"name": name} if "name" in value else {})}

    changed: Record = change(record)
    return changed


def named(entity: str, record: Record, name_of: Callable[[Key], str | None]) -> Record:
    """A record whose references carry names, as QuickBooks answers them; those that were sent with one keep it."""

    def change(part: Any) -> Any:
        if isinstance(part, list):
            return [change(one) for one in part]
        if not isinstance(part, dict):
            return part
        return {key: change(_with_name(key, value, part)) for key, value in part.items()}

    def _with_name(key: str, value: Any, around: Record) -> Any:
        if not isinstance(value, dict) or "value" not in value or "name" in value or key == "ParentRef":
            return value
        target = _target(entity, key, value, around)
        name = None if target is None else name_of((target, str(value["value"])))
        return value if name is None else {"value": value["value"], "name": name, **value}

    changed: Record = change(record)
    return changed


def full_name(record: Record) -> str:
    """The name that references show: with its parents', where an entity has parents."""
    for key in ("FullyQualifiedName", "DisplayName", "Name"):
        if key in record:
            return str(record[key])
    return ""


def _target(entity: str, name: str, reference: Record, around: Record) -> str | None:
    if name == "ParentRef":
        return entity
    if name in _TYPED:
        return canonical(str(reference.get("type") or around.get("Type") or ""))
    return "Account" if name.endswith("AccountRef") else _TARGETS.get(name)


def _references(part: Record) -> Iterator[tuple[str, Record, Record]]:
    """Every object of a record by its name, with the object it is in."""
    for name, value in part.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield name, one, part
                yield from _references(one)
