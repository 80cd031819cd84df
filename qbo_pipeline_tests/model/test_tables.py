"""What holds of the rows of the tables together."""

from __future__ import annotations

import duckdb
import pytest

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import Column, Kind, Relationship, Table
from qbo_pipeline.model.rows import select

SORTED = [(table, column) for table in SEMANTIC_MODEL.tables for column in table.columns if column.sort_by]


@pytest.mark.parametrize("table", SEMANTIC_MODEL.tables, ids=lambda table: table.name)
def test_relations_and_columns_are_those_of_the_finance_models(table: Table) -> None:
    model = shipped().named(table.relation)

    assert model is not None
    assert {column.source for column in table.columns} <= set(model.column_names)


@pytest.mark.parametrize("relationship", SEMANTIC_MODEL.relationships, ids=lambda one: one.name)
def test_every_row_has_its_row_in_the_table_it_is_related_to(
    relationship: Relationship, warehouse: duckdb.DuckDBPyConnection
) -> None:
    many, single = (SEMANTIC_MODEL.by_name[name] for name in (relationship.from_table, relationship.to_table))

    alone = warehouse.execute(
        f'SELECT DISTINCT many."{relationship.from_column}" FROM ({select(many).sql}) AS many '
        f"ANTI JOIN ({select(single).sql}) AS single "
        f'ON single."{relationship.to_column}" = many."{relationship.from_column}"'
    ).fetchall()

    assert alone == []


@pytest.mark.parametrize(("table", "column"), SORTED, ids=lambda one: one.name)
def test_what_is_sorted_by_a_column_has_one_place_for_each_value(
    table: Table, column: Column, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Power BI refuses to load a column that is sorted by one of which a value has two."""
    several = warehouse.execute(
        f'SELECT "{column.name}" FROM ({select(table).sql}) GROUP BY ALL HAVING count(DISTINCT "{column.sort_by}") > 1'
    ).fetchall()

    assert several == []


def test_every_fact_belongs_to_a_company_and_no_dimension_is_related_to_another() -> None:
    kinds = {table.name: table.kind for table in SEMANTIC_MODEL.tables}
    of_company = {one.from_table for one in SEMANTIC_MODEL.relationships if one.to_table == "Company"}

    assert of_company == {name for name, kind in kinds.items() if kind is Kind.FACT}
    assert {(kinds[one.from_table], kinds[one.to_table]) for one in SEMANTIC_MODEL.relationships} == {
        (Kind.FACT, Kind.DIMENSION)
    }


def test_the_ledger_of_a_fiscal_year_that_begins_in_february_is_in_its_own_periods(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = warehouse.execute(
        'SELECT "Fiscal Year", "Fiscal Quarter", "Fiscal Period" '
        f"FROM ({select(SEMANTIC_MODEL.by_name['Fiscal Period'], '1').sql}) "
        "WHERE \"First Day\" IN (DATE '2026-01-01', DATE '2026-02-01') ORDER BY \"First Day\"",
        {"realm_id": "1"},
    ).fetchall()

    assert found == [("FY2026", "FY2026 Q4", "FY2026 P12"), ("FY2027", "FY2027 Q1", "FY2027 P01")]


def test_the_newest_run_that_failed_shows_beside_the_last_that_did_not(warehouse: duckdb.DuckDBPyConnection) -> None:
    [found] = warehouse.execute(
        'SELECT "Sync Source", "Sync Error", "Entity Synced At"::VARCHAR, "Records Received" '
        f"FROM ({select(SEMANTIC_MODEL.by_name['Sync Status'], '1').sql}) WHERE \"Entity\" = 'Invoice'",
        {"realm_id": "1"},
    ).fetchall()

    assert found == ("cdc", "QuickBooks did not answer", "2026-03-30 10:00:00", 7)
