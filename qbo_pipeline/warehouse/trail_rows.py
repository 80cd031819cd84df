"""Rows of the audit trail that are copies of what is kept elsewhere, and may become something else there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from qbo_pipeline.warehouse.transaction import transaction
from qbo_pipeline.warehouse.warehouse import Warehouse


def replace_rows(warehouse: Warehouse, table: str, key: str, position: int, rows: Sequence[Sequence[Any]]) -> None:
    """Put rows of `audit.<table>` in the place of those with the same key, in one transaction.

    Args:
        warehouse: the build database; no transaction is open.
        table: of the schema `audit`.
        key: the column that tells rows apart. position: its place in each of the rows, counted from 0.
        rows: values of all columns, in their order.
    """
    if not rows:
        return
    marks = ", ".join("?" * len(rows[0]))
    connection = warehouse.connection
    with transaction(connection):
        connection.executemany(f"DELETE FROM audit.{table} WHERE {key} = ?", [[row[position]] for row in rows])
        connection.executemany(f"INSERT INTO audit.{table} VALUES ({marks})", rows)


def utc(moment: datetime | None) -> datetime | None:
    """An instant as the audit trail has it: UTC, and no zone said."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
