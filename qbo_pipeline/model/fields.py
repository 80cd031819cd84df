"""The names of columns where all tables show theirs in one list, as a data source of Tableau does.

What people see is unique there anyway; a key or a count that several tables have gets its table's name in brackets,
but for the dimension whose key it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from qbo_pipeline.model.definition import Kind, Table


def field_names(tables: Iterable[Table]) -> Mapping[tuple[str, str], str]:
    """(table, column) → field: `Company Key`, `Company Key (Sales Lines)`."""
    shown = [table for table in tables if table.kind is not Kind.MEASURES]
    often = Counter(column.name for table in shown for column in table.columns)
    return {
        (table.name, column.name): column.name
        if often[column.name] == 1 or (table.kind is Kind.DIMENSION and table.key == column.name)
        else f"{column.name} ({table.name})"
        for table in shown
        for column in table.columns
    }
