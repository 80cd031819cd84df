from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import Table
from qbo_pipeline.model.rows import select
from qbo_pipeline.power_bi.project import compiled, write_tables
from qbo_pipeline.publishing.errors import WarehouseBehindError
from qbo_pipeline.publishing.parquet import parquet_file


@pytest.fixture(scope="module")
def written(warehouse: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write_tables(warehouse, SEMANTIC_MODEL, folder)
    return folder / "data"


@pytest.mark.parametrize("table", SEMANTIC_MODEL.tables, ids=lambda one: one.name)
def test_a_file_has_the_rows_and_types_of_its_table(
    table: Table, written: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    source = f"read_parquet('{written / parquet_file(table)}')"
    query = select(table).sql

    assert warehouse.execute(f"DESCRIBE FROM {source}").fetchall() == warehouse.execute(f"DESCRIBE {query}").fetchall()
    assert warehouse.execute(f"(FROM {source}) EXCEPT ALL ({query})").fetchall() == []
    assert warehouse.execute(f"({query}) EXCEPT ALL (FROM {source})").fetchall() == []


def test_amounts_and_instants_are_exact_in_the_files(written: Path) -> None:
    ledger = pq.read_schema(written / "general_ledger_lines.parquet")
    company = pq.read_schema(written / "company.parquet")

    assert str(ledger.field("Amount").type) == "decimal128(19, 4)"
    assert str(ledger.field("Ledger Date").type) == "date32[day]"
    assert str(company.field("Last Synced At").type) == "timestamp[us]"


def test_every_file_is_read_by_its_table_of_the_project(written: Path) -> None:
    files = compiled(SEMANTIC_MODEL, str(written))

    for table in SEMANTIC_MODEL.tables:
        [tmdl] = [text for path, text in files.items() if path.endswith(f"/tables/{table.name}.tmdl")]
        assert f'File.Contents(DataFolder & "\\{parquet_file(table)}")' in tmdl
    assert {path.name for path in written.iterdir()} == {parquet_file(table) for table in SEMANTIC_MODEL.tables}


def test_only_files_that_changed_are_replaced(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = write_tables(warehouse, SEMANTIC_MODEL, tmp_path)
    stamps = {one.path: one.path.stat().st_mtime_ns for one in first}

    assert all(one.changed for one in first)
    assert not any(one.changed for one in write_tables(warehouse, SEMANTIC_MODEL, tmp_path))
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps

    warehouse.execute("BEGIN TRANSACTION")
    try:
        warehouse.execute("UPDATE quickbooks.vendor SET display_name = 'Renamed'")
        again = write_tables(warehouse, SEMANTIC_MODEL, tmp_path)
    finally:
        warehouse.execute("ROLLBACK")
    assert [one.table for one in again if one.changed] == ["Vendor"]


def test_a_write_that_fails_leaves_the_file_that_was_there(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tables(warehouse, SEMANTIC_MODEL, tmp_path)
    path = tmp_path / "data" / "measures.parquet"
    path.write_bytes(b"older")

    def failing(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as full:
        full.setattr(os, "replace", failing)
        with pytest.raises(OSError, match="no space left"):
            write_tables(warehouse, SEMANTIC_MODEL, tmp_path)
    assert path.read_bytes() == b"older"
    assert not list(tmp_path.rglob("*.making"))


def test_a_folder_may_have_a_quote_in_its_name(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert len(write_tables(warehouse, SEMANTIC_MODEL, tmp_path / "Anna's books")) == len(SEMANTIC_MODEL.tables)


def test_a_warehouse_of_an_older_version_is_told_with_what_to_do(tmp_path: Path) -> None:
    with duckdb.connect() as older, pytest.raises(WarehouseBehindError, match=r"_Measures.*qbo-pipeline sync"):
        write_tables(older, SEMANTIC_MODEL, tmp_path)
    assert list((tmp_path / "data").iterdir()) == []
