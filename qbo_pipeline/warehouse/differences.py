"""What differs between two versions of a record, field by field. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_OF_EVERY_VERSION = frozenset({"MetaData", "SyncToken", "sparse", "domain"})
"""Members that differ by being another version, or say nothing about the record."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that changed."""

    path: str
    """`DueDate`, `Line[2].Amount` (the line whose Id is 2), `CustomerRef`."""
    before: str | None
    """As text; None where it was not there."""
    after: str | None


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[Difference, ...]:
    """The fields that differ, in the order of the record. References count as one, members of lists go by their Id."""
    ours = {key: value for key, value in before.items() if key not in _OF_EVERY_VERSION}
    theirs = {key: value for key, value in after.items() if key not in _OF_EVERY_VERSION}
    return tuple(_objects("", ours, theirs))


def _objects(path: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for key in [*after, *(key for key in before if key not in after)]:
        yield from _values(f"{path}.{key}" if path else key, before.get(key), after.get(key))


def _values(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and not (_is_reference(before) or _is_reference(after)):
        yield from _objects(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(path, before, after)
    elif (was := _text(before)) != (now := _text(after)):
        yield Difference(path, was, now)


def _lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    ours, theirs = _by_id(before), _by_id(after)
    for key in [*theirs, *(key for key in ours if key not in theirs)]:
        yield from _values(f"{path}[{key}]", ours.get(key), theirs.get(key))


def _by_id(members: list[Any]) -> dict[str, Any]:
    """The members by their Id; one without Id, as subtotal lines are, by its place or what kind of line it is."""
    found: dict[str, Any] = {}
    for place, member in enumerate(members, start=1):
        key = str(place)
        if isinstance(member, dict):
            key = str(member.get("Id") or member.get("DetailType") or place)
        found[key if key not in found else f"{key}, {place}"] = member
    return found


def _is_reference(value: dict[str, Any]) -> bool:
    return "value" in value and set(value) <= {"value", "name", "type"}


def _text(value: Any) -> str | None:
    """A value in a few words."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case dict() if _is_reference(value):
            return f"{value['name']} ({value['value']})" if "name" in value else str(value["value"])
        case dict():
            parts = (f"{key} {text}" for key, one in value.items() if key != "Id" and (text := _text(one)))
            return ", ".join(parts) or "{}"
        case list():
            return "; ".join(text for one in value if (text := _text(one))) or "[]"
    return str(value)
