from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from qbo_pipeline.warehouse.transaction import transaction


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE account (id INTEGER PRIMARY KEY)")
        yield connection


def accounts(connection: duckdb.DuckDBPyConnection) -> list[int]:
    return [identity for (identity,) in connection.execute("FROM account ORDER BY id").fetchall()]


def test_all_statements_take_effect_together(connection: duckdb.DuckDBPyConnection) -> None:
    with transaction(connection):
        connection.execute("INSERT INTO account VALUES (1)")
        assert accounts(connection.cursor()) == []
        connection.execute("INSERT INTO account VALUES (2)")

    assert accounts(connection) == [1, 2]


@pytest.mark.parametrize("error", [ValueError("a fault"), KeyboardInterrupt()])
def test_nothing_of_it_is_left_where_it_raises(connection: duckdb.DuckDBPyConnection, error: BaseException) -> None:
    def fail() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO account VALUES (1)")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert accounts(connection) == []


def test_why_it_could_not_be_committed_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    def collide() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO account VALUES (1)")
            connection.cursor().execute("INSERT INTO account VALUES (1)")

    with pytest.raises(duckdb.Error, match="Failed to commit"):
        collide()
    with transaction(connection):
        connection.execute("INSERT INTO account VALUES (2)")
    assert accounts(connection) == [1, 2]
