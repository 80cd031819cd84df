"""An empty warehouse, kept for the next data folder of this user.

DuckDB describes one column at a time, a tenth of a millisecond each: the 12,500 of a warehouse take seconds. Copying
all of them from another database takes a twentieth of that.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb
from platformdirs import user_cache_path

from qbo_pipeline.warehouse.schema import literal

logger = logging.getLogger(__name__)

Make = Callable[[duckdb.DuckDBPyConnection], None]
"""Makes everything in the database that the connection uses."""

_MAKERS = ("warehouse", "lake", "quickbooks")
"""Packages whose code and SQL say what is made."""


def copy_template(connection: duckdb.DuckDBPyConnection, make: Make) -> None:
    """Fill the empty database `warehouse` with what `make` makes in one. Where no template can be kept, it stays empty.

    What is made may name the data folder it was first made for.
    """
    try:
        template = _template(make)
        connection.execute(f"ATTACH {literal(str(template))} AS template (READ_ONLY)")
        try:
            connection.execute("COPY FROM DATABASE template TO warehouse")
        finally:
            connection.execute("DETACH template")
    except (OSError, duckdb.Error) as error:
        logger.debug("no template of an empty warehouse: %s", error)


def _template(make: Make) -> Path:
    """The file, made where it is missing or of another version.

    Raises:
        OSError: there is no place for it.
    """
    folder = user_cache_path("qbo_pipeline", appauthor=False)
    if not folder.is_absolute():  # a user without a home
        raise NotADirectoryError(f"{folder} is no folder of this user.")
    template = folder / f"warehouse-{_version()}.duckdb"
    if not template.exists() or not _opens(template):
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f"making-{os.getpid()}-{template.name}"
        try:
            _write(beside, make)
            os.replace(beside, template)
        finally:
            beside.unlink(missing_ok=True)
        for other in folder.glob("warehouse-*.duckdb"):
            if other != template:
                with contextlib.suppress(OSError):
                    other.unlink()
    return template


def _opens(template: Path) -> bool:
    try:
        duckdb.connect(str(template), read_only=True).close()
    except duckdb.Error:
        return False
    return True


def _write(file: Path, make: Make) -> None:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS warehouse; USE warehouse")
        make(connection)
        connection.execute(f"ATTACH {literal(str(file))} AS template")
        connection.execute("COPY FROM DATABASE warehouse TO template; DETACH template")


@cache
def _version() -> str:
    """Tells this DuckDB and this very code from every other."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for package in _MAKERS:
        for file in _sources(files("qbo_pipeline") / package):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _sources(one)
        elif one.name.endswith((".py", ".sql")):
            yield one
