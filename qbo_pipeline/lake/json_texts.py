"""Free-form JSON columns: their text, cut out of the records as it came."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from qbo_pipeline.lake.tabulation import JsonTexts, Path, at
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Entity, Table, Type


def json_texts(records: list[msgspec.Raw], array: pa.StructArray, entity: Entity, seen: frozenset[Path]) -> JsonTexts:
    """The text of every free-form column that these records use; `array` is the same records, read.

    An array that is empty everywhere (`"CustomExtensions": []` on every line) needs no look into the records.
    """
    texts: JsonTexts = {}
    for table in tables(entity):
        for column in table.columns:
            if column.type is not Type.JSON:
                continue
            paths = [path for path in column.paths if (*_flat(table.array_path), *path) in seen]
            if not paths:
                continue
            empty = _everywhere_empty(array, table, paths)
            if empty is not None:
                if empty.null_count < len(empty):
                    texts[table.name, column.name] = empty
                continue
            decoder = _decoder(tuple((*(table.array_path), path) for path in paths))
            values = [text for record in records for text in _texts(decoder.decode(record), table.array_path, paths)]
            texts[table.name, column.name] = pa.array(values, pa.string())
    return texts


def _flat(array_path: tuple[Path, ...]) -> Path:
    return tuple(key for path in array_path for key in path)


def _everywhere_empty(array: pa.StructArray, table: Table, paths: list[Path]) -> pa.Array | None:
    """`[]` or null row by row, when no row has more than that; else None."""
    rows: pa.Array | None = array
    for path in table.array_path:
        rows = None if rows is None else at(rows, path)
        if rows is None or not pa.types.is_list(rows.type):
            return None
        rows = pc.list_flatten(rows)
    if rows is None or len(paths) != 1:
        return None
    value = at(rows, paths[0])
    if value is None:
        return None
    if value.null_count == len(value):
        return pa.nulls(len(value), pa.string())
    if not pa.types.is_list(value.type) or (pc.max(pc.list_value_length(value)).as_py() or 0) > 0:
        return None
    return pc.if_else(pc.is_valid(value), pa.scalar("[]"), pa.scalar(None, pa.string()))


@cache
def _decoder(leaves: tuple[tuple[Path, ...], ...]) -> msgspec.json.Decoder[Any]:
    """A decoder that knows only the way to the leaves and skips all else; the last path of each leads to the leaf."""
    return msgspec.json.Decoder(_struct(leaves, "Record"))


def _struct(leaves: tuple[tuple[Path, ...], ...], name: str) -> Any:
    fields: dict[str, Any] = {}
    by_head: dict[str, list[tuple[Path, ...]]] = {}
    for first, *rest in leaves:
        by_head.setdefault(first[0], []).append((first[1:], *rest))
    for index, (head, below) in enumerate(by_head.items()):
        if any(path == ((),) for path in below):
            kind: Any = msgspec.Raw
        elif below[0][0] == ():
            kind = list[_struct(tuple(tuple(path[1:]) for path in below), f"{name}_{index}")]  # type: ignore[misc]
        else:
            kind = _struct(tuple(below), f"{name}_{index}")
        fields[head] = kind
    return msgspec.defstruct(
        name,
        [
            (f"f{index}", kind if kind is msgspec.Raw else kind | None, None)
            for index, kind in enumerate(fields.values())
        ],
        rename={f"f{index}": head for index, head in enumerate(fields)},
    )


def _texts(node: Any, array_path: tuple[Path, ...], paths: list[Path]) -> Iterator[str | None]:
    if array_path:
        for element in _follow(node, array_path[0]) or ():
            yield from _texts(element, array_path[1:], paths)
        return
    found = next((value for path in paths if (value := _follow(node, path)) is not None), None)
    text = None if found is None else bytes(found).decode()
    yield None if text == "null" else text


def _follow(node: Any, path: Path) -> Any:
    for key in path:
        if node is None:
            return None
        struct: type[msgspec.Struct] = type(node)
        node = getattr(node, _attributes(struct)[key])
    return node


@cache
def _attributes(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {info.encode_name: info.name for info in msgspec.structs.fields(struct)}


def texts_in_place(array: pa.StructArray, entity: Entity) -> JsonTexts:
    """The text of the free-form columns of records that were read one by one, where they are text already."""
    texts: JsonTexts = {}
    for table in tables(entity):
        rows: pa.Array | None = array
        for path in table.array_path:
            lists = None if rows is None else at(rows, path)
            rows = None if lists is None else pc.list_flatten(lists)
        for column in table.columns if rows is not None else ():
            if column.type is Type.JSON:
                found = [value for path in column.paths if (value := at(rows, path)) is not None]
                if found:
                    texts[table.name, column.name] = pc.coalesce(*found) if len(found) > 1 else found[0]
    return texts
