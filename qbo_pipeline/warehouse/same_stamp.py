"""Versions that their stamp does not tell from others: records that changed again within its second.

A payment changes the balance of its invoice without counting the invoice's SyncToken up, and stamps have whole seconds.
So of versions with the same stamp the later received one is the newer where its JSON is another. Which these are is
noted in `audit.same_stamp_version`, so that the history can show them without reading every JSON again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from qbo_pipeline.lake.layout import VERSION_BITS
from qbo_pipeline.warehouse.schema import literal, literals


def settle_incoming(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> bool:
    """Leave in the table `incoming` one version of those with the same stamp.

    Of records it is the first of those that were received last with one content: what comes back after another content
    is a version of its own, also when everything is merged at once. Of deletions, which hold nothing, it is the first.

    Args:
        connection: with the transaction of a merge.
        files: the record files that `incoming` is from.

    Returns:
        Whether every record came once, and every deletion.
    """
    [(rows, records)] = connection.execute("SELECT count(*), count(DISTINCT (id, deleted)) FROM incoming").fetchall()
    if rows == records:
        return True
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT version_id, id, updated_at, sync_token, deleted FROM incoming
        QUALIFY count(*) OVER (PARTITION BY id, updated_at, sync_token, deleted) > 1
        """
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE other_content AS
        WITH content AS (
            SELECT repeated.*, CASE WHEN deleted THEN NULL ELSE hash(record.raw) END AS content
            FROM repeated JOIN read_parquet({literals(files)}) AS record USING (version_id)
        )
        SELECT version_id, id, updated_at, sync_token, deleted, row_number() OVER stamp AS receipt
        FROM content
        WINDOW stamp AS (PARTITION BY id, updated_at, sync_token, deleted ORDER BY version_id)
        QUALIFY row_number() OVER stamp = 1 OR content <> lag(content) OVER stamp
        """
    )
    connection.execute(
        "INSERT OR IGNORE INTO audit.same_stamp_version SELECT version_id FROM other_content WHERE receipt > 1"
    )
    connection.execute(
        """
        DELETE FROM incoming
        WHERE version_id IN (SELECT version_id FROM repeated)
          AND version_id NOT IN (
            SELECT max(version_id) FROM other_content GROUP BY id, updated_at, sync_token, deleted
          )
        """
    )
    return False


def note_changed(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    realm_id: str,
    files: Sequence[Path],
    records: Path,
    tie: str,
) -> None:
    """Make the table `changed`: versions of `newest` that have the stamp of what is known and another content.

    Those received after what is known win; whichever of the two came later is noted. Of those with the same content the
    table `earlier` has what was received before what is known, and merged after it.

    Args:
        connection: with the transaction of a merge.
        table: of the entity.
        realm_id: the company.
        files: the record files that `newest` is from.
        records: where the lake has the batches of the entity and company.
        tie: SQL that tells whether `newest` and `known` have the same stamp.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE changed AS
        SELECT newest.version_id, known.version_id AS known_version
        FROM newest
        JOIN stored."{table}" AS known ON known.realm_id = {literal(realm_id)} AND known.id = newest.id
        WHERE {tie} AND NOT known.deleted AND newest.version_id <> known.version_id
        """
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE earlier AS FROM changed WHERE version_id < known_version")
    numbers = connection.execute(f"SELECT DISTINCT known_version >> {VERSION_BITS} FROM changed ORDER BY 1").fetchall()
    if not numbers:
        return
    known = [path for (number,) in numbers if (path := records / str(number) / "record.parquet").exists()]
    connection.execute(
        f"""
        DELETE FROM changed WHERE version_id NOT IN (
            WITH content AS (
                SELECT DISTINCT version_id, hash(raw) AS content FROM read_parquet({literals([*files, *known])})
                WHERE version_id IN (SELECT version_id FROM changed UNION ALL SELECT known_version FROM changed)
            )
            SELECT changed.version_id
            FROM changed
            JOIN content AS new ON new.version_id = changed.version_id
            JOIN content AS old ON old.version_id = changed.known_version
            WHERE new.content <> old.content
        )
        """
    )
    connection.execute("DELETE FROM earlier WHERE version_id IN (SELECT version_id FROM changed)")
    connection.execute("DELETE FROM earlier WHERE known_version IN (SELECT version_id FROM audit.same_stamp_version)")
    connection.execute(
        "INSERT OR IGNORE INTO audit.same_stamp_version SELECT greatest(version_id, known_version) FROM changed"
    )
    connection.execute("DELETE FROM changed WHERE version_id < known_version")
