"""The lists as the published warehouse has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.reference.folder import Record
from qbo_pipeline.reference.lists import FULL_NAME, LISTS, NAME, NO, YES, Column, Kind, ReferenceList
from qbo_pipeline.reference.requests import DELETED_SUFFIX

Query = Callable[[str, Sequence[object]], Sequence[tuple[Any, ...]]]
"""Runs a query on one state of the warehouse."""


def read_lists(query: Query, realm_id: str) -> dict[str, list[Record]]:
    """Entity → the records of a company, inactive ones included, parents before their children."""
    return {one.entity: _records(query, realm_id, one) for one in LISTS}


def _records(query: Query, realm_id: str, of: ReferenceList) -> list[Record]:
    columns = ", ".join(f'"{column.stored}"' for column in of.columns)
    rows = query(
        f'SELECT id, sync_token, active, {columns} FROM quickbooks."{entity(of.entity).table}" '
        "WHERE realm_id = ? AND NOT deleted ORDER BY lower(fully_qualified_name), id",
        [realm_id],
    )
    return [
        Record(
            key,
            str(sync_token),
            {column.name: _text(column, cell, active) for column, cell in zip(of.columns, cells, strict=True)},
        )
        for key, sync_token, active, *cells in rows
    ]


def _text(column: Column, cell: Any, active: bool | None) -> str:
    if column.kind is Kind.FLAG:
        return NO if cell is False else YES
    text = "" if cell is None else str(cell)
    # What QuickBooks shows behind the name of an inactive record is no part of it.
    return text.removesuffix(DELETED_SUFFIX) if active is False and column.name in (NAME, FULL_NAME) else text
