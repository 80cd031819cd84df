"""An empty warehouse, copied for every test, and small books in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.finance.build import build
from qbo_pipeline.finance.catalogue import FOLDER, Models, load_models, shipped
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.finance.engine.small_books import SmallBooks


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table and no row: making one takes seconds, copying it none."""
    folder = tmp_path_factory.mktemp("empty")
    with open_warehouse(folder / "build" / "warehouse.duckdb", folder / "warehouse.duckdb", folder / "lake"):
        pass
    return folder / "build" / "warehouse.duckdb"


@pytest.fixture(scope="session")
def posting_models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The models of posting alone: what else is made from them takes its time and tells nothing of them."""
    folder = tmp_path_factory.mktemp("posting")
    shutil.copytree(FOLDER / "posting", folder / "posting")
    return load_models(folder)


@pytest.fixture(scope="module")
def built(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """All models that are shipped, in an empty warehouse."""
    path = tmp_path_factory.mktemp("built") / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS warehouse; USE warehouse")
        build(connection, shipped())
        yield connection


@pytest.fixture
def database(empty_warehouse: Path, tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    return path


@pytest.fixture
def books(database: Path) -> Iterator[SmallBooks]:
    opened = SmallBooks(database)
    yield opened
    opened.connection.close()
