"""What expressions mention: the columns that a loop has to carry for them, and those that a condition is on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.model import Column
from qbo_pipeline.local.power_bi.dax.relations import TableValue
from qbo_pipeline.local.power_bi.dax.syntax import (
    Binary,
    Call,
    ColumnName,
    Contained,
    Expression,
    Moment,
    Number,
    Rows,
    Text,
    Truth,
    Unary,
)

if TYPE_CHECKING:
    from qbo_pipeline.local.power_bi.dax.engine import Engine

_OF_COLUMNS = frozenset(
    {"SUM", "AVERAGE", "COUNT", "COUNTA", "DISTINCTCOUNT", "MIN", "MAX", "VALUES", "DISTINCT", "ALL", "SELECTEDVALUE",
     "HASONEVALUE", "CALCULATE", "LASTDATE", "FIRSTDATE"}
)  # fmt: skip
"""Functions whose columns are not those of the row that is looked at."""

_PLAIN = frozenset({
    "IF", "SWITCH", "AND", "OR", "NOT", "DIVIDE", "COALESCE", "ISBLANK", "BLANK", "ABS", "ROUND", "INT", "MOD", "DATE",
    "YEAR", "MONTH", "DAY", "TODAY", "NOW", "FORMAT", "EOMONTH", "DATEDIFF", "CONCATENATE", "VALUE", "TRUE", "FALSE",
    "RELATED",
})  # fmt: skip
"""Functions that look at nothing but their arguments."""


def walk(node: object) -> Iterator[Expression]:
    """Every expression inside a tree, itself first."""
    if isinstance(node, tuple):
        for one in node:
            yield from walk(one)
    elif is_dataclass(node) and not isinstance(node, type):
        yield node  # type: ignore[misc]
        for one in fields(node):
            yield from walk(getattr(node, one.name))


def wanted_columns(engine: Engine, expression: Expression, table: TableValue) -> set[str] | None:
    """Names of the columns that a loop over a table has to carry for an expression; None: all of them.

    All where a measure or another function looks at the row as a whole.
    """
    names: set[str] = set()
    for node in walk(expression):
        if isinstance(node, Call) and node.function not in _PLAIN:
            return None
        if isinstance(node, ColumnName):
            if node.table is None and node.name.lower() not in {one.name.lower() for one in table.columns}:
                return None
            names.add(node.name)
    keys = {one.many.name for one in engine.model.relationships if one.many.table == table.rows_of}
    return names | keys


def condition_columns(engine: Engine, expression: Expression) -> list[Column]:
    """The columns that a condition of CALCULATE is on, which are all of one table.

    Raises:
        DaxError: there are none, or of several tables.
    """
    found = list(dict.fromkeys(_own_columns(engine, expression)))
    if not found:
        raise DaxError(
            "A condition of CALCULATE names no column: a True/False expression in it compares columns of one table."
        )
    if len({column.table for column in found}) > 1:
        raise DaxError(
            "The expression contains columns from multiple tables, but only columns from a single table can be used in "
            "a True/False expression that is used as a table filter expression."
        )
    return found


def stands_alone(engine: Engine, expression: Expression) -> bool:
    """Whether a condition consists of columns of the model and constants alone, so that it means the same anywhere."""
    for node in walk(expression):
        match node:
            case ColumnName(str(table), name) if engine.model.column(table, name) is not None:
                continue
            case Call(function) if function in _PLAIN - {"RELATED"}:
                continue
            case Number() | Text() | Truth() | Moment() | Binary() | Unary() | Contained() | Rows():
                continue
        return False
    return True


def _own_columns(engine: Engine, node: object) -> Iterator[Column]:
    if isinstance(node, tuple):
        for one in node:
            yield from _own_columns(engine, one)
        return
    if isinstance(node, Call) and (node.function in _OF_COLUMNS or node.function not in _PLAIN):
        return
    if isinstance(node, ColumnName):
        if node.table is not None and engine.model.column(node.table, node.name) is not None:
            yield engine.model.sought_column(node.table, node.name)
        return
    if is_dataclass(node) and not isinstance(node, type):
        for one in fields(node):
            yield from _own_columns(engine, getattr(node, one.name))
