"""The tables and views of the warehouse, derived from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Entity, Table, Type

if TYPE_CHECKING:
    import duckdb  # who only asks for the columns need not load it

_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.BOOLEAN: "BOOLEAN",
    Type.INTEGER: "BIGINT",
    Type.DATE: "DATE",
    Type.TIMESTAMP: "TIMESTAMP",
    Type.MONEY: "DECIMAL(18, 4)",
    Type.NUMBER: "DECIMAL(28, 10)",
    Type.JSON: "VARCHAR",
}

Definition = tuple[str, str, str]
"""Name, DuckDB type, comment."""

_RECORD: tuple[Definition, ...] = (
    ("realm_id", "VARCHAR", "The company."),
    ("id", "VARCHAR", "Id of the record, unique for its entity in the company."),
    ("sync_token", "BIGINT", "Version number in QuickBooks, counted up by every change."),
    ("created_at", "TIMESTAMP", "When the record was created, UTC."),
    ("updated_at", "TIMESTAMP", "When the record was changed last, UTC; of a deleted one, when it was deleted."),
    (
        "deleted",
        "BOOLEAN",
        "Whether it was deleted in QuickBooks; the row keeps its last known values, lines are gone.",
    ),
    ("synced_at", "TIMESTAMP", "When this version was received, UTC."),
    ("source", "VARCHAR", "How it was received: backfill, cdc or webhook."),
)
_VERSION: Definition = ("version_id", "BIGINT", "The version shown; joins to history.record, which has its JSON.")


def definitions(entity: Entity, table: Table) -> tuple[Definition, ...]:
    """The columns of a table in their order."""
    declared = tuple((column.name, _TYPES[column.type], column.description) for column in table.columns)
    if not table.array_path:
        return (*_RECORD, *declared, _VERSION)
    ordinals = tuple((name, "BIGINT", "Position in its document, counted from 1.") for name in table.ordinals)
    owner = (f"{entity.table}_id", "VARCHAR", f"Id of the {entity.name} it belongs to.")
    return (_RECORD[0], owner, *ordinals, *declared, _VERSION)


def comment(entity: Entity, table: Table) -> str:
    """What a table holds: description, grain, source."""
    grain = (
        f"a row a {entity.name}" if not table.array_path else f"a row an element of {'.'.join(table.array_path[-1])}"
    )
    return f"{table.description} Grain: {grain}. Source: QuickBooks' {entity.name}."


def create(connection: duckdb.DuckDBPyConnection, entities: Iterable[Entity], lake: Path) -> None:
    """Make what is missing: schemas, tables, new columns, views. What is there stays."""
    connection.execute(sql("audit.sql"))
    found: dict[str, set[str]] = {}
    for table_name, column_name in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'quickbooks'"
    ).fetchall():
        found.setdefault(table_name, set()).add(column_name)
    for entity in entities:
        for table in tables(entity):
            _table(connection, entity, table, found.get(table.name))
    create_history(connection, entities, lake)


def create_history(connection: duckdb.DuckDBPyConnection, entities: Iterable[Entity], lake: Path) -> None:
    """The views over the lake, by its absolute path."""
    connection.execute(Template(sql("record.sql")).substitute(lake=str(lake).replace("'", "''")))
    for entity in entities:
        connection.execute(_history_view(entity, lake))


def _table(connection: duckdb.DuckDBPyConnection, entity: Entity, table: Table, found: set[str] | None) -> None:
    columns = definitions(entity, table)
    if found is None:
        body = ", ".join(f'"{name}" {kind}' for name, kind, _ in columns)
        new = columns
        statements = [f'CREATE TABLE quickbooks."{table.name}" ({body})']
        statements.append(f'COMMENT ON TABLE quickbooks."{table.name}" IS {literal(comment(entity, table))}')
    else:
        new = tuple(column for column in columns if column[0] not in found)
        statements = [f'ALTER TABLE quickbooks."{table.name}" ADD COLUMN "{name}" {kind}' for name, kind, _ in new]
    statements += [f'COMMENT ON COLUMN quickbooks."{table.name}"."{name}" IS {literal(text)}' for name, _, text in new]
    if statements:
        # A transaction a table: all comments in one would keep hundreds of megabytes of outdated catalogue entries.
        connection.execute(";".join(["BEGIN TRANSACTION", *statements, "COMMIT"]))


def _history_view(entity: Entity, lake: Path) -> str:
    """Every version of an entity's records, typed."""
    files_of = f"{lake}/*/{entity.table}/*/{entity.table}.parquet".replace("'", "''")
    columns = ", ".join(f'"{name}"' for name, _, _ in definitions(entity, tables(entity)[0]))
    key = "PARTITION BY realm_id, id"
    order = "ORDER BY updated_at, deleted, sync_token, version_id"
    return (
        f'CREATE OR REPLACE VIEW history."{entity.table}" AS '
        f"WITH versions AS (SELECT {columns} FROM read_parquet('{files_of}', union_by_name = true) "
        f"QUALIFY row_number() OVER ({key}, sync_token, updated_at, deleted ORDER BY version_id) = 1) "
        f"SELECT coalesce(updated_at, synced_at) AS valid_from, "
        f"lead(coalesce(updated_at, synced_at)) OVER ({key} {order}) AS valid_to, * FROM versions; "
        f'COMMENT ON VIEW history."{entity.table}" IS '
        + literal(
            f"Every version of every {entity.name} ever received. As of an instant t: "
            "valid_from <= t AND (valid_to > t OR valid_to IS NULL). Source: the lake."
        )
    )


def literal(text: str) -> str:
    """A quoted SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def sql(name: str) -> str:
    """The text of a shipped SQL file."""
    return (files("qbo_pipeline.warehouse") / "sql" / name).read_text(encoding="utf-8")
