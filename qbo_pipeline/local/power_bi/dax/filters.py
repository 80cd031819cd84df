"""Filter contexts: which values of which columns are left, perhaps others for every row of a loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from qbo_pipeline.local.power_bi.dax.model import Column
from qbo_pipeline.local.power_bi.dax.relations import Frame, Keys, TableValue, Workspace

if TYPE_CHECKING:
    from qbo_pipeline.local.power_bi.dax.variables import Variable


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """Combinations of values that are left: the distinct rows of a relation, by its keys.

    `single` marks one combination for every row of a loop. `rows_of`: rows of that table of the model, by `_row`.
    """

    relation: str
    keys: Keys
    columns: tuple[tuple[Column, str], ...]
    """Of the model, and what it is called in the relation."""
    single: bool = False
    rows_of: str | None = None
    number: int = field(default_factory=count().__next__)
    """No other filter has it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression is evaluated in: filters, the rows that are looked at (the innermost first), variables."""

    filters: tuple[Filter, ...] = ()
    rows: tuple[Frame, ...] = ()
    variables: Mapping[str, Variable] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[int, ...]:
        """The same for the same filters."""
        return tuple(one.number for one in self.filters)


def of_row(frame: Frame) -> Filter:
    """The row of a loop as a filter: what context transition makes of it."""
    columns = tuple((one.column, one.sql) for one in frame.columns if one.column is not None)
    return Filter(frame.table, frame.all_keys, columns, single=True)


def of_table(workspace: Workspace, table: TableValue) -> Filter:
    """A table value as a filter."""
    columns = tuple((one.column, one.sql) for one in table.columns if one.column is not None)
    if table.rows_of is not None:
        return Filter(table.relation, table.keys, columns, rows_of=table.rows_of)
    listed = ", ".join([*(f"k{key}" for key in sorted(table.keys)), *dict.fromkeys(sql for _, sql in columns)])
    if not columns:
        return Filter(table.relation, table.keys, ())
    return Filter(workspace.create(f"SELECT DISTINCT {listed} FROM {table.relation} t"), table.keys, columns)


def without(workspace: Workspace, filters: tuple[Filter, ...], gone: Collection[Column]) -> tuple[Filter, ...]:
    """Filters without those on some columns."""
    left: list[Filter] = []
    for one in filters:
        kept = tuple((column, sql) for column, sql in one.columns if column not in gone)
        if len(kept) == len(one.columns):
            left.append(one)
        elif kept and one.single:
            left.append(Filter(one.relation, one.keys, kept, single=True))
        elif kept:
            listed = ", ".join([*(f"k{key}" for key in sorted(one.keys)), *(sql for _, sql in kept)])
            left.append(Filter(workspace.create(f"SELECT DISTINCT {listed} FROM {one.relation} t"), one.keys, kept))
    return tuple(left)
