"""From raw records to typed rows: whole chunks at once, and record by record where a chunk does not fit.

Numbers become decimals without ever being a float: pyarrow's JSON reader parses the digits, DuckDB's and Polars' go
through a double (a 16-digit amount comes out wrong).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from qbo_pipeline.lake.exact import UnfitValueError, parse, read_exactly
from qbo_pipeline.lake.json_texts import json_texts, texts_in_place
from qbo_pipeline.lake.shape import Shape
from qbo_pipeline.lake.tabulation import Identity, Path, at, identify, tabulate
from qbo_pipeline.quickbooks.catalogue.model import Entity

_SMALL = 64
"""Chunks up to this size that do not fit are read record by record; larger ones are halved first."""

_SAMPLE = 100
"""Records that are looked at first for fields not seen so far: mostly they have all that the others have."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that fits its declaration nowhere near, with the reason."""

    record_number: int
    id: str | None
    field: str
    value: str
    reason: str
    raw: str


@dataclass(slots=True)
class Rows:
    """Typed rows of every table, for a run of records."""

    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    identities: list[Identity] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unknown_fields: Counter[str] = field(default_factory=Counter)

    def extend(self, other: Rows) -> None:
        """Take the rows of another run of records of the same batch."""
        for name, parts in other.tables.items():
            self.tables.setdefault(name, []).extend(parts)
        self.identities.extend(other.identities)
        self.rejected.extend(other.rejected)
        self.unknown_fields.update(other.unknown_fields)

    def _add(self, tables: dict[str, pa.Table], identity: Identity) -> None:
        self.identities.append(identity)
        for name, table in tables.items():
            self.tables.setdefault(name, []).append(table)


class RecordReader:
    """Reads records of one entity; keeps what it learns of their shape."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self._shape = Shape(entity)

    def read(self, texts: pa.LargeStringArray, first_number: int) -> Rows:
        """Type records given as JSON text, numbered from `first_number` on. Never raises for what a record holds."""
        rows = Rows()
        if self._entity.wrapped:
            self._read_one_by_one(_each(texts), first_number, rows)
        elif texts:
            self._read_chunk(texts, first_number, rows)
        return rows

    def _read_chunk(self, texts: pa.LargeStringArray, first_number: int, rows: Rows) -> None:
        while True:
            try:
                array = self._parse(texts)
                identity = identify(array, self._entity, first_number)
                seen = frozenset(self._shape.json_leaves())
                free_form = json_texts(_each(texts), array, self._entity, seen) if seen else {}
                tables = tabulate(array, self._entity, identity, free_form, None)
            except (pa.ArrowException, msgspec.DecodeError):
                if self._learn(texts[:_SAMPLE]) or self._learn(texts[_SAMPLE:]):
                    continue
                break
            rows._add(tables, identity)
            self._count_unknown(array, rows)
            return
        if len(texts) <= _SMALL:
            self._read_one_by_one(_each(texts), first_number, rows)
            return
        half = len(texts) // 2
        self._read_chunk(texts[:half], first_number, rows)
        self._read_chunk(texts[half:], first_number + half, rows)

    def _parse(self, texts: pa.LargeStringArray) -> pa.StructArray:
        # pyarrow's reader ends the whole process at a null in place of the first object.
        if not pc.all(pc.starts_with(texts, "{")).as_py():
            raise pa.ArrowInvalid("a record is no object")
        ends, content = _ends(texts)
        joined = content.slice(ends[0], ends[-1] - ends[0])
        table = pj.read_json(
            pa.BufferReader(joined),
            read_options=pj.ReadOptions(use_threads=False, block_size=joined.size + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=self._shape.schema(), newlines_in_values=True, unexpected_field_behavior="error"
            ),
        )
        if table.num_rows != len(texts):
            raise pa.ArrowInvalid("the chunk reader did not find every record")
        struct = table.combine_chunks().to_struct_array()
        return struct.chunk(0) if isinstance(struct, pa.ChunkedArray) else struct

    def _learn(self, texts: pa.LargeStringArray) -> bool:
        parsed = []
        for text in _each(texts):
            try:
                parsed.append(parse(text))
            except UnfitValueError:
                continue
        return self._shape.grow(parsed)

    def _read_one_by_one(self, records: Sequence[msgspec.Raw], first_number: int, rows: Rows) -> None:
        good: list[dict[str, Any]] = []
        numbers: list[int] = []
        kinds: list[str] = []
        for number, raw in enumerate(records, start=first_number):
            record: dict[str, Any] = {}
            try:
                kind, record = self._unwrapped(parse(raw))
                exact = read_exactly(record, self._entity)
            except UnfitValueError as error:
                rows.rejected.append(_rejected(number, record, self._entity, error, raw))
                continue
            self._shape.grow([record])
            good.append(exact.values)
            numbers.append(number)
            kinds.append(kind)
            rows.unknown_fields.update(exact.unknown)
        if not good:
            return
        array = pa.array(good, self._shape.exact_type())
        identity = identify(array, self._entity, 1)
        identity = Identity(
            pa.array(numbers, pa.int64()),
            identity.id,
            identity.sync_token,
            identity.created_at,
            identity.updated_at,
            identity.deleted,
        )
        texts = texts_in_place(array, self._entity)
        kinds_array = pa.array(kinds, pa.string()) if self._entity.wrapped else None
        rows._add(tabulate(array, self._entity, identity, texts, kinds_array), identity)

    def _unwrapped(self, record: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if not self._entity.wrapped or "Id" in record:
            return "", record
        inner = [(key, value) for key, value in record.items() if isinstance(value, dict)]
        if len(inner) != 1:
            raise UnfitValueError("record", sorted(record), "one document wrapped in its type")
        return inner[0]

    def _count_unknown(self, array: pa.StructArray, rows: Rows) -> None:
        for path, _ in self._shape.unknown():
            count = _occurrences(array, path)
            if count:
                rows.unknown_fields[".".join(path)] += count


def _occurrences(array: pa.Array, path: Path) -> int:
    """How many objects have a value at a path that may lead through lists."""
    for key in path:
        if pa.types.is_list(array.type):
            array = pc.list_flatten(array)
        value = at(array, (key,)) if pa.types.is_struct(array.type) else None
        if value is None:
            return 0
        array = value
    return len(array) - int(array.null_count)


def _rejected(
    number: int, record: dict[str, Any], entity: Entity, error: UnfitValueError, raw: msgspec.Raw
) -> Rejected:
    keys = [str(key) if isinstance(key := record.get(name), str | int) else "" for name in entity.key]
    return Rejected(
        record_number=number,
        id=":".join(keys) if all(keys) else None,
        field=error.path,
        value=error.value,
        reason=f"{error.path} is {error.value}, which is not {error.expected}",
        raw=bytes(raw).decode(errors="replace"),
    )


def raw_column(records: Sequence[msgspec.Raw]) -> pa.LargeStringArray:
    """The records as received, one text each, copied once."""
    joined = b"".join(records)
    ends = accumulate((memoryview(record).nbytes for record in records), initial=0)
    offsets = pa.array(list(ends), pa.int64())
    buffers = [None, offsets.buffers()[1], pa.py_buffer(joined)]
    column: pa.LargeStringArray = pa.Array.from_buffers(pa.large_string(), len(records), buffers)
    return column


def _ends(texts: pa.LargeStringArray) -> tuple[memoryview[int], pa.Buffer]:
    """Where each text ends in the buffer of all; the first number is where the first one begins."""
    _, ends, content = texts.buffers()
    return memoryview(ends).cast("q")[texts.offset : texts.offset + len(texts) + 1], content


def _each(texts: pa.LargeStringArray) -> list[msgspec.Raw]:
    """Each text by itself, not copied."""
    if not texts:
        return []
    ends, content = _ends(texts)
    view = memoryview(content)
    return [msgspec.Raw(view[start:end]) for start, end in pairwise(ends)]
