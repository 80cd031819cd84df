"""The tables of the model as Parquet files, which a project, or any other reader, loads."""

from __future__ import annotations

from pathlib import Path

import duckdb

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.rows import select
from qbo_pipeline.publishing.parquet import WrittenTable, write_parquet

FOLDER = "data"
"""Where the files are in a project."""


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
    queries = [(table, select(table)) for table in model.tables]
    return tuple(write_parquet(connection, table, query.sql, data, query.parameters) for table, query in queries)
