"""The one hyperd of the service: files are opened, read and changed by it, one after the other.

Telemetry and its log are off. The process is started for each piece of work: an idle one would hold memory and locks.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tableauhyperapi import (
    Connection,
    CreateMode,
    HyperException,
    HyperProcess,
    Telemetry,
    escape_name,
    escape_string_literal,
)

from qbo_pipeline.local.tableau.records import Column, Table

MAGIC = b"Hyper"

_ONE_AT_A_TIME = threading.Lock()
_KEYS = """
SELECT source.relname, target.relname
FROM pg_catalog.pg_constraint AS foreign_key
JOIN pg_catalog.pg_class AS source ON source.oid = foreign_key.conrelid
JOIN pg_catalog.pg_class AS target ON target.oid = foreign_key.confrelid
WHERE foreign_key.contype = 'f'
"""
_COLUMNS = """
SELECT namespace.nspname, relation.relname, attribute.attname,
       format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull
FROM {database}.pg_catalog.pg_attribute AS attribute
JOIN {database}.pg_catalog.pg_class AS relation ON relation.oid = attribute.attrelid
JOIN {database}.pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE attribute.attnum > 0 AND relation.relkind = 'r' AND namespace.nspname IN ({schemas})
ORDER BY relation.oid, attribute.attnum
"""


class HyperFileError(Exception):
    """A file that hyperd does not open, or a statement that it does not carry out: its own words."""


@contextmanager
def hyperd() -> Iterator[HyperProcess]:
    """The process, for the time of a block; others wait."""
    parameters = {"log_config": ""}
    with (
        _ONE_AT_A_TIME,
        tempfile.TemporaryDirectory(prefix="hyper-") as folder,
        HyperProcess(
            Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
            "local-tableau",
            parameters={**parameters, "domain_socket_dir": folder},
        ) as process,
    ):
        yield process


@contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    try:
        with hyperd() as process, Connection(process.endpoint, path, CreateMode.NONE) as connection:
            yield connection
    except HyperException as error:
        raise HyperFileError(_words(error)) from error


def tables(path: Path) -> list[Table]:
    """The tables of a file with their columns and how many rows they have.

    Raises:
        HyperFileError: hyperd does not open it.
    """
    with _opened(path) as connection:
        return _tables(connection, connection.execute_scalar_query("SELECT current_database()"))


def relationships(path: Path) -> list[tuple[str, str]]:
    """The assumed foreign keys of a file: the name of a table, and of the one that it refers to."""
    with _opened(path) as connection:
        return [(str(row[0]), str(row[1])) for row in connection.execute_list_query(_KEYS)]


def rows(path: Path, schema: str, table: str, limit: int, offset: int = 0) -> list[list[Any]]:
    """Rows of a table, in the order of the file: numbers as int, float or Decimal, times as Hyper's own types."""
    name = f"{escape_name(schema)}.{escape_name(table)}"
    with _opened(path) as connection:
        found: list[list[Any]] = connection.execute_list_query(f"SELECT * FROM {name} LIMIT {limit} OFFSET {offset}")
        return found


def from_parquet(parquet: Path, target: Path) -> None:
    """A .hyper file of one table, "Extract"."Extract", as publishing a Parquet file makes it.

    Raises:
        HyperFileError: it cannot be read.
    """
    try:
        with hyperd() as process, Connection(process.endpoint, target, CreateMode.CREATE_AND_REPLACE) as connection:
            connection.execute_command('CREATE SCHEMA "Extract"')
            source = f"external({escape_string_literal(str(parquet))}, FORMAT => 'parquet')"
            connection.execute_command(f'CREATE TABLE "Extract"."Extract" AS SELECT * FROM {source}')
    except HyperException as error:
        raise HyperFileError(_words(error)) from error


Plan = Callable[[Sequence[Table], Sequence[Table]], Sequence[str]]
"""Of the tables of the payload and of the target: the statements that change the target."""


def change(target: Path, payload: Path | None, plan: Plan, *, databases: tuple[str, str]) -> list[Table]:
    """Carry out statements over a file in one transaction; gives its tables afterwards.

    A statement that begins with SELECT must find nothing: what it finds is told in the error.

    Raises:
        HyperFileError: a statement failed; the file is as it was.
    """
    source_name, target_name = databases
    try:
        with hyperd() as process, Connection(process.endpoint) as connection:
            catalog = connection.catalog
            catalog.attach_database(target, target_name)
            coming: list[Table] = []
            if payload is not None:
                catalog.attach_database(payload, source_name)
                coming = _tables(connection, source_name)
            statements = plan(coming, _tables(connection, target_name))
            connection.execute_command("BEGIN TRANSACTION")
            try:
                for statement in statements:
                    if statement.startswith("SELECT"):
                        found = connection.execute_list_query(statement)
                        if found:
                            raise HyperFileError(str(found[0][0]))
                    else:
                        connection.execute_command(statement)
            except BaseException:
                connection.execute_command("ROLLBACK")
                raise
            connection.execute_command("COMMIT")
            return _tables(connection, target_name)
    except HyperException as error:
        raise HyperFileError(_words(error)) from error


def _tables(connection: Connection, database: str) -> list[Table]:
    """All tables, in two queries: asking the catalog for one table after the other takes seconds for a hundred."""
    schemas = [name.name.unescaped for name in connection.catalog.get_schema_names(database)]
    if not schemas:
        return []
    listed = ", ".join(escape_string_literal(name) for name in schemas)
    found: dict[tuple[str, str], Table] = {}
    for schema, table, column, kind, is_needed in connection.execute_list_query(
        _COLUMNS.format(database=escape_name(database), schemas=listed)
    ):
        there = found.setdefault((schema, table), Table(schema, table, [], 0))
        there.columns.append(Column(column, kind, not is_needed))
    names = [".".join(map(escape_name, (database, table.schema, table.name))) for table in found.values()]
    counts = (f"SELECT {place}, count(*) FROM {name}" for place, name in enumerate(names))
    counted = dict(connection.execute_list_query(" UNION ALL ".join(counts))) if names else {}
    for place, table in enumerate(found.values()):
        table.rows = int(counted[place])
    return list(found.values())


def _words(error: HyperException) -> str:
    """What went wrong, without the context id that no reader has a use for."""
    return str(error.main_message if hasattr(error, "main_message") else error).strip() or "hyperd failed"
