"""The replicator: reads the landing zones of running databases and keeps their tables, a file in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from qbo_pipeline.local.power_bi.fabric import landing_zone
from qbo_pipeline.local.power_bi.fabric.databases import MirroredDatabase, MirroredDatabases
from qbo_pipeline.local.power_bi.fabric.lake import Lake, LakePath
from qbo_pipeline.local.power_bi.fabric.landing_zone import DELETE, INSERT, MARKER, LandingZoneError, Metadata
from qbo_pipeline.local.power_bi.fabric.refusals import item_not_found
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.switches import Switches

KEPT_SECONDS = 7 * 86400.0
"""For which processed files are kept."""


@dataclass(frozen=True, slots=True)
class MirroredTable:
    """A table and how far it is replicated. A failed one never goes on, short of a new folder."""

    database: str
    schema: str
    name: str
    physical: str
    status: str
    following: int
    keys: tuple[str, ...]
    types: dict[str, str]
    bytes: int
    rows: int
    synced: float | None
    error: str | None

    def shown(self) -> dict[str, Any]:
        """As getTablesMirroringStatus tells it."""
        at = (
            None if self.synced is None else datetime.fromtimestamp(self.synced, UTC).isoformat().replace("+00:00", "Z")
        )
        metrics = {
            "processedBytes": self.bytes,
            "processedRows": self.rows,
            "lastSyncDateTime": at,
            "lastSyncLatencyInSeconds": 0,
        }
        error = {} if self.error is None else {"error": {"errorCode": "ReplicationFailed", "message": self.error}}
        told = {"sourceSchemaName": self.schema, "sourceTableName": self.name, "sourceObjectType": "Table"}
        return {**told, "status": self.status, "metrics": metrics, **error}


class Replicator:
    """That of all databases."""

    def __init__(
        self,
        store: Store,
        lake: Lake,
        databases: MirroredDatabases,
        switches: Callable[[], Switches],
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._lake = lake
        self._databases = databases
        self._switches = switches
        self._now = now
        self._lock = threading.Lock()

    def run(self) -> None:
        """Apply what is new in the landing zones of running databases."""
        with self._lock:
            for database in self._databases.all():
                if database.status == "Running":
                    self._replicate(database)

    def tables(self, database: MirroredDatabase) -> list[MirroredTable]:
        """Those of a database."""
        return [
            MirroredTable(
                identity, schema, name, physical, status, int(following), tuple(msgspec.json.decode(keys)),
                msgspec.json.decode(types), size, rows, synced, error,
            )
            for identity, schema, name, physical, status, following, keys, types, size, rows, synced, error in (
                self._store.rows("SELECT * FROM mirrored_table WHERE database = ? ORDER BY ALL", [database.id])
            )
        ]  # fmt: skip

    def rows(self, database: MirroredDatabase, schema: str, name: str) -> list[dict[str, Any]]:
        """All rows of a table.

        Raises:
            PowerBIAnswerError: 404.
        """
        for one in self.tables(database):
            if (one.schema, one.name) == (schema, name) and one.types:
                listed = ", ".join(_quoted(column) for column in one.types)
                found = self._store.rows(f"SELECT {listed} FROM {one.physical}")
                return [dict(zip(one.types, row, strict=True)) for row in found]
        raise item_not_found("mirrored table")

    def forget(self, database: MirroredDatabase) -> None:
        """Remove the tables of a database."""
        for table in self.tables(database):
            self._drop(table)

    def _replicate(self, database: MirroredDatabase) -> None:
        folders = self._folders(database)
        known = {(table.schema, table.name): table for table in self.tables(database)}
        for named, gone in known.items():
            if named not in folders:
                self._drop(gone)
        for (schema, name), folder in folders.items():
            table = known.get((schema, name)) or self._new(database, schema, name)
            self._continue(table, folder)

    def _folders(self, database: MirroredDatabase) -> dict[tuple[str, str], str]:
        zone = f"{database.workspace}/{database.id}/Files/LandingZone"
        found: dict[tuple[str, str], str] = {}
        for one in self._lake.below(zone, recursive=False):
            if not one.is_directory or one.name.startswith("_"):
                continue
            if not one.name.endswith(landing_zone.SCHEMA_SUFFIX):
                found[database.default_schema, one.name] = one.path
                continue
            schema = one.name.removesuffix(landing_zone.SCHEMA_SUFFIX)
            for inner in self._lake.below(one.path, recursive=False):
                if inner.is_directory and not inner.name.startswith("_"):
                    found[schema, inner.name] = inner.path
        return found

    def _continue(self, table: MirroredTable, folder: str) -> None:
        """Apply the files of one table that come next; an error stops it until its folder is deleted."""
        if table.status == "Failed":
            return
        try:
            metadata = self._metadata(table, folder)
            due = self._now() - self._switches().replication_seconds
            files = [one for one in self._lake.below(folder, recursive=False) if one.modified <= due]
            waiting = landing_zone.pending(files, table.following, metadata)
            for file in waiting.files:
                table = self._apply(table, file, metadata, folder)
        except LandingZoneError as error:
            self._keep(replace(table, status="Failed", error=str(error)))
            return
        if (waiting.gap, metadata.keys) != (table.error, table.keys):
            self._keep(replace(table, error=waiting.gap, keys=metadata.keys))
        self._discard(folder)

    def _metadata(self, table: MirroredTable, folder: str) -> Metadata:
        path = f"{folder}/{landing_zone.METADATA}"
        metadata = landing_zone.read_metadata(None if self._lake.find(path) is None else self._lake.content(path))
        if table.keys and metadata.keys != table.keys:
            was, now = ", ".join(table.keys), ", ".join(metadata.keys)
            raise LandingZoneError(f"keyColumns were {was} and are {now}; delete the table's folder and load it anew.")
        return metadata

    def _apply(self, table: MirroredTable, file: LakePath, metadata: Metadata, folder: str) -> MirroredTable:
        """One file: its rows, how far the table is, and where the file before it goes."""
        rows, marked = landing_zone.read_file(file, self._lake.content(file.path), metadata)
        types = landing_zone.merged_types(file, table.types, rows)
        with self._store.transaction() as connection:
            placed = rows.append_column("_place", pa.array(range(rows.num_rows), pa.int64()))
            connection.register("incoming", placed)
            try:
                _grow(connection, table, types)
                _merge(connection, table.physical, rows, metadata.keys if marked else ())
            except duckdb.Error as error:
                raise LandingZoneError(f"{file.name}: {error}") from error
            finally:
                connection.unregister("incoming")
            table = replace(
                table, status="Replicating", following=table.following + 1, keys=metadata.keys, types=types,
                bytes=table.bytes + file.size, rows=table.rows + rows.num_rows, synced=self._now(), error=None,
            )  # fmt: skip
            self._keep(table)
            if metadata.by_time:
                self._lake.rename(file.path, f"{folder}/{landing_zone.PROCESSED}/{file.name}")
            else:
                before = f"{folder}/{table.following - 2:020d}.parquet"
                if self._lake.find(before) is not None:
                    self._lake.rename(before, f"{folder}/{landing_zone.PROCESSED}/{before.rpartition('/')[2]}")
        return table

    def _discard(self, folder: str) -> None:
        for one in self._lake.below(f"{folder}/{landing_zone.PROCESSED}", recursive=False):
            if one.modified <= self._now() - KEPT_SECONDS:
                self._lake.delete(one.path, recursive=False)

    def _new(self, database: MirroredDatabase, schema: str, name: str) -> MirroredTable:
        with self._store.transaction() as connection:
            connection.execute("CREATE SEQUENCE IF NOT EXISTS mirrored_number")
            [(number,)] = connection.execute("SELECT nextval('mirrored_number')").fetchall()
            made = MirroredTable(
                database.id, schema, name, f'mirrored."m{number}"', "Initialized", 1, (), {}, 0, 0, None, None
            )
            self._keep(made)
        return made

    def _keep(self, table: MirroredTable) -> None:
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM mirrored_table WHERE physical = ?", [table.physical])
            connection.execute(
                "INSERT INTO mirrored_table VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    table.database, table.schema, table.name, table.physical, table.status, str(table.following),
                    msgspec.json.encode(table.keys).decode(), msgspec.json.encode(table.types).decode(), table.bytes,
                    table.rows, table.synced, table.error,
                ],
            )  # fmt: skip

    def _drop(self, table: MirroredTable) -> None:
        with self._store.transaction() as connection:
            connection.execute(f"DROP TABLE IF EXISTS {table.physical}")
            connection.execute("DELETE FROM mirrored_table WHERE physical = ?", [table.physical])


def _grow(connection: duckdb.DuckDBPyConnection, table: MirroredTable, types: dict[str, str]) -> None:
    """The table with all columns that there are now, in the types that DuckDB gives them."""
    added = [name for name in types if name not in table.types]
    if not table.types:
        listed = ", ".join(_quoted(name) for name in types)
        connection.execute(f"CREATE TABLE {table.physical} AS SELECT {listed} FROM incoming LIMIT 0")
        return
    described = {name: kind for name, kind, *_ in connection.execute("DESCRIBE SELECT * FROM incoming").fetchall()}
    for name in added:
        connection.execute(f"ALTER TABLE {table.physical} ADD COLUMN {_quoted(name)} {described[name]}")


def _merge(connection: duckdb.DuckDBPyConnection, physical: str, rows: pa.Table, keys: tuple[str, ...]) -> None:
    """Rows by their markers, in their order: what the last update, upsert or deletion of a key leaves, and inserts."""
    columns = [name for name in rows.column_names if name != MARKER]
    listed = ", ".join(f"i.{_quoted(name)}" for name in columns)
    if not keys:
        connection.execute(f"INSERT INTO {physical} BY NAME SELECT {listed} FROM incoming i")
        return
    own = ", ".join(_quoted(key) for key in keys)
    same = " AND ".join(f"{{0}}.{_quoted(key)} IS NOT DISTINCT FROM {{1}}.{_quoted(key)}" for key in keys)
    marker = f"i.{_quoted(MARKER)}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE touched AS SELECT {own}, max(_place) AS last FROM incoming "
        f"WHERE {_quoted(MARKER)} <> {INSERT} GROUP BY ALL"
    )
    connection.execute(f"DELETE FROM {physical} t USING touched k WHERE {same.format('t', 'k')}")
    connection.execute(
        f"INSERT INTO {physical} BY NAME SELECT {listed} "
        f"FROM incoming i LEFT JOIN touched k ON {same.format('i', 'k')} "
        f"WHERE ({marker} = {INSERT} AND i._place > coalesce(k.last, -1)) "
        f"OR ({marker} NOT IN ({INSERT}, {DELETE}) AND i._place = k.last)"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
