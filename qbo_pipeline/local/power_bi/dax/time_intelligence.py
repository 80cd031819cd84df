"""Functions that give dates: of the year so far, of the year before, between two days.

Each looks at the dates of a column that filters leave, and gives dates of that column, whatever the filters.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qbo_pipeline.local.power_bi.dax.aggregation import column_named
from qbo_pipeline.local.power_bi.dax.calculate import with_filters
from qbo_pipeline.local.power_bi.dax.engine import Engine, scalar_function, table_function
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context
from qbo_pipeline.local.power_bi.dax.model import Column
from qbo_pipeline.local.power_bi.dax.relations import TableValue, grouping, key_list
from qbo_pipeline.local.power_bi.dax.scalar_functions import interval
from qbo_pipeline.local.power_bi.dax.syntax import Call, ColumnName, Expression, Name, Number, Text, Unary
from qbo_pipeline.local.power_bi.dax.tables import all_of, values_of
from qbo_pipeline.local.power_bi.dax.values import Scalar, number

_STARTS = {"DATESMTD": "month", "DATESQTD": "quarter"}


@table_function("DATESYTD", "DATESQTD", "DATESMTD")
def _to_date(engine: Engine, call: Call, context: Context) -> TableValue:
    dates, column = _dates(engine, call.arguments[0], context)
    if call.function in _STARTS:
        start = f"date_trunc('{_STARTS[call.function]}', b.v)"
    else:
        month, day = _year_end(call.arguments[1] if len(call.arguments) > 1 else None)
        ended = f"(month(b.v) > {month} OR (month(b.v) = {month} AND day(b.v) > {day}))"
        years = f"CASE WHEN {ended} THEN year(b.v) ELSE year(b.v) - 1 END"
        start = f"(make_timestamp({years}, {month}, 1, 0, 0, 0) + to_days({day}))"
    bounds = _bounds(engine, dates)
    return _between(engine, column, bounds, dates.keys, start, "b.v")


@scalar_function("TOTALYTD")
def _total_to_date(engine: Engine, call: Call, context: Context) -> Scalar:
    dates = Call("DATESYTD", (call.arguments[1], *(one for one in call.arguments[2:] if isinstance(one, Text))))
    filters = [one for one in call.arguments[2:] if not isinstance(one, Text)]
    return engine.value(call.arguments[0], with_filters(engine, [dates, *filters], context))


@table_function("SAMEPERIODLASTYEAR")
def _last_year(engine: Engine, call: Call, context: Context) -> TableValue:
    return _moved(engine, call.arguments[0], context, Scalar("-1", "int"), "YEAR")


@table_function("DATEADD")
def _date_add(engine: Engine, call: Call, context: Context) -> TableValue:
    if len(call.arguments) != 3:
        raise DaxError("DATEADD takes dates, a number of intervals, and an interval.")
    count = number(engine.value(call.arguments[1], context))
    return _moved(engine, call.arguments[0], context, count, interval(call.arguments[2]))


@table_function("DATESBETWEEN")
def _dates_between(engine: Engine, call: Call, context: Context) -> TableValue:
    if len(call.arguments) != 3:
        raise DaxError("DATESBETWEEN takes a column of dates, a start and an end.")
    column = column_named(engine, call.arguments[0], "DATESBETWEEN")
    start, end = (engine.value(one, context) for one in call.arguments[1:])
    source, keys = engine.workspace.domain(start.needs | end.needs)
    bounds = engine.workspace.create(
        f"SELECT {key_list(keys)}CAST({start.sql} AS TIMESTAMP) AS s, CAST({end.sql} AS TIMESTAMP) AS e FROM {source}"
    )
    first, last = "coalesce(b.s, TIMESTAMP '0001-01-01')", "coalesce(b.e, TIMESTAMP '9999-12-31')"
    return _between(engine, column, bounds, frozenset(keys), first, last)


@table_function("DATESINPERIOD")
def _dates_in_period(engine: Engine, call: Call, context: Context) -> TableValue:
    if len(call.arguments) != 4:
        raise DaxError("DATESINPERIOD takes a column of dates, a start, a number of intervals, and an interval.")
    column = column_named(engine, call.arguments[0], "DATESINPERIOD")
    start, count = engine.value(call.arguments[1], context), number(engine.value(call.arguments[2], context))
    source, keys = engine.workspace.domain(start.needs | count.needs)
    moved = _shift("s", "n", interval(call.arguments[3]))
    given = (
        f"SELECT {key_list(keys)}CAST({start.sql} AS TIMESTAMP) AS s, CAST({count.sql} AS INTEGER) AS n FROM {source}"
    )
    bounds = engine.workspace.create(f"SELECT *, {moved} AS e FROM ({given})")
    first = "CASE WHEN b.n < 0 THEN b.e + to_days(1) ELSE b.s END"
    last = "CASE WHEN b.n < 0 THEN b.s ELSE b.e - to_days(1) END"
    return _between(engine, column, bounds, frozenset(keys), first, last)


@table_function("FIRSTDATE", "LASTDATE")
def _edge(engine: Engine, call: Call, context: Context) -> TableValue:
    dates, _ = _dates(engine, call.arguments[0], context)
    edge = "min" if call.function == "FIRSTDATE" else "max"
    keys, sql = {key: f"t.k{key}" for key in dates.keys}, dates.columns[0].sql
    select = f"SELECT {key_list(keys)}{edge}({sql}) AS {sql} FROM {dates.relation} t{grouping(keys)}"
    name = engine.workspace.create(f"SELECT * FROM ({select}) WHERE {sql} IS NOT NULL")
    return TableValue(name, dates.keys, dates.columns)


def _dates(engine: Engine, expression: Expression, context: Context) -> tuple[TableValue, Column]:
    """The dates that an argument stands for, and the column they are of; rows that are looked at are filters here."""
    inner = engine.transition(context)
    if isinstance(expression, ColumnName):
        column = column_named(engine, expression, "date")
        table = values_of(engine, [column], inner, blank_row=False)
    else:
        table = engine.table(expression, inner)
        found = table.columns[0].column if len(table.columns) == 1 else None
        if found is None:
            raise DaxError("Dates are a column, or a table of one column of dates.")
        column = found
    if engine.model.kind(column) != "date":
        raise DaxError(f"A column of dates is expected; {column.table}[{column.name}] holds none.")
    return table, column


def _bounds(engine: Engine, dates: TableValue) -> str:
    """A relation with the last date, by keys."""
    keys = {key: f"t.k{key}" for key in dates.keys}
    select = f"SELECT {key_list(keys)}max({dates.columns[0].sql}) AS v FROM {dates.relation} t{grouping(keys)}"
    return engine.workspace.create(select)


def _between(engine: Engine, column: Column, bounds: str, keys: frozenset[int], start: str, end: str) -> TableValue:
    """Dates of a column between two bounds of a relation called `b`."""
    known = all_of(engine, column.table, [column])
    sql = known.columns[0].sql
    listed = key_list({key: f"b.k{key}" for key in keys})
    name = engine.workspace.create(
        f"SELECT {listed}c.{sql} AS {sql} FROM {bounds} b JOIN {known.relation} c ON c.{sql} BETWEEN {start} AND {end}"
    )
    return TableValue(name, keys, known.columns)


def _moved(engine: Engine, dates: Expression, context: Context, count: Scalar, unit: str) -> TableValue:
    """Dates some intervals later, as far as the column has them; the end of a month becomes the end of one."""
    table, column = _dates(engine, dates, context)
    known = all_of(engine, column.table, [column])
    sql = table.columns[0].sql
    frame = engine.workspace.frame(replace(table, rows_of=None))
    source, keys = engine.workspace.domain(count.needs, frame)
    del keys[frame.id]
    own, amount = f"{frame.table}.{sql}", f"CAST({count.sql} AS INTEGER)"
    begin = _shift(own, amount, unit)
    # Of a month whose last two days are both there the whole rest is meant, however long the other month is.
    last_days = (
        f"CAST({own} AS DATE) = last_day({own}) AND EXISTS (SELECT 1 FROM {table.relation} o WHERE "
        + "".join(f"o.k{key} = {frame.table}.k{key} AND " for key in table.keys)
        + f"o.{sql} = {own} - to_days(1))"
    )
    end = (
        f"CASE WHEN {last_days} THEN CAST(last_day({begin}) AS TIMESTAMP) ELSE {begin} END" if unit != "DAY" else begin
    )
    bounds = engine.workspace.create(f"SELECT {key_list(keys)}{begin} AS s, {end} AS e FROM {source}")
    listed = key_list({key: f"b.k{key}" for key in keys})
    place = known.columns[0].sql
    name = engine.workspace.create(
        f"SELECT DISTINCT {listed}c.{place} AS {place} FROM {bounds} b "
        f"JOIN {known.relation} c ON c.{place} BETWEEN b.s AND b.e"
    )
    return TableValue(name, frozenset(keys), known.columns)


def _shift(date: str, count: str, unit: str) -> str:
    """SQL of a date some intervals later."""
    match unit:
        case "DAY":
            return f"({date} + to_days({count}))"
        case "WEEK":
            return f"({date} + to_days(7 * {count}))"
        case "MONTH":
            return f"({date} + to_months({count}))"
        case "QUARTER":
            return f"({date} + to_months(3 * {count}))"
    return f"({date} + to_months(12 * {count}))"


def _year_end(argument: Expression | None) -> tuple[int, int]:
    """Month and day that years end with, of a text such as 6/30."""
    if argument is None:
        return 12, 31
    match argument:
        case Text(told) if (found := re.fullmatch(r"(?:\d{4}[-/])?(\d{1,2})[-/](\d{1,2})", told)) is not None:
            month, day = (int(part) for part in found.groups())
            if 1 <= month <= 12 and 1 <= day <= 31:
                return month, day
        case Name() | Number() | Unary() | _:
            pass
    raise DaxError("The end of a year is a text of month and day, such as 6/30.")
