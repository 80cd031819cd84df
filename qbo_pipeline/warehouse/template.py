"""An empty warehouse and the schema files of an empty lake, kept for the next data folder of this user.

DuckDB describes one column at a time, a tenth of a millisecond each, and a Parquet file without rows takes a whole one:
the 12,500 columns and 324 files of a data folder take seconds. Unpacking all of them takes a twentieth of that.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import duckdb
from platformdirs import user_cache_path

from qbo_pipeline.lake.layout import MAKING, SCHEMA_REALM, sync
from qbo_pipeline.warehouse.schema import literal

logger = logging.getLogger(__name__)

Make = Callable[[duckdb.DuckDBPyConnection, Path], None]
"""Makes everything in the database that the connection uses, and the schema files of a lake."""

_MAKERS = ("warehouse", "lake", "quickbooks")
"""Packages whose code and SQL say what is made."""
_DATABASE = "warehouse.duckdb"
_ABANDONED_SECONDS = 3600.0
_UNUSED_SECONDS = 7 * 86400.0
"""Other versions are of branches or environments that somebody works with by turns, until nobody does."""


def copy_template(build: Path, lake: Path, make: Make) -> None:
    """Put what `make` makes in an empty database where `build` will be, and its schema files into a lake without any.

    Where no template can be kept, nothing is done. What is made may name the lake it was first made for.
    """
    try:
        template = _kept_in() / f"warehouse-{_version()}.zip"
        if not template.exists():
            _make(template, make)
        try:
            _unpack(template, build, lake)
        except (BadZipFile, KeyError, zlib.error):
            _make(template, make)
            _unpack(template, build, lake)
        os.utime(template)
    except (OSError, duckdb.Error) as error:
        logger.debug("no template of an empty warehouse: %s", error)


def _kept_in() -> Path:
    """The folder of this user's templates.

    Raises:
        OSError: there is no place for them.
    """
    folder = user_cache_path("qbo_pipeline", appauthor=False)
    if not folder.is_absolute():  # a user without a home
        raise NotADirectoryError(f"{folder} is no folder of this user.")
    return folder


def _unpack(template: Path, build: Path, lake: Path) -> None:
    """Each in one step, the database last: where this is cut short, the next process does it again."""
    with ZipFile(template) as archive:
        if not (lake / SCHEMA_REALM).exists():
            making = lake / MAKING / SCHEMA_REALM
            shutil.rmtree(making, ignore_errors=True)
            archive.extractall(making, [name for name in archive.namelist() if name != _DATABASE])
            (making / SCHEMA_REALM).rename(lake / SCHEMA_REALM)
            making.rmdir()
        beside = build.with_name(f"{build.name}.new")
        with archive.open(_DATABASE) as packed, beside.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    sync(beside)
    # Whatever database a log is left of: it is not this one.
    build.with_name(f"{build.name}.wal").unlink(missing_ok=True)
    beside.replace(build)


def _make(template: Path, make: Make) -> None:
    """Make the template, in place of those of other versions that nobody uses any more."""
    folder = template.parent
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"making-{os.getpid()}-{template.name}"
    try:
        _write(beside, make)
        os.replace(beside, template)
    finally:
        beside.unlink(missing_ok=True)
    for other in folder.iterdir():
        with contextlib.suppress(OSError):
            # To make one takes seconds: the process that is not done with it for so long is no more.
            useful = _ABANDONED_SECONDS if other.name.startswith("making-") else _UNUSED_SECONDS
            if other != template and time.time() - other.stat().st_mtime > useful:
                other.unlink()


def _write(file: Path, make: Make) -> None:
    with TemporaryDirectory(prefix="empty-warehouse-") as workshop:
        database, lake = Path(workshop) / _DATABASE, Path(workshop) / "lake"
        with duckdb.connect() as connection:
            connection.execute("ATTACH ':memory:' AS warehouse; USE warehouse")
            make(connection, lake)
            connection.execute(f"ATTACH {literal(str(database))} AS template")
            connection.execute("COPY FROM DATABASE warehouse TO template; DETACH template")
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for one in sorted(lake.rglob("*.parquet")):
                archive.write(one, one.relative_to(lake))
            archive.write(database, _DATABASE)


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
