"""What holds of every model that is shipped."""

from __future__ import annotations

from pathlib import Path

import duckdb

from qbo_pipeline.finance.build import How, build
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.documentation import document
from qbo_pipeline.finance.model import Built

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "finance-models.md"


def test_all_are_built_of_an_empty_warehouse_and_then_left_alone(built: duckdb.DuckDBPyConnection) -> None:
    assert all(one.how is How.UNCHANGED for one in build(built, shipped()).models)


def test_the_columns_that_are_described_are_those_of_the_statement(built: duckdb.DuckDBPyConnection) -> None:
    found: dict[str, list[str]] = {}
    for name, column in built.execute(
        "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() "
        "WHERE schema_name IN ('posting', 'finance') ORDER BY table_name, column_index"
    ).fetchall():
        found.setdefault(name, []).append(column)

    for model in shipped().ordered:
        if model.built not in (Built.INLINE, Built.MACRO):
            assert found[model.name] == list(model.column_names), model.path


def test_every_relation_and_column_has_its_description_in_the_warehouse(built: duckdb.DuckDBPyConnection) -> None:
    missing = built.execute(
        "SELECT schema_name, table_name, NULL FROM duckdb_tables() "
        "WHERE schema_name IN ('posting', 'finance') AND comment IS NULL "
        "UNION ALL SELECT schema_name, view_name, NULL FROM duckdb_views() "
        "WHERE schema_name IN ('posting', 'finance') AND comment IS NULL "
        "UNION ALL SELECT schema_name, table_name, column_name FROM duckdb_columns() "
        "WHERE schema_name IN ('posting', 'finance') AND comment IS NULL"
    ).fetchall()

    assert missing == []


def test_the_page_about_them_is_current() -> None:
    """After a change: python -m qbo_pipeline.finance > docs/finance-models.md."""
    assert document(shipped()) == DOCUMENTATION.read_text(encoding="utf-8")
