"""The data source against an extract: what it names is there, and Tableau's engine gives the figures of the SQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.values import value
from qbo_pipeline_tests.finance.proof.books import REALM
from qbo_pipeline_tests.model.tableau_formulas import HYPER, Formulas, Looked
from qbo_pipeline_tests.tableau.package.documents import data_source, read

ALL_OF_IT = (date(2026, 1, 1), date(2026, 3, 31))
LOCAL_TYPES = {
    "TEXT": "string",
    "BIG_INT": "integer",
    "NUMERIC": "real",
    "DOUBLE": "real",
    "BOOL": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}
"""Tableau's type of what Hyper keeps."""


def test_tables_and_columns_are_those_of_the_extract(extract: Path) -> None:
    from qbo_pipeline.tableau.extract.hyperd import database, hyperd

    with hyperd() as process, database(process, extract) as connection:
        kept = {
            (table.name.unescaped, column.name.unescaped): LOCAL_TYPES[column.type.tag.name]
            for table in connection.catalog.get_table_names("Extract")
            for column in connection.catalog.get_table_definition(table).columns
        }
    records = read(data_source()).iter("metadata-record")

    assert kept == {
        ((one.findtext("parent-name") or "").strip("[]"), one.findtext("remote-name")): one.findtext("local-type")
        for one in records
    }


def test_hyper_gives_every_measure_the_value_of_its_sql(extract: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Hyper is the engine that calculates in Tableau Desktop, Server and Cloud."""
    from qbo_pipeline.tableau.extract.columns import relation
    from qbo_pipeline.tableau.extract.hyperd import database, hyperd

    looked = Looked(*ALL_OF_IT, filters=(("Company", "Company Key", REALM),))
    with hyperd() as process, database(process, extract) as connection:
        formulas = Formulas(SEMANTIC_MODEL, HYPER, relation, connection.execute_scalar_query)
        found = {
            measure.name: formulas.value(measure.tableau, looked)
            for measure in SEMANTIC_MODEL.measures
            if measure.tableau is not None
        }
    meant = {one.name: value(warehouse, one, REALM, *ALL_OF_IT) for one in SEMANTIC_MODEL.measures}

    assert {name: (one, meant[name]) for name, one in found.items() if not same(one, meant[name])} == {}
    assert sum(1 for one in found.values() if one) > 25


def same(hyper: Any, sql: Any) -> bool:
    """Nothing is zero, quotients are equal to nine digits, and everything else is the same."""
    for plain in ("to_datetime", "to_date"):
        if hasattr(hyper, plain):
            hyper = getattr(hyper, plain)()
            break
    if isinstance(sql, float):
        return abs(float(hyper or 0) - sql) <= 1e-9 * abs(sql)
    return bool((hyper or 0) == (sql or 0))
