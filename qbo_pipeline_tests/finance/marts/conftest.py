from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline_tests.finance.marts.books import Books, make_template


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("books") / "empty.duckdb"
    make_template(path)
    return path


@pytest.fixture
def books(empty_warehouse: Path, tmp_path: Path) -> Iterator[Books]:
    written = Books(empty_warehouse, tmp_path / "books.duckdb")
    yield written
    written.connection.close()
