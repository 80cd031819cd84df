"""One state of the warehouse, whatever takes its place."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.publishing.errors import NoWarehouseError
from qbo_pipeline.publishing.snapshot import attached, open_snapshot, warehouse_state


def publish(path: Path, name: str) -> None:
    with duckdb.connect(str(path.with_name("new.duckdb"))) as connection:
        connection.execute(
            "CREATE SCHEMA finance; CREATE TABLE finance.company AS SELECT $name AS name", {"name": name}
        )
    os.replace(path.with_name("new.duckdb"), path)


def test_what_is_published_meanwhile_is_not_seen(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    publish(path, "Harbour")
    with open_snapshot(path) as snapshot:
        publish(path, "Meridian")

        assert snapshot.connection.execute("SELECT name FROM warehouse.finance.company").fetchall() == [("Harbour",)]
        assert snapshot.state != warehouse_state(path)
    with open_snapshot(path) as snapshot:
        assert snapshot.connection.execute("SELECT name FROM warehouse.finance.company").fetchall() == [("Meridian",)]
        assert snapshot.state == warehouse_state(path)


def test_the_warehouse_is_let_go_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    publish(path, "Harbour")
    with duckdb.connect() as connection:
        with pytest.raises(ZeroDivisionError), attached(path, connection):
            raise ZeroDivisionError
        with attached(path, connection):
            pass


def test_without_a_warehouse_it_is_told_how_to_get_one(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"

    assert warehouse_state(path) is None
    with pytest.raises(NoWarehouseError, match="load a company first"), open_snapshot(path):
        pass
    assert not path.exists()


def test_a_warehouse_cannot_be_written_through_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    publish(path, "Harbour")
    with open_snapshot(path) as snapshot, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        snapshot.connection.execute("DELETE FROM warehouse.finance.company")


def drawing(path: Path) -> object:
    with open_snapshot(path) as snapshot:
        return snapshot.connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()


def test_a_process_that_was_spawned_draws_nothing_among_what_is_told(tmp_path: Path) -> None:
    publish(tmp_path / "warehouse.duckdb", "Harbour")
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        assert process.submit(drawing, tmp_path / "warehouse.duckdb").result() == [(False,)]
