"""Types of pushed columns: how JSON values are checked, and what is kept of them.

`Decimal` is a fixed decimal of 28 digits with 4 places, `DateTime` is kept to 1/300 s, a `String` has 4,000 characters
(learn.microsoft.com, api-dataset-properties). Further places of a Decimal are cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

INT64_MOST = 2**63 - 1
DOUBLE_MOST = 1.7976931348623157e308
PLACES = Decimal("0.0001")
DECIMAL_MOST = Decimal(10) ** 24
_EXACT = Context(prec=60)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


class WrongValueError(Exception):
    """A value that its column does not take; says why."""


@dataclass(frozen=True, slots=True)
class DataType:
    """A type of columns: its name, its SQL type, its Arrow type, the JSON types that may come without a look at them,
    and what becomes of every other value."""

    name: str
    sql: str
    arrow: pa.DataType
    plain: frozenset[type]
    convert: Callable[[Any], Any]

    def column(self, values: Sequence[Any], texts: int) -> pa.Array:
        """Values as they are kept.

        Raises:
            WrongValueError: one is not of this type, or longer than `texts` characters.
        """
        array = self._plainly(values)
        if array is None:
            array = pa.array([None if value is None else self.convert(value) for value in values], self.arrow)
        if self.name == "String" and (pc.max(pc.utf8_length(array)).as_py() or 0) > texts:
            raise WrongValueError(f"a text is longer than {texts} characters")
        return array

    def _plainly(self, values: Sequence[Any]) -> pa.Array | None:
        """Values that Arrow takes as they are; None where one has to be looked at."""
        if not self.plain.issuperset(set(map(type, values))):
            return None
        try:
            array = pa.array(values, self.arrow)
        except (pa.ArrowInvalid, OverflowError):
            return None
        extremes = pc.min_max(array).as_py() if self.name == "Int64" else {}
        return None if extremes.get("max") == INT64_MOST or extremes.get("min") == -INT64_MOST - 1 else array


def _whole(value: Any) -> int:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValueError(f"{value!r} is no whole number")
    if not -INT64_MOST - 1 < value < INT64_MOST:
        raise WrongValueError(f"{value} is not within Int64")
    return value


def _double(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise WrongValueError(f"{value!r} is no number")
    number = float(value)
    if not -DOUBLE_MOST < number < DOUBLE_MOST:
        raise WrongValueError(f"{value} is not within Double")
    return number


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise WrongValueError(f"{value!r} is no number")
    number = Decimal(value)
    if abs(number) >= DECIMAL_MOST:
        raise WrongValueError(f"{value} has more than 28 digits with 4 places")
    return number.quantize(PLACES, ROUND_DOWN, _EXACT)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError(f"{value!r} is neither true nor false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValueError(f"{value!r} is no text")
    return value


@lru_cache(maxsize=100_000)
def _instant(value: Any) -> datetime:
    """A moment in UTC, to 1/300 s."""
    if not isinstance(value, str):
        raise WrongValueError(f"{value!r} is no time in ISO 8601")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise WrongValueError(f"{value!r} is no time in ISO 8601") from error
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    whole, ticks = moment.replace(microsecond=0), round(moment.microsecond * 300 / 1_000_000)
    return whole + timedelta(microseconds=ticks * 1_000_000 // 300)


_TYPES = (
    DataType("Int64", "BIGINT", pa.int64(), frozenset({int, type(None)}), _whole),
    DataType("Double", "DOUBLE", pa.float64(), frozenset(), _double),
    DataType("Decimal", "DECIMAL(28, 4)", pa.decimal128(28, 4), frozenset({int, Decimal, type(None)}), _decimal),
    DataType("Boolean", "BOOLEAN", pa.bool_(), frozenset({bool, type(None)}), _boolean),
    DataType("DateTime", "TIMESTAMP", pa.timestamp("us"), frozenset(), _instant),
    DataType("String", "VARCHAR", pa.string(), frozenset({str, type(None)}), _text),
)

BY_NAME = {one.name.lower(): one for one in _TYPES} | {"bool": _TYPES[3]}


def data_type(name: str) -> DataType | None:
    """The type of a name, in any case; None where there is none."""
    return BY_NAME.get(name.lower())
