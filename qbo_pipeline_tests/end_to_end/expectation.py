"""What the warehouse must hold for a record, computed a second way.

Plain `json` with exact decimals and a walk along the catalogue's paths: none of the product's parsing, typing or
merging takes part, so that a mistake there cannot hide in the expectation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from qbo_pipeline.quickbooks.catalogue.model import Column, Entity, Table, Type

Json = dict[str, Any]
Row = dict[str, Any]


def parse(text: str | bytes) -> Json:
    """JSON text to Python with every number exact."""
    record: Json = json.loads(text, parse_float=Decimal)
    return record


def rows(table: Table, record: Json) -> Iterator[Row]:
    """The rows a record contributes to a table: ordinals first, then the declared columns."""
    yield from _descend(table, record, table.array_path, ())


def _descend(table: Table, node: Json, arrays: tuple[tuple[str, ...], ...], ordinals: tuple[int, ...]) -> Iterator[Row]:
    if not arrays:
        yield dict(zip(table.ordinals, ordinals, strict=True)) | {
            column.name: _value(column, node) for column in table.columns
        }
        return
    elements = _follow(node, arrays[0]) or []
    for ordinal, element in enumerate(elements, start=1):
        yield from _descend(table, element, arrays[1:], (*ordinals, ordinal))


def _value(column: Column, node: Json) -> Any:
    for path in column.paths:
        value = _follow(node, path)
        if value is not None:
            return _typed(column.type, value)
    return None


def _follow(node: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node


def _typed(kind: Type, value: Any) -> Any:
    match kind:
        case Type.MONEY:
            return Decimal(value)
        case Type.NUMBER:
            return Decimal(value).quantize(Decimal("1E-10"), ROUND_HALF_EVEN)
        case Type.DATE:
            return date.fromisoformat(value)
        case Type.TIMESTAMP:
            return instant(value)
        case Type.JSON:
            return json.dumps(value, sort_keys=True, default=str)
        case _:
            return value


def instant(text: str) -> datetime:
    """A QuickBooks timestamp (Pacific offset) as a naive UTC datetime, as DuckDB returns TIMESTAMP."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def comparable(kind: Type, value: Any) -> Any:
    """A value read from the warehouse, brought to the form `rows` gives."""
    if kind is Type.JSON and value is not None:
        return json.dumps(parse(value) if value[:1] in "{[" else json.loads(value), sort_keys=True, default=str)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def identity(entity: Entity, record: Json) -> str:
    """The `id` the warehouse gives a record."""
    return ":".join(str(record[key]) for key in entity.key)
