from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import DataType, Table
from qbo_pipeline.model.rows import select
from qbo_pipeline_tests.finance.proof.books import REALM
from qbo_pipeline_tests.model.conftest import OTHER

each_table = pytest.mark.parametrize("table", SEMANTIC_MODEL.tables, ids=lambda table: table.name)
DUCKDB_TYPES = {
    DataType.TEXT: "VARCHAR",
    DataType.WHOLE: "BIGINT",
    DataType.MONEY: "DECIMAL(19,4)",
    DataType.NUMBER: "DOUBLE",
    DataType.BOOLEAN: "BOOLEAN",
    DataType.DATE: "DATE",
    DataType.INSTANT: "TIMESTAMP",
}


@each_table
def test_columns_are_named_and_typed_as_the_model_says(table: Table, warehouse: duckdb.DuckDBPyConnection) -> None:
    described = warehouse.execute(f"DESCRIBE {select(table).sql}").fetchall()

    assert [(name, type_) for name, type_, *_ in described] == [
        (column.name, DUCKDB_TYPES[column.type]) for column in table.columns
    ]


@each_table
def test_every_table_has_rows_and_a_key_that_tells_them_apart(
    table: Table, warehouse: duckdb.DuckDBPyConnection
) -> None:
    [(rows, keys)] = warehouse.execute(
        f'SELECT count(*), count(DISTINCT "{table.key}") FROM ({select(table).sql})'
    ).fetchall()

    assert 0 < rows == keys


@each_table
def test_rows_come_in_the_order_of_the_key(table: Table, warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(f'SELECT "{table.key}" FROM ({select(table).sql})').fetchall()

    assert found == sorted(found)


@each_table
def test_the_rows_of_the_companies_are_those_of_all(table: Table, warehouse: duckdb.DuckDBPyConnection) -> None:
    def rows(company: str | None) -> list[tuple[object, ...]]:
        query = select(table, company)
        return warehouse.execute(query.sql, dict(query.parameters)).fetchall()

    if table.company is None:
        assert rows(REALM) == rows(None)
    else:
        assert len(rows(REALM)) + len(rows(OTHER)) == len(rows(None))
        assert rows("nobody") == []


def test_values_are_exact(warehouse: duckdb.DuckDBPyConnection) -> None:
    ledger, company = SEMANTIC_MODEL.by_name["General Ledger Lines"], SEMANTIC_MODEL.by_name["Company"]

    [(day, amount)] = warehouse.execute(
        f'SELECT "Ledger Date", "Amount" FROM ({select(ledger).sql}) ORDER BY ALL LIMIT 1'
    ).fetchall()
    [(synced,), _] = warehouse.execute(f'SELECT "Last Synced At" FROM ({select(company).sql})').fetchall()

    assert isinstance(amount, Decimal)
    assert isinstance(day, date)
    assert synced == datetime(2026, 3, 31, 13)
