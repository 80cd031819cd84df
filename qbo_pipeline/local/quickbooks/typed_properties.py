"""The types of properties: what a request sends is read as QuickBooks' schema has it, or refused.

A name means the same type wherever it stands, so one list of names does for all entities and lines (Intuit's schema of
2026-05). Numbers may come as text and text as numbers, as the real service takes them from its own SDKs; the record
keeps what the schema says. Properties without a value are as good as not sent: null, an empty reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from qbo_pipeline.local.quickbooks.faults import unreadable_property
from qbo_pipeline.local.quickbooks.properties import listed
from qbo_pipeline.local.quickbooks.store import Record

DEEPEST = 40
"""Objects in objects; real records have five."""
LARGEST = Decimal(10) ** 15
SMALLEST_PLACE = -20
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)

_KINDS = Path(__file__).parent / "property_kinds.txt"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def typed(sent: Record) -> Record:
    """A request with its values as the schema has them.

    Raises:
        ServiceFaultError: 2010 for a value that is none of its property's type.
    """
    return _object(sent, 0)


def _object(sent: Any, depth: int) -> Record:
    if not isinstance(sent, dict) or depth > DEEPEST:
        raise unreadable_property()
    read = {name: _value(name, value, depth) for name, value in sent.items() if value is not None}
    return {name: value for name, value in read.items() if value is not None}


def _objects(sent: Any, depth: int) -> list[Record]:
    if not isinstance(sent, list):
        raise unreadable_property()
    return [_object(one, depth + 1) for one in sent]


def _value(name: str, value: Any, depth: int) -> Any:
    match _kind(name):
        case "object":
            return _object(value, depth + 1)
        case "objects":
            return _objects(value, depth + 1)
        case None:
            return _unknown(value, depth + 1)
        case kind:
            return _READERS[kind](value)


def _unknown(value: Any, depth: int) -> Any:
    """Names that the schema keeps to itself, as those of extensions: anything that can be written again."""
    if isinstance(value, dict):
        return _object(value, depth)
    if isinstance(value, list):
        if depth > DEEPEST:
            raise unreadable_property()
        return [_unknown(one, depth + 1) for one in value]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return _number(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, Decimal)):
        return str(value)
    raise unreadable_property()


def _number(value: Any) -> Decimal | int | None:
    """Decimals keep their digits: `100` and `100.0` are two answers."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise unreadable_property()
    if value == "":
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise unreadable_property() from None
    place = number.as_tuple().exponent
    if not isinstance(place, int) or place < SMALLEST_PLACE or abs(number) > LARGEST:
        raise unreadable_property()
    return int(number) if place >= 0 else number


def _whole(value: Any) -> int | None:
    number = _number(value)
    if number is None:
        return None
    if number != int(number):
        raise unreadable_property()
    return int(number)


def _flag(value: Any) -> bool | None:
    if isinstance(value, str) and value in ("true", "false", ""):
        return None if value == "" else value == "true"
    if not isinstance(value, bool):
        raise unreadable_property()
    return value


def _date(value: Any) -> str | None:
    """A day; what SDKs send after it (an hour, an offset) is cut off."""
    if value == "":
        return None
    found = _DAY.match(value) if isinstance(value, str) else None
    try:
        day = date.fromisoformat(found[0]) if found else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise unreadable_property()
    return day.isoformat()


def _instant(value: Any) -> str | None:
    """A time as ISO 8601 writes it; TimeActivity also has plain days and hours."""
    if value == "":
        return None
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise unreadable_property() from None
    return str(value)


def _reference(value: Any) -> Record | None:
    """`{"value": "12", "name": …}`; without a value it refers to nothing."""
    read = _object(value, DEEPEST)
    return {"value": _text(read.pop("value")), **read} if read.get("value") not in (None, "") else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "reference": _reference,
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "date": _date,
    "instant": _instant,
}


@cache
def _kinds() -> dict[str, str]:
    return {name: kind for kind, names in listed(_KINDS).items() for name in names}


def _kind(name: str) -> str | None:
    return _kinds().get(name)
