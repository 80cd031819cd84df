"""The data files of a landing zone: Parquet with a schema that is declared, never inferred from the rows.

An inferred schema is what makes Fabric stop: a column that happens to have no value gets no type
(`SchemaMergeFailure`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from qbo_pipeline.model.definition import DataType, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.power_bi.mirroring.changes import deletions, upserts

MARKER = "__rowMarker__"
"""The last column of every file but the one that a table is loaded by."""
DELETE, UPSERT = 2, 4
_ROWS = 50_000
"""Rows in memory, and in a row group."""

ARROW_TYPES: Mapping[DataType, pa.DataType] = {
    DataType.TEXT: pa.string(),
    DataType.WHOLE: pa.int64(),
    DataType.MONEY: pa.decimal128(19, 4),
    DataType.NUMBER: pa.float64(),
    DataType.BOOLEAN: pa.bool_(),
    DataType.DATE: pa.date32(),
    DataType.INSTANT: pa.timestamp("us", tz="UTC"),
}


def schema(table: Table, *, marked: bool) -> pa.Schema:
    """The schema of a table's files."""
    fields = [pa.field(column.name, ARROW_TYPES[column.type]) for column in table.columns]
    return pa.schema([*fields, pa.field(MARKER, pa.int32())] if marked else fields)


def write(connection: duckdb.DuckDBPyConnection, table: Table, path: Path, *, whole: bool) -> int:
    """Write the rows of the temporary table `difference` (see `changes.compare`); how many there are.

    Without a marker where the table is loaded whole, which Fabric takes as insertions, the fastest of its ways. Else
    upserts and deletions by key, which may be applied any number of times.
    """
    wanted = schema(table, marked=not whole)
    if whole:
        sql = upserts(table)
    else:
        marker = quoted(MARKER)
        sql = (
            f"SELECT *, {DELETE}::INTEGER AS {marker} FROM ({deletions(table)}) "
            f"UNION ALL SELECT *, {UPSERT}::INTEGER AS {marker} FROM ({upserts(table)})"
        )
    rows = 0
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
        pq.ParquetWriter(file, wanted, compression="snappy") as writer,
    ):
        for batch in connection.sql(sql).to_arrow_reader(_ROWS):
            # DuckDB's timestamps have no zone; those of the warehouse are UTC.
            writer.write_table(pa.Table.from_batches([batch]).cast(wanted))
            rows += batch.num_rows
    return rows
