"""Connected companies: listing them, and finding the ones a command is asked to work on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import instant, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Company
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.state.vault import Connection


def connections(settings: Settings) -> list[Connection]:
    """Every connection of this installation; an empty list, and nothing made, where none was ever stored."""
    from qbo_pipeline.quickbooks.client import open_vault
    from qbo_pipeline.state.store import StateStore

    if settings.state_url_override is None and not (settings.data.state / "state.sqlite").exists():
        return []
    with StateStore(settings.state_url) as state:
        return open_vault(settings, state).connections()


def choose(connected: Sequence[Company], asked: Sequence[str]) -> list[Company]:
    """The companies asked for by realm id or name (case does not matter), or all where none is.

    Raises:
        CommandError: no company is connected.
        typer.BadParameter: there is no such company; the message lists those there are.
    """
    if not connected:
        raise CommandError(
            "No company is connected.",
            "Connect one with: qbo-pipeline connect (QBO_COMPANIES, where it is set, must list it).",
        )
    chosen: dict[str, Company] = {}
    for text in asked:
        found = [one for one in connected if text in (one.realm_id, one.name) or text.lower() == one.name.lower()]
        if not found:
            known = ", ".join(f"{one.realm_id} ({one.name})" for one in connected)
            raise typer.BadParameter(
                f"no connected company has the realm id or name '{text}'; there are: {known}.", param_hint="--company"
            )
        chosen |= {one.realm_id: one for one in found}
    return list(chosen.values()) if asked else list(connected)


def list_companies(settings: Settings, *, as_json: bool) -> None:
    """Write every connection with the age of its tokens."""
    found = connections(settings)
    if as_json:
        print_json([_plain(settings, one) for one in found])
        return
    if not found:
        results().print("No company is connected yet. Connect one with: qbo-pipeline connect")
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table("realm id", "company", "status", "connected", "token refreshed", "reconnect by", box=None)
    for one in found:
        status = str(one.status) + ("" if _worked_on(settings, one) else ", not in QBO_COMPANIES")
        style = None if one.status == "connected" else "red"
        refreshed = one.grant.issued_at if one.grant else None
        table.add_row(
            one.realm_id, escape(one.company_name or "-"), status, instant(one.authorized_at), instant(refreshed),
            instant(reconnect_by(one)), style=style,
        )  # fmt: skip
        if one.reason:
            table.add_row("", escape(one.reason), style="dim")
    results().print(table)


def reconnect_by(connection: Connection) -> datetime | None:
    """When the connection ends unless a person clicks Connect again; None without tokens or where nobody told."""
    grant = connection.grant
    ends = [end for end in (grant.refresh_expires_at, grant.refresh_hard_expires_at) if end] if grant else []
    return min(ends, default=None)


def _worked_on(settings: Settings, connection: Connection) -> bool:
    return not settings.companies or connection.realm_id in settings.companies


def _plain(settings: Settings, one: Connection) -> dict[str, object]:
    return {
        "realm_id": one.realm_id,
        "name": one.company_name,
        "status": str(one.status),
        "reason": one.reason,
        "worked_on": _worked_on(settings, one),
        "connected_at": one.authorized_at.astimezone(UTC),
        "token_refreshed_at": one.grant.issued_at if one.grant else None,
        "reconnect_by": reconnect_by(one),
    }
