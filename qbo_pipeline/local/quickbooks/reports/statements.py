"""Profit and loss, balance sheet, cash flow: a layout, filled in for every column.

A column is a `Measure`: what to show for an account in it. The same layout serves months, classes and totals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO
from qbo_pipeline.local.quickbooks.reports.accounts import Account, AccountTree
from qbo_pipeline.local.quickbooks.reports.statement_layouts import AccountLines, Branch, Figure, Line, Result
from qbo_pipeline.local.quickbooks.reports.table import BLANK, Cell, Column, Data, Row, Section, Table, Title

Amounts = list[Decimal | None]
"""One for each column; None where nothing was posted."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of a statement."""

    column: Column
    amount: Callable[[str], Decimal | None]
    """Of an account, debit positive."""
    figures: Mapping[str, Decimal] = field(default_factory=dict)
    """By the name that the layout gives them."""


def statement(layout: Sequence[Line], measures: Sequence[Measure], accounts: AccountTree) -> Table:
    """The table of a layout. Accounts that no column has an amount for are left out."""
    filler = _Filler(measures, accounts)
    rows = [row for line in layout for row in filler.rows(line)]
    if filler.empty:
        # Recorded: a profit and loss of nothing keeps its headings, and every amount is empty.
        rows = [_emptied(row) for row in rows]
    columns = (Column("", "account", "Account"), *(measure.column for measure in measures))
    return Table(columns, tuple(rows), has_data=not filler.empty)


class _Filler:
    def __init__(self, measures: Sequence[Measure], accounts: AccountTree) -> None:
        self._measures = measures
        self._accounts = accounts
        self._sums: dict[str, Amounts] = {}
        self.empty = True

    def rows(self, line: Line) -> list[Row]:
        rows, amounts = self._filled(line)
        if line.group is not None and rows:
            self._sums[line.group] = amounts
        return rows

    def _filled(self, line: Line) -> tuple[list[Row], Amounts]:
        match line:
            case AccountLines():
                return self._account_lines(line)
            case Branch():
                return self._branch(line)
            case Figure():
                return self._figure(line)
            case Result():
                return self._result(line)

    def _account_lines(self, line: AccountLines) -> tuple[list[Row], Amounts]:
        rows, amounts = self._listed(self._accounts.roots(*line.kinds), line.sign)
        if not rows and not line.always:
            return [], amounts
        if line.total is None:
            return rows, amounts
        return [Section(self._heading(line.title), tuple(rows), _cells(line.total, amounts), line.group)], amounts

    def _branch(self, line: Branch) -> tuple[list[Row], Amounts]:
        rows: list[Row] = []
        amounts: Amounts = [None] * len(self._measures)
        for part in line.parts:
            more, partial = self._filled(part)
            rows.extend(more)
            amounts = _added(amounts, partial)
        if not rows and not line.always:
            return [], amounts
        summary = _cells(line.total, amounts) if line.total else None
        return [Section(self._heading(line.title), tuple(rows), summary, line.group)], amounts

    def _figure(self, line: Figure) -> tuple[list[Row], Amounts]:
        amounts: Amounts = [measure.figures[line.figure] for measure in self._measures]
        self.empty = self.empty and not any(amounts)
        if line.sums_up:
            return [Section(summary=_cells(line.title, amounts), group=line.group)], amounts
        return [Data((Cell(line.title), *(Cell(amount) for amount in amounts)), line.group)], amounts

    def _result(self, line: Result) -> tuple[list[Row], Amounts]:
        amounts: Amounts = [None] * len(self._measures)
        if line.only_with and not any(group in self._sums for group in line.only_with):
            return [], amounts
        for group, sign in line.terms:
            if group in self._sums:
                amounts = _added(amounts, self._sums[group], sign)
        return [Section(summary=_cells(line.title, amounts), group=line.group)], amounts

    def _listed(self, accounts: Sequence[Account], sign: int) -> tuple[list[Row], Amounts]:
        rows: list[Row] = []
        amounts: Amounts = [None] * len(self._measures)
        for account in accounts:
            row, own = self._listed_one(account, sign)
            if row is not None:
                rows.append(row)
                amounts = _added(amounts, own)
        return rows, amounts

    def _listed_one(self, account: Account, sign: int) -> tuple[Row | None, Amounts]:
        own: Amounts = []
        for measure in self._measures:
            amount = measure.amount(account.id)
            own.append(None if amount is None else sign * amount)
        under, below = self._listed(self._accounts.children(account), sign)
        has_own = any(amount is not None for amount in own)
        self.empty = self.empty and not has_own
        name = Cell(account.name, account.shown_id)
        cells = (name, *(Cell(amount) for amount in own))
        if not under:
            return (Data(cells) if has_own else None), own
        amounts = _added(own, below)
        return Section(cells, tuple(under), _cells(Title("Total {}", account.name), amounts)), amounts

    def _heading(self, title: Title) -> tuple[Cell, ...]:
        return Cell(title), *(BLANK for _ in self._measures)


def _added(left: Amounts, right: Amounts, sign: int = 1) -> Amounts:
    return [one if other is None else (one or ZERO) + sign * other for one, other in zip(left, right, strict=True)]


def _cells(title: Title, amounts: Amounts) -> tuple[Cell, ...]:
    return Cell(title), *(Cell(amount or ZERO) for amount in amounts)


def _emptied(row: Row) -> Row:
    def blank(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(BLANK if isinstance(cell.value, Decimal) else cell for cell in cells)

    if isinstance(row, Data):
        return Data(blank(row.cells), row.group, row.typed)
    return Section(
        row.header, tuple(_emptied(one) for one in row.rows), blank(row.summary) if row.summary else None, row.group
    )
