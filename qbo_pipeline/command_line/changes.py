"""`qbo-pipeline changes`: what was edited, by whom, before and after, and how much money moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.companies import realms_of_lake
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import instant, messages, print_json, results
from qbo_pipeline.command_line.warehouse_reader import read_instant, read_start

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.warehouse.edits import Edit

SHOWN_FIELDS = 4
"""Fields of an edit that a table shows; JSON has all."""


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
    results().print(_table(found, period))
    moved = sum((one.moved for one in found if one.moved is not None), Decimal(0))
    unknown = sum(not one.seen_before for one in found)
    told = f"{len(found):,} changes, {moved:,.2f} moved in all."
    if unknown:
        told += f" Of {unknown:,} the version before was never received: they changed before the first load."
    messages().print(told, style="dim", markup=False)


def _table(found: Sequence[Edit], title: str) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for name in ("changed (UTC)", "company", "record", "dated", "what", "by"):
        table.add_column(name, no_wrap=name != "record")
    for name in ("before", "after", "moved"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("fields", overflow="fold")
    for one in found:
        record = f"{one.entity} {one.number or one.id}"
        dated = "" if one.dated is None else str(one.dated)
        if one.dated_before not in (None, one.dated):
            dated = f"{one.dated_before} → {dated}"
        amounts = [_amount(one.amount_before), _amount(one.amount_after), _amount(one.moved)]
        cells = [instant(one.at), one.realm_id, record, dated, one.operation, one.by or "", *amounts, _fields(one)]
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"


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
