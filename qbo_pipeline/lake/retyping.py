"""Typing records of the lake again, as their entity is declared and read today, beside the lake.

The records themselves, their version ids and what is known of their arrival stay what they are. Those that were
quarantined when they came stay so: `resolution` gives them another chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qbo_pipeline.lake.batch_files import (
    REJECTED_SCHEMA,
    declaration,
    write_records,
    write_rejected,
    write_typed,
)
from qbo_pipeline.lake.layout import Batch, Manifest
from qbo_pipeline.lake.reader import RecordReader, Rejected, Rows
from qbo_pipeline.lake.writer import CHUNK_RECORDS
from qbo_pipeline.quickbooks.catalogue.model import Entity


@dataclass(frozen=True, slots=True)
class Misfit:
    """A version that came in once and fits its declaration no more."""

    id: str
    version_id: int
    reason: str


def retype(batch: Batch, entity: Entity, into: Path) -> Batch:
    """Type the records of a batch again into another folder."""
    stored = pq.read_table(batch.records)
    into.mkdir(parents=True, exist_ok=True)
    came_in = stored.filter(pc.not_equal(stored["operation"], "rejected"))
    rows, written = _write(came_in, entity, batch.manifest.realm_id, into)
    rejections = [] if batch.rejected is None else [pq.read_table(batch.rejected)]
    if rows.rejected:
        rejections.append(_rejections(came_in, rows.rejected))
    if rejections:
        write_rejected(into, pa.concat_tables(rejections))
    changed = replace(
        batch.manifest,
        rejected=sum(table.num_rows for table in rejections),
        unknown_fields=dict(rows.unknown_fields),
        rows=written,
        declaration=declaration(entity),
    )
    return Batch(into, changed)


def retype_versions(versions: pa.Table, entity: Entity, realm_id: str, into: Path) -> tuple[Batch, list[Misfit]]:
    """Type versions of any batches of a company and entity again, as one batch in another folder.

    Args:
        versions: of `RECORD_SCHEMA`, at least one, none of them quarantined.
        entity: what they are.
        realm_id: the company they belong to.
        into: the folder; it is made.

    Returns:
        The batch, which is of no lake, and the versions that do not fit any more, which are not in it.
    """
    into.mkdir(parents=True, exist_ok=True)
    rows, written = _write(versions, entity, realm_id, into)
    ids, numbers = versions["id"].to_pylist(), versions["version_id"].to_pylist()
    misfits = [Misfit(ids[one.record_number - 1], numbers[one.record_number - 1], one.reason) for one in rows.rejected]
    manifest = Manifest(
        batch=0,
        realm_id=realm_id,
        entity=entity.name,
        source="replay",
        run_id="",
        received_at=pc.max(versions["received_at"]).as_py().isoformat(),
        records=versions.num_rows - len(misfits),
        rejected=0,
        deleted=int(pc.sum(pc.equal(versions["operation"], "deleted")).as_py()),
        unknown_fields=dict(rows.unknown_fields),
        rows=written,
        declaration=declaration(entity),
    )
    return Batch(into, manifest), misfits


def read_rows(raws: Sequence[str], entity: Entity) -> Rows:
    """Type records given as JSON text, numbered from 1."""
    reader, rows = RecordReader(entity), Rows()
    for start in range(0, len(raws), CHUNK_RECORDS):
        texts = pa.array(raws[start : start + CHUNK_RECORDS], pa.large_string())
        rows.extend(reader.read(texts, start + 1))
    return rows


@dataclass(frozen=True, slots=True)
class _StoredKeys:
    """Keys as the lake has them, row by row; records are numbered by their place in `stored`."""

    entity: Entity
    realm_id: str
    stored: pa.Table

    def versions(self, record_numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        return self._of("version_id", record_numbers)

    def received(self, record_numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        return self._of("received_at", record_numbers)

    def sources(self, record_numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        return self._of("source", record_numbers)

    def _of(self, column: str, record_numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        return self.stored[column].take(pc.subtract(record_numbers, 1))


def _write(stored: pa.Table, entity: Entity, realm_id: str, into: Path) -> tuple[Rows, dict[str, int]]:
    """Write typed rows and records; what does not fit is marked among the records. Returns table → rows too."""
    rows = read_rows(stored["raw"].to_pylist(), entity)
    written = write_typed(into, rows, _StoredKeys(entity, realm_id, stored))
    unfit = pa.array([one.record_number for one in rows.rejected], pa.int64())
    numbers = pa.array(range(1, stored.num_rows + 1), pa.int64())
    operation = pc.if_else(pc.is_in(numbers, unfit), "rejected", stored["operation"])
    write_records(into, stored.set_column(stored.column_names.index("operation"), "operation", operation))
    return rows, written


def _rejections(stored: pa.Table, rejected: Sequence[Rejected]) -> pa.Table:
    columns = ("version_id", "realm_id", "entity", "received_at", "run_id")
    known = stored.select(columns).take([one.record_number - 1 for one in rejected])
    named = {
        "id": [one.id for one in rejected],
        "field": [one.field for one in rejected],
        "value": [one.value for one in rejected],
        "reason": [one.reason for one in rejected],
        "raw": [one.raw for one in rejected],
    }
    content = {name: known[name] if name in columns else named[name] for name in REJECTED_SCHEMA.names}
    return pa.table(content, schema=REJECTED_SCHEMA)
