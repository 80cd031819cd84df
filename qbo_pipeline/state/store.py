"""The transactional store that every process of the pipeline shares: SQLite in WAL mode, or Postgres by URL."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from qbo_pipeline.state.schema import metadata

BUSY_SECONDS = 30.0
"""How long a transaction waits for another process's before it fails."""

_WHEELS = {"psycopg2": "psycopg2-binary"}
"""Modules of drivers → packages that bring them ready to use."""

_SCHEMA_LOCK = 7_102_036
"""Postgres advisory lock under which tables are made; any constant no one else uses."""


class UnusableStoreError(Exception):
    """The store cannot be opened; says which, why, and what to do."""


class StateStore:
    """Short transactions on tables shared by processes. Threads may share one store; after a fork, open a new one.

    Opening makes missing tables and is safe when many processes do it at once. Use it as a context manager or
    `close` it. A SQLite URL must name a file.

    Raises:
        UnusableStoreError: the URL is none or names no file, the file cannot be opened, or the driver of another
            database is not installed.
    """

    def __init__(self, url: str) -> None:
        self._url = _read_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        if self._sqlite:
            if not self._url.database or self._url.database == ":memory:":
                raise UnusableStoreError(
                    "QBO_STATE_URL names no file, and the state store needs a file: a database in memory is shared "
                    "with nobody."
                )
            _make_private(Path(self._url.database))
        try:
            self._durable = self._engine(synchronous="FULL")
        except ModuleNotFoundError as error:
            raise UnusableStoreError(
                f"QBO_STATE_URL begins with {self._url.drivername}, and the Python package {error.name} for it is not "
                f"installed: pip install {_WHEELS.get(error.name or '', error.name)}"
            ) from None
        # Losing the last second of the request window to a power cut harms nobody, and its commits need not wait for
        # the disk; only SQLite tells the two apart.
        self._quick = self._engine(synchronous="NORMAL") if self._sqlite else self._durable
        try:
            self._make_tables()
        except sqlite3.Error as error:  # of a connection that is opened here; SQLAlchemy tells of all others
            self.close()
            raise UnusableStoreError(
                f"The state store {self._url.database} cannot be opened: {error}. Every command that works with "
                "companies keeps tokens and requests there, so file and folder have to be writable."
            ) from None

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """A transaction that no other writer overlaps, committed at the end of the block.

        On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so that what it reads stays true until it
        commits. On Postgres, lock the rows it decides upon with `SELECT … FOR UPDATE`. `durable` says whether the
        commit must survive a power cut.
        """
        with (self._durable if durable else self._quick).begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every database connection."""
        self._durable.dispose()
        self._quick.dispose()

    def __enter__(self) -> StateStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _engine(self, synchronous: str) -> sa.Engine:
        if not self._sqlite:
            return sa.create_engine(self._url, pool_pre_ping=True)
        engine = sa.create_engine(self._url, connect_args={"timeout": BUSY_SECONDS})

        @sa.event.listens_for(engine, "connect")
        def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
            # The driver's own transaction control begins too late for BEGIN IMMEDIATE; we begin by ourselves.
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA synchronous={synchronous}")
            cursor.close()

        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return engine

    def _make_tables(self) -> None:
        if self._sqlite:
            self._switch_to_wal()
        with self.transaction() as connection:
            if not self._sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
            metadata.create_all(connection)
            _add_missing_columns(connection)

    def _switch_to_wal(self) -> None:
        """WAL is a property of the file; SQLite does not wait for its lock when several switch at once, so we do."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            raw = self._durable.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute("PRAGMA journal_mode=WAL")
                cursor.fetchall()
                cursor.close()
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            finally:
                raw.close()


def _read_url(url: str) -> sa.URL:
    """The URL, of a kind of database that there is.

    Raises:
        UnusableStoreError: it is none. SQLAlchemy's own error is not told: it quotes what it takes for the port, which
            in a password with an @ is the rest of the password.
    """
    try:
        parsed = sa.make_url(url)
        parsed.get_dialect()
    except (sa.exc.ArgumentError, ValueError):
        raise UnusableStoreError(
            "QBO_STATE_URL is no URL of a database such as postgresql://user:password@host:5432/name. Characters of "
            "user and password that mean something in a URL are written with a percent sign: %40 for @, %3A for a "
            "colon, %2F for a slash, %25 for the percent sign."
        ) from None
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        # As for QBO_PIPELINE_DATA_DIR; SQLite would look for a folder of that name in whatever folder it is asked from.
        return parsed.set(database=os.path.expanduser(parsed.database))
    return parsed


def _make_private(file: Path) -> None:
    """Make the file, readable by its owner alone, where there is none; SQLite gives its companions the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One that is there must not be opened: closing it again would drop this process's SQLite locks on it.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _add_missing_columns(connection: sa.Connection) -> None:
    """Bring tables of an earlier version up to date; columns added since are nullable, so rows stay as they are."""
    inspector = sa.inspect(connection)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                declared = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {declared}")
