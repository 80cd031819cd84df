"""Parquet files of tables.

Each file is written beside its place and takes it in one step; a file whose bytes are the same is left alone, so that
what synchronizes the folder carries only what changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from qbo_pipeline.model.definition import Table
from qbo_pipeline.publishing.errors import WarehouseBehindError
from qbo_pipeline.publishing.replacing import beside, put_in_place
from qbo_pipeline.warehouse.schema import literal

_ROWS_OF_A_GROUP = 122_880


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table's file."""

    table: str
    path: Path
    rows: int
    changed: bool


def parquet_file(table: Table) -> str:
    """The file with the rows of a table: `general_ledger_lines.parquet`."""
    return re.sub(r"[^a-z0-9]+", "_", table.name.lower()).strip("_") + ".parquet"


def write_parquet(
    connection: duckdb.DuckDBPyConnection, table: Table, sql: str, folder: Path,
    parameters: Mapping[str, str] | None = None,
) -> WrittenTable:  # fmt: skip
    """Write what a query gives as the file of a table.

    Args:
        connection: to a warehouse that nobody changes meanwhile.
        table: of the model.
        sql: the query of its rows.
        folder: where the file goes.
        parameters: values that are bound to the query.

    Raises:
        WarehouseBehindError: the warehouse lacks the relation, or a column of it.
        OSError: the file cannot be written; the one that was there stays.
    """
    path = folder / parquet_file(table)
    with beside(path) as making:
        # Snappy is what every reader of Parquet knows.
        copy = (
            f"COPY ({sql}) TO {literal(str(making))} "
            f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {_ROWS_OF_A_GROUP})"
        )
        try:
            [(rows,)] = connection.execute(copy, dict(parameters or {})).fetchall()
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise WarehouseBehindError(table.name, table.relation, str(error).partition("\n")[0]) from error
        changed = not path.exists() or _digest(path) != _digest(making)
        if changed:
            put_in_place(making, path)
    return WrittenTable(table.name, path, rows, changed)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
