"""`qbo-pipeline changes`: what was edited, by whom, before and after, and how much money moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.companies import realms_of_lake
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.query_results import write_lists
from qbo_pipeline.command_line.terminal import instant, messages, print_json, results
from qbo_pipeline.command_line.warehouse_reader import read_instant, read_start

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.warehouse.edits import Edit

SHOWN_FIELDS = 4
"""Fields of an edit that a table shows; JSON has all."""
_AMOUNTS = ("before", "after", "moved")
_COLUMNS = ("changed (UTC)", "company", "record", "dated", "what", "by", *_AMOUNTS, "fields")
_FIELDS_WIDTH = 20
"""Characters that fields need to be readable; they go on in the next line."""


def show_changes(
    settings: Settings,
    *,
    since: str,
    until: str | None,
    closed_before: str | None,
    company: Sequence[str],
    as_json: bool,
) -> None:
    """Write the edits between two instants, those of closed periods alone where asked for.

    Raises:
        CommandError: nothing was loaded yet.
        typer.BadParameter: an instant or a day is none, the lake has no such company, or the time ends before it
            begins.
    """
    from qbo_pipeline.warehouse.edits import edits

    now = datetime.now(UTC)
    start, end = read_start(since, now, "--since"), now if until is None else read_instant(until, "--until")
    closed = None if closed_before is None else _day(closed_before)
    if start > end:
        raise typer.BadParameter(f"{instant(start)} is after {instant(end)} (UTC)", param_hint="--since/--until")
    lake = settings.data.lake
    if not lake.exists():
        raise CommandError("There is no history yet: nothing was loaded.", "Load a company with: qbo-pipeline backfill")
    realms = realms_of_lake(settings, company)
    found = [one for one in edits(lake, start, end, closed) if not realms or one.realm_id in realms]
    if as_json:
        print_json(found)
        return
    period = f"{instant(start)} to {instant(end)} UTC" + (f", dated until {closed}" if closed else "")
    if not found:
        messages().print(f"Nothing changed: {period}.")
        return
    _show(found, period)
    unknown = sum(not one.seen_before for one in found)
    told = f"{len(found):,} changes: {_moved(found)} moved in all."
    if unknown:
        told += f" Of {unknown:,} the version before was never received: they changed before the first load."
    messages().print(told, style="dim", markup=False)


def _moved(found: Sequence[Edit]) -> str:
    """What the amounts come to, of each currency for itself."""
    moved: dict[str, Decimal] = {}
    for one in found:
        if one.moved is not None:
            moved[one.currency or ""] = moved.get(one.currency or "", Decimal(0)) + one.moved
    shown = {currency: amount for currency, amount in sorted(moved.items()) if amount} or {"": Decimal(0)}
    return ", ".join(f"{amount:,.2f} {currency}".rstrip() for currency, amount in shown.items())


def _show(found: Sequence[Edit], title: str) -> None:
    """A table, or where the terminal is too narrow for one a list of each edit: amounts and names are never cut."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    several = len({one.currency for one in found if one.currency}) > 1
    console, rows = results(), [_cells(one, one.currency if several else None) for one in found]
    words = zip(*((_COLUMNS), *rows), strict=True)
    widths = [max(cell_len(word) for word in column) for column in words]
    if sum(widths[:-1]) + _FIELDS_WIDTH + 3 * len(widths) + 1 > console.width:
        console.print(Text(title, style="italic"))
        write_lists(console, _COLUMNS, [[cell or None for cell in row] for row in rows])
        return
    table = Table(title=title, title_justify="left")
    for name in _COLUMNS[:-1]:
        table.add_column(name, justify="right" if name in _AMOUNTS else "left", no_wrap=True)
    table.add_column(_COLUMNS[-1], overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _cells(one: Edit, currency: str | None) -> list[str]:
    """What is shown of an edit, in the order of the columns; its currency, where the others may have another one."""
    dated = "" if one.dated is None else str(one.dated)
    if one.dated_before not in (None, one.dated):
        dated = f"{one.dated_before} → {dated}"
    amounts = [_amount(amount, currency) for amount in (one.amount_before, one.amount_after, one.moved)]
    record = f"{one.entity} {one.number or one.id}"
    return [instant(one.at), one.realm_id, record, dated, one.operation, one.by or "", *amounts, _fields(one)]


def _amount(amount: Decimal | None, currency: str | None) -> str:
    return "" if amount is None else f"{amount:,.2f} {currency or ''}".rstrip()


def _fields(edit: Edit) -> str:
    if not edit.seen_before:
        return "the version before was never received"
    told = [f"{one.path}: {one.before or '-'} → {one.after or '-'}" for one in edit.differences[:SHOWN_FIELDS]]
    more = len(edit.differences) - SHOWN_FIELDS
    return "\n".join([*told, *([f"and {more} more"] if more > 0 else [])])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day such as 2026-01-31", param_hint="--closed-before") from None
