"""Tables written out in braces, and whether a value is IN a table."""

from __future__ import annotations

from collections.abc import Sequence

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.relations import TableColumn, TableValue, Workspace, key_list
from qbo_pipeline.local.power_bi.dax.values import Scalar, cast, common, compared, made


def one_of(sought: Scalar, options: Sequence[Scalar]) -> Scalar:
    """value IN {option, option}; texts are compared without regard to case."""
    same = [compared("=", sought, option) for option in options]
    return made("(" + " OR ".join(one.sql for one in same) + ")", "bool", *same)


def contained(workspace: Workspace, sought: Scalar, table: TableValue) -> Scalar:
    """value IN table.

    Raises:
        DaxError: the table has several columns.
    """
    if len(table.columns) != 1:
        raise DaxError("IN looks for one value in a table of one column.")
    column = table.columns[0]
    frames = [workspace.frame_of(key) for key in table.keys]
    keys = "".join(f"i.k{one.id} = {one.table}.k{one.id} AND " for one in frames)
    same = compared("==", sought, Scalar(f"i.{column.sql}", column.kind))
    needs = sought.needs.union(one.table for one in frames)
    return Scalar(f"EXISTS (SELECT 1 FROM {table.relation} i WHERE {keys}{same.sql})", "bool", needs)


def constructed(workspace: Workspace, rows: Sequence[Sequence[Scalar]]) -> TableValue:
    """{1, 2} or {(1, "a"), (2, "b")}, whose columns are Value, or Value1, Value2 …

    Raises:
        DaxError: rows of different lengths, or values of types that do not go together.
    """
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise DaxError("Each row of a table constructor has the same number of values.")
    kinds = [common(row[place].kind for row in rows) for place in range(width)]
    needs = frozenset[str]().union(*(one.needs for row in rows for one in row))
    source, keys = workspace.domain(needs)
    selects = (
        "SELECT "
        + key_list(keys)
        + ", ".join(f"{cast(one, kinds[place]).sql} AS v{place + 1}" for place, one in enumerate(row))
        + f" FROM {source}"
        for row in rows
    )
    name = workspace.create(" UNION ALL ".join(selects))
    names = ["Value"] if width == 1 else [f"Value{place + 1}" for place in range(width)]
    columns = tuple(TableColumn(one, f"v{place + 1}", kinds[place]) for place, one in enumerate(names))
    return TableValue(name, frozenset(keys), columns)
