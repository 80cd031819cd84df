"""How a table of the warehouse differs from what the landing zone holds of it, and the rows of its next file.

A row whose key is missing, or whose value does not fit its column's type, is left out with its reason; of rows with the
same key one is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import msgspec

from qbo_pipeline.model.definition import DataType, Table
from qbo_pipeline.model.rows import SQL_TYPES, quoted
from qbo_pipeline.power_bi.mirroring.record import Record
from qbo_pipeline.publishing.differences import Difference, differ
from qbo_pipeline.publishing.rows import Checked, FittingRows, cast, checked, columns_text
from qbo_pipeline.warehouse.schema import literal

_TAKES = {kind: cast(type_) for kind, type_ in SQL_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Compared:
    """What a table's next file brings; its keys are in the temporary table `difference` until the next one."""

    difference: Difference
    checked: Checked


def compare(record: Record, table: Table, companies: Sequence[str] | None, *, whole: bool) -> Compared:
    """Compare a table with the attached warehouse.

    Args:
        record: of the mirrored database, the warehouse attached to it as `warehouse`.
        table: of the model.
        companies: realm ids that are compared; None for all. A table about all companies is always compared whole.
        whole: whether the table is loaded whole, whatever is held of it.

    Raises:
        WarehouseBehindError: the warehouse lacks the relation, or a column of it.
    """
    where = _where(table, companies)
    found = checked(record.connection, _rows(table), where)
    held = f"(SELECT * FROM {record.held(table.name)} {'WHERE false' if whole else where})"
    return Compared(differ(record.connection, held, "wanted"), found)


def upserts(table: Table) -> str:
    """SQL of the rows of `difference` that are there, with the columns of the model."""
    return _rows(table).chosen("difference")


def deletions(table: Table) -> str:
    """SQL of the rows of `difference` that are gone: their key, and nothing else."""
    values = {table.key: "row_key"}
    columns = ", ".join(
        f"CAST({values.get(one.name, 'NULL')} AS {SQL_TYPES[one.type]}) AS {quoted(one.name)}" for one in table.columns
    )
    return f"SELECT {columns} FROM difference WHERE fingerprint IS NULL"


def can_follow(before: str, table: Table) -> bool:
    """Whether files of a table with other columns can follow those there are: Fabric adds columns and does no more."""
    key, columns = msgspec.json.decode(before)
    now: Mapping[str, DataType] = {one.name: one.type for one in table.columns}
    return bool(key == table.key and all(now.get(name) == kind for name, kind in columns))


def _rows(table: Table) -> FittingRows:
    # What hash() gives may be another number in another version of DuckDB; then every row is sent once more.
    return FittingRows(table, _TAKES, salt=f"{duckdb.__version__} {columns_text(table)}")


def _where(table: Table, companies: Sequence[str] | None) -> str:
    if table.company is None or companies is None:
        return ""
    return f"WHERE company IN ({', '.join(literal(one) for one in companies) or 'NULL'})"
