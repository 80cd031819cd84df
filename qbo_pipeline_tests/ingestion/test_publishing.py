"""Models that need more memory are built again with more; what fits into none is told and holds nothing back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.errors import ModelError
from qbo_pipeline.finance.running import FEW, Running
from qbo_pipeline.finance.state import failure
from qbo_pipeline.ingestion import publishing
from qbo_pipeline.settings import DataFolder
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

LIMITS = ["476.8 MiB", "953.6 MiB", "7.4 GiB"]
"""What the rows of few documents may have, then what the warehouse gives a second and a third time."""


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


@pytest.fixture
def warehouse(data: DataFolder) -> Iterator[Warehouse]:
    with open_warehouse(data.build, data.warehouse, data.lake) as opened:
        yield opened


def short_of_memory(given: list[str], error: duckdb.Error, *, enough: str | None = None) -> Any:
    """A build that ends for lack of memory until it is given enough; notes what it was given."""

    def build(connection: duckdb.DuckDBPyConnection, *_: object, **__: object) -> str:
        running = Running(connection, shipped())
        running.take(FEW)
        [(limit,)] = running.query("SELECT current_setting('memory_limit')")
        given.append(limit)
        running.give_back()
        if limit != enough:
            raise error
        return "built"

    return build


def test_a_build_that_does_not_fit_into_memory_is_done_again_with_more(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    error = duckdb.OutOfMemoryException("could not allocate block")
    monkeypatch.setattr(publishing, "build", short_of_memory(given, error, enough=LIMITS[1]))

    assert publishing.build_models(warehouse) is not None
    assert given == LIMITS[:2]


@pytest.mark.parametrize(
    "error",
    [
        duckdb.OutOfMemoryException("could not allocate block"),
        duckdb.TransactionException("Failed to commit: failed to pin block"),
    ],
    ids=["of a statement", "of a commit"],
)
def test_a_build_that_fits_into_no_memory_is_noted_and_holds_nothing_back(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, error: duckdb.Error
) -> None:
    given: list[str] = []
    monkeypatch.setattr(publishing, "build", short_of_memory(given, error))

    assert publishing.build_models(warehouse) is None

    told = failure(lambda sql, parameters=(): warehouse.connection.execute(sql, list(parameters)).fetchall())
    assert told is not None
    assert told.message == f"It needs more memory than DuckDB may have: {error}"
    assert given == LIMITS


def test_a_rebuild_that_fits_into_no_memory_says_so(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "build", short_of_memory([], duckdb.OutOfMemoryException("could not allocate")))

    with pytest.raises(ModelError, match="more memory than DuckDB may have"):
        publishing.rebuild_models(data)


def test_another_error_of_the_database_is_not_taken_for_it(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "build", short_of_memory([], duckdb.IOException("no space left on device")))

    with pytest.raises(duckdb.IOException, match="no space left"):
        publishing.build_models(warehouse)
