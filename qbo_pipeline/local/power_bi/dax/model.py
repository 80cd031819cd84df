"""The model that queries see: tables, columns, measures, and relationships from many rows to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qbo_pipeline.local.power_bi.dax.failures import DaxError

Kind = Literal["int", "decimal", "double", "text", "bool", "date", "blank"]
"""Types of values; `blank` is that of BLANK() alone."""

KINDS: dict[str, Kind] = {
    "Int64": "int",
    "Decimal": "decimal",
    "Double": "double",
    "String": "text",
    "Boolean": "bool",
    "DateTime": "date",
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value comes from: a column of the model, as it is spelt there."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class ModelTable:
    """A table: its relation in DuckDB, with a column `_row` that numbers its rows.

    `columns` says what each is called in DuckDB, and its data type; `unseen` are ranges of row numbers left out.
    """

    name: str
    relation: str
    columns: Mapping[str, tuple[str, str]]
    measures: Mapping[str, str]
    unseen: tuple[tuple[int, int], ...] = ()

    def kind(self, column: str) -> Kind:
        """The type of a column."""
        return KINDS[self.columns[column][1]]


@dataclass(frozen=True, slots=True)
class Relationship:
    """Many rows of one end belong to one row of the other; filters run from the one to the many."""

    name: str
    many: Column
    one: Column


class Model:
    """Finds by name, in any case."""

    def __init__(self, tables: Iterable[ModelTable], relationships: Iterable[Mapping[str, Any]]) -> None:
        self.tables = {table.name: table for table in tables}
        self._named = {name.lower(): table for name, table in self.tables.items()}
        self._columns = {
            (table.name.lower(), name.lower()): Column(table.name, name)
            for table in self.tables.values()
            for name in table.columns
        }
        self.measures: dict[str, tuple[str, str]] = {
            name.lower(): (name, text) for table in self.tables.values() for name, text in table.measures.items()
        }
        self.relationships: list[Relationship] = []
        for one in relationships:
            if one.get("crossFilteringBehavior", "OneDirection") == "BothDirections":
                raise DaxError(f"Relationship '{one['name']}' filters in both directions, which isn't evaluated here.")
            many, single = (
                self.column(one["fromTable"], one["fromColumn"]),
                self.column(one["toTable"], one["toColumn"]),
            )
            if many is not None and single is not None:
                self.relationships.append(Relationship(one["name"], many, single))
        self._paths = {name: self._expanded(name) for name in self.tables}

    def table(self, name: str) -> ModelTable | None:
        """A table."""
        return self._named.get(name.lower())

    def column(self, table: str, name: str) -> Column | None:
        """A column."""
        return self._columns.get((table.lower(), name.lower()))

    def sought_column(self, table: str, name: str) -> Column:
        """A column.

        Raises:
            DaxError: there is none.
        """
        if self.table(table) is None:
            raise DaxError(f"Cannot find table '{table}'.")
        found = self.column(table, name)
        if found is None:
            raise DaxError(f"Column '{name}' in table '{table}' cannot be found or may not be used in this expression.")
        return found

    def kind(self, column: Column) -> Kind:
        """The type of a column."""
        return self.tables[column.table].kind(column.name)

    def physical(self, column: Column) -> str:
        """What a column is called in DuckDB."""
        return self.tables[column.table].columns[column.name][0]

    def columns(self, table: str) -> list[Column]:
        """All columns of a table."""
        return [Column(table, name) for name in self.tables[table].columns]

    def paths(self, table: str) -> dict[str, tuple[Relationship, ...]]:
        """The expanded table: every table that filters it, with the way there; itself with none."""
        return self._paths[table]

    def is_date_key(self, column: Column) -> bool:
        """Whether it is the one end of a relationship and holds dates: then a filter on it stands for its table."""
        return self.kind(column) == "date" and any(one.one == column for one in self.relationships)

    def many_ends(self, table: str) -> list[Relationship]:
        """Relationships in which a table is the one end."""
        return [one for one in self.relationships if one.one.table == table]

    def _expanded(self, table: str) -> dict[str, tuple[Relationship, ...]]:
        found: dict[str, tuple[Relationship, ...]] = {table: ()}
        waiting = [table]
        while waiting:
            current = waiting.pop(0)
            for one in self.relationships:
                if one.many.table == current and one.one.table not in found:
                    found[one.one.table] = (*found[current], one)
                    waiting.append(one.one.table)
        return found
