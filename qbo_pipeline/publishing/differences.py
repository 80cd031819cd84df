"""How the rows that are wanted differ from those that a destination holds: by key and fingerprint, in DuckDB."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Difference:
    """What there is to send of a table."""

    added: int
    changed: int
    removed: int

    @property
    def rows(self) -> int:
        """Rows that are sent."""
        return self.added + self.changed + self.removed


def differ(connection: duckdb.DuckDBPyConnection, held: str, wanted: str, into: str = "difference") -> Difference:
    """Compare two relations of `row_key`, `company` and `fingerprint`.

    What differs is in a temporary table, the fingerprint NULL where a row is gone.

    Args:
        connection: where they are.
        held: what the destination has, or a query of it in brackets.
        wanted: what it is to have.
        into: name of the temporary table, quoted where it needs to be.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {into} AS
        SELECT
            coalesce(wanted.row_key, held.row_key) AS row_key, coalesce(wanted.company, held.company) AS company,
            wanted.fingerprint, held.row_key IS NULL AS is_new
        FROM {held} AS held FULL JOIN {wanted} AS wanted ON wanted.row_key = held.row_key
        WHERE held.fingerprint IS DISTINCT FROM wanted.fingerprint
        """
    )
    [(added, changed, removed)] = connection.execute(
        "SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new AND fingerprint IS NOT NULL), "
        f"count(*) FILTER (fingerprint IS NULL) FROM {into}"
    ).fetchall()
    return Difference(added, changed, removed)
