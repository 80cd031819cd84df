"""Everything the service knows, in one DuckDB file: datasets, pushed rows, batches, reports, refreshes, files.

Every change is one transaction, on disk when it is answered: after kill -9 the file holds all of it or nothing.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS pushed;
CREATE SCHEMA IF NOT EXISTS mirrored;
CREATE TABLE IF NOT EXISTS kept (name VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS dataset (
    number BIGINT, id VARCHAR, workspace VARCHAR, name VARCHAR, retention VARCHAR, mode VARCHAR, created DOUBLE,
    relationships VARCHAR
);
CREATE TABLE IF NOT EXISTS dataset_table (
    dataset VARCHAR, position INTEGER, name VARCHAR, definition VARCHAR, physical VARCHAR, columns VARCHAR
);
CREATE TABLE IF NOT EXISTS batch (
    number BIGINT, dataset VARCHAR, table_name VARCHAR, arrived DOUBLE, row_count BIGINT, byte_count BIGINT,
    sequence BIGINT, visible_at DOUBLE, request_id VARCHAR
);
CREATE TABLE IF NOT EXISTS sequence_number (dataset VARCHAR, table_name VARCHAR, client VARCHAR, number BIGINT);
CREATE TABLE IF NOT EXISTS refresh (
    number BIGINT, id VARCHAR, dataset VARCHAR, enhanced BOOLEAN, asked VARCHAR, started DOUBLE, ends DOUBLE,
    outcome VARCHAR
);
CREATE TABLE IF NOT EXISTS report (id VARCHAR, workspace VARCHAR, name VARCHAR, dataset VARCHAR);
CREATE TABLE IF NOT EXISTS mirrored_database (
    id VARCHAR, workspace VARCHAR, name VARCHAR, description VARCHAR, definition VARCHAR, status VARCHAR, created DOUBLE
);
CREATE TABLE IF NOT EXISTS mirrored_table (
    database VARCHAR, schema_name VARCHAR, name VARCHAR, physical VARCHAR, status VARCHAR, next_file VARCHAR,
    keys VARCHAR, columns VARCHAR, byte_count BIGINT, row_count BIGINT, synced DOUBLE, error VARCHAR
);
CREATE TABLE IF NOT EXISTS onelake_path (
    path VARCHAR, directory BOOLEAN, content BLOB, pending BLOB, modified DOUBLE, etag VARCHAR
);
"""

Rows = list[tuple[Any, ...]]


class Store:
    """The file. Reads see what was committed last; writes come one after the other."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._connection = duckdb.connect(path, config={"threads": 2})
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(_SCHEMA)
        self._lock = threading.RLock()
        self._writing: duckdb.DuckDBPyConnection | None = None
        self._key = self._kept_key()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own: what it makes temporarily nobody else sees."""
        cursor = self._connection.cursor()
        try:
            cursor.execute("SET TimeZone = 'UTC'")
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """All statements of the block, or none; a block inside a block belongs to it."""
        with self._lock:
            if self._writing is not None:
                yield self._writing
                return
            with self.reading() as connection:
                connection.execute("BEGIN TRANSACTION")
                self._writing = connection
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                else:
                    connection.execute("COMMIT")
                finally:
                    self._writing = None

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """All rows of a statement, as they were committed last (inside a transaction: as it left them)."""
        if self._writing is not None and self._lock.acquire(blocking=False):
            try:
                if self._writing is not None:
                    return self._writing.execute(sql, parameters).fetchall()
            finally:
                self._lock.release()
        with self.reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    def keep(self, name: str, value: Any) -> None:
        """Remember a value of JSON under a name."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM kept WHERE name = ?", [name])
            connection.execute("INSERT INTO kept VALUES (?, ?)", [name, msgspec.json.encode(value).decode()])

    def kept(self, name: str, default: Any = None) -> Any:
        """What is remembered under a name."""
        found = self.rows("SELECT value FROM kept WHERE name = ?", [name])
        return msgspec.json.decode(found[0][0]) if found else default

    @property
    def key(self) -> bytes:
        """The secret that tokens are signed with."""
        return self._key

    def _kept_key(self) -> bytes:
        if self.kept("key") is None:
            self.keep("key", secrets.token_hex(32))
        return bytes.fromhex(self.kept("key"))
