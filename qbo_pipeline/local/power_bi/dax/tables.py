"""Functions that give tables: of the model with and without filters, and tables made of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qbo_pipeline.local.power_bi.dax.engine import Engine, table_function
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context
from qbo_pipeline.local.power_bi.dax.model import Column
from qbo_pipeline.local.power_bi.dax.relations import Frame, TableColumn, TableValue, key_list
from qbo_pipeline.local.power_bi.dax.scans import Scan
from qbo_pipeline.local.power_bi.dax.syntax import Call, ColumnName, Direction, Expression, Name, Text
from qbo_pipeline.local.power_bi.dax.values import Scalar, cast, common, ordered, truth


def all_of(engine: Engine, table: str, columns: Sequence[Column] | None = None) -> TableValue:
    """A table without filters, with its blank row; or the distinct values of some of its columns."""
    relation = engine.tables.extended(table)
    if columns is None:
        return TableValue(relation, frozenset(), _columns(engine, engine.model.columns(table)), table)
    told = _columns(engine, columns)
    listed = ", ".join(one.sql for one in told)
    return TableValue(engine.workspace.create(f"SELECT DISTINCT {listed} FROM {relation} t"), frozenset(), told)


def values_of(engine: Engine, columns: Sequence[Column], context: Context, *, blank_row: bool = True) -> TableValue:
    """Distinct combinations of columns of one table that filters leave; with its blank row, where it has one."""
    scan = Scan(engine.tables, columns[0].table, extended=blank_row).restrict(context.filters)
    told = _columns(engine, columns)
    listed = ", ".join(f"{scan.column(column)} AS {one.sql}" for column, one in zip(columns, told, strict=True))
    name = engine.workspace.create(f"SELECT DISTINCT {key_list(scan.keys)}{listed} FROM {scan.source}")
    return TableValue(name, frozenset(scan.keys), told)


def filtered(engine: Engine, table: TableValue, condition: Expression, context: Context) -> TableValue:
    """Rows that fulfil a condition."""
    frame = engine.workspace.frame(table)
    holds = truth(engine.value(condition, replace(context, rows=(frame, *context.rows))))
    return selected(engine, frame, holds, ())


def selected(
    engine: Engine, frame: Frame, where: Scalar | None, added: Sequence[tuple[str, Scalar]], *, own: bool = True
) -> TableValue:
    """Rows of a loop as a table: with its `own` columns or without, with values `added`, all or some of them."""
    needs = frozenset[str]().union(*(one.needs for _, one in added), where.needs if where is not None else ())
    source, keys = engine.workspace.domain(needs, frame)
    del keys[frame.id]
    columns = list(frame.columns) if own else []
    listed = list(dict.fromkeys(f"{frame.table}.{one.sql}" for one in columns))
    rows_of = frame.rows_of if own and not added else None
    if rows_of is not None:
        listed.append(f"{frame.table}._row")
    for place, (name, value) in enumerate(added):
        sql = f"x{frame.id}_{place}"
        listed.append(f"{value.sql} AS {sql}")
        columns.append(TableColumn(name, sql, value.kind))
    condition = f" WHERE {where.sql}" if where is not None else ""
    made = engine.workspace.create(f"SELECT {key_list(keys)}{', '.join(listed)} FROM {source}{condition}")
    return TableValue(made, frozenset(keys), tuple(columns), rows_of)


@table_function("FILTER")
def _filter(engine: Engine, call: Call, context: Context) -> TableValue:
    table, condition = _arguments(call, 2)
    return filtered(engine, engine.table(table, context), condition, context)


@table_function("ALL", "REMOVEFILTERS")
def _all(engine: Engine, call: Call, context: Context) -> TableValue:
    match call.arguments:
        case (Name(name),) if (found := engine.model.table(name)) is not None:
            return all_of(engine, found.name)
        case (ColumnName(str(), _), *_):
            columns = [_column(engine, one) for one in call.arguments]
            if len({column.table for column in columns}) > 1:
                raise DaxError(f"All column arguments of the {call.function} function must be from the same table.")
            return all_of(engine, columns[0].table, columns)
    raise DaxError(f"{call.function} takes a table or columns of one table.")


@table_function("VALUES", "DISTINCT")
def _values(engine: Engine, call: Call, context: Context) -> TableValue:
    (argument,) = _arguments(call, 1)
    with_blank = call.function == "VALUES"
    if isinstance(argument, ColumnName):
        return values_of(engine, [_column(engine, argument)], context, blank_row=with_blank)
    table = engine.table(argument, context)
    if with_blank:
        if table.rows_of is None:
            raise DaxError("VALUES takes a column or a table of the model.")
        return values_of(engine, engine.model.columns(table.rows_of), context)
    listed = ", ".join([*(f"k{key}" for key in sorted(table.keys)), *dict.fromkeys(one.sql for one in table.columns)])
    return TableValue(
        engine.workspace.create(f"SELECT DISTINCT {listed} FROM {table.relation} t"), table.keys, table.columns
    )


@table_function("ADDCOLUMNS")
def _add_columns(engine: Engine, call: Call, context: Context) -> TableValue:
    frame = engine.workspace.frame(engine.table(call.arguments[0], context))
    return selected(engine, frame, None, _named(engine, call.arguments[1:], frame, context))


@table_function("SELECTCOLUMNS")
def _select_columns(engine: Engine, call: Call, context: Context) -> TableValue:
    frame = engine.workspace.frame(engine.table(call.arguments[0], context))
    named = _named(engine, call.arguments[1:], frame, context)
    result = selected(engine, frame, None, named, own=False)
    # A column that is only given another name still filters as what it was.
    origins = [_origin(frame, one) for one in call.arguments[2::2]]
    columns = tuple(replace(one, column=origin) for one, origin in zip(result.columns, origins, strict=True))
    return replace(result, columns=columns)


@table_function("ROW")
def _row(engine: Engine, call: Call, context: Context) -> TableValue:
    named = [(name, engine.value(one, context)) for name, one in name_pairs(call.arguments)]
    source, keys = engine.workspace.domain(frozenset[str]().union(*(one.needs for _, one in named)))
    listed = ", ".join(f"{one.sql} AS x{place}" for place, (_, one) in enumerate(named))
    made = engine.workspace.create(f"SELECT {key_list(keys)}{listed} FROM {source}")
    columns = tuple(TableColumn(name, f"x{place}", one.kind) for place, (name, one) in enumerate(named))
    return TableValue(made, frozenset(keys), columns)


@table_function("TOPN")
def _top(engine: Engine, call: Call, context: Context) -> TableValue:
    if len(call.arguments) < 2:
        raise DaxError("TOPN takes a number of rows, a table, and what it is ordered by.")
    frame = engine.workspace.frame(engine.table(call.arguments[1], context))
    inner = replace(context, rows=(frame, *context.rows))
    count = engine.value(call.arguments[0], context)
    order: list[tuple[Scalar, bool]] = []
    for argument in call.arguments[2:]:
        if isinstance(argument, Direction):
            order[-1] = (order[-1][0], argument.descending)
        else:
            order.append((engine.value(argument, inner), True))
    needs = count.needs.union(*(one.needs for one, _ in order))
    source, keys = engine.workspace.domain(needs, frame)
    del keys[frame.id]
    partition = f"PARTITION BY {', '.join(keys.values())} " if keys else ""
    by = ", ".join(ordered(one, falling=falling) for one, falling in order)
    place = f"rank() OVER ({partition}ORDER BY {by})" if by else f"row_number() OVER ({partition})"
    listed = ", ".join(dict.fromkeys(f"{frame.table}.{one.sql}" for one in frame.columns))
    rows = f", {frame.table}._row" if frame.rows_of is not None else ""
    made = engine.workspace.create(
        f"SELECT {key_list(keys)}{listed}{rows} FROM {source} QUALIFY {place} <= coalesce({count.sql}, 0)"
    )
    return TableValue(made, frozenset(keys), frame.columns, frame.rows_of)


@table_function("TREATAS")
def _treat_as(engine: Engine, call: Call, context: Context) -> TableValue:
    table = engine.table(call.arguments[0], context)
    columns = [_column(engine, one) for one in call.arguments[1:]]
    if len(columns) != len(table.columns):
        raise DaxError(f"TREATAS has {len(columns)} columns for a table of {len(table.columns)}.")
    kinds = zip(columns, table.columns, strict=True)
    told = tuple(replace(one, name=column.name, column=column) for column, one in kinds)
    known = (
        f"EXISTS (SELECT 1 FROM {engine.tables.extended(column.table)} o "
        f"WHERE o.{engine.model.physical(column)} IS NOT DISTINCT FROM t.{one.sql})"
        for column, one in zip(columns, table.columns, strict=True)
    )
    made = engine.workspace.create(f"SELECT * FROM {table.relation} t WHERE {' AND '.join(known)}")
    return TableValue(made, table.keys, told)


@table_function("UNION")
def _union(engine: Engine, call: Call, context: Context) -> TableValue:
    parts = [engine.table(one, context) for one in call.arguments]
    width = len(parts[0].columns)
    if len(parts) < 2 or any(len(part.columns) != width for part in parts):
        raise DaxError("UNION takes tables with the same number of columns.")
    columns = []
    for place, first in enumerate(parts[0].columns):
        same = {part.columns[place].column for part in parts}
        kind = common(part.columns[place].kind for part in parts)
        columns.append(TableColumn(first.name, f"u{place}", kind, first.column if len(same) == 1 else None))
    keys = sorted(frozenset[int]().union(*(part.keys for part in parts)))
    selects = []
    for part in parts:
        frames = [engine.workspace.frame_of(key) for key in keys if key not in part.keys]
        source, found = engine.workspace.domain((), *frames) if frames else ("", {})
        listed = [f"{found.get(key, f't.k{key}')} AS k{key}" for key in keys]
        for column, own in zip(columns, part.columns, strict=True):
            listed.append(f"{cast(Scalar(f't.{own.sql}', own.kind), column.kind).sql} AS {column.sql}")
        selects.append(f"SELECT {', '.join(listed)} FROM {part.relation} t{f' CROSS JOIN {source}' if source else ''}")
    return TableValue(engine.workspace.create(" UNION ALL ".join(selects)), frozenset(keys), tuple(columns))


def name_pairs(arguments: Sequence[Expression]) -> list[tuple[str, Expression]]:
    """Names and expressions in turn.

    Raises:
        DaxError: they are not.
    """
    if len(arguments) % 2:
        raise DaxError("A name has no expression: names and expressions stand in turn.")
    pairs = []
    for name, expression in zip(arguments[::2], arguments[1::2], strict=True):
        if not isinstance(name, Text):
            raise DaxError("A name of a column is a text in quotation marks.")
        pairs.append((name.value, expression))
    return pairs


def _named(engine: Engine, arguments: Sequence[Expression], frame: Frame, context: Context) -> list[tuple[str, Scalar]]:
    inner = replace(context, rows=(frame, *context.rows))
    return [(name, engine.value(one, inner)) for name, one in name_pairs(arguments)]


def _origin(frame: Frame, expression: Expression) -> Column | None:
    if not isinstance(expression, ColumnName):
        return None
    found = (
        one.column for one in frame.columns if one.column is not None and one.name.lower() == expression.name.lower()
    )
    return next(found, None)


def _column(engine: Engine, expression: Expression) -> Column:
    match expression:
        case ColumnName(str(table), name):
            return engine.model.sought_column(table, name)
    raise DaxError("A column of a table is expected here.")


def _columns(engine: Engine, columns: Sequence[Column]) -> tuple[TableColumn, ...]:
    model = engine.model
    return tuple(TableColumn(one.name, model.physical(one), model.kind(one), one) for one in columns)


def _arguments(call: Call, count: int) -> tuple[Expression, ...]:
    if len(call.arguments) != count:
        raise DaxError(f"{call.function} takes {count} arguments, not {len(call.arguments)}.")
    return call.arguments
