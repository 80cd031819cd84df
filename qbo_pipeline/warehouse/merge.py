"""Merging record versions: the newest wins, whatever the order they come in and however often.

A version is newer by `updated_at`, then by being a deletion, then by `sync_token`, then by being received later with
another content (`same_stamp`); of one received several times the first stays, as in `history.record`. All of a merge
happens in one transaction together with the note that its batches are in, so that a merge cut short has not happened
and one repeated does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from qbo_pipeline.lake.layout import VERSION_BITS, Batch
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.warehouse.current_rows import apply_winners, complete_deleted, note_touched, show_first_received
from qbo_pipeline.warehouse.merges import infer_merges
from qbo_pipeline.warehouse.same_stamp import note_changed, settle_incoming
from qbo_pipeline.warehouse.schema import literal, literals
from qbo_pipeline.warehouse.transaction import transaction

_TOGETHER = 24
"""Batches of an entity merged at once, so that memory stays flat however many there are."""
_NEWNESS = "coalesce({0}.updated_at, TIMESTAMP '1970-01-01'), {0}.deleted, coalesce({0}.sync_token, -1)"


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """What a merge did to one entity of one company."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    """Versions that were known already or older than what is known."""
    rejected: int = 0

    def __add__(self, other: MergeOutcome) -> MergeOutcome:
        """Of two merges one after the other."""
        return MergeOutcome(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
        )


OutcomeByBatch = dict[int, MergeOutcome]
"""What merging did, by number of the batch."""


def together(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    """Batches as they are merged: of one company and entity, in the order given, a few at a time."""

    def owner(batch: Batch) -> tuple[str, str]:
        return batch.manifest.realm_id, batch.manifest.entity

    for _, group in groupby(sorted(batches, key=owner), owner):
        own = list(group)
        for start in range(0, len(own), _TOGETHER):
            yield own[start : start + _TOGETHER]


def merge(
    connection: duckdb.DuckDBPyConnection, entity: Entity, batches: Sequence[Batch], records: Path
) -> MergeOutcome:
    """Bring batches of one entity and company, one at least, into its tables; those that are in already are skipped.

    `records`: where the lake has the batches of that entity and company. Gives back what merging these batches did, now
    or when it was done, maybe by another process.
    """
    with transaction(connection):
        outcomes = _known(connection, entity, batches)
        new = [batch for batch in batches if batch.manifest.batch not in outcomes]
        if new:
            outcomes |= (done := apply(connection, entity, new, records))
            _note(connection, new, outcomes)
            if any(one.inserted or one.updated or one.deleted for one in done.values()):
                # With the merge or never: once the surviving record changed again, nothing tells that it survived one.
                infer_merges(connection, entity)
    return sum((outcomes[batch.manifest.batch] for batch in batches), MergeOutcome())


def _known(connection: duckdb.DuckDBPyConnection, entity: Entity, batches: Sequence[Batch]) -> OutcomeByBatch:
    """The batches from the oldest of these on that are in. Numbers rise with time: older ones are not even read."""
    rows = connection.execute(
        """
        SELECT batch, coalesce(inserted, 0), coalesce(updated, 0), coalesce(deleted, 0), records, rejected
        FROM audit.lake_batch WHERE entity = ? AND realm_id = ? AND batch >= ?
        """,
        [entity.name, batches[0].manifest.realm_id, min(batch.manifest.batch for batch in batches)],
    ).fetchall()
    return {
        number: MergeOutcome(new, newer, gone, received - rejected - new - newer - gone, rejected)
        for number, new, newer, gone, received, rejected in rows
    }


def apply(
    connection: duckdb.DuckDBPyConnection, entity: Entity, batches: Sequence[Batch], records: Path
) -> OutcomeByBatch:
    """Bring the versions of batches of one entity and company in, within the transaction that is open."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT version_id, id, sync_token, updated_at, operation = 'deleted' AS deleted, received_at, source
        FROM read_parquet({literals([batch.records for batch in batches])})
        WHERE operation <> 'rejected'
        """
    )
    realm_id = batches[0].manifest.realm_id
    [(received, deletions, known)] = connection.execute(
        f"""
        SELECT count(*), count(*) FILTER (deleted),
               EXISTS (SELECT 1 FROM stored."{entity.table}" WHERE realm_id = {literal(realm_id)})
        FROM incoming
        """
    ).fetchall()
    each_once = settle_incoming(connection, [batch.records for batch in batches])
    if each_once and not deletions and not known:
        _insert_first(connection, entity, realm_id, batches, received)
        changed = {one.manifest.batch: (one.manifest.records - one.manifest.rejected, 0, 0) for one in batches}
    else:
        # Records first, deletions after: a record that comes together with its deletion leaves its last values behind.
        came = _merge_newest(connection, entity, batches, records, received, deleted=False)
        gone = _merge_newest(connection, entity, batches, records, received, deleted=True) if deletions else {}
        changed = {number: (*came.get(number, (0, 0)), sum(gone.get(number, (0, 0)))) for number in {*came, *gone}}
    return {one.manifest.batch: _outcome(one, *changed.get(one.manifest.batch, (0, 0, 0))) for one in batches}


def _outcome(batch: Batch, inserted: int, updated: int, deleted: int) -> MergeOutcome:
    rejected = batch.manifest.rejected
    unchanged = batch.manifest.records - rejected - inserted - updated - deleted
    return MergeOutcome(inserted, updated, deleted, unchanged, rejected)


def _insert_first(
    connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, batches: Sequence[Batch], received: int
) -> None:
    """Insert the first records of a company, each of which came once: nothing is known that could be newer."""
    if received:
        note_touched(connection, entity, realm_id, "incoming", received)
        apply_winners(connection, entity, realm_id, batches, everything=True)


def _merge_newest(
    connection: duckdb.DuckDBPyConnection,
    entity: Entity,
    batches: Sequence[Batch],
    records: Path,
    received: int,
    *,
    deleted: bool,
) -> dict[int, tuple[int, int]]:
    """Apply the newest records, or the newest deletions, of what is incoming where they are newer than the known.

    `received`: versions in the batches, those that are no more among the incoming ones included. Gives back how many
    were of records not known before and of known ones, by number of the batch.
    """
    realm_id = batches[0].manifest.realm_id
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE newest AS
        SELECT * FROM incoming
        WHERE deleted = {deleted}
        QUALIFY row_number() OVER (
            PARTITION BY id
            ORDER BY coalesce(updated_at, TIMESTAMP '1970-01-01') DESC, sync_token DESC, version_id
        ) = 1
        """
    )
    stamps = _NEWNESS.format("newest"), _NEWNESS.format("known")
    tie = f"NOT newest.deleted AND ({stamps[0]}) = ({stamps[1]})"
    note_changed(connection, entity.table, realm_id, [batch.records for batch in batches], records, tie)
    show_first_received(connection, entity)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE winner AS
        SELECT newest.*, known.version_id AS replaced
        FROM newest
        LEFT JOIN stored."{entity.table}" AS known
            ON known.realm_id = {literal(realm_id)} AND known.id = newest.id
        WHERE known.version_id IS NULL
           OR ({stamps[0]}) > ({stamps[1]})
           OR newest.version_id IN (SELECT version_id FROM changed)
        """
    )
    [(chosen,)] = connection.execute("SELECT count(*) FROM newest").fetchall()
    rows = connection.execute(
        f"""
        SELECT version_id >> {VERSION_BITS}, count(*) FILTER (replaced IS NULL), count(replaced)
        FROM winner GROUP BY ALL
        """
    ).fetchall()
    won = {number: (new, newer) for number, new, newer in rows}
    new, newer = (sum(counts) for counts in zip(*won.values(), strict=True)) if won else (0, 0)
    if new + newer:
        note_touched(connection, entity, realm_id, "winner", new + newer)
        apply_winners(connection, entity, realm_id, batches, everything=not deleted and new == received)
    if not deleted and new + newer < chosen:
        complete_deleted(connection, entity, realm_id, batches, records)
    return won


def _note(connection: duckdb.DuckDBPyConnection, batches: Sequence[Batch], outcomes: OutcomeByBatch) -> None:
    rejected = [path for batch in batches if (path := batch.rejected) is not None]
    if rejected:
        connection.execute(
            f"INSERT INTO audit.rejected_record BY NAME SELECT * FROM read_parquet({literals(rejected)})"
        )
    for batch in batches:
        if batch.manifest.resolves:
            connection.execute(
                "UPDATE audit.rejected_record SET resolved_at = CAST(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC', "
                "resolved_by = ? WHERE version_id IN (SELECT unnest(?))",
                [batch.manifest.resolved_at, batch.manifest.run_id, list(batch.manifest.resolves)],
            )
    connection.executemany(
        "INSERT INTO audit.lake_batch BY NAME SELECT ? AS batch, ? AS realm_id, ? AS entity, ? AS source, ? AS run_id, "
        "CAST(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS received_at, ? AS records, ? AS rejected, "
        "? AS inserted, ? AS updated, ? AS deleted",
        [
            [
                batch.manifest.batch,
                batch.manifest.realm_id,
                batch.manifest.entity,
                batch.manifest.source,
                batch.manifest.run_id,
                batch.manifest.received_at,
                batch.manifest.records,
                batch.manifest.rejected,
                outcomes[batch.manifest.batch].inserted,
                outcomes[batch.manifest.batch].updated,
                outcomes[batch.manifest.batch].deleted,
            ]
            for batch in batches
        ],
    )
