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
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity, Table
from qbo_pipeline.warehouse.same_stamp import note_changed, settle_incoming
from qbo_pipeline.warehouse.schema import literal
from qbo_pipeline.warehouse.storage import columns_of, widen
from qbo_pipeline.warehouse.transaction import transaction

_TOLD_BY_ID = 100_000
"""Where a merge changes more documents of an entity and company, it is told of the entity as a whole."""
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
            outcomes |= apply(connection, entity, new, records)
            _note(connection, new, outcomes)
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
        FROM read_parquet({_paths([batch.records for batch in batches])})
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
        _note_touched(connection, entity, realm_id, "incoming", received)
        _apply(connection, entity, realm_id, batches, everything=True)


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
    _show_first_received(connection, entity)
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
        _note_touched(connection, entity, realm_id, "winner", new + newer)
        _apply(connection, entity, realm_id, batches, everything=not deleted and new == received)
    if not deleted and new + newer < chosen:
        _complete_deleted(connection, entity, realm_id, batches, records)
    return won


def _show_first_received(connection: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Have rows name the first receipt of their version, which is the one in the history, also where it is merged last.

    Two processes may read the same record, and whoever wrote it into the lake first need not be the first to merge.
    """
    if connection.execute("SELECT count(*) FROM earlier").fetchall() == [(0,)]:
        return
    own, *arrays = tables(entity)
    connection.execute(
        f"""
        UPDATE stored."{own.name}" AS known
        SET version_id = newest.version_id, synced_at = newest.received_at, source = newest.source
        FROM earlier JOIN newest USING (version_id)
        WHERE known.version_id = earlier.known_version
        """
    )
    for table in arrays:
        connection.execute(
            f"""
            UPDATE stored."{table.name}" AS known SET version_id = earlier.version_id
            FROM earlier WHERE known.version_id = earlier.known_version
            """
        )


def _note_touched(
    connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, records: str, count: int
) -> None:
    """Tell the finance models which records have other rows from here on: by id documents that are not too many."""
    by_id = entity.category is Category.TRANSACTION and count <= _TOLD_BY_ID
    touched = f"id FROM {records}" if by_id else "NULL"
    connection.execute(
        f"INSERT INTO audit.touched_record SELECT {literal(realm_id)}, {literal(entity.name)}, {touched}"
    )


def _apply(
    connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, batches: Sequence[Batch], everything: bool
) -> None:
    own, *arrays = tables(entity)
    if not everything:
        # A deleted document keeps its row and loses its lines, so that lines can be summed without looking for it.
        connection.execute(
            f"""
            UPDATE stored."{own.name}" AS known
            SET deleted = true, updated_at = coalesce(winner.updated_at, known.updated_at),
                synced_at = winner.received_at, source = winner.source
            FROM winner
            WHERE winner.deleted AND known.version_id = winner.replaced
            """
        )
        for table in arrays:
            connection.execute(
                f'DELETE FROM stored."{table.name}" '
                "WHERE version_id IN (SELECT replaced FROM winner WHERE replaced IS NOT NULL)"
            )
        connection.execute(
            f'DELETE FROM stored."{own.name}" '
            "WHERE version_id IN (SELECT replaced FROM winner WHERE replaced IS NOT NULL AND NOT deleted)"
        )
        connection.execute(
            f"""
            INSERT INTO stored."{own.name}" BY NAME
            SELECT {literal(realm_id)} AS realm_id, id, updated_at, true AS deleted, received_at AS synced_at, source,
                   version_id
            FROM winner WHERE deleted AND replaced IS NULL
            """
        )
    for table in (own, *arrays):
        _insert(connection, entity, table, batches, everything)


def _complete_deleted(
    connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, batches: Sequence[Batch], records: Path
) -> None:
    """Give records whose deletion came first the values of a later version than they show; they stay deleted.

    Which version is the later one the stamps of the two say; that of the one shown is in the lake, as its row has the
    time of the deletion.
    """
    table = f'stored."{entity.table}"'
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE late AS
        SELECT newest.id, newest.version_id, known.version_id AS replaced,
               known.updated_at, known.synced_at, known.source
        FROM newest
        JOIN {table} AS known ON known.realm_id = {literal(realm_id)} AND known.id = newest.id
        WHERE known.deleted AND newest.version_id <> known.version_id
        """
    )
    numbers = connection.execute(f"SELECT DISTINCT replaced >> {VERSION_BITS} FROM late ORDER BY 1").fetchall()
    shown = [file for (number,) in numbers if (file := records / str(number) / "record.parquet").exists()]
    if shown:
        connection.execute(
            f"""
            DELETE FROM late WHERE replaced IN (
                SELECT shown.version_id
                FROM read_parquet({_paths(shown)}) AS shown JOIN newest USING (id)
                WHERE shown.operation <> 'deleted' AND shown.version_id IN (SELECT replaced FROM late)
                  AND (coalesce(newest.updated_at, TIMESTAMP '1970-01-01'), coalesce(newest.sync_token, -1))
                   <= (coalesce(shown.updated_at, TIMESTAMP '1970-01-01'), coalesce(shown.sync_token, -1))
            )
            """
        )
    paths = [path for batch in batches if (path := batch.table(entity.table)) is not None]
    if connection.execute("SELECT count(*) FROM late").fetchall() == [(0,)] or not paths:
        return
    _note_touched(connection, entity, realm_id, "late", 1)
    typed = f"read_parquet({_paths(paths)}, union_by_name = true)"
    widen(connection, entity, tables(entity)[0], columns_of(connection, typed))
    connection.execute(f"DELETE FROM {table} WHERE version_id IN (SELECT replaced FROM late)")
    connection.execute(
        f"""
        INSERT INTO {table} BY NAME
        SELECT typed.* REPLACE (
            true AS deleted, late.updated_at AS updated_at, late.synced_at AS synced_at, late.source AS source
        )
        FROM {typed} AS typed JOIN late USING (version_id)
        """
    )


def _insert(
    connection: duckdb.DuckDBPyConnection, entity: Entity, table: Table, batches: Sequence[Batch], everything: bool
) -> None:
    paths = [path for batch in batches if (path := batch.table(table.name)) is not None]
    if not paths:
        return
    typed = f"read_parquet({_paths(paths)}, union_by_name = true)"
    widen(connection, entity, table, columns_of(connection, typed))
    chosen = "" if everything else "WHERE version_id IN (SELECT version_id FROM winner WHERE NOT deleted)"
    connection.execute(f'INSERT INTO stored."{table.name}" BY NAME SELECT * FROM {typed} {chosen}')


def _note(connection: duckdb.DuckDBPyConnection, batches: Sequence[Batch], outcomes: OutcomeByBatch) -> None:
    rejected = [path for batch in batches if (path := batch.rejected) is not None]
    if rejected:
        connection.execute(f"INSERT INTO audit.rejected_record BY NAME SELECT * FROM read_parquet({_paths(rejected)})")
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


def _paths(paths: Sequence[object]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"
