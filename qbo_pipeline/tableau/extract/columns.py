"""Columns of an extract: what Hyper takes for each data type, and how its tables are made.

Source: Hyper API documentation, SQL reference (data types, CREATE TABLE, constraints). The file version is 2, which
every Tableau since 2020.4 opens, and which has no numerics of more than 18 digits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from qbo_pipeline.model.definition import Column, DataType, Relationship, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.publishing.rows import FittingRows, Taken, cast, columns_text

SCHEMA = "Extract"
"""Where the tables are; older servers read no other."""
HYPER_TYPES: Mapping[DataType, str] = {
    DataType.TEXT: "TEXT",
    DataType.WHOLE: "BIGINT",
    DataType.MONEY: "NUMERIC(18, 4)",
    DataType.NUMBER: "DOUBLE PRECISION",
    DataType.BOOLEAN: "BOOLEAN",
    DataType.DATE: "DATE",
    DataType.INSTANT: "TIMESTAMP",
}


def _within(type_: str, condition: str) -> Taken:
    value = f"TRY_CAST({{source}} AS {type_})"
    return Taken(type_, f"CASE WHEN {condition.format(value=value)} THEN {value} END")


TAKES: Mapping[DataType, Taken] = {
    # A text with a NUL breaks what reads it; nothing that QuickBooks means is lost with it.
    DataType.TEXT: Taken("VARCHAR", "replace(CAST({source} AS VARCHAR), chr(0), '')"),
    DataType.WHOLE: cast("BIGINT"),
    DataType.MONEY: cast("DECIMAL(18, 4)"),
    DataType.NUMBER: _within("DOUBLE", "isfinite({value})"),
    DataType.BOOLEAN: cast("BOOLEAN"),
    DataType.DATE: _within("DATE", "year({value}) BETWEEN 1 AND 9999"),
    DataType.INSTANT: _within("TIMESTAMP", "year({value}) BETWEEN 1 AND 9999"),
}
"""How DuckDB writes them."""


def rows_of(table: Table) -> FittingRows:
    """The rows of a table of the warehouse as an extract takes them."""
    return FittingRows(table, TAKES, salt=columns_text(table))


def relation(table: str) -> str:
    """A table of an extract in SQL."""
    return f"{quoted(SCHEMA)}.{quoted(table)}"


def create(table: Table, name: str, columns: tuple[Column, ...], links: Collection[Relationship]) -> str:
    """The statement that makes a table under a name, with some or all columns of a table of the model.

    Keys are assumed: Hyper enforces none, so whoever fills the table sees that there is one row a key, and that every
    value of a relationship is the key of a row of the other table, which is made before.
    """
    listed = [f"{quoted(one.name)} {HYPER_TYPES[one.type]}{' NOT NULL' * (one.name == table.key)}" for one in columns]
    listed.append(f"ASSUMED PRIMARY KEY ({quoted(table.key)})")
    for link in links:
        other = f"{relation(link.to_table)} ({quoted(link.to_column)})"
        listed.append(f"ASSUMED FOREIGN KEY ({quoted(link.from_column)}) REFERENCES {other}")
    return f"CREATE TABLE {relation(name)} ({', '.join(listed)})"


def insert(name: str, columns: tuple[Column, ...], source: str) -> str:
    """The statement that fills a table from a relation with columns of the same names, each cast to its type."""
    values = ", ".join(f"CAST({quoted(one.name)} AS {HYPER_TYPES[one.type]})" for one in columns)
    return f"INSERT INTO {relation(name)} SELECT {values} FROM {source}"
