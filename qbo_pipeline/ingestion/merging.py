"""From the lake to the warehouse: the synchronous half of a load, and what it leaves in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from qbo_pipeline.ingestion.reading import Reading
from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.ingestion.runs import run_records
from qbo_pipeline.quickbooks.catalogue.model import Category
from qbo_pipeline.warehouse.merge import MergeOutcome
from qbo_pipeline.warehouse.warehouse import Warehouse

Note = Callable[[Warehouse, Mapping[str, Sequence[Reading]]], None]
"""Writes into the warehouse something about what was read, by realm id."""


def merge_readings(warehouse: Warehouse, run_id: str, read: Mapping[str, Sequence[Reading]]) -> list[EntityLoad]:
    """Bring what was read, by realm id, into the warehouse, and what earlier processes left; nobody sees it yet."""
    readings = [(realm_id, reading) for realm_id, own in read.items() for reading in own]
    loads = [
        _load(realm_id, run_id, reading, _merge_rest(reading, warehouse), warehouse)
        for realm_id, reading in readings
        if reading.error is None or reading.batches
    ]
    warehouse.catch_up()
    warehouse.record_runs(run_records(run_id, readings, loads))
    for _, reading in readings:
        warehouse.record_calls(run_id, reading.ledger.calls)
    return loads


def merged_up_to(query: Query, realm_id: str) -> int | None:
    """The newest batch of a company that the warehouse has; None where it has none."""
    [(number,)] = query("SELECT max(batch) FROM audit.lake_batch WHERE realm_id = ?", [realm_id])
    return None if number is None else int(number)


def _merge_rest(reading: Reading, warehouse: Warehouse) -> MergeOutcome:
    return reading.merged() + warehouse.merge(reading.entity, reading.unmerged)


def _load(realm_id: str, run_id: str, reading: Reading, outcome: MergeOutcome, warehouse: Warehouse) -> EntityLoad:
    entity = reading.entity
    [(rows, newest)] = warehouse.rows(
        f'SELECT count(*), max(updated_at) FROM quickbooks."{entity.table}" WHERE realm_id = ? AND NOT deleted',
        [realm_id],
    )
    unknown: dict[str, int] = {}
    for batch in reading.batches:
        for name, times in batch.manifest.unknown_fields.items():
            unknown[name] = unknown.get(name, 0) + times
    return EntityLoad(
        realm_id=realm_id,
        entity=entity.name,
        source=reading.source,
        run_id=run_id,
        started_at=reading.started_at,
        seconds=reading.seconds,
        records=sum(batch.manifest.records for batch in reading.batches),
        inserted=outcome.inserted,
        updated=outcome.updated,
        deleted=outcome.deleted,
        unchanged=outcome.unchanged,
        rejected=outcome.rejected,
        rows=int(str(rows)),
        counted=None if reading.counted is None or entity.category is Category.SINGLETON else reading.counted.total,
        api_calls=len(reading.ledger.calls),
        bytes_received=reading.ledger.bytes_received,
        newest_change=newest.replace(tzinfo=UTC) if isinstance(newest, datetime) else None,
        unknown_fields=unknown,
        files=tuple(path for batch in reading.batches for path in batch.files),
        note=reading.note,
    )
