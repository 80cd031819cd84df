"""What stands in a landing zone: which folders are tables, which files are next, what they may hold.

learn.microsoft.com, open-mirroring-landing-zone-format: files are named by twenty digits, without a gap; a column
`__rowMarker__` says what becomes of a row, and is the last one; the types of columns stay as they are.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from qbo_pipeline.local.power_bi.fabric.lake import LakePath

MARKER = "__rowMarker__"
INSERT, UPDATE, DELETE, UPSERT = 0, 1, 2, 4
SCHEMA_SUFFIX = ".schema"
METADATA = "_metadata.json"
PROCESSED = "_ProcessedFiles"

_NUMBERED = re.compile(r"(\d{20})\.(\w+)")


class LandingZoneError(Exception):
    """What stops the replication of a table: what is wrong with which file."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """A table's _metadata.json."""

    keys: tuple[str, ...] = ()
    by_time: bool = False
    """Files have any name, and come in the order of their times."""
    upserts: bool = False
    """Rows without a marker are upserts."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Files to be applied, in their order; and why no more of them are, if something is in the way."""

    files: tuple[LakePath, ...]
    gap: str | None = None


def read_metadata(content: bytes | None) -> Metadata:
    """What a _metadata.json says; without one a table has no keys.

    Raises:
        LandingZoneError: it cannot be read.
    """
    if content is None:
        return Metadata()
    try:
        told = msgspec.json.decode(content)
        keys = tuple(str(one) for one in told.get("keyColumns") or ())
        return Metadata(
            keys,
            told.get("fileDetectionStrategy") == "LastUpdateTimeFileDetection",
            told.get("isUpsertDefaultRowMarker") is True,
        )
    except (msgspec.DecodeError, AttributeError, TypeError) as error:
        raise LandingZoneError(f"{METADATA} cannot be read: {error}") from error


def pending(files: Iterable[LakePath], following: int, metadata: Metadata) -> Pending:
    """The files that come next, `following` being the number of the first; those that begin with _ are none."""
    shown = [one for one in files if not one.is_directory and not one.name.startswith("_")]
    if metadata.by_time:
        return Pending(tuple(sorted(shown, key=lambda one: (one.modified, one.name))))
    numbered = {int(found.group(1)): one for one in shown if (found := _NUMBERED.fullmatch(one.name)) is not None}
    ready = []
    while following in numbered:
        ready.append(numbered[following])
        following += 1
    beyond = sorted(number for number in numbered if number > following)
    gap = f"File {following:020d} is missing; {numbered[beyond[0]].name} waits for it." if beyond else None
    return Pending(tuple(ready), gap)


def read_file(file: LakePath, content: bytes, metadata: Metadata) -> tuple[pa.Table, bool]:
    """The rows of a file, and whether they have markers (its own, or those that the metadata gives).

    Raises:
        LandingZoneError: it is no Parquet, or its columns break a rule.
    """
    if not file.name.endswith(".parquet"):
        raise LandingZoneError(f"{file.name}: only Parquet is replicated here.")
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise LandingZoneError(f"{file.name} is no Parquet file: {error}") from error
    names = table.column_names
    if MARKER in names and names[-1] != MARKER:
        raise LandingZoneError(f"{file.name}: {MARKER} is not the last column.")
    for field in table.schema:
        if pa.types.is_null(field.type):
            told = f"{file.name}: column {field.name} has no type (SchemaMergeFailure); write an explicit schema."
            raise LandingZoneError(told)
    table = _without_nesting(table)
    if MARKER not in names and metadata.upserts:
        table = table.append_column(MARKER, pa.array([UPSERT] * table.num_rows, pa.int32()))
    marked = MARKER in table.column_names
    _check_markers(file, table, metadata, marked=marked)
    return table, marked


def merged_types(file: LakePath, known: Mapping[str, str], table: pa.Table) -> dict[str, str]:
    """Types of columns with those that a file adds.

    Raises:
        LandingZoneError: a column has another type than before.
    """
    merged = dict(known)
    for field in table.schema:
        if field.name == MARKER:
            continue
        before = merged.setdefault(field.name, str(field.type))
        if before != str(field.type):
            raise LandingZoneError(
                f"{file.name}: column {field.name} is {field.type} and was {before} (SchemaMergeFailure); "
                "delete the table's folder and load it anew."
            )
    return merged


def _check_markers(file: LakePath, table: pa.Table, metadata: Metadata, *, marked: bool) -> None:
    if not marked:
        return
    markers = set(table.column(MARKER).to_pylist())
    unknown = markers - {INSERT, UPDATE, DELETE, UPSERT}
    if unknown:
        raise LandingZoneError(f"{file.name}: {MARKER} is {', '.join(map(str, unknown))}, which means nothing.")
    if markers - {INSERT} and not metadata.keys:
        raise LandingZoneError(f"{file.name}: rows are updated or deleted, and no {METADATA} names keyColumns.")
    missing = [key for key in metadata.keys if key not in table.column_names]
    if missing:
        raise LandingZoneError(f"{file.name}: the key column {', '.join(missing)} is not in it.")


def _without_nesting(table: pa.Table) -> pa.Table:
    """Lists and structs become texts of JSON."""
    for place, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            texts = [
                None if one is None else msgspec.json.encode(one).decode() for one in table.column(place).to_pylist()
            ]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
    return table
