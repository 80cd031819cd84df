"""Replaying what the lake has, without a request to QuickBooks: records, batches, what came in a time, quarantine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from qbo_pipeline.ingestion.publishing import publish
from qbo_pipeline.lake.layout import Batch, batches
from qbo_pipeline.lake.resolution import SOURCE
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.settings import DataFolder
from qbo_pipeline.warehouse.merge import MergeOutcome
from qbo_pipeline.warehouse.quarantine import Resolved, Ward, resolve, wards
from qbo_pipeline.warehouse.records import RunRecord
from qbo_pipeline.warehouse.replay import Replayed, ids_of, known_ids, replay
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

AT_ONCE = 4000
"""Records replayed in one transaction: what their JSON takes in memory stays small."""


class NotInLakeError(Exception):
    """The lake does not have what is to be replayed; the message names it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to replay. Give `ids`, `file`, an instant or `quarantine`; the others narrow it."""

    ids: tuple[str, ...] = ()
    """Of the one entity in `entities`."""
    file: Path | None = None
    """A batch of the lake: its folder, or any file in it."""
    since: datetime | None = None
    until: datetime | None = None
    """Batches received from `since` until `until`, both with time zone, both included."""
    quarantine: bool = False
    """Only what is in quarantine and fits by now."""
    realm_ids: tuple[str, ...] = ()
    """Companies; all where empty."""
    entities: tuple[Entity, ...] = ()
    """All where empty."""

    def covers(self, realm_id: str, of: Entity) -> bool:
        """Whether it is about this company and entity at all."""
        return (not self.realm_ids or realm_id in self.realm_ids) and (not self.entities or of in self.entities)


@dataclass(frozen=True, slots=True)
class EntityReplay:
    """What a replay did, or would do, to one entity of one company."""

    realm_id: str
    entity: str
    records: int
    """Records looked at, those of the quarantine that fit by now included."""
    inserted: int
    """Records that had no row."""
    updated: int
    """Records with a row that was not what the lake makes it, or older."""
    deleted: int
    """Records that are deleted and were not marked so."""
    unchanged: int
    resolved: int
    """Records that leave the quarantine. What they do to the tables is known only once they are merged: on a dry run
    they are counted here alone."""
    unfit: tuple[str, ...]
    """Why records stay in quarantine, or stay as they are: an id and a reason each."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is selected of one company and entity."""

    realm_id: str
    entity: Entity
    ids: Sequence[str] = ()
    ward: Ward | None = None


def replay_selection(data: DataFolder, selection: Selection, run_id: str, *, dry_run: bool) -> list[EntityReplay]:
    """Replay, note the run in the audit trail, and publish; or find out what that would do.

    Idempotent, and cut short anywhere it is done by doing it again: rows are replaced in transactions of whole records.

    Raises:
        NotInLakeError: there is no such record or file.
        WarehouseBusyError: another process kept writing.
    """
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        if not dry_run:
            warehouse.catch_up()
        replays = []
        for part in _parts(warehouse, data.lake, selection):
            began, started_at = time.monotonic(), datetime.now(UTC)
            one = _replay_part(warehouse, data, part, run_id, dry_run=dry_run)
            replays.append(one)
            if not dry_run:
                warehouse.record_runs([_run_record(one, run_id, started_at, time.monotonic() - began)])
        if replays and not dry_run:
            publish(warehouse)
    return replays


def _parts(warehouse: Warehouse, lake: Path, selection: Selection) -> Iterator[_Part]:
    """What is selected, a part a company and entity, in the order of the realm ids and then of loading."""
    if selection.quarantine:
        found = [_Part(ward.realm_id, ward.entity, ward=ward) for ward in wards(warehouse)]
    elif selection.ids:
        found = _of_ids(warehouse, lake, selection)
    else:
        found = _of_batches(warehouse, _selected_batches(lake, selection))
    chosen = [part for part in found if selection.covers(part.realm_id, part.entity)]
    yield from sorted(chosen, key=lambda part: (part.realm_id, ENTITIES.index(part.entity)))


def _of_ids(warehouse: Warehouse, lake: Path, selection: Selection) -> list[_Part]:
    [of] = selection.entities
    known = {
        realm_id: ids
        for realm_id, ids in known_ids(warehouse.connection, lake, of, selection.ids).items()
        if selection.covers(realm_id, of)
    }
    missing = set(selection.ids).difference(*known.values())
    if missing:
        where = f" of company {', '.join(selection.realm_ids)}" if selection.realm_ids else ""
        raise NotInLakeError(f"The lake has no {of.name} {', '.join(sorted(missing))}{where}.")
    quarantined = {ward.realm_id: ward for ward in wards(warehouse, of.name, ids=selection.ids)}
    return [_Part(realm_id, of, ids, quarantined.get(realm_id)) for realm_id, ids in known.items()]


def _of_batches(warehouse: Warehouse, chosen: Sequence[Batch]) -> list[_Part]:
    together: dict[tuple[str, str], list[Batch]] = {}
    for batch in chosen:
        together.setdefault((batch.manifest.realm_id, batch.manifest.entity), []).append(batch)
    numbers = [batch.manifest.batch for batch in chosen]
    quarantined = {(ward.realm_id, ward.entity.name): ward for ward in wards(warehouse, batches=numbers)}
    return [
        _Part(realm_id, entity(name), ids_of(warehouse.connection, some), quarantined.get((realm_id, name)))
        for (realm_id, name), some in together.items()
    ]


def _selected_batches(lake: Path, selection: Selection) -> list[Batch]:
    if selection.file is not None:
        path = selection.file.resolve()
        folder = path if path.is_dir() else path.parent
        found = [batch for batch in batches(lake) if batch.folder.resolve() == folder]
        if not found or not path.exists():
            raise NotInLakeError(f"{selection.file} is no batch of the lake in {lake}.")
        return found
    return [batch for batch in batches(lake) if _received(batch, selection.since, selection.until)]


def _received(batch: Batch, since: datetime | None, until: datetime | None) -> bool:
    received_at = datetime.fromisoformat(batch.manifest.received_at)
    return (since is None or since <= received_at) and (until is None or received_at <= until)


def _replay_part(warehouse: Warehouse, data: DataFolder, part: _Part, run_id: str, *, dry_run: bool) -> EntityReplay:
    replayed = Replayed()
    for start in range(0, len(part.ids), AT_ONCE):
        replayed += warehouse.transact(
            partial(
                replay,
                records=data.lake / part.realm_id / part.entity.table,
                entity=part.entity,
                realm_id=part.realm_id,
                ids=part.ids[start : start + AT_ONCE],
                workshop=data.build.parent / "replay",
                dry_run=dry_run,
            )
        )
    resolved = Resolved(0, MergeOutcome(), ())
    if part.ward is not None:
        resolved = resolve(warehouse, data.lake, part.ward, run_id, dry_run=dry_run)
    return EntityReplay(
        realm_id=part.realm_id,
        entity=part.entity.name,
        records=replayed.records + resolved.versions,
        inserted=replayed.inserted + resolved.merged.inserted,
        updated=replayed.updated + resolved.merged.updated,
        deleted=replayed.deleted + resolved.merged.deleted,
        unchanged=replayed.unchanged + resolved.merged.unchanged,
        resolved=resolved.versions,
        unfit=(*resolved.reasons, *(f"{one.id}: {one.reason}" for one in replayed.misfits)),
    )


def _run_record(done: EntityReplay, run_id: str, started_at: datetime, seconds: float) -> RunRecord:
    return RunRecord(
        run_id=run_id,
        realm_id=done.realm_id,
        entity=done.entity,
        source=SOURCE,
        started_at=started_at,
        seconds=seconds,
        records=done.records,
        inserted=done.inserted,
        updated=done.updated,
        deleted=done.deleted,
        unchanged=done.unchanged,
        rejected=len(done.unfit),
        counted=None,
        api_calls=0,
        bytes_received=0,
        unknown_fields={},
        note=f"records that left the quarantine: {done.resolved}" if done.resolved else None,
    )
