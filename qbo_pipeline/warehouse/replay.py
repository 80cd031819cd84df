"""Replaying records: their rows are made anew from the lake and put in the place of those that are there.

Whichever version a replay was asked for, the newest of all that the lake has of the record wins, as in every merge; and
it is typed anew from its JSON. So a replay never brings an older state back, mends rows whatever was done to them, and
changes nothing where there is nothing to mend.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from qbo_pipeline.lake.batch_files import RECORD_SCHEMA
from qbo_pipeline.lake.layout import VERSION_BITS, Batch
from qbo_pipeline.lake.retyping import Misfit, retype_versions
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.warehouse.merge import apply
from qbo_pipeline.warehouse.merges import infer_merges
from qbo_pipeline.warehouse.schema import literal, literals, no_pattern


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did, or would do, to records of one entity of one company."""

    records: int = 0
    """Records that the lake has, of those asked for."""
    inserted: int = 0
    """Records that had no row."""
    updated: int = 0
    """Records with a row that was not what their versions make it."""
    deleted: int = 0
    """The same, of records that are deleted and were not marked so."""
    unchanged: int = 0
    misfits: tuple[Misfit, ...] = ()
    """Records whose newest version does not fit any more; their rows stay as they are."""

    def __add__(self, other: Replayed) -> Replayed:
        """Of two replays of different records."""
        return Replayed(
            self.records + other.records,
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.unchanged + other.unchanged,
            self.misfits + other.misfits,
        )


def known_ids(
    connection: duckdb.DuckDBPyConnection, lake: Path, entity: Entity, ids: Sequence[str]
) -> dict[str, list[str]]:
    """Realm id → those of the records that the lake has of that company, be it in quarantine."""
    everything = literal(f"{no_pattern(lake)}/*/{entity.table}/*/record.parquet")
    rows = connection.execute(
        f"SELECT realm_id, id FROM read_parquet({everything}) "
        "WHERE list_contains(?::VARCHAR[], id) GROUP BY ALL ORDER BY ALL",
        [list(ids)],
    ).fetchall()
    found: dict[str, list[str]] = {}
    for realm_id, identity in rows:
        found.setdefault(realm_id, []).append(identity)
    return found


def ids_of(connection: duckdb.DuckDBPyConnection, batches: Sequence[Batch]) -> list[str]:
    """The records of batches of one entity and company, each once, those in quarantine left out."""
    files = literals(batch.records for batch in batches)
    query = f"SELECT DISTINCT id FROM read_parquet({files}) WHERE operation <> 'rejected' ORDER BY id"
    return [identity for (identity,) in connection.execute(query).fetchall()]


def replay(
    connection: duckdb.DuckDBPyConnection,
    records: Path,
    entity: Entity,
    realm_id: str,
    ids: Sequence[str],
    workshop: Path,
    *,
    dry_run: bool,
) -> Replayed:
    """Make the rows of some records anew, all of them in one transaction.

    Args:
        connection: the build database; no transaction is open.
        records: folder of the lake with the batches of this entity and company.
        entity: what the records are.
        realm_id: the company they belong to.
        ids: a few thousand at most. Those the lake does not have are left alone.
        workshop: a folder for files in between; it is removed.
        dry_run: find out what would change, and change nothing.
    """
    versions = _deciding_versions(connection, records, ids)
    known = pc.count_distinct(versions["id"]).as_py()
    misfits: list[Misfit] = []
    try:
        while versions.num_rows:
            shutil.rmtree(workshop, ignore_errors=True)
            batch, unfit = retype_versions(versions, entity, realm_id, workshop)
            if not unfit:
                replayed = _replace(connection, entity, realm_id, batch, records, dry_run=dry_run)
                break
            misfits += unfit
            left = pa.array({one.id for one in unfit}, pa.string())
            versions = versions.filter(pc.invert(pc.is_in(versions["id"], left)))
        else:
            replayed = Replayed()
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return replayed + Replayed(known - replayed.records, misfits=tuple(misfits))


def _deciding_versions(connection: duckdb.DuckDBPyConnection, records: Path, ids: Sequence[str]) -> pa.Table:
    """Of each record its newest version that has values and its newest deletion: the others decide nothing.

    Which ones is found without reading any JSON.
    """
    everything = literal(f"{no_pattern(records)}/*/record.parquet")
    connection.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT DISTINCT unnest(?::VARCHAR[]) AS id", [list(ids)])
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE deciding AS
        SELECT version_id
        FROM read_parquet({everything})
        SEMI JOIN asked USING (id)
        LEFT JOIN audit.same_stamp_version AS changed USING (version_id)
        WHERE operation <> 'rejected'
        QUALIFY row_number() OVER (
            PARTITION BY id, operation
            ORDER BY coalesce(updated_at, TIMESTAMP '1970-01-01') DESC, sync_token DESC,
                     coalesce(changed.version_id, -version_id) DESC
        ) = 1
        """
    )
    batches = connection.execute(f"SELECT DISTINCT version_id >> {VERSION_BITS} FROM deciding ORDER BY 1").fetchall()
    if not batches:
        return RECORD_SCHEMA.empty_table()
    files = ", ".join(literal(f"{records}/{number}/record.parquet") for (number,) in batches)
    found = connection.sql(
        f"SELECT * FROM read_parquet([{files}]) SEMI JOIN deciding USING (version_id) ORDER BY version_id"
    )
    table: pa.Table = found.to_arrow_table()
    return table.select(RECORD_SCHEMA.names).cast(RECORD_SCHEMA)


def _replace(
    connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, batch: Batch, records: Path, *, dry_run: bool
) -> Replayed:
    """Put the rows of a batch in the place of all rows of its records."""
    connection.execute("BEGIN TRANSACTION")
    try:
        _set_aside(connection, entity, realm_id, batch)
        apply(connection, entity, [batch], records)
        replayed = _compare(connection, entity, realm_id)
        needless = dry_run or replayed.records == replayed.unchanged
        if not needless:
            infer_merges(connection, entity)  # with the rows or never, as in every merge
        connection.execute("ROLLBACK" if needless else "COMMIT")
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # a transaction that cannot even be rolled back ends with the process
            connection.execute("ROLLBACK")
        raise
    return replayed


def _set_aside(connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, batch: Batch) -> None:
    """Move all rows of the batch's records out of their tables. They are known by their id: the rest may be wrong."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE replayed AS "
        f"SELECT DISTINCT id FROM read_parquet({literal(str(batch.records))}) WHERE operation <> 'rejected'"
    )
    for table in tables(entity):
        own = f'realm_id = {literal(realm_id)} AND "{_key(entity, table.name)}" IN (SELECT id FROM replayed)'
        connection.execute(
            f'CREATE OR REPLACE TEMP TABLE "before_{table.name}" AS FROM stored."{table.name}" WHERE {own}'
        )
        connection.execute(f'DELETE FROM stored."{table.name}" WHERE {own}')


def _compare(connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str) -> Replayed:
    """Rows as they are now beside those set aside, which are let go of."""
    connection.execute("CREATE OR REPLACE TEMP TABLE differing (id VARCHAR)")
    for table in tables(entity):
        key = _key(entity, table.name)
        connection.execute(
            f"""
            INSERT INTO differing
            SELECT "{key}"
            FROM (
                SELECT * EXCLUDE (side), sum(side) AS surplus
                FROM (
                    SELECT *, -1 AS side FROM "before_{table.name}"
                    UNION ALL BY NAME
                    SELECT *, 1 AS side FROM stored."{table.name}"
                    WHERE realm_id = {literal(realm_id)} AND "{key}" IN (SELECT id FROM replayed)
                )
                GROUP BY ALL
            )
            WHERE surplus <> 0
            """
        )
    own = entity.table
    [(records, inserted, deleted, updated)] = connection.execute(
        f"""
        WITH now_stored AS (
            SELECT id, deleted FROM stored."{own}" WHERE realm_id = {literal(realm_id)}
        ),
        compared AS (
            SELECT
                before.id IS NULL AS is_new,
                coalesce(now_stored.deleted AND NOT before.deleted, false) AS is_deleted,
                replayed.id IN (SELECT id FROM differing) AS differs
            FROM replayed
            LEFT JOIN now_stored USING (id)
            LEFT JOIN (SELECT id, bool_and(deleted) AS deleted FROM "before_{own}" GROUP BY id) AS before USING (id)
        )
        SELECT
            count(*),
            count(*) FILTER (differs AND is_new),
            count(*) FILTER (differs AND NOT is_new AND is_deleted),
            count(*) FILTER (differs AND NOT is_new AND NOT is_deleted)
        FROM compared
        """
    ).fetchall()
    for table in tables(entity):
        connection.execute(f'DROP TABLE "before_{table.name}"')
    return Replayed(records, inserted, updated, deleted, records - inserted - deleted - updated)


def _key(entity: Entity, table: str) -> str:
    """The column with the record's id."""
    return "id" if table == entity.table else f"{entity.table}_id"
