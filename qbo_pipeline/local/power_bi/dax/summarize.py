"""SUMMARIZECOLUMNS: groups that exist, under filters, with values; groups whose values are all BLANK are left out."""

from __future__ import annotations

from dataclasses import replace

from qbo_pipeline.local.power_bi.dax.calculate import with_filters
from qbo_pipeline.local.power_bi.dax.engine import Engine, table_function
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context, of_row
from qbo_pipeline.local.power_bi.dax.model import Column
from qbo_pipeline.local.power_bi.dax.relations import TableColumn, TableValue
from qbo_pipeline.local.power_bi.dax.syntax import Call, ColumnName, Expression, Text
from qbo_pipeline.local.power_bi.dax.tables import name_pairs, selected, values_of
from qbo_pipeline.local.power_bi.dax.values import Scalar, made

MOST_GROUPS = 4_000_000


@table_function("SUMMARIZECOLUMNS")
def _summarize_columns(engine: Engine, call: Call, context: Context) -> TableValue:
    columns, filters, named = _parts(engine, call)
    filtered = with_filters(engine, [Call("KEEPFILTERS", (one,)) for one in filters], context)
    if not columns:
        return _without_groups(engine, named, filtered)
    frame = engine.workspace.frame(_groups(engine, columns, filtered))
    row = of_row(frame)
    inner = replace(filtered, filters=(*filtered.filters, row), rows=())
    values = [(name, engine.value(one, inner)) for name, one in named]
    told = made(" OR ".join(f"{one.sql} IS NOT NULL" for _, one in values), "bool", *(one for _, one in values))
    return selected(engine, frame, Scalar(f"({told.sql})", "bool", told.needs) if values else None, values)


@table_function("SUMMARIZE")
def _summarize(engine: Engine, call: Call, context: Context) -> TableValue:
    raise DaxError("SUMMARIZE isn't evaluated here; SUMMARIZECOLUMNS is.")


def _without_groups(engine: Engine, named: list[tuple[str, Expression]], context: Context) -> TableValue:
    """Values alone: one row, or none where all are BLANK."""
    values = [(name, engine.value(one, context)) for name, one in named]
    source, keys = engine.workspace.domain(frozenset[str]().union(*(one.needs for _, one in values)))
    listed = ", ".join(f"{one.sql} AS x{place}" for place, (_, one) in enumerate(values))
    told = " OR ".join(f"{one.sql} IS NOT NULL" for _, one in values)
    name = engine.workspace.create(
        f"SELECT {''.join(f'{sql} AS k{key}, ' for key, sql in keys.items())}{listed} FROM {source} WHERE {told}"
    )
    columns = tuple(TableColumn(own, f"x{place}", one.kind) for place, (own, one) in enumerate(values))
    return TableValue(name, frozenset(keys), columns)


def _parts(engine: Engine, call: Call) -> tuple[list[Column], list[Expression], list[tuple[str, Expression]]]:
    """Columns to group by, filter tables, and names with expressions, which stand in this order."""
    columns: list[Column] = []
    filters: list[Expression] = []
    for place, argument in enumerate(call.arguments):
        match argument:
            case Text():
                return columns, filters, name_pairs(call.arguments[place:])
            case ColumnName(str(table), name) if not filters:
                columns.append(engine.model.sought_column(table, name))
            case ColumnName():
                raise DaxError("SUMMARIZECOLUMNS has columns first, then filter tables, then names with expressions.")
            case _:
                filters.append(argument)
    if not columns:
        raise DaxError("SUMMARIZECOLUMNS has nothing to group by and nothing to show.")
    return columns, filters, []


def _groups(engine: Engine, columns: list[Column], context: Context) -> TableValue:
    """Combinations of columns: those that exist within a table, all of them between tables."""
    by_table: dict[str, list[Column]] = {}
    for column in columns:
        by_table.setdefault(column.table, []).append(column)
    parts = [values_of(engine, listed, context) for listed in by_table.values()]
    sizes = [int(str(engine.workspace.run(f"SELECT count(*) FROM {part.relation}")[0][0])) for part in parts]
    total = 1
    for size in sizes:
        total *= size
    if total > MOST_GROUPS:
        raise DaxError(f"{total} combinations of {' and '.join(by_table)} are more than are evaluated here.")
    found: dict[int, str] = {}
    sources: list[str] = []
    told: dict[Column, TableColumn] = {}
    for place, part in enumerate(parts):
        alias = f"g{place}"
        on = " AND ".join(f"{found[key]} = {alias}.k{key}" for key in part.keys if key in found)
        how = "" if not sources else "JOIN " if on else "CROSS JOIN "
        sources.append(f"{how}{part.relation} {alias}{f' ON {on}' if on else ''}")
        for key in part.keys:
            found.setdefault(key, f"{alias}.k{key}")
        for one in part.columns:
            if one.column is not None:
                told[one.column] = replace(one, sql=f"{alias}.{one.sql}")
    listed = [f"{sql} AS k{key}" for key, sql in found.items()]
    wanted = list(dict.fromkeys(columns))
    listed += [f"{told[column].sql} AS c{place}" for place, column in enumerate(wanted)]
    name = engine.workspace.create(f"SELECT {', '.join(listed)} FROM {' '.join(sources)}")
    result = tuple(replace(told[column], sql=f"c{place}") for place, column in enumerate(wanted))
    return TableValue(name, frozenset(found), result)
