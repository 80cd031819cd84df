"""The rows of a table, typed as every destination takes them: one SELECT, for push rows, Parquet and Hyper alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qbo_pipeline.model.definition import Column, DataType, Table

SQL_TYPES: Mapping[DataType, str] = {
    DataType.TEXT: "VARCHAR",
    DataType.WHOLE: "BIGINT",
    DataType.MONEY: "DECIMAL(19, 4)",
    DataType.NUMBER: "DOUBLE",
    DataType.BOOLEAN: "BOOLEAN",
    DataType.DATE: "DATE",
    DataType.INSTANT: "TIMESTAMP",
}
"""DuckDB's types of values; a TIMESTAMP is UTC, as everywhere in the warehouse."""


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with the values that are bound to it."""

    sql: str
    parameters: Mapping[str, str]


def select(table: Table, company: str | None = None) -> Query:
    """The rows of a table in the order of its key, columns named and typed as the model says.

    Args:
        table: of the model.
        company: realm id; the rows of one company alone. A table that is about all companies is given whole.
    """
    columns = ",\n    ".join(_typed(column) for column in table.columns)
    lines = [f"SELECT\n    {columns}\nFROM {table.relation}"]
    parameters = {}
    if company is not None and table.company is not None:
        lines.append(f"WHERE {quoted(table.by_name[table.company].source)} = $realm_id")
        parameters["realm_id"] = company
    lines.append(f"ORDER BY {quoted(table.by_name[table.key].source)}")
    return Query("\n".join(lines), parameters)


def _typed(column: Column) -> str:
    return f"{quoted(column.source)}::{SQL_TYPES[column.type]} AS {quoted(column.name)}"


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'
