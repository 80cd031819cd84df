"""The tables of the model as Parquet files, which a project, or any other reader, loads.

Each file is written beside its place and takes it in one step; a file whose bytes are the same is left alone, so that
what synchronizes the folder carries only what changed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from qbo_pipeline.model.definition import SemanticModel, Table
from qbo_pipeline.model.rows import select
from qbo_pipeline.power_bi.project.errors import WarehouseBehindError
from qbo_pipeline.power_bi.project.names import parquet_file
from qbo_pipeline.warehouse.schema import literal

FOLDER = "data"
"""Where the files are in a project."""
_ROWS_OF_A_GROUP = 122_880


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table's file."""

    table: str
    path: Path
    rows: int
    changed: bool


def write_tables(connection: duckdb.DuckDBPyConnection, model: SemanticModel, folder: Path) -> tuple[WrittenTable, ...]:
    """Write every table of a model below `<folder>/data`, from a warehouse that nobody changes meanwhile.

    Args:
        connection: to the warehouse; reading is all that is done.
        model: whose tables are written.
        folder: of the project.

    Raises:
        WarehouseBehindError: the warehouse lacks a relation or column of the model.
        OSError: a file cannot be written; those before it are.
    """
    data = folder / FOLDER
    data.mkdir(parents=True, exist_ok=True)
    return tuple(_write(connection, table, data / parquet_file(table)) for table in model.tables)


def _write(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> WrittenTable:
    query = select(table)
    with _beside(path) as making:
        # Snappy is what every reader of Parquet knows.
        copy = (
            f"COPY ({query.sql}) TO {literal(str(making))} "
            f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {_ROWS_OF_A_GROUP})"
        )
        try:
            [(rows,)] = connection.execute(copy, dict(query.parameters)).fetchall()
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise WarehouseBehindError(table.name, table.relation, str(error).partition("\n")[0]) from error
        changed = not path.exists() or _digest(path) != _digest(making)
        if changed:
            _keep(making)
            os.replace(making, path)
    return WrittenTable(table.name, path, rows, changed)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file to write, in the same folder so that it can take the place of `path`; gone afterwards."""
    making = path.with_name(f".{path.name}.making")
    making.unlink(missing_ok=True)
    try:
        yield making
    finally:
        making.unlink(missing_ok=True)


def _keep(path: Path) -> None:
    """Have the content on the disk before its name is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
