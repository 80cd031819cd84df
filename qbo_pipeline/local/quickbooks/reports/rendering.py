"""A table as the JSON of the Reports API, in either of its versions and in any language.

| | v1 (recorded 2020) | v2 (since 2026-08-31) |
|---|---|---|
| headings | some in capitals: `TOTAL ASSETS` | title case |
| an amount of zero | `0.00`, `.00` | empty |
| several accounts on the other side | `-Split-` | empty |
| columns of lists of transactions | ColType is the key | ColType is a kind, ColKey in MetaData |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from qbo_pipeline.local.quickbooks.reports.table import SPLIT, Cell, Column, Row, Section, Table, Title
from qbo_pipeline.local.quickbooks.reports.titles import Language, translated, translated_days

Version = Literal["v1", "v2"]
VERSIONS: tuple[Version, ...] = get_args(Version)

_V1_WORDING = {"Other Current Assets": "Other current assets"}
_CENT = Decimal("0.01")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How reports look."""

    version: Version = "v2"
    language: Language = "en"


def rendered(table: Table, header: Json, shape: Shape) -> Json:
    """The body of the answer. Every value is text, an empty one the empty text."""
    writer = _Writer(table, shape)
    rows = [writer.row(row) for row in table.rows]
    return {
        "Header": header,
        "Columns": {"Column": [writer.column(column) for column in table.columns]},
        "Rows": {"Row": rows} if rows else {},
    }


class _Writer:
    def __init__(self, table: Table, shape: Shape) -> None:
        self._v1 = shape.version == "v1"
        self._language: Language = shape.language
        self._table = table

    def column(self, column: Column) -> Json:
        title = self._title(column.title) if isinstance(column.title, Title) else column.title
        if column.period is not None:
            title = translated_days(title, self._language)
        if self._table.bare_columns and self._v1:
            return {"ColTitle": title, "ColType": column.key}
        meta = [{"Name": "ColKey", "Value": column.key}]
        if column.period is not None:
            days = (("StartDate", column.period.start), ("EndDate", column.period.end))
            meta[:0] = [{"Name": name, "Value": day.isoformat()} for name, day in days]
        kind = "Money" if column.kind == "Quantity" else column.kind
        written: Json = {"ColTitle": title, "ColType": kind, "MetaData": meta}
        if column.columns:
            written["Columns"] = {"Column": [self.column(one) for one in column.columns]}
        return written

    def row(self, row: Row) -> Json:
        written: Json = {}
        if isinstance(row, Section):
            if row.header is not None:
                written["Header"] = self._cells(row.header)
            if row.rows:
                written["Rows"] = {"Row": [self.row(one) for one in row.rows]}
            if row.summary is not None:
                written["Summary"] = self._cells(row.summary)
            written["type"] = "Section"
        else:
            written.update(self._cells(row.cells))
            if row.typed:
                written["type"] = "Data"
        if row.group is not None:
            written["group"] = row.group
        return written

    def _cells(self, cells: tuple[Cell, ...]) -> Json:
        return {"ColData": [self._cell(cell) for cell in cells]}

    def _cell(self, cell: Cell) -> Json:
        value = self._value(cell)
        return {"value": value} if cell.id is None else {"value": value, "id": cell.id}

    def _value(self, cell: Cell) -> str:
        match cell.value:
            case None:
                return ""
            case str():
                return cell.value
            case Decimal():
                return self._amount(cell.value)
            case date():
                return cell.value.isoformat()
            case _:
                return self._title(cell.value)

    def _amount(self, amount: Decimal) -> str:
        if not amount and not self._v1:
            return ""
        text = str(amount.quantize(_CENT))
        if self._table.lists_transactions and -1 < amount < 1:
            return text.replace("0.", ".", 1)
        return text

    def _title(self, title: Title) -> str:
        if title is SPLIT and not self._v1:
            return ""
        name = self._title(title.name) if isinstance(title.name, Title) else title.name
        text = translated(title.text, self._language).format(name)
        if not self._v1:
            return text
        return text.upper() if title.caps else _v1_wording(text)


def _v1_wording(text: str) -> str:
    for ours, recorded in _V1_WORDING.items():
        text = text.replace(ours, recorded)
    return text
