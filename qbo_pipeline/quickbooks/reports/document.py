"""A report as QuickBooks sends it, decoded: header, columns by key, and rows that nest.

Both shapes: since 2026-08-31 every column has its key in `MetaData` (`ColKey`); before, lists of transactions had it in
`ColType` and no `MetaData`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property

import msgspec

from qbo_pipeline.quickbooks.envelopes import parse_time
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError, TruncatedReportError

ZERO = Decimal(0)
_NOTICE = "Unable to display more data"
"""What a row says in place of those that were left out (quoted by connectors that look for it)."""
_GRAND_TOTAL = "GrandTotal"
"""Group of a report's total, where it has one."""


class Cell(msgspec.Struct, gc=False):
    """A cell; `id` where it names a record."""

    value: str | None = None
    id: str | None = None


class Cells(msgspec.Struct):
    """The header or the summary of a section."""

    cells: list[Cell] = msgspec.field(default_factory=list, name="ColData")


class Rows(msgspec.Struct):
    """What a section holds."""

    rows: "list[Row] | None" = msgspec.field(default=None, name="Row")  # noqa: UP037  # msgspec resolves it by name


class Row(msgspec.Struct):
    """A row of data, or a section with header, rows and summary, any of which may be missing."""

    cells: list[Cell] | None = msgspec.field(default=None, name="ColData")
    header: Cells | None = msgspec.field(default=None, name="Header")
    inner: Rows | None = msgspec.field(default=None, name="Rows")
    summary: Cells | None = msgspec.field(default=None, name="Summary")
    group: str | None = None

    @property
    def rows(self) -> list[Row]:
        """The rows of a section."""
        return (self.inner and self.inner.rows) or []


@dataclass(frozen=True, slots=True)
class Column:
    """A column by what it holds."""

    key: str
    first_day: date | None
    """Of a column that stands for some days."""
    last_day: date | None


@dataclass(frozen=True)
class Report:
    """A decoded report."""

    name: str
    time: datetime | None
    """UTC, by QuickBooks' clock."""
    basis: str | None
    currency: str | None
    """The home currency."""
    no_data: bool
    """QuickBooks says that there is nothing to report."""
    columns: tuple[Column, ...]
    rows: list[Row]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Key → where its cells are in a row."""
        return {column.key: at for at, column in enumerate(self.columns)}

    def position(self, key: str) -> int:
        """Where the cells of a column are.

        Raises:
            ReportShapeError: there is no such column.
        """
        if key not in self.positions:
            raise ReportShapeError(f"{self.name} has no column {key}, only {', '.join(self.positions)}")
        return self.positions[key]


class _MetaDatum(msgspec.Struct):
    name: str = msgspec.field(default="", name="Name")
    value: str | None = msgspec.field(default=None, name="Value")


class _Column(msgspec.Struct):
    kind: str = msgspec.field(default="", name="ColType")
    meta: list[_MetaDatum] = msgspec.field(default_factory=list, name="MetaData")


class _Columns(msgspec.Struct):
    columns: list[_Column] | None = msgspec.field(default=None, name="Column")


class _Header(msgspec.Struct):
    name: str = msgspec.field(default="report", name="ReportName")
    time: str | None = msgspec.field(default=None, name="Time")
    basis: str | None = msgspec.field(default=None, name="ReportBasis")
    currency: str | None = msgspec.field(default=None, name="Currency")
    options: list[_MetaDatum] | None = msgspec.field(default=None, name="Option")


class _Body(msgspec.Struct):
    header: _Header = msgspec.field(name="Header")
    columns: _Columns = msgspec.field(name="Columns")
    rows: Rows | None = msgspec.field(default=None, name="Rows")


_decoder = msgspec.json.Decoder(_Body)


def decode(body: bytes) -> Report:
    """Decode an answer.

    Raises:
        ReportShapeError: it is no report.
    """
    try:
        found = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportShapeError(f"the answer is no report: {error}") from None
    options = {one.name: one.value for one in found.header.options or []}
    return Report(
        name=found.header.name,
        time=parse_time(found.header.time),
        basis=found.header.basis,
        currency=found.header.currency,
        no_data=(options.get("NoReportData") or "").lower() == "true",
        columns=tuple(_column(one) for one in found.columns.columns or []),
        rows=(found.rows and found.rows.rows) or [],
    )


def _column(column: _Column) -> Column:
    meta = {one.name: one.value or "" for one in column.meta}
    return Column(meta.get("ColKey") or column.kind, *(_day(meta.get(name)) for name in ("StartDate", "EndDate")))


def _day(text: str | None) -> date | None:
    return parse_day(text) if text else None


def check_whole(report: Report) -> None:
    """Refuse a report that was cut.

    The notice that says so is a row with one cell, whatever the language; nobody shows whether blank ones follow, so it
    is known by its English words, too. Sections that were cut have no summary.

    Raises:
        TruncatedReportError: it was cut.
        ReportShapeError: a row has another number of cells than there are columns.
    """
    width = len(report.columns)
    for cells in _every_row(report.rows):
        if len(cells) == 1 < width or _NOTICE in (cells[0].value or "" if cells else ""):
            raise TruncatedReportError(f"{report.name} was cut by QuickBooks: “{cells[0].value}”")
        if len(cells) != width:
            raise ReportShapeError(f"a row of {report.name} has {len(cells)} cells for {width} columns")
    _check_ends(report.name, report.rows)


def _every_row(rows: Iterable[Row]) -> Iterator[list[Cell]]:
    for row in rows:
        if row.cells is not None:
            yield row.cells
        if row.inner is not None:
            yield from _every_row(row.rows)


def _check_ends(name: str, rows: Iterable[Row]) -> None:
    for row in rows:
        if row.header is not None and row.summary is None:
            title = row.header.cells[0].value if row.header.cells else None
            raise TruncatedReportError(f"{name} ends within its section “{title}”")
        if row.inner is not None:
            _check_ends(name, row.rows)


def data_rows(rows: Iterable[Row]) -> Iterator[list[Cell]]:
    """The cells of every row of data, however deep, in order; a total of all is none."""
    for row in rows:
        if row.cells is not None and row.group != _GRAND_TOTAL:
            yield row.cells
        if row.inner is not None:
            yield from data_rows(row.rows)


def grand_total(report: Report) -> list[Cell]:
    """The total of all: the summary that belongs to no section, or a row that says so.

    Raises:
        TruncatedReportError: it is missing.
    """
    totals = [row.summary.cells for row in report.rows if row.summary is not None and row.header is None]
    totals += [row.cells for row in report.rows if row.cells is not None and row.group == _GRAND_TOTAL]
    if not totals:
        raise TruncatedReportError(f"{report.name} lacks its total")
    return totals[-1]


def cell_at(cells: list[Cell], place: int) -> Cell:
    """A cell of a header or summary; unlike rows of data, which `check_whole` looks at, these may be shorter.

    Raises:
        ReportShapeError: it is not there.
    """
    if place < len(cells):
        return cells[place]
    title = cells[0].value if cells else ""
    raise ReportShapeError(f"the header or summary “{title}” has only {len(cells)} cells")


def amount(cell: Cell) -> Decimal:
    """The amount in a cell; an empty one is nothing, which is zero where amounts are summed.

    Raises:
        ReportShapeError: it is no number.
    """
    text = cell.value
    return parse_amount(text) if text else ZERO


def parse_amount(text: str) -> Decimal:
    """An amount as reports have it: `12.50`, `.00`, `-.01`; never with separators.

    Raises:
        ReportShapeError: it is no number.
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ReportShapeError(f"“{text}” is no amount") from None
    if not found.is_finite():
        raise ReportShapeError(f"“{text}” is no amount")
    return found or ZERO  # -0.00 is 0


def parse_day(text: str) -> date:
    """A day as reports have it, in every language: `2026-10-31`.

    Raises:
        ReportShapeError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ReportShapeError(f"“{text}” is no date") from None


def account_of(cell: Cell) -> str | None:
    """The account a cell names: its id. QuickBooks' own lines without id (Unapplied Cash Payment Income), which only
    the cash basis has, are `~` and their name. None where it names nothing."""
    return cell.id or (f"~{cell.value}" if cell.value else None)
