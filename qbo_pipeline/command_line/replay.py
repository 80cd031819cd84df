"""`qbo-pipeline replay`: what the lake has is applied again, without a request."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.companies import realms_of_lake
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.loads import entities_of
from qbo_pipeline.command_line.terminal import messages, print_json, results
from qbo_pipeline.command_line.warehouse_reader import read_instant, read_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbo_pipeline.ingestion.replay import EntityReplay, Selection
    from qbo_pipeline.settings import Settings

SHOWN_REASONS = 5
"""Reasons a table names for each entity; JSON has all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked to replay, as it was written."""

    ids: Sequence[str]
    file: Path | None
    since: str | None
    until: str | None
    rejected: bool
    entities: Sequence[str]
    companies: Sequence[str]


def selection(asked: Asked) -> Selection:
    """What that means.

    Raises:
        typer.BadParameter: it says nothing, two things at once, an id without its entity, an instant that is none, or
            a time that ends before it begins.
    """
    from qbo_pipeline.ingestion.replay import Selection

    ways = [bool(asked.ids), asked.file is not None, bool(asked.since or asked.until), asked.rejected]
    if sum(ways) != 1:
        raise typer.BadParameter("say what to replay, one of --id, --file, --since/--until, --rejected.")
    if asked.ids and len(asked.entities) != 1:
        raise typer.BadParameter("an id is of one entity: give it with --entity.", param_hint="--id")
    since = None if asked.since is None else read_start(asked.since, datetime.now(UTC), "--since")
    until = None if asked.until is None else read_instant(asked.until, "--until")
    if since is not None and until is not None and since > until:
        raise typer.BadParameter(f"{asked.since} is after {asked.until}", param_hint="--since/--until")
    return Selection(
        ids=tuple(dict.fromkeys(asked.ids)),
        file=asked.file,
        since=since,
        until=until,
        quarantine=asked.rejected,
        realm_ids=tuple(asked.companies),
        entities=tuple(entities_of(asked.entities)) if asked.entities else (),
    )


def replay(settings: Settings, asked: Asked, *, dry_run: bool, as_json: bool) -> None:
    """Replay and tell what came of it.

    Raises:
        typer.BadParameter: see `selection`; or the lake has no such company.
        CommandError: the lake does not have what was asked for.
        WarehouseBusyError: another process kept writing.
    """
    from qbo_pipeline.ingestion.replay import NotInLakeError, replay_selection

    chosen = selection(asked)
    if not settings.data.lake.exists():
        raise CommandError("There is no lake yet: nothing was loaded.", "Load a company with: qbo-pipeline backfill")
    chosen = replace(chosen, realm_ids=tuple(realms_of_lake(settings, asked.companies)))
    try:
        done = replay_selection(settings.data, chosen, str(uuid.uuid4()), dry_run=dry_run)
    except NotInLakeError as error:
        raise CommandError(
            str(error),
            "The id is QuickBooks' own; which batches there are: qbo-pipeline sql "
            '"SELECT * FROM audit.lake_batch ORDER BY received_at DESC LIMIT 20"',
        ) from None
    if as_json:
        print_json(done)
        return
    if not done:
        messages().print("Nothing is in quarantine." if asked.rejected else "Nothing was received then.")
        return
    _tell(done, dry_run=dry_run)


def _tell(done: Sequence[EntityReplay], *, dry_run: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    title = "What a replay would do; nothing was changed" if dry_run else "Replayed from the lake, without a request"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("company")
    table.add_column("entity")
    for heading in ("records", "new", "updated", "deleted", "unchanged", "resolved", "unfit"):
        table.add_column(heading, justify="right")
    for one in done:
        numbers = (one.records, one.inserted, one.updated, one.deleted, one.unchanged, one.resolved, len(one.unfit))
        style = "yellow" if one.unfit else None if one.records > one.unchanged else "dim"
        table.add_row(escape(one.realm_id), one.entity, *(f"{number:,}" for number in numbers), style=style)
    results(whole=True).print(table)
    for one in done:
        for reason in one.unfit[:SHOWN_REASONS]:
            messages().print(f"{one.entity}: {reason}", style="yellow", markup=False)
        if len(one.unfit) > SHOWN_REASONS:
            messages().print(f"{one.entity}: and {len(one.unfit) - SHOWN_REASONS:,} more", style="yellow")
