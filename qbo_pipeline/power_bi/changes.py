"""What has to be sent so that a table of the dataset holds what the warehouse has now.

Both sides are compared in DuckDB by key and fingerprint, and only rows that are suspected of having changed are written
as JSON, which costs ten times as much. What is sent is in proportion to what changed: new rows alone are appended, rows
of a SIGNED table are reversed and sent again, and a REPLACE table is replaced where anything but new rows came; nothing
is sent where nothing changed. The rows of companies that are not published stay as they were sent.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import msgspec

from qbo_pipeline.model.definition import Delivery, Table
from qbo_pipeline.power_bi.delivered import COMPACT_ABOVE, Delivered
from qbo_pipeline.power_bi.errors import CompileError, TableFullError
from qbo_pipeline.power_bi.payloads import Row, reversal
from qbo_pipeline.power_bi.push_schema import PushTable
from qbo_pipeline.power_bi.rows import fingerprints, projection, suspects
from qbo_pipeline.publishing.rows import columns_text
from qbo_pipeline.state.deliveries import QUARANTINE_SHOWN, Kind, QuarantinedRow
from qbo_pipeline.warehouse.schema import literal

MOST_TABLE_ROWS = 5_000_000
"""Rows of a table that keeps them all. Source: learn.microsoft.com, push semantic model limitations."""
_CHUNK = 10_000
_NONE_WANTED = """
CREATE OR REPLACE TEMP TABLE wanted (row_key VARCHAR, company VARCHAR, digest UHUGEINT, body VARCHAR, reason VARCHAR)
"""
"""A table in doubt is sent anew though nothing differs from what it ought to hold."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How a table of the dataset differs from the warehouse, and how it is brought there."""

    table: str
    added: int
    changed: int
    removed: int
    quarantined: int
    shown: tuple[QuarantinedRow, ...]
    """The first of those in quarantine."""
    kind: Kind | None
    """APPEND, SIGNED or REPLACE; None where there is nothing to do."""
    rows: int
    """Rows to send."""
    companies: frozenset[str] | None
    """Realm ids of those whose rows differ; None where all may, or the rows are nobody's."""


def compare(
    delivered: Delivered, table: Table, deployed: PushTable, companies: Sequence[str] | None, *, replace: bool = False,
    about: str | None = None,
) -> Changes:  # fmt: skip
    """Compare a table with the attached warehouse; the rows to send wait in temporary tables for `groups`.

    Args:
        delivered: the record of the dataset, the warehouse attached to it.
        table: as the model has it.
        deployed: as Power BI has it.
        companies: realm ids that are published; None for all.
        replace: whether to send everything, changed or not.
        about: what the comparison is about, see `comparison`: noted where nothing differs.

    Raises:
        CompileError: the model names a relation or column that the warehouse does not have.
        TableFullError: the table would hold more than Power BI keeps.
    """
    connection = delivered.connection
    state = delivered.state(table.name)
    held = delivered.rows_of(table.name)
    added = changed = removed = quarantined = 0
    shown: list[tuple[str | None, str | None, str]] = []
    differ: set[str | None] = set()
    if _suspect(delivered, table, deployed, companies):
        added, changed, removed = _row(
            connection,
            "SELECT count(*) FILTER (old_body IS NULL), "
            "count(*) FILTER (old_body IS NOT NULL AND new_body IS NOT NULL), "
            "count(*) FILTER (new_body IS NULL) FROM difference",
        )
        (quarantined,) = _row(connection, "SELECT count(*) FROM wanted WHERE reason IS NOT NULL")
        differ = {
            one
            for (one,) in connection.execute(
                "SELECT old_company FROM difference WHERE old_body IS NOT NULL UNION "
                "SELECT new_company FROM difference WHERE new_body IS NOT NULL"
            ).fetchall()
        }
    if quarantined:
        shown = connection.execute(
            f"SELECT company, row_key, reason FROM wanted WHERE reason IS NOT NULL ORDER BY 2 LIMIT {QUARANTINE_SHOWN}"
        ).fetchall()
    (held_rows,) = _row(connection, f"SELECT count(*) FROM {held}")
    kind, rows = _way(
        table.delivery, state.rows, state.reversals, held_rows, added, changed, removed,
        replace=replace or not state.known,
    )  # fmt: skip
    if kind is None and not quarantined and about is not None:
        delivered.note_shown(table.name, about)
    if (rows if kind is Kind.REPLACE else state.rows + rows) > MOST_TABLE_ROWS:
        raise TableFullError(table.name, rows if kind is Kind.REPLACE else state.rows + rows)
    return Changes(
        table.name, added, changed, removed, quarantined,
        tuple(QuarantinedRow(table.name, company, key, reason) for company, key, reason in shown), kind, rows,
        None if None in differ or not state.known else frozenset(one for one in differ if one is not None),
    )  # fmt: skip


def comparison(
    table: Table, deployed: PushTable, companies: Sequence[str] | None, version: str | None
) -> str | None:  # fmt: skip
    """What a comparison of a table is about: a version of its rows, columns on both sides, and whose rows.

    None where the version is not known.
    """
    if version is None:
        return None
    types = [[column.name, column.data_type] for column in deployed.columns]
    about = [version, duckdb.__version__, columns_text(table), types, None if companies is None else sorted(companies)]
    return hashlib.sha256(msgspec.json.encode(about)).hexdigest()


def _way(
    delivery: Delivery, rows: int, reversals: int, held: int, added: int, changed: int, removed: int, *, replace: bool
) -> tuple[Kind | None, int]:
    """How a difference is sent, and how many rows that takes.

    `rows` and `reversals` are what the dataset holds, `held` the rows among them that are not reversed.
    """
    everything = held + added - removed
    if replace:
        return Kind.REPLACE, everything
    if not added and not changed and not removed:
        return None, 0
    if not changed and not removed and rows + added <= MOST_TABLE_ROWS:
        return Kind.APPEND, added
    if delivery is Delivery.REPLACE:
        return Kind.REPLACE, everything
    sent = added + 2 * changed + removed
    share = Decimal(reversals + changed + removed) / Decimal(rows + sent)
    if share > COMPACT_ABOVE or rows + sent > MOST_TABLE_ROWS:
        return Kind.REPLACE, everything
    return Kind.SIGNED, sent


def groups(
    delivered: Delivered, table: Table, changes: Changes, companies: Sequence[str] | None
) -> Iterator[list[Row]]:
    """The rows to send, as `compare` found them; each group belongs into one batch."""
    held = delivered.rows_of(table.name)
    additive = [column.name for column in table.columns if column.additive]
    if changes.kind is Kind.REPLACE:
        same = (
            f"SELECT row_key, company, body FROM {held} WHERE ({_scope(table, companies)}) IS NOT true "
            "OR row_key NOT IN (SELECT row_key FROM suspect WHERE row_key IS NOT NULL)"
        )
        wanted = "SELECT row_key, company, body FROM wanted WHERE reason IS NULL"
        yield from _single(delivered.connection, f"{same} UNION ALL {wanted} ORDER BY row_key")
    elif changes.kind is Kind.APPEND:
        yield from _single(
            delivered.connection, "SELECT row_key, new_company, new_body FROM difference ORDER BY row_key"
        )
    elif changes.kind is Kind.SIGNED:
        delivered.connection.execute(
            "SELECT row_key, old_company, old_body, new_company, new_body FROM difference ORDER BY row_key"
        )
        while chunk := delivered.connection.fetchmany(_CHUNK):
            for key, old_company, old, new_company, new in chunk:
                group = [] if old is None else [Row(key, old_company, -1, reversal(old, additive))]
                yield group if new is None else [*group, Row(key, new_company, 1, new)]


def source_types(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """DuckDB types of the columns of a table's relation in the attached warehouse.

    Raises:
        CompileError: the relation, or a column that the model names, is not there.
    """
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM warehouse.{table.relation}").fetchall()
    except duckdb.CatalogException:
        raise CompileError(
            f"Table {table.name}: the warehouse has no {table.relation}. Load a company first, or rebuild."
        ) from None
    types = {str(name): str(kind) for name, kind, *_ in described}
    if missing := [column.source for column in table.columns if column.source not in types]:
        raise CompileError(
            f"Table {table.name}: {table.relation} has no column {', '.join(missing)}. Build the models again: "
            "qbo-pipeline rebuild."
        )
    return types


def row_counts(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> dict[str, int]:
    """Rows of tables in the attached warehouse; none where a relation is missing."""
    counts = {}
    for table in tables:
        with contextlib.suppress(duckdb.CatalogException):
            (counts[table.name],) = _row(connection, f"SELECT count(*) FROM warehouse.{table.relation}")
    return counts


def kept(delivered: Delivered, table: str) -> Iterator[list[Row]]:
    """The rows that a table ought to hold, from the record alone."""
    yield from _single(
        delivered.connection, f"SELECT row_key, company, body FROM {delivered.rows_of(table)} ORDER BY row_key"
    )


def _suspect(delivered: Delivered, table: Table, deployed: PushTable, companies: Sequence[str] | None) -> bool:
    """Find what differs from the record; False where nothing does.

    Temporary tables: `suspect` has the keys of rows that are new, gone, have another fingerprint than the one on
    record, or share their key; `wanted` such rows of the warehouse as they are sent, or with the reason why they are
    not; `difference` what came out otherwise than the dataset has it.
    """
    connection = delivered.connection
    relation = f"warehouse.{table.relation}"
    types = source_types(connection, table)
    held, known = delivered.rows_of(table.name), delivered.fingerprints_of(table.name)
    if delivered.row(f"SELECT 1 FROM {held} LIMIT 1") is None:
        # Everything is new: no row is looked at twice.
        connection.execute("CREATE OR REPLACE TEMP TABLE suspect (row_key VARCHAR)")
        looked_into, scope = relation, companies
    else:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE suspect AS
            SELECT coalesce(source.row_key, recorded.row_key) AS row_key
            FROM (
                SELECT held.row_key, known.fingerprint
                FROM (SELECT * FROM {held} WHERE {_scope(table, companies)}) AS held
                LEFT JOIN {known} AS known ON known.row_key = held.row_key AND known.digest = held.digest
            ) AS recorded
            FULL JOIN (
                SELECT row_key, min(fingerprint) AS fingerprint, count(*) AS rows
                FROM ({fingerprints(table, deployed, types, relation, companies)})
                GROUP BY row_key
            ) AS source ON source.row_key = recorded.row_key
            WHERE
                recorded.row_key IS DISTINCT FROM source.row_key
                OR recorded.fingerprint IS DISTINCT FROM source.fingerprint OR source.rows > 1
            """
        )
        if not _row(connection, "SELECT count(*) FROM suspect")[0]:
            connection.execute(_NONE_WANTED)
            return False
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE looked_into AS {suspects(table, relation, 'suspect', companies)}"
        )
        looked_into, scope = "looked_into", None
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE fresh AS "
        "SELECT row_key, any_value(company) AS company, any_value(fingerprint) AS fingerprint "
        f"FROM ({fingerprints(table, deployed, types, looked_into, scope)}) "
        "WHERE row_key IS NOT NULL GROUP BY row_key HAVING count(*) = 1"
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE wanted AS
        SELECT
            row_key, company, md5_number(body) AS digest, body,
            coalesce(
                reason,
                CASE WHEN row_number() OVER (PARTITION BY row_key ORDER BY body) > 1
                THEN 'another row has the same key' END
            ) AS reason
        FROM ({projection(table, deployed, types, looked_into, scope)})
        """
    )
    delivered.learn(table.name)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE difference AS
        SELECT
            coalesce(wanted.row_key, held.row_key) AS row_key, held.company AS old_company, held.body AS old_body,
            wanted.company AS new_company, wanted.body AS new_body
        FROM (
            SELECT * FROM {held} WHERE {_scope(table, companies)} AND row_key IN (SELECT row_key FROM suspect)
        ) AS held
        FULL JOIN (SELECT * FROM wanted WHERE reason IS NULL) AS wanted ON wanted.row_key = held.row_key
        WHERE held.digest IS DISTINCT FROM wanted.digest
        """
    )
    return True


def _scope(table: Table, companies: Sequence[str] | None) -> str:
    """SQL: which rows of the record belong to what is published."""
    if table.company is None or companies is None:
        return "true"
    return f"company IN ({', '.join(literal(one) for one in companies) or 'NULL'})"


def _single(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[list[Row]]:
    connection.execute(sql)
    while chunk := connection.fetchmany(_CHUNK):
        for key, company, body in chunk:
            yield [Row(key, company, 1, body)]


def _row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    found = connection.execute(sql).fetchone()
    return tuple(int(value) for value in found or ())
