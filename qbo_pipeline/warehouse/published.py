"""Opening the published warehouse while it may be replaced at any moment.

DuckDB 2.0 opens a file twice: it reads the headers, closes it, and opens it again for the rest (src/storage/
magic_bytes.cpp, database_handle.cpp). A publication in between gives it the headers of one state and the blocks of the
next, which is an error or worse where more than one checkpoint lies between the two. So whoever opened the file looks
whether it is still the same one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from qbo_pipeline.warehouse.publications import FileState, file_state
from qbo_pipeline.warehouse.schema import literal

T = TypeVar("T")


def open_published(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to one published state; it keeps that state for as long as it is open.

    Raises:
        FileNotFoundError: nothing was published yet.
        duckdb.Error: the file does not open.
    """
    return undisturbed(path, lambda: duckdb.connect(str(path), read_only=True), lambda opened: opened.close())


def undisturbed(path: Path, opening: Callable[[], T], closing: Callable[[T], object]) -> T:
    """What `opening` gives, done again whenever the file at `path` was replaced meanwhile.

    Raises:
        FileNotFoundError: there is no such file.
    """
    while True:
        before = file_state(path)
        try:
            opened = opening()
        except duckdb.Error:
            if file_state(path) == before:
                raise
            continue
        if file_state(path) == before:
            return opened
        closing(opened)


class PublishedReader:
    """Queries on the newest published state, one at a time; what they share is opened again for a newer state alone.

    Any threads may ask: DuckDB refuses a connection that is busy, so they wait for each other here. Opening costs more
    than most queries. A database that is open is another one than `open_published` gives, which shares its own among
    all threads of a process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: FileState | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._one_at_a_time = threading.RLock()

    def query(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        """The rows of a query; none while nothing is published."""
        with self._one_at_a_time:
            if not self._path.exists():
                return []
            newest = file_state(self._path)
            if self._connection is None or newest != self._state:
                self.close()
                self._connection = undisturbed(self._path, self._attached, lambda opened: opened.close())
                self._state = newest
            return self._connection.execute(sql, list(parameters)).fetchall()

    def close(self) -> None:
        """Close what is open."""
        with self._one_at_a_time:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> PublishedReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _attached(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        try:
            connection.execute(f"ATTACH {literal(str(self._path))} AS published (READ_ONLY)")
            connection.execute("USE published")
        except BaseException:
            connection.close()
            raise
        return connection
