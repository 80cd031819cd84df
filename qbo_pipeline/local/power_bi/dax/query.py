"""Whole queries: definitions, a table, its order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import duckdb

from qbo_pipeline.local.power_bi.dax import (
    aggregation,
    calculate,
    scalar_functions,
    summarize,
    tables,
    time_intelligence,
)
from qbo_pipeline.local.power_bi.dax.engine import Engine
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context
from qbo_pipeline.local.power_bi.dax.model import Kind, Model
from qbo_pipeline.local.power_bi.dax.parsing import parse_query
from qbo_pipeline.local.power_bi.dax.relations import TableColumn
from qbo_pipeline.local.power_bi.dax.values import ordered

FUNCTIONS = (aggregation, calculate, scalar_functions, summarize, tables, time_intelligence)
"""Modules whose functions queries can call."""


@dataclass(frozen=True, slots=True)
class Result:
    """Columns as `T[c]` where they are of the model, else `[c]`; rows with Decimal, datetime, None for BLANK."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    kinds: list[Kind]


def evaluate(query: str, model: Model, connection: duckdb.DuckDBPyConnection, now: datetime) -> Result:
    """The rows of a query. `connection` gets temporary tables; `now` is UTC, without a zone.

    Raises:
        DaxError: it does not parse, names what is not there, or cannot be computed.
    """
    parsed = parse_query(query)
    engine = Engine(model, connection, now)
    context = Context()
    for table, name, expression in parsed.measures:
        if model.table(table) is None:
            raise DaxError(f"Cannot find table '{table}'.")
        engine.define(name, expression)
    context = engine.with_variables(parsed.variables, context)
    result = engine.table(parsed.table, context)
    if result.keys:
        raise DaxError("The table of a query depends on a row that is not there.")
    frame = engine.workspace.frame(result)
    inner = replace(context, rows=(frame,))
    order = [(engine.value(expression, inner), falling) for expression, falling in parsed.order]
    source, _ = engine.workspace.domain(frozenset[str]().union(*(one.needs for one, _ in order)), frame)
    by = [ordered(one, falling=falling) for one, falling in order]
    listed = ", ".join(f"{frame.table}.{one.sql}" for one in frame.columns)
    sql = f"SELECT {listed} FROM {source} ORDER BY {', '.join([*by, f'{frame.table}.k{frame.id}'])}"
    rows = [tuple(row) for row in engine.workspace.run(sql)]
    return Result([_shown(one) for one in frame.columns], rows, [one.kind for one in frame.columns])


def _shown(column: TableColumn) -> str:
    if column.column is not None and column.name == column.column.name:
        return f"{column.column.table}[{column.column.name}]"
    return f"[{column.name}]"
