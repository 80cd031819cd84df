"""One record at a time: what the chunk reader refuses is read here, leaf by leaf, and what fits no type is named.

The result has the shape the chunk reader gives (dates and times as text, numbers as decimals), so that both run through
the same tabulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

import msgspec

from qbo_pipeline.quickbooks.catalogue.model import Array, Entity, Field, Member, Object, Reference, Type

NUMBER_STEP = Decimal("1E-10")
"""What quantities, rates and costs of a unit are rounded to."""
_MONEY_STEP = Decimal("0.0001")
_MONEY_LIMIT = Decimal(10) ** 14
_NUMBER_LIMIT = Decimal(10) ** 18
_INTEGER_LIMIT = 2**63
_MINUTE = timedelta(minutes=1)
_MAGNITUDE_LIMIT = 100
"""No type takes a number with so many digits before the point, and with very many Python raises what nobody expects."""
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class UnfitValueError(Exception):
    """A value does not fit the type its field is declared with."""

    def __init__(self, path: str, value: object, expected: str) -> None:
        self.path = path
        self.value = shortened(value)
        self.expected = expected
        super().__init__(f"{path} is {self.value}, which is not {expected}")


@dataclass(slots=True)
class ExactRecord:
    """A record with every declared leaf in its type, and how often each undeclared field occurs in it."""

    values: dict[str, Any]
    unknown: dict[str, int]


def parse(text: bytes | msgspec.Raw) -> dict[str, Any]:
    """JSON to Python with every number exact.

    Raises:
        UnfitValueError: it is not a JSON object.
    """
    try:
        value = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation) as error:
        raise UnfitValueError("record", bytes(text)[:80].decode(errors="replace"), f"JSON ({error})") from None
    if not isinstance(value, dict):
        raise UnfitValueError("record", value, "a JSON object")
    return value


def read_exactly(record: dict[str, Any], entity: Entity) -> ExactRecord:
    """Bring every declared leaf of a parsed record into its type.

    Raises:
        UnfitValueError: naming the first field that does not fit.
    """
    unknown: dict[str, int] = {}
    values = _object(record, entity.members, "", unknown)
    for key in entity.key:
        if values.get(key) in (None, ""):
            raise UnfitValueError(key, record.get(key), "an id")
    if values.get("SyncToken") is not None:
        values["SyncToken"] = str(_integer("SyncToken", values["SyncToken"]))
    for name in ("CreateTime", "LastUpdatedTime"):
        stamp = values.get("MetaData", {}).get(name)
        try:
            _ = stamp and datetime.fromisoformat(stamp).astimezone(UTC)
        except OverflowError:  # the first and last hours of the calendar are none in UTC, and versions go by these
            raise UnfitValueError(f"MetaData.{name}", stamp, "a time (ISO 8601)") from None
    return ExactRecord(values, unknown)


def _object(value: dict[str, Any], members: tuple[Member, ...], path: str, unknown: dict[str, int]) -> dict[str, Any]:
    declared = {member.name: member for member in members}
    result: dict[str, Any] = {}
    for name, content in value.items():
        member = declared.get(name)
        here = f"{path}{name}"
        if member is None:
            unknown[here] = unknown.get(here, 0) + 1
        elif content is not None:
            result[name] = _member(member, content, here, unknown)
    return result


def _member(member: Member, content: Any, path: str, unknown: dict[str, int]) -> Any:
    match member:
        case Field(name, kind):
            return _text(path, content) if name == "SyncToken" else _LEAVES[kind](path, content)
        case Reference(_, _, _, _, typed):
            if not isinstance(content, dict):
                raise UnfitValueError(path, content, "a reference")
            known = ("value", "name", "type") if typed else ("value", "name")
            for key in content.keys() - set(known):
                unknown[f"{path}.{key}"] = unknown.get(f"{path}.{key}", 0) + 1
            return {key: _text(f"{path}.{key}", content[key]) for key in known if content.get(key) is not None}
        case Object(_, members):
            if not isinstance(content, dict):
                raise UnfitValueError(path, content, "an object")
            return _object(content, members, f"{path}.", unknown)
        case Array(_, members):
            if not isinstance(content, list):
                raise UnfitValueError(path, content, "a list")
            return [_element(element, members, path, unknown) for element in content]


def _element(element: Any, members: tuple[Member, ...], path: str, unknown: dict[str, int]) -> dict[str, Any]:
    if not isinstance(element, dict):
        raise UnfitValueError(path, element, "a list of objects")
    return _object(element, members, f"{path}.", unknown)


def _text(path: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    raise UnfitValueError(path, value, "text")


def _boolean(path: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise UnfitValueError(path, value, "true or false")


def _integer(path: str, value: Any) -> int:
    number = _decimal(path, value, "a whole number")
    if number != number.to_integral_value() or abs(number) >= _INTEGER_LIMIT:
        raise UnfitValueError(path, value, "a whole number")
    return int(number)


def _money(path: str, value: Any) -> Decimal:
    number = _decimal(path, value, "an amount")
    if abs(number) >= _MONEY_LIMIT or number != number.quantize(_MONEY_STEP):
        raise UnfitValueError(path, value, "an amount of at most 14 digits before and 4 after the point")
    return number.quantize(_MONEY_STEP)


def _number(path: str, value: Any) -> Decimal:
    number = _decimal(path, value, "a number")
    if abs(number) >= _NUMBER_LIMIT:
        raise UnfitValueError(path, value, "a number of at most 18 digits before the point")
    return number.quantize(NUMBER_STEP, ROUND_HALF_EVEN)


def _decimal(path: str, value: Any, expected: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise UnfitValueError(path, value, expected)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UnfitValueError(path, value, expected) from None
    if not number.is_finite() or number.adjusted() >= _MAGNITUDE_LIMIT:
        raise UnfitValueError(path, value, expected)
    return number


def _date(path: str, value: Any) -> str:
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except (TypeError, ValueError):
        raise UnfitValueError(path, value, "a date (YYYY-MM-DD)") from None


def _timestamp(path: str, value: Any) -> str:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise UnfitValueError(path, value, "a time (ISO 8601)") from None
    offset = instant.utcoffset()
    if offset is None:
        return f"{instant.isoformat()}+00:00"
    if offset % _MINUTE:  # local mean time, as Java has it before 1883 (-07:52:58), which Arrow does not read
        try:
            instant = instant.astimezone(UTC)
        except OverflowError:
            raise UnfitValueError(path, value, "a time (ISO 8601)") from None
    return instant.isoformat()


def _json(path: str, value: Any) -> str:
    return _encode(value).decode()


_LEAVES = {
    Type.TEXT: _text,
    Type.BOOLEAN: _boolean,
    Type.INTEGER: _integer,
    Type.DATE: _date,
    Type.TIMESTAMP: _timestamp,
    Type.MONEY: _money,
    Type.NUMBER: _number,
    Type.JSON: _json,
}


def shortened(value: object) -> str:
    """A value for people to read, at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
