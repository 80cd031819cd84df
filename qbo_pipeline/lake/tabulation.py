"""From records in one nested Arrow array to the rows of every table of their entity."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from qbo_pipeline.lake.arrow_types import NUMBER, STORED, TIMESTAMP
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Column, Entity, Table, Type
from qbo_pipeline.quickbooks.catalogue.tables import TRANSACTION_TYPE

Path = tuple[str, ...]
JsonTexts = dict[tuple[str, str], pa.Array]
"""(table, column) → text of a free-form JSON column, row by row."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the records are; arrays of one length."""

    record_number: pa.Array
    """int64: position in the batch."""
    id: pa.Array
    """string."""
    sync_token: pa.Array
    """int64; null on deletion stubs."""
    created_at: pa.Array
    updated_at: pa.Array
    """timestamp[us], UTC; null where QuickBooks sends none."""
    deleted: pa.Array
    """bool."""


def identify(records: pa.StructArray, entity: Entity, first_number: int) -> Identity:
    """The record columns.

    Raises:
        pa.ArrowInvalid: an id is missing, a SyncToken is no integer, or a time is none.
    """
    count = len(records)
    keys = [at(records, (key,)) for key in entity.key]
    if any(key is None or key.null_count or pc.any(pc.equal(key, "")).as_py() for key in keys):
        raise pa.ArrowInvalid("a record has no id")
    identity = keys[0] if len(keys) == 1 else pc.binary_join_element_wise(*keys, ":")
    status = at(records, ("status",))
    token = at(records, ("SyncToken",))
    return Identity(
        record_number=pc.add(_count_up(count), first_number - 1),
        id=identity,
        sync_token=pa.nulls(count, pa.int64()) if token is None else token.cast(pa.int64()),
        created_at=_instant_at(records, "CreateTime"),
        updated_at=_instant_at(records, "LastUpdatedTime"),
        deleted=pa.repeat(False, count) if status is None else pc.fill_null(pc.equal(status, "Deleted"), False),
    )


def tabulate(
    records: pa.StructArray,
    entity: Entity,
    identity: Identity,
    json_texts: JsonTexts,
    transaction_types: pa.Array | None,
) -> dict[str, pa.Table]:
    """The rows of every table that the records have any for; columns that none of them uses are left out.

    Raises:
        pa.ArrowInvalid: a value does not fit the type of its column.
    """
    result: dict[str, pa.Table] = {}
    nodes: dict[tuple[Path, ...], _Level] = {(): _Level(records, _count_up(len(records)), ())}
    for table in tables(entity):
        level = nodes.get(table.array_path) if not table.array_path else _descend(nodes, table)
        if level is None:
            continue
        positions = pc.subtract(level.record, 1)
        columns: dict[str, pa.Array] = {"record_number": identity.record_number.take(positions)}
        if table.array_path:
            columns[f"{entity.table}_id"] = identity.id.take(positions)
            columns |= dict(zip(table.ordinals, level.ordinals, strict=True))
        else:
            columns |= {
                "id": identity.id,
                "sync_token": identity.sync_token,
                "created_at": identity.created_at,
                "updated_at": identity.updated_at,
                "deleted": identity.deleted,
            }
            if transaction_types is not None:
                columns[TRANSACTION_TYPE.name] = transaction_types
        for column in table.columns:
            value = json_texts.get((table.name, column.name)) if column.type is Type.JSON else None
            if value is None and column.type is not Type.JSON:
                value = _column(level.rows, column)
            if value is not None and value.null_count < len(value):
                columns[column.name] = value
        result[table.name] = pa.table(columns)
    return result


@dataclass(frozen=True, slots=True)
class _Level:
    """The row objects of one table."""

    rows: pa.StructArray
    record: pa.Array
    """Position of the record each row belongs to, from 1."""
    ordinals: tuple[pa.Array, ...]


def _descend(nodes: dict[tuple[Path, ...], _Level], table: Table) -> _Level | None:
    above = nodes.get(table.array_path[:-1])
    lists = None if above is None else at(above.rows, table.array_path[-1])
    if (
        above is None
        or lists is None
        or not pa.types.is_list(lists.type)
        or not pa.types.is_struct(lists.type.value_type)
    ):
        return None
    rows = pc.list_flatten(lists)
    if len(rows) == 0:
        return None
    if rows.null_count:  # no object, as little as 7 is one: read by itself, the record is quarantined for it
        raise pa.ArrowInvalid("a list holds null")
    parents = pc.list_parent_indices(lists)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).cast(pa.int64())
    before = pc.subtract(pc.cumulative_sum(lengths), lengths)
    ordinal = pc.subtract(_count_up(len(rows)), before.take(parents))
    ordinals = (*(one.take(parents) for one in above.ordinals), ordinal)
    level = _Level(rows, above.record.take(parents), ordinals)
    nodes[table.array_path] = level
    return level


def at(rows: pa.StructArray, path: Path) -> pa.Array | None:
    """What lies at the end of a path of keys below each row; None when no row has it."""
    node: pa.Array = rows
    for key in path:
        if not pa.types.is_struct(node.type) or node.type.get_field_index(key) < 0:
            return None
        node = pc.struct_field(node, key)
    return node


def _column(rows: pa.StructArray, column: Column) -> pa.Array | None:
    found = [value for path in column.paths if (value := at(rows, path)) is not None]
    found = [value for value in found if value.null_count < len(value)]
    if not found:
        return None
    return stored(pc.coalesce(*found) if len(found) > 1 else found[0], column.type)


def stored(value: pa.Array, kind: Type) -> pa.Array:
    """Values as read, in the type they are stored in.

    Raises:
        pa.ArrowInvalid: a text is no date or time.
    """
    match kind:
        case Type.TIMESTAMP:
            return _instant(value)
        case Type.DATE:
            return _within_calendar(value.cast(STORED[kind]), _DAYS)
        case Type.MONEY:
            # The JSON reader checks the digits of 1000.5 against the precision, but not those of a whole number.
            value.validate(full=True)
            return value
        case Type.NUMBER:
            value.validate(full=True)
            try:
                return value.cast(NUMBER)
            except pa.ArrowInvalid:
                return pc.round(value, ndigits=10, round_mode="half_to_even").cast(NUMBER)
        case _:
            return value if value.type == STORED[kind] else value.cast(STORED[kind])


def _instant_at(records: pa.StructArray, key: str) -> pa.Array:
    value = at(records, ("MetaData", key))
    return pa.nulls(len(records), TIMESTAMP) if value is None else _within_calendar(_instant(value), _MICROSECONDS)


def _instant(value: pa.Array) -> pa.Array:
    """Texts with an offset as UTC; the few that QuickBooks sends without one are taken for UTC."""
    try:
        return value.cast(pa.timestamp("us", "UTC")).cast(TIMESTAMP)
    except pa.ArrowInvalid:
        return value.cast(TIMESTAMP)


_DAYS = (-719_162, 2_932_896)
_MICROSECONDS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
"""The first and the last of the years 1 to 9999, which Python's calendar has, counted from 1970. What lies beyond comes
out of DuckDB as a text, and whoever compares days and stamps of records would end at it."""


def _within_calendar(value: pa.Array, ends: tuple[int, int]) -> pa.Array:
    least, greatest = pc.min_max(value).values()
    if least.is_valid and not (ends[0] <= least.value and greatest.value <= ends[1]):
        raise pa.ArrowInvalid("a day that is in no calendar")
    return value


def _count_up(count: int) -> pa.Array:
    """1, 2, 3 … as int64."""
    return pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int64()), count))
