"""Functions that make one value of many: of a column under filters, or of an expression over the rows of a table."""

from __future__ import annotations

from dataclasses import replace

from qbo_pipeline.local.power_bi.dax.engine import Engine, scalar_function
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context
from qbo_pipeline.local.power_bi.dax.mentions import wanted_columns
from qbo_pipeline.local.power_bi.dax.model import Column, Kind
from qbo_pipeline.local.power_bi.dax.relations import TableValue, grouping, key_list
from qbo_pipeline.local.power_bi.dax.scans import Scan
from qbo_pipeline.local.power_bi.dax.syntax import Call, ColumnName, Expression, Name
from qbo_pipeline.local.power_bi.dax.values import DECIMAL, NUMBERS, Scalar, cast, common, made

_COUNTED: dict[str, str] = {
    "COUNT": "nullif(count({0}), 0)",
    "COUNTA": "nullif(count({0}), 0)",
    "DISTINCTCOUNT": "nullif(count(DISTINCT {0}) + coalesce(max(CASE WHEN {0} IS NULL THEN 1 END), 0), 0)",
}

_OF_PARTS = frozenset({"SUM", "MIN", "MAX"})
"""Aggregates that are those of the same aggregates of parts."""


def column_named(engine: Engine, expression: Expression, function: str) -> Column:
    """An argument that is a column of the model.

    Raises:
        DaxError: it is none.
    """
    match expression:
        case ColumnName(str(table), name):
            return engine.model.sought_column(table, name)
    raise DaxError(f"The {function} function only accepts a column reference as an argument.")


@scalar_function("SUM", "AVERAGE", "COUNT", "COUNTA", "DISTINCTCOUNT")
def _of_column(engine: Engine, call: Call, context: Context) -> Scalar:
    return _aggregated(engine, call.function, column_named(engine, _only(call), call.function), context)


@scalar_function("MIN", "MAX")
def _extreme(engine: Engine, call: Call, context: Context) -> Scalar:
    if len(call.arguments) == 1:
        return _aggregated(engine, call.function, column_named(engine, call.arguments[0], call.function), context)
    one, two = (engine.value(argument, context) for argument in call.arguments)
    kind = common((one.kind, two.kind))
    chosen = "least" if call.function == "MIN" else "greatest"
    return made(f"{chosen}({cast(one, kind).sql}, {cast(two, kind).sql})", kind, one, two)


@scalar_function("COUNTROWS")
def _count_rows(engine: Engine, call: Call, context: Context) -> Scalar:
    argument = _only(call)
    if isinstance(argument, Name) and argument.name.lower() not in context.variables:
        found = engine.model.table(argument.name)
        if found is not None:
            scan, condensed = Scan(engine.tables, found.name).condensed(context.filters, "count(*)")
            count = "CAST(sum(t0.v) AS BIGINT)" if condensed else "count(*)"
            select = f"SELECT {key_list(scan.keys)}nullif({count}, 0) AS v FROM {scan.source}{grouping(scan.keys)}"
            return engine.workspace.value(select, scan.keys, "int")
    return count_of(engine, engine.table(argument, context))


def count_of(engine: Engine, table: TableValue) -> Scalar:
    """Rows of a table value; BLANK for none."""
    keys = {key: f"t.k{key}" for key in table.keys}
    select = f"SELECT {key_list(keys)}nullif(count(*), 0) AS v FROM {table.relation} t{grouping(keys)}"
    return engine.workspace.value(select, keys, "int")


@scalar_function("SUMX", "AVERAGEX", "MINX", "MAXX", "COUNTX")
def _over_rows(engine: Engine, call: Call, context: Context) -> Scalar:
    if len(call.arguments) != 2:
        raise DaxError(f"{call.function} takes a table and an expression.")
    table = engine.table(call.arguments[0], context)
    frame = engine.workspace.frame(table, wanted_columns(engine, call.arguments[1], table))
    value = engine.value(call.arguments[1], replace(context, rows=(frame, *context.rows)))
    source, keys = engine.workspace.domain(value.needs, frame)
    del keys[frame.id]
    aggregate, kind = _aggregate(call.function.removesuffix("X"), value.sql, value.kind)
    select = f"SELECT {key_list(keys)}{aggregate} AS v FROM {source}{grouping(keys)}"
    return engine.workspace.value(select, keys, kind)


def _aggregated(engine: Engine, function: str, column: Column, context: Context) -> Scalar:
    scan = Scan(engine.tables, column.table)
    aggregate, kind = _aggregate(function, scan.column(column), engine.model.kind(column))
    if function in _OF_PARTS:
        scan, condensed = scan.condensed(context.filters, aggregate)
        if condensed:
            aggregate, _ = _aggregate(function, "t0.v", kind)
    else:
        scan.restrict(context.filters)
    select = f"SELECT {key_list(scan.keys)}{aggregate} AS v FROM {scan.source}{grouping(scan.keys)}"
    return engine.workspace.value(select, scan.keys, kind)


def _aggregate(function: str, sql: str, kind: Kind) -> tuple[str, Kind]:
    """SQL of an aggregate, and the type of its result.

    Raises:
        DaxError: it is not for values of this type.
    """
    if function in _COUNTED:
        return _COUNTED[function].format(sql), "int"
    if function in ("MIN", "MAX"):
        return f"{function.lower()}({sql})", kind
    if kind not in NUMBERS:
        if kind == "bool" or kind == "text":
            raise DaxError(
                f"The function {function} cannot work with values of type {'String' if kind == 'text' else 'Boolean'}."
            )
        raise DaxError(f"The function {function} of dates isn't evaluated here.")
    if function == "SUM":
        return f"CAST(sum({sql}) AS {_SUMS[kind]})", kind
    if kind == "decimal":
        return f"CAST(CAST(sum({sql}) AS DECIMAL(38, 4)) / count({sql}) AS {DECIMAL})", "decimal"
    return f"avg({sql})", "double"


_SUMS: dict[Kind, str] = {"int": "BIGINT", "decimal": DECIMAL, "double": "DOUBLE", "blank": "INTEGER"}


def _only(call: Call) -> Expression:
    if len(call.arguments) != 1:
        raise DaxError(f"{call.function} takes one argument, not {len(call.arguments)}.")
    return call.arguments[0]
