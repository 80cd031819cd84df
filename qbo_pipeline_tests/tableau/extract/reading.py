"""Hyper files read, and actions of an update carried out on them, as Tableau's documentation describes both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tableauhyperapi import Connection, Date, TableName, Timestamp

from qbo_pipeline.tableau.extract.hyperd import database, hyperd


def query(path: Path, sql: str) -> list[list[Any]]:
    """What a query of a Hyper file gives, in Python's own types."""
    with hyperd() as process, database(process, path) as connection:
        return _query(connection, sql)


def tables(path: Path) -> dict[str, list[list[Any]]]:
    """Table → its rows in the order of their first column, which is the key."""
    with hyperd() as process, database(process, path) as connection:
        names = connection.catalog.get_table_names("Extract")
        return {str(one.name.unescaped): _query(connection, f"SELECT * FROM {one} ORDER BY 1") for one in names}


def apply(path: Path, payload: Path, actions: Sequence[Mapping[str, Any]]) -> None:
    """Carry out the actions on a file, all or none."""
    with hyperd() as process, database(process, path) as connection:
        connection.catalog.attach_database(str(payload), "payload")
        connection.execute_command("BEGIN")
        for action in actions:
            source = TableName("payload", action["source-schema"], action["source-table"])
            target = TableName(path.stem, action["target-schema"], action["target-table"])
            condition = action["condition"]
            assert condition["op"] == "eq"
            own = [column.name for column in connection.catalog.get_table_definition(source).columns]
            if action["action"] == "delete":
                assert [str(one.unescaped) for one in own] == [condition["source-col"]]
            connection.execute_command(
                f"DELETE FROM {target} AS target USING {source} AS source "
                f'WHERE target."{condition["target-col"]}" = source."{condition["source-col"]}"'
            )
            if action["action"] == "upsert":
                listed = ", ".join(str(one) for one in own)
                connection.execute_command(f"INSERT INTO {target} ({listed}) SELECT {listed} FROM {source}")
        connection.execute_command("COMMIT")


def _query(connection: Connection, sql: str) -> list[list[Any]]:
    return [[_plain(value) for value in row] for row in connection.execute_list_query(sql)]


def _plain(value: Any) -> Any:
    if isinstance(value, Timestamp):
        return value.to_datetime()
    return value.to_date() if isinstance(value, Date) else value
