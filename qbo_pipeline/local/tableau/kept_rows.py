"""Rows of published data sources as plain values: for the page, for /control/rows, for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tableauhyperapi import Date, Timestamp

from qbo_pipeline.local.tableau import errors, hyper
from qbo_pipeline.local.tableau.records import DataSource, Table
from qbo_pipeline.local.tableau.store import Store


def find_table(source: DataSource, name: str, schema: str | None = None) -> Table:
    """A table of a data source.

    Raises:
        TableauAnswerError: there is none.
    """
    found = next((one for one in source.tables if one.name == name and schema in (None, one.schema)), None)
    if found is None:
        raise errors.not_found("table", name)
    return found


def kept_rows(store: Store, source: DataSource, table: Table, limit: int, offset: int) -> dict[str, Any]:
    """`count`, `columns`, and `rows` as dictionaries: Decimal, date, datetime, None."""
    names = [column.name for column in table.columns]
    rows = hyper.rows(store.file(source.hyper or ""), table.schema, table.name, limit, offset) if table.rows else []
    return {
        "count": table.rows,
        "columns": names,
        "rows": [dict(zip(names, map(_plain, row), strict=True)) for row in rows],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Timestamp):
        moment: datetime = value.to_datetime()
        return moment
    return value.to_date() if isinstance(value, Date) else value
