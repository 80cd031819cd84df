"""A report on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
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

PARTIES = 25
"""Customers and vendors of an aging that are named."""


def print_report(report: Report, console: Console) -> None:
    """Write the headline, the statements, the agings and the rankings."""
    company = report.company
    console.print(Rule(f"[bold]{escape(company.name)}[/] as of {day(report.periods.as_of)}", align="left"))
    for told in provenance(report):
        console.print(Text(told, style="dim"))
    console.print()
    console.print(_headline(report.highlights))
    for statement in report.statements:
        console.print()
        console.print(_statement(statement, console.width))
    for aging in (report.receivable, report.payable):
        console.print()
        console.print(_aging(aging))
    for ranking in (report.customers, report.vendors):
        console.print()
        console.print(_ranking(ranking))


def _headline(shown: Sequence[Highlight]) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
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
    shown = _fitting(statement.columns, width)
    table = _table(f"{statement.title}, {statement.when}")
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=44)
    for place in shown:
        column = statement.columns[place]
        head = "\n".join(part for part in (column.title, column.days) if part)
        table.add_column(Text(head, justify="right"), justify="right", no_wrap=True)
    for line in statement.lines:
        style = _STYLES[line.style]
        cells = [Text(cell(line, place, statement.columns), style=style) for place in shown]
        table.add_row(Text("  " * line.level + line.label, style=style), *cells, end_section=line.style == "result")
    return table


def _fitting(columns: Sequence[Column], width: int) -> list[int]:
    """Places of the columns that fit on the screen, the first ones first; a share goes with its amount."""
    left = width - 36
    fitting = []
    for place, column in enumerate(columns):
        left -= 16 if column.kind == "amount" else 10
        if left < 0:
            break
        fitting.append(place)
    return fitting or [0]


def cell(line: Line, place: int, columns: Sequence[Column]) -> str:
    """A cell of a statement as it is written."""
    if not line.cells:
        return ""
    value = line.cells[place]
    return percent(value) if columns[place].kind == "share" else money(value)


def _aging(aging: Aging) -> Table:
    table = _table(f"{aging.title} by days overdue, {day(aging.as_of)}")
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=36)
    for title in (*BUCKET_TITLES, "Total"):
        table.add_column(title, justify="right", no_wrap=True)
    for party in aging.shortened(PARTIES).parties:
        table.add_row(Text(party.name), *(money(one) for one in (*party.amounts, party.total)))
    table.add_section()
    table.add_row("Total", *(money(one) for one in (*aging.totals, aging.total)), style="bold")
    if aging.total:
        shares = (percent(ratio(one, aging.total)) for one in (*aging.totals, aging.total))
        table.add_row("", *shares, style="dim")
    return table


def _ranking(ranking: Ranking) -> Table:
    table = _table(ranking.title)
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=36)
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Share", justify="right", no_wrap=True)
    for one in ranking.rows:
        table.add_row(Text(one.name), money(one.amount), percent(ratio(one.amount, ranking.total)))
    table.add_section()
    table.add_row("Total", money(ranking.total), "", style="bold")
    return table


def _table(title: str) -> Table:
    return Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
