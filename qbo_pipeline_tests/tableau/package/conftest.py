"""The small company's extract: what the definition of the data source has to fit."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.publishing.snapshot import open_snapshot
from qbo_pipeline_tests.model.conftest import warehouse

__all__ = ["extract", "warehouse"]


@pytest.fixture(scope="session")
def extract(warehouse: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extract of two companies, made as for publishing."""
    pytest.importorskip("tableauhyperapi", reason="the extra `tableau` is not installed")
    from qbo_pipeline.tableau.extract.build import build_extract

    folder = tmp_path_factory.mktemp("extract")
    connection = warehouse.cursor()
    connection.execute(f"ATTACH '{folder / 'warehouse.duckdb'}' AS kept")
    connection.execute("CREATE SCHEMA kept.finance")
    for table in SEMANTIC_MODEL.tables:
        connection.execute(f"CREATE TABLE kept.{table.relation} AS FROM {table.relation}")
    connection.execute("DETACH kept")
    with open_snapshot(folder / "warehouse.duckdb") as snapshot:
        build_extract(snapshot, SEMANTIC_MODEL, folder / "books.hyper", folder / "parquet")
    return folder / "books.hyper"
