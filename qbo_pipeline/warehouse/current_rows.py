"""The rows of a record in the tables of its entity, and in those of its lines, as versions of it win.

What is incoming, the newest of it and the winners are temporary tables of the merge that goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from qbo_pipeline.lake.layout import VERSION_BITS, Batch
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity, Table
from qbo_pipeline.warehouse.schema import literal, literals
from qbo_pipeline.warehouse.storage import columns_of, widen

_TOLD_BY_ID = 100_000
"""Where a merge changes more documents of an entity and company, it is told of the entity as a whole."""


def show_first_received(connection: duckdb.DuckDBPyConnection, entity: Entity) -> None:
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


def note_touched(
    connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, records: str, count: int
) -> None:
    """Tell the finance models which records have other rows from here on: by id documents that are not too many."""
    by_id = entity.category is Category.TRANSACTION and count <= _TOLD_BY_ID
    touched = f"id FROM {records}" if by_id else "NULL"
    connection.execute(
        f"INSERT INTO audit.touched_record SELECT {literal(realm_id)}, {literal(entity.name)}, {touched}"
    )


def apply_winners(
    connection: duckdb.DuckDBPyConnection, entity: Entity, realm_id: str, batches: Sequence[Batch], everything: bool
) -> None:
    """Put the rows of the winners in the place of those they replace; with `everything`, all rows of the batches."""
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


def complete_deleted(
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
                FROM read_parquet({literals(shown)}) AS shown JOIN newest USING (id)
                WHERE shown.operation <> 'deleted' AND shown.version_id IN (SELECT replaced FROM late)
                  AND (coalesce(newest.updated_at, TIMESTAMP '1970-01-01'), coalesce(newest.sync_token, -1))
                   <= (coalesce(shown.updated_at, TIMESTAMP '1970-01-01'), coalesce(shown.sync_token, -1))
            )
            """
        )
    paths = [path for batch in batches if (path := batch.table(entity.table)) is not None]
    if connection.execute("SELECT count(*) FROM late").fetchall() == [(0,)] or not paths:
        return
    note_touched(connection, entity, realm_id, "late", 1)
    typed = f"read_parquet({literals(paths)}, union_by_name = true)"
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
    typed = f"read_parquet({literals(paths)}, union_by_name = true)"
    widen(connection, entity, table, columns_of(connection, typed))
    chosen = "" if everything else "WHERE version_id IN (SELECT version_id FROM winner WHERE NOT deleted)"
    connection.execute(f'INSERT INTO stored."{table.name}" BY NAME SELECT * FROM {typed} {chosen}')
