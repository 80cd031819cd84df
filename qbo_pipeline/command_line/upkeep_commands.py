"""The commands that apply the lake again and remove what is old; each calls one function, imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.options import Destination, Entities, Json, Realms

upkeep = typer.Typer()


@upkeep.command(
    epilog="Examples:\n  qbo-pipeline replay --entity Invoice --id 145\n"
    "  qbo-pipeline replay --rejected --dry-run\n"
    "  qbo-pipeline replay --since 2026-11-20T08:00 --until 2026-11-20T09:00 --company 9341452000000001\n"
    "  qbo-pipeline replay --file data/lake/9341452000000001/invoice/217412852835\n"
    "  qbo-pipeline replay --destination power_bi"
)
def replay(
    identity: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="ID", help="QuickBooks' id of a record of --entity; repeatable."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A batch of the lake: its folder, or a file in it; all its records.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Whatever was received from then on: 7d, 12h, or an instant (UTC)."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Until then: an instant (UTC), a bare day is its end.")
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Quarantined records that fit by now, after an upgrade.")
    ] = False,
    destination: Annotated[
        Destination | None, typer.Option(help="Send again what this destination did not take.")
    ] = None,
    entity: Entities = None,
    company: Realms = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Apply what the lake has again, typed anew: a record, a batch, what came in a time, or the quarantine.

    The newest version of each record wins, so no older state comes back; what is right already stays as it is. With
    --destination, send what a destination refused, or what was left behind, again from the outbox.
    """
    from qbo_pipeline.command_line import replay as replaying

    if destination is not None:
        if identity or file or since or until or rejected or entity or company or dry_run:
            raise typer.BadParameter(
                "all of the outbox is sent: it goes with no other option", param_hint="--destination"
            )
        from qbo_pipeline.command_line import power_bi, tableau

        of = {Destination.POWER_BI: power_bi, Destination.TABLEAU: tableau}[destination]
        end(of.replay_deliveries(current_settings(), as_json=as_json))
    asked = replaying.Asked(identity or [], file, since, until, rejected, entity or [], company or [])
    replaying.replay(current_settings(), asked, dry_run=dry_run, as_json=as_json)


@upkeep.command(epilog="Examples:\n  qbo-pipeline prune --dry-run\n  qbo-pipeline prune")
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Remove audit rows and webhook files that are older than the settings keep; loads do so once a day by themselves.

    The lake, the history and the quarantine are kept for ever.
    """
    from qbo_pipeline.command_line.prune import show_prune

    show_prune(current_settings(), dry_run=dry_run, as_json=as_json)


@upkeep.command(epilog="Example:\n  qbo-pipeline rebuild")
def rebuild(as_json: Json = False) -> None:
    """Make the warehouse anew from the lake alone, without a request to QuickBooks."""
    from qbo_pipeline.command_line.rebuild import show_rebuild

    end(show_rebuild(current_settings(), as_json=as_json))
