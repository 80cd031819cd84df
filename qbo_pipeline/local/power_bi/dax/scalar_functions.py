"""Functions of values: conditions, numbers, texts and dates."""

from __future__ import annotations

import re

from qbo_pipeline.local.power_bi.dax.aggregation import column_named, count_of
from qbo_pipeline.local.power_bi.dax.engine import Engine, scalar_function
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context
from qbo_pipeline.local.power_bi.dax.scans import Scan
from qbo_pipeline.local.power_bi.dax.syntax import Call, ColumnName, Expression, Name, Number, Text, Truth, Unary
from qbo_pipeline.local.power_bi.dax.tables import values_of
from qbo_pipeline.local.power_bi.dax.values import (
    BLANK,
    DECIMAL,
    SQL_TYPES,
    Scalar,
    arithmetic,
    cast,
    common,
    compared,
    literal_text,
    made,
    number,
    quotient,
    text,
    truth,
)


@scalar_function("BLANK")
def _blank(engine: Engine, call: Call, context: Context) -> Scalar:
    return BLANK


@scalar_function("ISBLANK")
def _is_blank(engine: Engine, call: Call, context: Context) -> Scalar:
    (value,) = _values(engine, call, context, 1)
    return made(f"({value.sql} IS NULL)", "bool", value)


@scalar_function("IF")
def _if(engine: Engine, call: Call, context: Context) -> Scalar:
    condition, *results = _values(engine, call, context, 2, 3)
    return _cases([(truth(condition), results[0])], results[1] if len(results) > 1 else BLANK)


@scalar_function("SWITCH")
def _switch(engine: Engine, call: Call, context: Context) -> Scalar:
    if len(call.arguments) < 3:
        raise DaxError("SWITCH takes an expression, values and results in turn, and what is else.")
    rest = [engine.value(one, context) for one in call.arguments[1:]]
    otherwise = rest.pop() if len(rest) % 2 else BLANK
    if call.arguments[0] == Truth(True):
        cases = [(truth(when), then) for when, then in zip(rest[::2], rest[1::2], strict=True)]
    else:
        sought = engine.value(call.arguments[0], context)
        cases = [(compared("=", sought, when), then) for when, then in zip(rest[::2], rest[1::2], strict=True)]
    return _cases(cases, otherwise)


@scalar_function("COALESCE")
def _coalesce(engine: Engine, call: Call, context: Context) -> Scalar:
    values = [engine.value(one, context) for one in call.arguments]
    kind = common(one.kind for one in values)
    return made(f"coalesce({', '.join(cast(one, kind).sql for one in values)})", kind, *values)


@scalar_function("AND", "OR")
def _both(engine: Engine, call: Call, context: Context) -> Scalar:
    one, two = (truth(value) for value in _values(engine, call, context, 2))
    return made(f"({one.sql} {call.function} {two.sql})", "bool", one, two)


@scalar_function("DIVIDE")
def _divide(engine: Engine, call: Call, context: Context) -> Scalar:
    left, right, *other = _values(engine, call, context, 2, 3)
    return quotient(left, right, other[0] if other else BLANK)


@scalar_function("ABS", "INT")
def _of_one_number(engine: Engine, call: Call, context: Context) -> Scalar:
    (value,) = (number(one) for one in _values(engine, call, context, 1))
    if call.function == "ABS":
        return made(f"abs({value.sql})", value.kind, value)
    return made(f"CAST(floor({value.sql}) AS BIGINT)", "int", value)


@scalar_function("ROUND")
def _round(engine: Engine, call: Call, context: Context) -> Scalar:
    value, places = (number(one) for one in _values(engine, call, context, 2))
    if value.kind == "decimal":
        digits = whole_number(call.arguments[1])
        rounded = f"round({value.sql}, {min(digits, 4)})" if digits < 4 else value.sql
        return made(f"CAST({rounded} AS {DECIMAL})", "decimal", value)
    return made(f"round({value.sql}, CAST({places.sql} AS INTEGER))", value.kind, value, places)


@scalar_function("MOD")
def _mod(engine: Engine, call: Call, context: Context) -> Scalar:
    left, right = (number(one) for one in _values(engine, call, context, 2))
    kind = common((left.kind, right.kind))
    one, two = cast(left, kind).sql, cast(right, kind).sql
    return made(f"CAST({one} - {two} * floor({one} / nullif({two}, 0)) AS {SQL_TYPES[kind]})", kind, left, right)


@scalar_function("CONCATENATE")
def _concatenate(engine: Engine, call: Call, context: Context) -> Scalar:
    one, two = _values(engine, call, context, 2)
    return made(f"({text(one).sql} || {text(two).sql})", "text", one, two)


@scalar_function("VALUE")
def _value(engine: Engine, call: Call, context: Context) -> Scalar:
    return number(_values(engine, call, context, 1)[0])


@scalar_function("TODAY", "NOW")
def _now(engine: Engine, call: Call, context: Context) -> Scalar:
    moment = engine.now if call.function == "NOW" else engine.now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Scalar(f"TIMESTAMP '{moment.isoformat(' ')}'", "date")


@scalar_function("DATE")
def _date(engine: Engine, call: Call, context: Context) -> Scalar:
    parts = [number(one) for one in _values(engine, call, context, 3)]
    year, month, day = (f"CAST(coalesce({one.sql}, 0) AS INTEGER)" for one in parts)
    sql = f"(make_timestamp({year}, 1, 1, 0, 0, 0) + to_months({month} - 1) + to_days({day} - 1))"
    return made(sql, "date", *parts)


@scalar_function("YEAR", "MONTH", "DAY")
def _part(engine: Engine, call: Call, context: Context) -> Scalar:
    (value,) = _values(engine, call, context, 1)
    return made(f"{call.function.lower()}({value.sql})", "int", value)


@scalar_function("EOMONTH")
def _end_of_month(engine: Engine, call: Call, context: Context) -> Scalar:
    date, months = _values(engine, call, context, 2)
    moved = f"{date.sql} + to_months(CAST(coalesce({number(months).sql}, 0) AS INTEGER))"
    return made(f"CAST(last_day({moved}) AS TIMESTAMP)", "date", date, months)


@scalar_function("DATEDIFF")
def _date_difference(engine: Engine, call: Call, context: Context) -> Scalar:
    if len(call.arguments) != 3:
        raise DaxError("DATEDIFF takes two dates and an interval.")
    start, end = (engine.value(one, context) for one in call.arguments[:2])
    unit = interval(call.arguments[2])
    return made(f"date_diff('{unit.lower()}', {start.sql}, {end.sql})", "int", start, end)


@scalar_function("RELATED")
def _related(engine: Engine, call: Call, context: Context) -> Scalar:
    """The value in the row of another table that the row looked at belongs to."""
    column = column_named(engine, call.arguments[0], "RELATED")
    for frame in context.rows:
        if frame.rows_of is None or column.table not in engine.model.paths(frame.rows_of):
            continue
        scan = Scan(engine.tables, frame.rows_of)
        sought = scan.column(column)
        found = f"{scan.source} JOIN {frame.table} f ON f._row = t0._row"
        rows = f"SELECT f.k{frame.id} AS k{frame.id}, {sought} AS v FROM {found}"
        return engine.workspace.value(rows, {frame.id}, engine.model.kind(column))
    raise DaxError(
        f"The column '{column.table}[{column.name}]' either doesn't exist or doesn't have a relationship to any table "
        "available in the current context."
    )


@scalar_function("HASONEVALUE")
def _has_one_value(engine: Engine, call: Call, context: Context) -> Scalar:
    column = column_named(engine, call.arguments[0], "HASONEVALUE")
    count = count_of(engine, values_of(engine, [column], context))
    return made(f"(coalesce({count.sql}, 0) = 1)", "bool", count)


@scalar_function("SELECTEDVALUE")
def _selected_value(engine: Engine, call: Call, context: Context) -> Scalar:
    column = column_named(engine, call.arguments[0], "SELECTEDVALUE")
    table = values_of(engine, [column], context)
    count, sole = count_of(engine, table), engine.single(table)
    otherwise = engine.value(call.arguments[1], context) if len(call.arguments) > 1 else BLANK
    return _cases([(made(f"(coalesce({count.sql}, 0) = 1)", "bool", count), sole)], otherwise)


@scalar_function("FORMAT")
def _format(engine: Engine, call: Call, context: Context) -> Scalar:
    if len(call.arguments) < 2 or not isinstance(call.arguments[1], Text):
        raise DaxError("FORMAT takes a value and a text of a format.")
    value, pattern = engine.value(call.arguments[0], context), call.arguments[1].value
    if value.kind == "date":
        return made(f"coalesce(strftime({value.sql}, {literal_text(_date_pattern(pattern))}), '')", "text", value)
    if value.kind in ("text", "bool"):
        return text(value)
    found = re.fullmatch(r"(#,)?#*0?(?:\.(0+))?(%)?", pattern)
    if found is None:
        raise DaxError(f"FORMAT by {pattern!r} isn't evaluated here.")
    grouped, places, percent = found.groups()
    shape = f"{{:{',' if grouped else ''}.{len(places or '')}f}}{percent or ''}"
    scaled = arithmetic("*", value, Scalar("100", "int")) if percent else number(value)
    shown = f"format({literal_text(shape)}, {cast(scaled, 'double').sql})"
    return made(f"CASE WHEN {value.sql} IS NULL THEN '' ELSE {shown} END", "text", value, scaled)


def whole_number(expression: Expression) -> int:
    """A literal whole number, with its sign.

    Raises:
        DaxError: it is none.
    """
    match expression:
        case Number(digits, True):
            return int(digits)
        case Unary("-", Number(digits, True)):
            return -int(digits)
    raise DaxError("A whole number is expected here.")


def interval(expression: Expression) -> str:
    """DAY, WEEK, MONTH, QUARTER or YEAR.

    Raises:
        DaxError: it is none.
    """
    match expression:
        case Name(name) if name.upper() in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR"):
            return name.upper()
        case ColumnName() | _:
            raise DaxError("An interval is one of DAY, WEEK, MONTH, QUARTER, YEAR.")


_DATE_PARTS = (
    ("yyyy", "%Y"), ("yy", "%y"), ("mmmm", "%B"), ("mmm", "%b"), ("mm", "%m"), ("m", "%-m"), ("dddd", "%A"),
    ("ddd", "%a"), ("dd", "%d"), ("d", "%-d"), ("hh", "%H"), ("nn", "%M"), ("ss", "%S"),
)  # fmt: skip
_NAMED_DATES = {"short date": "m/d/yyyy", "long date": "dddd, mmmm d, yyyy"}


def _date_pattern(pattern: str) -> str:
    """A format of dates as one of strftime."""
    left, made_of = _NAMED_DATES.get(pattern.lower(), pattern), ""
    while left:
        for name, code in _DATE_PARTS:
            if left.lower().startswith(name):
                made_of, left = made_of + code, left[len(name) :]
                break
        else:
            made_of, left = made_of + left[0].replace("%", "%%"), left[1:]
    return made_of


def _cases(cases: list[tuple[Scalar, Scalar]], otherwise: Scalar) -> Scalar:
    kind = common([*(then.kind for _, then in cases), otherwise.kind])
    when = " ".join(f"WHEN {condition.sql} THEN {cast(then, kind).sql}" for condition, then in cases)
    parts = [one for case in cases for one in case]
    return made(f"(CASE {when} ELSE {cast(otherwise, kind).sql} END)", kind, *parts, otherwise)


def _values(engine: Engine, call: Call, context: Context, least: int, most: int | None = None) -> list[Scalar]:
    if not least <= len(call.arguments) <= (most or least):
        raise DaxError(f"Too few or too many arguments were passed to the {call.function} function.")
    return [engine.value(one, context) for one in call.arguments]
