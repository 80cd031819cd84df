"""Tables written out in braces, and whether a value is IN a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context
from qbo_pipeline.local.power_bi.dax.relations import TableColumn, TableValue, key_list
from qbo_pipeline.local.power_bi.dax.syntax import Expression, Rows
from qbo_pipeline.local.power_bi.dax.values import Scalar, cast, common, compared, made

if TYPE_CHECKING:
    from qbo_pipeline.local.power_bi.dax.engine import Engine


def contained(engine: Engine, sought: Scalar, table: Expression, context: Context) -> Scalar:
    """value IN table; texts are compared without regard to case.

    Raises:
        DaxError: the table has several columns.
    """
    if isinstance(table, Rows) and all(len(row) == 1 for row in table.rows):
        options = [compared("=", sought, engine.value(row[0], context)) for row in table.rows]
        return made("(" + " OR ".join(one.sql for one in options) + ")", "bool", *options)
    among = engine.table(table, context)
    if len(among.columns) != 1:
        raise DaxError("IN looks for one value in a table of one column.")
    column = among.columns[0]
    frames = [engine.workspace.frame_of(key) for key in among.keys]
    keys = "".join(f"i.k{one.id} = {one.table}.k{one.id} AND " for one in frames)
    same = compared("==", sought, Scalar(f"i.{column.sql}", column.kind))
    needs = sought.needs.union(one.table for one in frames)
    return Scalar(f"EXISTS (SELECT 1 FROM {among.relation} i WHERE {keys}{same.sql})", "bool", needs)


def constructed(engine: Engine, rows: tuple[tuple[Expression, ...], ...], context: Context) -> TableValue:
    """{1, 2} or {(1, "a"), (2, "b")}, whose columns are Value, or Value1, Value2 …

    Raises:
        DaxError: rows of different lengths, or values of types that do not go together.
    """
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise DaxError("Each row of a table constructor has the same number of values.")
    values = [[engine.value(one, context) for one in row] for row in rows]
    kinds = [common(row[place].kind for row in values) for place in range(width)]
    needs = frozenset[str]().union(*(one.needs for row in values for one in row))
    source, keys = engine.workspace.domain(needs)
    selects = (
        "SELECT "
        + key_list(keys)
        + ", ".join(f"{cast(one, kinds[place]).sql} AS v{place + 1}" for place, one in enumerate(row))
        + f" FROM {source}"
        for row in values
    )
    name = engine.workspace.create(" UNION ALL ".join(selects))
    names = ["Value"] if width == 1 else [f"Value{place + 1}" for place in range(width)]
    columns = tuple(TableColumn(one, f"v{place + 1}", kinds[place]) for place, one in enumerate(names))
    return TableValue(name, frozenset(keys), columns)
