"""A report before it is written down: columns, and rows that nest, with amounts as amounts and words as titles.

A general ledger of some years has hundreds of thousands of cells. Titles, cells and rows are kept out of the garbage
collector's sight (`gc=False`: they hold no cycles), which makes such a report twice as fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from qbo_pipeline.local.quickbooks.reports.periods import Period


class Title(Struct, frozen=True, gc=False):
    """Words of QuickBooks' own, which other languages translate: `Total for {}` with the name of an account."""

    text: str
    name: str | Title = ""
    """What stands at the braces; a name of the company's own is no title, and stays as it is."""
    caps: bool = False
    """Whether v1 shows it in capitals."""


SPLIT = Title("-Split-")
"""Where several accounts are on the other side."""

ColumnKind = Literal["Account", "Customer", "Vendor", "ProductsAndService", "Money", "Quantity", "Date", "String"]


class Cell(Struct, frozen=True, gc=False):
    """A value; amounts in home currency, `None` where there is nothing to show."""

    value: str | Title | Decimal | date | None = None
    id: str | None = None
    """Id of the account, name, item or transaction; None where the column has no ids, "" where there is none."""


BLANK = Cell()


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `key` is its ColKey, the same in every version and language."""

    title: str | Title
    key: str
    kind: ColumnKind = "Money"
    period: Period | None = None
    columns: tuple[Column, ...] = ()
    """Columns under a common title."""


class Data(Struct, frozen=True, gc=False):
    """A row of values."""

    cells: tuple[Cell, ...]
    group: str | None = None
    typed: bool = True
    """Whether the row says that it is `Data`: those of summaries by account, customer or item do not."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a header, over a summary; each of the three may be missing."""

    header: tuple[Cell, ...] | None = None
    rows: tuple[Row, ...] = ()
    summary: tuple[Cell, ...] | None = None
    group: str | None = None


Row = Data | Section


@dataclass(frozen=True, slots=True)
class Table:
    """A whole report."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    has_data: bool
    lists_transactions: bool = False
    """Reports that list transactions write amounts below one as `.40`."""
    bare_columns: bool = False
    """Whether v1 shows the ColKey as the type of a column, and no metadata (recorded: reports__gl)."""


def padded(cells: Sequence[Cell], width: int) -> tuple[Cell, ...]:
    """Cells, then blank ones up to a width."""
    return (*cells, *(BLANK for _ in range(width - len(cells))))


NOTICE = "Unable to display more data. Please reduce the date range."
"""What a report ends with that has more cells than QuickBooks shows."""


def limited(table: Table, cells: int) -> Table:
    """The table cut after so many cells, wherever that is, and ended with the notice; itself where it fits."""
    if sum(_size(row) for row in table.rows) <= cells:
        return table
    left = [cells]
    return replace(table, rows=(*_first(table.rows, left), Data((Cell(NOTICE),))))


def _size(row: Row) -> int:
    if isinstance(row, Data):
        return len(row.cells)
    return len(row.header or ()) + len(row.summary or ()) + sum(_size(one) for one in row.rows)


def _first(rows: Sequence[Row], left: list[int]) -> Iterator[Row]:
    for row in rows:
        if left[0] <= 0:
            return
        size = _size(row)
        if size <= left[0]:
            left[0] -= size
            yield row
        elif isinstance(row, Section):
            left[0] -= len(row.header or ())
            yield replace(row, rows=tuple(_first(row.rows, left)), summary=None)
            left[0] = 0
        else:
            left[0] = 0
