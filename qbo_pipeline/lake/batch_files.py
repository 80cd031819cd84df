"""The Parquet files of a batch: what is in them, and how they are written."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qbo_pipeline.lake.arrow_types import STORED, TIMESTAMP
from qbo_pipeline.lake.layout import MAKING, SCHEMA_REALM, VERSION_BITS, version_id
from qbo_pipeline.lake.reader import Rejected, Rows
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Entity, Table

_RECORD_COLUMNS = {
    "id": pa.string(),
    "sync_token": pa.int64(),
    "created_at": TIMESTAMP,
    "updated_at": TIMESTAMP,
    "deleted": pa.bool_(),
}
RECORD_SCHEMA = pa.schema(
    [
        ("version_id", pa.int64()),
        ("realm_id", pa.string()),
        ("entity", pa.string()),
        ("id", pa.string()),
        ("sync_token", pa.int64()),
        ("created_at", TIMESTAMP),
        ("updated_at", TIMESTAMP),
        ("operation", pa.string()),
        ("source", pa.string()),
        ("received_at", TIMESTAMP),
        ("run_id", pa.string()),
        ("raw", pa.large_string()),
    ]
)
"""`operation` is `present`, `deleted` or `rejected`."""

REJECTED_SCHEMA = pa.schema(
    [
        ("version_id", pa.int64()),
        ("realm_id", pa.string()),
        ("entity", pa.string()),
        ("id", pa.string()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("received_at", TIMESTAMP),
        ("run_id", pa.string()),
        ("raw", pa.large_string()),
    ]
)


TYPING = 1
"""How records are typed. Raise it when the same declaration makes other values of the same JSON: a rebuild then types
everything again that was typed before."""


@cache
def declaration(entity: Entity) -> str:
    """Fingerprint of what an entity is declared to be: typed files of another declaration are typed again."""
    return hashlib.sha256(repr((TYPING, entity, tables(entity))).encode()).hexdigest()[:16]


def table_schema(entity: Entity, table: Table) -> pa.Schema:
    """Every column a table's typed files can have."""
    fields: list[tuple[str, pa.DataType]] = [("version_id", pa.int64()), ("realm_id", pa.string())]
    if table.array_path:
        fields += [(f"{entity.table}_id", pa.string()), *((name, pa.int64()) for name in table.ordinals)]
    else:
        fields += [*_RECORD_COLUMNS.items(), ("synced_at", TIMESTAMP), ("source", pa.string())]
    return pa.schema([*fields, *((column.name, STORED[column.type]) for column in table.columns)])


def write_schema_files(lake: Path, entities: Iterable[Entity]) -> None:
    """A file without rows for every table, so that a query over the lake knows all columns even while it is empty."""
    for entity in entities:
        folder = lake / SCHEMA_REALM / entity.table / declaration(entity)
        if folder.exists():
            continue
        # Not beside its place: who asks the lake while it is made, or once it was cut short, would read half a file.
        making = lake / MAKING / f"{SCHEMA_REALM}.{entity.table}"
        making.mkdir(parents=True, exist_ok=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(RECORD_SCHEMA.empty_table(), making / "record.parquet")
        for table in tables(entity):
            pq.write_table(table_schema(entity, table).empty_table(), making / f"{table.name}.parquet")
        for outdated in folder.parent.glob("[!.]*"):
            shutil.rmtree(outdated)
        making.rename(folder)


class RowKeys(Protocol):
    """Where typed rows come from: what every table has beside the fields of its records."""

    @property
    def entity(self) -> Entity:
        """What the records are."""

    @property
    def realm_id(self) -> str:
        """The company they belong to."""

    def versions(self, record_numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        """The version ids of records, by their numbers (counted from 1); so with the other two."""

    def received(self, record_numbers: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        """When they were received, UTC."""

    def sources(self, record_numbers: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        """How they were received."""


@dataclass(frozen=True, slots=True)
class BatchKeys:
    """What every row of a batch has in common."""

    number: int
    realm_id: str
    entity: Entity
    source: str
    run_id: str
    received_at: datetime

    def versions(self, record_numbers: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
        """The version ids of records, by their numbers in the batch."""
        return pc.add(record_numbers, pa.scalar(self.number << VERSION_BITS, pa.int64()))

    def received(self, record_numbers: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The same instant for all."""
        return pa.repeat(self.instant(), len(record_numbers))

    def sources(self, record_numbers: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The same source for all."""
        return pa.repeat(pa.scalar(self.source), len(record_numbers))

    def instant(self) -> pa.Scalar:
        """When the batch was received, as the files have it."""
        return pa.scalar(self.received_at.astimezone(UTC).replace(tzinfo=None), TIMESTAMP)

    def records(self, rows: Rows, raws: list[pa.Array]) -> pa.Table:
        """The records as received, in the order received."""
        raw = pa.chunked_array(raws, pa.large_string())
        count = len(raw)
        known = pa.table(
            {
                "number": _joined([one.record_number for one in rows.identities], pa.int64()),
                "id": _joined([one.id for one in rows.identities], pa.string()),
                "sync_token": _joined([one.sync_token for one in rows.identities], pa.int64()),
                "created_at": _joined([one.created_at for one in rows.identities], TIMESTAMP),
                "updated_at": _joined([one.updated_at for one in rows.identities], TIMESTAMP),
                "operation": pc.if_else(
                    _joined([one.deleted for one in rows.identities], pa.bool_()), "deleted", "present"
                ),
            }
        )
        if rows.rejected:
            known = pa.concat_tables(
                [
                    known,
                    pa.table(
                        {
                            "number": pa.array([one.record_number for one in rows.rejected], pa.int64()),
                            "id": pa.array([one.id for one in rows.rejected], pa.string()),
                            "operation": pa.repeat("rejected", len(rows.rejected)),
                        }
                    ),
                ],
                promote_options="default",
            ).sort_by("number")
        constants = {
            "realm_id": self.realm_id,
            "entity": self.entity.name,
            "source": self.source,
            "run_id": self.run_id,
        }
        columns = {name: pa.repeat(pa.scalar(value), count) for name, value in constants.items()}
        columns["version_id"] = self.versions(known["number"])
        columns["received_at"] = pa.repeat(self.instant(), count)
        columns["raw"] = raw
        for name in ("id", "sync_token", "created_at", "updated_at", "operation"):
            columns[name] = known[name]
        return pa.table({name: columns[name] for name in RECORD_SCHEMA.names}, schema=RECORD_SCHEMA)

    def rejections(self, rejected: list[Rejected]) -> pa.Table:
        """The quarantine, a row a record."""
        return pa.Table.from_pylist(
            [
                {
                    "version_id": version_id(self.number, one.record_number),
                    "realm_id": self.realm_id,
                    "entity": self.entity.name,
                    "id": one.id,
                    "field": one.field,
                    "value": one.value,
                    "reason": one.reason,
                    "received_at": self.instant().as_py(),
                    "run_id": self.run_id,
                    "raw": one.raw,
                }
                for one in rejected
            ],
            schema=REJECTED_SCHEMA,
        )


def _joined(arrays: list[pa.Array], kind: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array(arrays, kind)


def write_records(folder: Path, records: pa.Table) -> None:
    """Write the records as received. Their texts differ in every row: a dictionary or statistics would only cost."""
    pq.write_table(
        records,
        folder / "record.parquet",
        compression={name: "zstd" if name == "raw" else "snappy" for name in records.column_names},
        use_dictionary=["realm_id", "entity", "operation", "source", "run_id"],
        write_statistics=["version_id", "updated_at"],
    )


def write_rejected(folder: Path, rejections: pa.Table) -> None:
    """Write the quarantine of a batch."""
    pq.write_table(rejections, folder / "rejected.parquet")


def write_typed(folder: Path, rows: Rows, keys: RowKeys) -> dict[str, int]:
    """Write the typed rows of a batch; returns table → rows."""
    written: dict[str, int] = {}
    for table in tables(keys.entity):
        parts = rows.tables.get(table.name)
        if not parts:
            continue
        content = parts[0] if len(parts) == 1 else pa.concat_tables(parts, promote_options="default")
        numbers = content["record_number"]
        columns: dict[str, pa.ChunkedArray | pa.Array] = {
            "version_id": keys.versions(numbers),
            "realm_id": pa.repeat(pa.scalar(keys.realm_id), content.num_rows),
        }
        columns |= {name: content[name] for name in content.column_names if name != "record_number"}
        if not table.array_path:
            columns["synced_at"] = keys.received(numbers)
            columns["source"] = keys.sources(numbers)
        pq.write_table(
            pa.table(columns),
            folder / f"{table.name}.parquet",
            compression="snappy",
            write_statistics=["version_id"],
        )
        written[table.name] = content.num_rows
    return written
