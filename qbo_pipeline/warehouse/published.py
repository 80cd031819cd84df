"""Opening the published warehouse while it may be replaced at any moment.

DuckDB 2.0 opens a file twice: it reads the headers, closes it, and opens it again for the rest (src/storage/
magic_bytes.cpp, database_handle.cpp). A publication in between gives it the headers of one state and the blocks of the
next, which is an error or worse where more than one checkpoint lies between the two. So whoever opened the file looks
whether it is still the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from qbo_pipeline.warehouse.publications import file_state

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
