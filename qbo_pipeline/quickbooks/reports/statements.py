"""BalanceSheet and ProfitAndLoss, a column a month: what they show of each account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from qbo_pipeline.quickbooks.reports.document import (
    ZERO,
    Cell,
    Report,
    Row,
    account_of,
    amount,
    cell_at,
    check_whole,
)
from qbo_pipeline.quickbooks.reports.errors import TruncatedReportError

ACCOUNT = "account"
NET_INCOME = "net_income"

_NET_INCOME_GROUP = "NetIncome"
_BOTH_SIDES = ("TotalAssets", "TotalLiabilitiesAndEquity")


class Figure(NamedTuple):
    """What a statement shows of an account in a month, in the statement's own sign."""

    month: date
    """First day."""
    account_id: str | None
    """None for net income on the balance sheet, which is no account."""
    line: str
    """`account` or `net_income`."""
    amount: Decimal


def parse_statement(report: Report, months: Iterable[date]) -> list[Figure]:
    """The figures of all `months` asked for, given by their first days.

    What is zero is left out: the first shape writes `0.00` where the second leaves cells empty.

    Raises:
        TruncatedReportError: the report is not whole: it lacks rows, months, or its sums do not agree.
        ReportShapeError: it cannot be read.
    """
    check_whole(report)
    at = {column.first_day.replace(day=1): place for place, column in enumerate(report.columns) if column.first_day}
    missing = sorted(set(months) - set(at))
    if missing:
        raise TruncatedReportError(f"{report.name} has no column for {', '.join(f'{one:%Y-%m}' for one in missing)}")
    found: defaultdict[tuple[date, str | None, str], Decimal] = defaultdict(lambda: ZERO)
    for row in report.rows:
        _read(row, at, found)
    _check_sides(report, list(at.values()))
    return [Figure(*key, value) for key, value in found.items() if value]


def _read(row: Row, at: dict[date, int], found: dict[tuple[date, str | None, str], Decimal]) -> None:
    """Note the amounts of a row and of what is in it."""
    if row.cells is not None:
        if row.group == _NET_INCOME_GROUP and not row.cells[0].id:
            _note(row.cells, (None, NET_INCOME), at, found)
        else:
            _note(row.cells, (account_of(row.cells[0]), ACCOUNT), at, found)
    elif row.header is not None:  # a parent's own amounts stand in the header of its section
        _note(row.header.cells, (account_of(cell_at(row.header.cells, 0)), ACCOUNT), at, found)
    for inner in row.rows:
        _read(inner, at, found)
    _check_sum(row, at)


def _note(
    cells: list[Cell], of: tuple[str | None, str], at: dict[date, int],
    found: dict[tuple[date, str | None, str], Decimal],
) -> None:  # fmt: skip
    for month, place in at.items():
        if place < len(cells) and cells[place].value:
            found[month, *of] += amount(cells[place])


def _check_sum(row: Row, at: dict[date, int]) -> None:
    """Sections of accounts add up. What is made of several sections may subtract, in layouts of other countries."""
    if row.header is None or row.summary is None or any(_is_group(inner) for inner in row.rows):
        return
    for month, place in at.items():
        parts = [row.header.cells, *(_amounts(inner) for inner in row.rows)]
        summed = sum((amount(cells[place]) for cells in parts if place < len(cells)), ZERO)
        told = amount(cell_at(row.summary.cells, place))
        if summed != told:
            title = cell_at(row.header.cells, 0).value
            raise TruncatedReportError(f"“{title}” of {month:%Y-%m} is {told}, and its accounts are {summed}")


def _is_group(row: Row) -> bool:
    """Whether a row is a section that is no account's."""
    return row.cells is None and not (row.header is not None and cell_at(row.header.cells, 0).id)


def _amounts(row: Row) -> list[Cell]:
    """Of an account with its sub-accounts."""
    return row.cells or (row.summary.cells if row.summary is not None else [])


def _check_sides(report: Report, places: list[int]) -> None:
    """Assets equal liabilities and equity, where the layout has both."""
    sides = [row.summary.cells for row in report.rows if row.group in _BOTH_SIDES and row.summary is not None]
    if len(sides) == len(_BOTH_SIDES) and any(
        amount(cell_at(sides[0], at)) != amount(cell_at(sides[1], at)) for at in places
    ):
        raise TruncatedReportError(f"{report.name}: assets differ from liabilities and equity")
