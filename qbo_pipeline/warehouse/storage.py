"""Tables that hold rows, and the views over them that users read.

QuickBooks documents far more fields than a company uses: of an invoice's 237 columns a typical one fills 54. A table in
`stored` has the columns that ever came with a value; the view of the same name in `quickbooks` shows every declared
one, in the declared order, the others as typed NULLs.

A view with a description for each column is made of two, as DuckDB copies the whole query for every description:
`quickbooks.invoice` is described and short, `SELECT * FROM stored."quickbooks.invoice"`; the other one is long, has no
descriptions, and may change without losing any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from string import Template

import duckdb

from qbo_pipeline.lake.layout import VERSION_BITS
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Entity, Table
from qbo_pipeline.warehouse.merges import create_views
from qbo_pipeline.warehouse.schema import Definition, comment, definitions, keys, literal, no_pattern, sql

FORM = 4
"""Counted up with every change of how tables and views are made here, so that earlier ones are replaced."""


def create(connection: duckdb.DuckDBPyConnection, entities: Iterable[Entity], lake: Path) -> None:
    """Make what is missing: schemas, tables, views as they are declared today. Rows stay."""
    connection.execute(sql("audit.sql"))
    # A fifth of the time: there is nothing to optimize in a comment, of which there are twelve thousand.
    connection.execute("PRAGMA disable_optimizer")
    found: dict[str, set[str]] = {}
    for table_name, column_name in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'stored'"
    ).fetchall():
        found.setdefault(table_name, set()).add(column_name)
    for entity in entities:
        for table in tables(entity):
            here = found.get(table.name, set())
            statements = [] if here else [_table(entity, table, keys(entity, table))]
            statements.append(_query(entity, table, here or keys(entity, table)))
            statements += _described("quickbooks", table.name, comment(entity, table), definitions(entity, table))
            # A transaction a table: all comments in one would keep hundreds of megabytes of outdated catalogue entries.
            connection.execute(";".join(["BEGIN TRANSACTION", *statements, "COMMIT"]))
    look_into(connection, lake)
    connection.execute(sql("record.sql"))
    connection.execute(Template(sql("record_event.sql")).substitute(version_bits=VERSION_BITS))
    for entity in entities:
        connection.execute(";".join(["BEGIN TRANSACTION", _versions(entity), *_history(entity), "COMMIT"]))
    create_views(connection, entities)
    connection.execute("PRAGMA enable_optimizer")


def look_into(connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
    """Say where the lake is, by its absolute path: all there is to do when a data folder has moved."""
    connection.execute(f"CREATE OR REPLACE MACRO stored.lake() AS {literal(no_pattern(lake))}")


def widen(connection: duckdb.DuckDBPyConnection, entity: Entity, table: Table, used: Collection[str]) -> None:
    """Give a stored table the declared columns among `used` that it has not had to hold so far."""
    stored = f'stored."{table.name}"'
    found = columns_of(connection, stored)
    new = [one for one in definitions(entity, table) if one[0] in used and one[0] not in found]
    if new:
        widened = {*found, *(name for name, _, _ in new)}
        if connection.execute(f"SELECT 1 FROM {stored} LIMIT 1").fetchall():
            statements = [f"ALTER TABLE {stored} ADD COLUMN {_column(one)}" for one in new]
        else:  # column by column takes a third of merging a small first load
            statements = [_table(entity, table, widened)]
        connection.execute(";".join([*statements, _query(entity, table, widened)]))


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """The column names of a table or table function."""
    return [column[0] for column in connection.execute(f"SELECT * FROM {relation} LIMIT 0").description]


def _table(entity: Entity, table: Table, found: Collection[str]) -> str:
    """Statements that make a table anew, without rows, that has the columns `found`."""
    columns = ", ".join(_column(one) for one in definitions(entity, table) if one[0] in found)
    return (
        f'CREATE OR REPLACE TABLE stored."{table.name}" ({columns}); COMMENT ON TABLE stored."{table.name}" IS '
        + literal(f"Rows of quickbooks.{table.name}, with the columns in use only: read the view.")
    )


def _column(one: Definition) -> str:
    name, kind, _ = one
    return f'"{name}" {kind}'


def _query(entity: Entity, table: Table, found: Collection[str]) -> str:
    """Statements that make the query behind the view of a table that has the columns `found`."""
    shown = ", ".join(
        f'"{name}"' if name in found else f'CAST(NULL AS {kind}) AS "{name}"'
        for name, kind, _ in definitions(entity, table)
    )
    return _behind("quickbooks", table.name, f'SELECT {shown} FROM stored."{table.name}"')


def _behind(schema: str, name: str, query: str) -> str:
    """Statements that make the query behind a view."""
    view = f'stored."{schema}.{name}"'
    told = f"The query behind {schema}.{name}: read that."
    return f"CREATE OR REPLACE VIEW {view} AS {query}; COMMENT ON VIEW {view} IS {literal(told)}"


def _described(schema: str, name: str, text: str, columns: Iterable[Definition]) -> list[str]:
    """Statements that make a view over the query behind it, with its descriptions."""
    view = f'{schema}."{name}"'
    return [
        f'CREATE OR REPLACE VIEW {view} AS SELECT * FROM stored."{schema}.{name}"',
        f"COMMENT ON VIEW {view} IS {literal(text)}",
        *(f'COMMENT ON COLUMN {view}."{column}" IS {literal(meaning)}' for column, _, meaning in columns),
    ]


_VALIDITY: tuple[Definition, ...] = (
    ("valid_from", "TIMESTAMP", "From when the version held, UTC."),
    ("valid_to", "TIMESTAMP", "Until when it held, UTC; null while it holds."),
)


def _history(entity: Entity) -> list[str]:
    """Statements that make the view of every version of an entity's records, with its descriptions."""
    text = (
        f"Every version of every {entity.name} ever received. As of an instant t: "
        "valid_from <= t AND (valid_to > t OR valid_to IS NULL). Source: the lake."
    )
    return _described("history", entity.table, text, (*_VALIDITY, *definitions(entity, tables(entity)[0])))


def _versions(entity: Entity) -> str:
    """Statements that make the query behind it."""
    files_of = f"/*/{entity.table}/*/{entity.table}.parquet"
    columns = ", ".join(f'"{name}"' for name, _, _ in definitions(entity, tables(entity)[0]))
    key = "PARTITION BY realm_id, id"
    order = "ORDER BY updated_at, deleted, sync_token, version_id"
    query = (
        f"WITH versions AS (SELECT {columns} FROM read_parquet(stored.lake() || '{files_of}', union_by_name = true) "
        f"LEFT JOIN audit.same_stamp_version AS changed USING (version_id) "
        f"QUALIFY row_number() OVER ("
        f"{key}, sync_token, updated_at, deleted, changed.version_id ORDER BY version_id) = 1) "
        f"SELECT coalesce(updated_at, synced_at) AS valid_from, "
        f"lead(coalesce(updated_at, synced_at)) OVER ({key} {order}) AS valid_to, * FROM versions"
    )
    return _behind("history", entity.table, query)
