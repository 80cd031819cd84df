"""A report on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from qbo_pipeline.finance_report.amounts import NOTHING, money, percent, ratio, whole
from qbo_pipeline.finance_report.figures import Aging, Column, Highlight, Line, Ranking, Report, Statement
from qbo_pipeline.finance_report.periods import day
from qbo_pipeline.finance_report.wording import BUCKET_TITLES, provenance

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"heading": "bold", "account": "", "subtotal": "", "total": "bold", "result": "bold green"}

_LABEL, _LONG_LABEL = 28, 44
"""Characters that a label has at least, and at most."""
_NAME, _LONG_NAME = 14, 36
"""Characters that the name of a customer or vendor has at least, and at most in a ranking."""
_SHORTEST = 6
"""Characters that are left of a label or name where a figure takes the others: of it none is cut."""
_WIDEST = 120
"""Characters that a line across the page has at most: a file and a pipe have no width of their own."""
PARTIES = 25
"""Customers and vendors of an aging that are named."""


def print_report(report: Report, console: Console) -> None:
    """Write the headline, the statements, the agings and the rankings."""
    company = report.company
    heading = Rule(f"[bold]{escape(company.name)}[/] as of {day(report.periods.as_of)}", align="left")
    console.print(heading, width=min(console.width, _WIDEST))
    for told in provenance(report):
        console.print(Text(told, style="dim"))
    console.print()
    console.print(_headline(report.highlights))
    for statement in report.statements:
        console.print()
        console.print(_statement(statement, console.width))
    for aging in (report.receivable, report.payable):
        console.print()
        console.print(_aging(aging, console.width))
    for ranking in (report.customers, report.vendors):
        console.print()
        console.print(_ranking(ranking, console.width))


def _headline(shown: Sequence[Highlight]) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    for no_wrap in (False, True, False):
        table.add_column(no_wrap=no_wrap)
    for one in shown:
        table.add_row(
            one.label, Text(headline_figure(one), style="bold", justify="right"), Text(one.aside, style="dim")
        )
    return table


def headline_figure(one: Highlight) -> str:
    """A figure of the headline as it is written."""
    if one.amount is None:
        return NOTHING
    return percent(one.amount) if one.kind == "share" else whole(one.amount)


def _statement(statement: Statement, width: int) -> Table:
    widths = [_width(statement, place) for place in range(len(statement.columns))]
    shown = _fitting(widths, width - _LABEL)
    left = width - sum(widths[place] for place in shown)
    table = _table(f"{statement.title}, {statement.when}")
    _name_hidden(
        table, [one.title for place, one in enumerate(statement.columns) if place not in shown and one.kind == "amount"]
    )
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=max(_SHORTEST, min(left, _LONG_LABEL)))
    for place in shown:
        column = statement.columns[place]
        head = "\n".join(part for part in (column.title, column.days) if part)
        table.add_column(Text(head, justify="right"), justify="right", no_wrap=True)
    for line in statement.lines:
        style = _STYLES[line.style]
        cells = [Text(cell(line, place, statement.columns), style=style) for place in shown]
        table.add_row(Text("  " * line.level + line.label, style=style), *cells, end_section=line.style == "result")
    return table


def _width(statement: Statement, place: int) -> int:
    """How wide a column is with the space before it."""
    column = statement.columns[place]
    written = (cell(line, place, statement.columns) for line in statement.lines)
    return 2 + max(map(len, (column.title, column.days, *written)))


def _fitting(widths: Sequence[int], left: int) -> list[int]:
    """Places of the columns that fit, the first ones first; one at least."""
    ends = accumulate(widths)
    return [place for place, end in enumerate(ends) if end <= left or place == 0]


def cell(line: Line, place: int, columns: Sequence[Column]) -> str:
    """A cell of a statement as it is written."""
    if not line.cells:
        return ""
    value = line.cells[place]
    return percent(value) if columns[place].kind == "share" else money(value)


def _aging(aging: Aging, width: int) -> Table:
    """Where even amounts without cents are too wide, as in a currency of large numbers, the first of the buckets."""
    rows = [(one.name, (*one.amounts, one.total)) for one in aging.shortened(PARTIES).parties]
    rows.append(("Total", (*aging.totals, aging.total)))
    titles = (*BUCKET_TITLES, "Total")
    written = [[money(amount) for amount in amounts] for _, amounts in rows]
    without_cents = width - sum(_widths(titles, written)) < _NAME
    if without_cents:
        written = [[whole(amount) if amount else NOTHING for amount in amounts] for _, amounts in rows]
    shares = [percent(ratio(one, aging.total)) for one in (*aging.totals, aging.total)]
    widths = _widths(titles, [*written, shares])
    last = len(titles) - 1
    order = [last, *range(last)]  # the total before any bucket
    places = sorted(order[place] for place in _fitting([widths[one] for one in order], width - _NAME))
    left = width - sum(widths[place] for place in places)
    table = _table(f"{aging.title} by days overdue, {day(aging.as_of)}{', without cents' if without_cents else ''}")
    _name_hidden(table, [title for place, title in enumerate(titles) if place not in places])
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=max(_SHORTEST, min(left, _LONG_LABEL)))
    for place in places:
        table.add_column(titles[place], justify="right", no_wrap=True)
    for (name, _), cells in zip(rows[:-1], written[:-1], strict=True):
        table.add_row(Text(name), *(cells[place] for place in places))
    table.add_section()
    table.add_row("Total", *(written[-1][place] for place in places), style="bold")
    if aging.total:
        table.add_row("", *(shares[place] for place in places), style="dim")
    return table


def _name_hidden(table: Table, titles: Sequence[str]) -> None:
    """Say which columns there was no room for."""
    if titles:
        table.caption = f"On a wider terminal also: {', '.join(titles)}"
        table.caption_justify = "left"


def _widths(titles: Sequence[str], written: Sequence[Sequence[str]]) -> list[int]:
    """Characters that each column of figures takes, the space before it included."""
    return [2 + max(map(len, column)) for column in zip(titles, *written, strict=True)]


def _ranking(ranking: Ranking, width: int) -> Table:
    rows = [(one.name, money(one.amount), percent(ratio(one.amount, ranking.total))) for one in ranking.rows]
    rows.append(("Total", money(ranking.total), ""))
    left = width - sum(_widths(("Amount", "Share"), [row[1:] for row in rows]))
    table = _table(ranking.title)
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=max(_SHORTEST, min(left, _LONG_NAME)))
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Share", justify="right", no_wrap=True)
    for name, *cells in rows[:-1]:
        table.add_row(Text(name), *cells)
    table.add_section()
    table.add_row(*rows[-1], style="bold")
    return table


def _table(title: str) -> Table:
    return Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
