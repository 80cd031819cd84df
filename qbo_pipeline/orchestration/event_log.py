"""Dagster's SQLite storage with its connections kept open: the same files and tables, four times as fast.

Dagster opens, and closes, a database anew for each event, which compiles every statement again and makes SQLite merge
its log into the file. A load of months writes two events for each month and table: 1,900 of them took 15 to 21 s that
way, and 3 to 4 s this way. Nor does this look at the schema for each event, or try an insert that has to be an update:
half of the CPU that was left. What a power cut could take is the last events of a run, never a whole database.

And Dagster makes the database of each run table by table, and reads all its migrations for that: a third of a second.
Here it is made once, and copied. Drop all this when Dagster keeps its connections.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster
import sqlalchemy as sa
from dagster._core.event_api import EventHandlerFn
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import AssetKeyTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
    SqliteEventLogStorageWatchdog,
)
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
    _schedule_directory,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import NullPool, StaticPool
from watchdog.events import FileSystemEvent
from watchdog.observers import Observer

from qbo_pipeline.orchestration.open_databases import BUSY_SECONDS, OpenRuns, OpenSchedules, kept_open

OPEN_DATABASES = 8
"""Each run has a database of its own, and the index has one; those used last stay open."""


class OpenEventLog(SqliteEventLogStorage):
    """The event log with one connection kept for each of the databases used last."""

    _obs: Any  # Dagster's declares what it is before anything is watched

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, sa.Engine] = {}
        self._tables: set[str] = set()
        self._has_timestamps: bool | None = None
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """Whether there is such a table; Dagster asks for each event, and none is ever taken away."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        # The lock makes threads take turns, so that they can share a connection.
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                if shard == INDEX_SHARD_NAME or not self._is_made(shard):
                    self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _is_made(self, shard: str) -> bool:
        """Whether the database of a run is there as this version of Dagster makes it; a copy of the blank one, if none
        is there."""
        path, blank = Path(self.path_for_shard(shard)), self._blank()
        if not path.exists():
            with _beside(path) as making:
                shutil.copyfile(blank, making)
                with suppress(FileExistsError):  # by another process, a moment ago
                    os.link(making, path)
        return _revision(path) == _revision(blank)

    def _blank(self) -> Path:
        """The database of a run without events."""
        path = Path(self._base_dir, f"blank-{dagster.__version__}.sqlite")
        if not path.exists():
            with _beside(path) as making:
                engine = sa.create_engine(f"sqlite:///{making}", poolclass=NullPool)
                self._initdb(engine)
                engine.dispose()
                making.replace(path)
        return path

    def _engine(self, shard: str) -> sa.Engine:
        engine = self._engines.pop(shard, None)
        if engine is None:
            while len(self._engines) >= OPEN_DATABASES:
                self._engines.pop(next(iter(self._engines))).dispose()
            engine = kept_open(self.conn_string_for_shard(shard), poolclass=StaticPool)
        self._engines[shard] = engine
        return engine

    def _store_asset_event(self, conn: sa.Connection, event: EventLogEntry, event_id: int) -> None:
        # Dagster looks which columns there are, inserts, and updates where that fails: for each event but the first.
        if not (event.dagster_event and event.dagster_event.asset_key):
            return
        key = event.dagster_event.asset_key.to_string()
        if self._has_timestamps is None:
            self._has_timestamps = self._has_asset_key_index_cols_on_connection(conn)
        values = self._get_asset_entry_values(event, event_id, self._has_timestamps)
        if not values:
            return
        row = insert(AssetKeyTable).values(asset_key=key, **values)
        conn.execute(row.on_conflict_do_update(index_elements=[AssetKeyTable.c.asset_key], set_=values))

    def delete_events(self, run_id: str) -> None:
        """Remove the events of a run, and the database it had, which Dagster would leave."""
        super().delete_events(run_id)
        with self._db_lock:
            engine = self._engines.pop(run_id, None)
            if engine is not None:
                engine.dispose()
            self._initialized_dbs.discard(run_id)
            for ending in ("", "-wal", "-shm"):
                Path(f"{self.path_for_shard(run_id)}{ending}").unlink(missing_ok=True)

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Tell of each event of a run as it comes, as the page of a run asks for."""
        if not self._obs:
            self._obs = Observer()
            self._obs.start()
        handler = _Watchdog(self, run_id, callback, cursor)
        self._watchers[run_id][callback] = (handler, self._obs.schedule(handler, self._base_dir, recursive=True))

    def dispose(self) -> None:
        """Close what is open."""
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()
        super().dispose()


class _Watchdog(SqliteEventLogStorageWatchdog):
    """Looks for new events of a run whenever the log of its database grows.

    Dagster waits for the database itself to change, which it does not while connections to it stay open.
    """

    @property
    def patterns(self) -> list[str]:
        return [self._log_path, f"{self._log_path}-wal"]

    def on_modified(self, event: FileSystemEvent) -> None:
        self._process_log()


class SqliteStorage(DagsterSqliteStorage):
    """Runs, schedules and events in SQLite files, as Dagster lays them out."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # In place of Dagster's own, which opens each database, looks whether it is of this version, and closes it.
        self.base_dir = base_dir
        self._run_storage = OpenRuns.of(_runs_directory(base_dir))
        self._event_log_storage = OpenEventLog(_event_logs_directory(base_dir))
        self._schedule_storage = OpenSchedules.of(_schedule_directory(base_dir))
        self._inst_data = inst_data
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> SqliteStorage:
        """Called by Dagster with the `config` of dagster.yaml."""
        return cls(inst_data=inst_data, **config_value)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file of this process beside one, which is gone when the block ends."""
    making = path.with_name(f"{path.stem}.{os.getpid()}-{threading.get_ident()}.making")
    try:
        yield making
    finally:
        making.unlink(missing_ok=True)


def _revision(path: Path) -> str | None:
    """Up to which migration a database was made; None where that is not known."""
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection, suppress(sqlite3.OperationalError):
        return next((str(revision) for (revision,) in connection.execute("SELECT * FROM alembic_version")), None)
    return None
