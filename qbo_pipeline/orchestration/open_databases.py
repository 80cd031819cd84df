"""Dagster's SQLite databases of runs and of schedules with their connections kept open.

Dagster opens and closes a database for each statement, which compiles every statement again and makes SQLite merge its
log into the file; and whenever it makes an instance, once for every look of a sensor, it reads all its migrations to
see whether the databases are of its version. Here connections are kept, and a process looks once: an idle Dagster takes
less than half of the processor time. Drop this when Dagster does so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._serdes import ConfigurableClassData

BUSY_SECONDS = 60
"""For so long a write waits for those of other processes."""

_seen: set[tuple[str, int]] = set()
"""Databases, by name and inode, that this process has seen to be of this version."""


class _KeptOpen:
    """The part that is the same of both: it goes before Dagster's own class."""

    DATABASE: ClassVar[str]
    """What the file is called."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engine = kept_open(conn_string)
        super().__init__(conn_string, inst_data)  # type: ignore[call-arg]  # of Dagster's class

    @classmethod
    def of(cls, folder: str) -> Self:
        """The storage in a folder; made, or brought to this version, at the first time."""
        where = Path(folder, f"{cls.DATABASE}.db")
        seen = where.exists() and _name(where) in _seen
        made: Self = cls(create_db_conn_string(folder, cls.DATABASE)) if seen else cls.from_local(folder)  # type: ignore[attr-defined]
        _seen.add(_name(where))
        return made

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """A transaction."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Close what is open."""
        self._engine.dispose()


class OpenRuns(_KeptOpen, SqliteRunStorage):
    """Runs with their tags, heartbeats of daemons, backfills, in `runs.db`."""

    DATABASE = "runs"


class OpenSchedules(_KeptOpen, SqliteScheduleStorage):
    """Ticks and states of schedules and sensors, in `schedules.db`."""

    DATABASE = "schedules"


def kept_open(conn_string: str, **pool: Any) -> sa.Engine:
    """An engine whose connections stay open and do not wait for the disk with every commit.

    What a power cut could take is the last transactions, never a whole database.
    """
    engine = sa.create_engine(conn_string, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **pool)
    sa.event.listen(engine, "connect", _relax)
    return engine


def _relax(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous=NORMAL").close()


def _name(database: Path) -> tuple[str, int]:
    return str(database), database.stat().st_ino
