"""What the audit trail has of a run: a row a company and entity, of what failed too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from qbo_pipeline.ingestion.reading import Reading
from qbo_pipeline.ingestion.results import EntityLoad
from qbo_pipeline.warehouse.records import RunRecord


def run_records(
    run_id: str, readings: Iterable[tuple[str, Reading]], loads: Sequence[EntityLoad]
) -> Iterator[RunRecord]:
    """A record for each reading, given with its realm id; `loads` are of those that had anything to merge."""
    merged = {(load.realm_id, load.entity, load.started_at): load for load in loads}
    for realm_id, reading in readings:
        load = merged.get((realm_id, reading.entity.name, reading.started_at))
        record = _unmerged(realm_id, run_id, reading) if load is None else _of_load(load)
        yield record if reading.error is None else replace(record, error=_told(reading.error))


def _of_load(load: EntityLoad) -> RunRecord:
    return RunRecord(
        run_id=load.run_id,
        realm_id=load.realm_id,
        entity=load.entity,
        source=load.source,
        started_at=load.started_at,
        seconds=load.seconds,
        records=load.records,
        inserted=load.inserted,
        updated=load.updated,
        deleted=load.deleted,
        unchanged=load.unchanged,
        rejected=load.rejected,
        counted=load.counted,
        api_calls=load.api_calls,
        bytes_received=load.bytes_received,
        unknown_fields=load.unknown_fields,
        note=load.note,
    )


def _unmerged(realm_id: str, run_id: str, reading: Reading) -> RunRecord:
    return RunRecord(
        run_id=run_id,
        realm_id=realm_id,
        entity=reading.entity.name,
        source=reading.source,
        started_at=reading.started_at,
        seconds=reading.seconds,
        records=0,
        inserted=0,
        updated=0,
        deleted=0,
        unchanged=0,
        rejected=0,
        counted=None if reading.counted is None else reading.counted.total,
        api_calls=len(reading.ledger.calls),
        bytes_received=reading.ledger.bytes_received,
        unknown_fields={},
        note=reading.note,
    )


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
