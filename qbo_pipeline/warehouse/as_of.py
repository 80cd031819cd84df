"""The books as they were at an instant: the tables of the schema quickbooks, from the versions that held then.

What QuickBooks held before the first load is known only as far as it had not been changed since: a record is shown from
the LastUpdatedTime of its first version that was received.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Template

import duckdb

from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.warehouse.published import undisturbed
from qbo_pipeline.warehouse.schema import definitions, literal, no_pattern, sql


def open_as_of(
    target: Path, lake: Path, instant: datetime, entities: Sequence[Entity] = ENTITIES
) -> duckdb.DuckDBPyConnection:
    """A connection whose schema `quickbooks` shows what held at `instant` (with time zone).

    The warehouse itself is attached, read-only, as `warehouse`.

    Raises:
        ValueError: `instant` has no time zone.
        FileNotFoundError: there is no warehouse.
    """
    moment = _timestamp(instant)
    connection = duckdb.connect()
    attach = f"ATTACH {literal(str(target))} AS warehouse (READ_ONLY)"
    undisturbed(target, lambda: connection.execute(attach), lambda _: connection.execute("DETACH warehouse"))
    connection.execute("CREATE SCHEMA quickbooks")
    record, line = Template(sql("as_of_record.sql")), Template(sql("as_of_line.sql"))
    statements = []
    for entity in entities:
        own, *arrays = tables(entity)
        statements.append(record.substitute(table=own.name, instant=moment))
        for table in arrays:
            columns = ", ".join(f'"{name}"' for name, _, _ in definitions(entity, table))
            files = literal(f"{no_pattern(lake)}/*/{entity.table}/*/{table.name}.parquet")
            statements.append(line.substitute(table=table.name, owner=own.name, columns=columns, files=files))
    connection.execute("".join(statements))
    connection.execute(
        "CREATE VIEW quickbooks.merged_record AS "
        f"SELECT * FROM warehouse.quickbooks.merged_record WHERE merged_at <= {moment};" + sql("surviving_record.sql")
    )
    return connection


def unseen(
    connection: duckdb.DuckDBPyConnection, instant: datetime, entities: Sequence[Entity] = ENTITIES
) -> dict[str, int]:
    """Entity → records that existed at `instant` in a version never received; `connection` is of `open_as_of`.

    They were changed between the instant and the first load, so the books of then lack them.
    """
    query = Template(sql("unseen_as_of.sql"))
    found = {}
    for entity in entities:
        [(count,)] = connection.execute(query.substitute(table=entity.table, instant=_timestamp(instant))).fetchall()
        if count:
            found[entity.name] = int(count)
    return found


def _timestamp(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return f"TIMESTAMP {literal(instant.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' '))}"
