"""Everything the service knows, in one folder: records in SQLite, published files beside it.

A published file never changes: what replaces it is a new one, and the record that names it is written in one
transaction after it. After kill -9 the folder holds all of a change or nothing; files that no record names go at start.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from qbo_pipeline.local.tableau.records import Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
    UNIQUE (kind, id)
);
"""

LOCKED_SECONDS = 2.0
"""For which another process is waited for that ends just now."""

R = TypeVar("R", bound=Record)


class FolderInUseError(Exception):
    """Another process has the folder."""


class Store:
    """The folder, which one process has at a time. Writes come one after the other.

    Raises:
        FolderInUseError: another process has it. OSError: it cannot be written, or what is in it is none of ours.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = folder / "content"
        self.content.mkdir(parents=True, exist_ok=True)
        self._connection = _opened(folder / "tableau.sqlite")
        self.lock = threading.RLock()
        """Held for the time of a transaction."""
        self._depth = 0

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes of the block, or none; a block inside a block belongs to it."""
        with self.lock:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def put(self, record: Record) -> None:
        """Write a record, in place of the one with its id."""
        with self.lock:
            self._connection.execute(
                "INSERT INTO record (kind, id, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (type(record).__name__, record.id, msgspec.json.encode(record)),
            )

    def remove(self, record: Record) -> None:
        """There is no such record any more."""
        with self.lock:
            self._connection.execute("DELETE FROM record WHERE kind = ? AND id = ?", (type(record).__name__, record.id))

    def get(self, kind: type[R], identity: str) -> R | None:
        """The record with an id."""
        with self.lock:
            found = self._connection.execute(
                "SELECT body FROM record WHERE kind = ? AND id = ?", (kind.__name__, identity)
            ).fetchone()
        return None if found is None else msgspec.json.decode(found[0], type=kind)

    def all(self, kind: type[R]) -> list[R]:
        """Every record of a kind, the oldest first."""
        with self.lock:
            found = self._connection.execute(
                "SELECT body FROM record WHERE kind = ? ORDER BY number", (kind.__name__,)
            ).fetchall()
        return [msgspec.json.decode(body, type=kind) for (body,) in found]

    def clear(self) -> None:
        """There are no records any more."""
        with self.lock:
            self._connection.execute("DELETE FROM record")

    def keep(self, name: str, value: Any) -> None:
        """Remember a value of JSON under a name."""
        with self.lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, msgspec.json.encode(value).decode())
            )

    def kept(self, name: str, default: Any = None) -> Any:
        """What is remembered under a name."""
        with self.lock:
            found = self._connection.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return default if found is None else msgspec.json.decode(found[0])

    def file(self, name: str) -> Path:
        """Where a published file is."""
        return self.content / name

    def new_name(self, suffix: str) -> str:
        """A name for a file that is not there yet."""
        return f"{secrets.token_hex(12)}{suffix}"

    def written(self, body: bytes, suffix: str) -> str:
        """A new file, on disk when this returns; gives its name."""
        name = self.new_name(suffix)
        with self.file(name).open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        return name

    def copied(self, source: str, suffix: str) -> str:
        """A copy of a file under a new name."""
        name = self.new_name(suffix)
        shutil.copyfile(self.file(source), self.file(name))
        return name

    def linked(self, source: str, suffix: str) -> str:
        """The same file under a new name; files never change, so that it takes no second place on disk."""
        name = self.new_name(suffix)
        os.link(self.file(source), self.file(name))
        return name

    def discard(self, *names: str | None) -> None:
        """Files that nothing names any more."""
        for name in names:
            if name:
                self.file(name).unlink(missing_ok=True)

    def sweep(self, named: set[str]) -> None:
        """Remove what a killed process left: every file that is not named."""
        for path in self.content.iterdir():
            if path.name not in named:
                path.unlink(missing_ok=True)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=LOCKED_SECONDS, check_same_thread=False, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise _unusable(path, error) from error
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # the rest is detail
            raise _unusable(path, error) from error
        raise FolderInUseError(f"Another local Tableau uses {path.parent}. Stop it, or name another folder.") from error
    return connection


def _unusable(path: Path, error: sqlite3.Error) -> OSError:
    return OSError(errno.EIO, f"What the local Tableau holds cannot be opened: {error}", str(path))
