"""Connected companies: listing them, and finding the ones a command is asked to work on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

import typer

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import instant, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Company
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.state.vault import Connection


class _Named(Protocol):
    @property
    def realm_id(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def connections(settings: Settings) -> list[Connection]:
    """Every connection of this installation; an empty list, and nothing made, where none was ever stored."""
    from qbo_pipeline.quickbooks.client import open_vault
    from qbo_pipeline.state.store import StateStore

    if settings.state_url_override is None and not (settings.data.state / "state.sqlite").exists():
        return []
    with StateStore(settings.state_url) as state:
        return open_vault(settings, state).connections()


def choose(connected: Sequence[Company], asked: Sequence[str], what: str = "connected company") -> list[Company]:
    """The companies asked for by realm id or name (case does not matter), or all where none is.

    Args:
        connected: Those there are.
        asked: What was given.
        what: What they are called where there is none of that name.

    Raises:
        CommandError: no company is connected.
        typer.BadParameter: there is no such company; the message lists those there are.
    """
    if not connected:
        raise CommandError(
            "No company is connected.",
            "Connect one with: qbo-pipeline connect (QBO_COMPANIES, where it is set, must list it).",
        )
    chosen = {
        one.realm_id: one for text in asked for one in _found(connected, lambda one: one.name, text, "--company", what)
    }
    return list(chosen.values()) if asked else list(connected)


def choose_connection(connected: Sequence[Connection], asked: str) -> Connection:
    """The connection of the company with this realm id or name.

    Raises:
        typer.BadParameter: there is none, or several companies have the name; the message lists them.
    """
    found = _found(connected, lambda one: one.company_name or one.realm_id, asked, "company")
    if len(found) > 1:
        ids = ", ".join(one.realm_id for one in found)
        raise typer.BadParameter(f"several companies are called '{asked}': {ids}. Give the realm id.")
    return found[0]


def _found(
    among: Sequence[Named],
    name: Callable[[Named], str],
    text: str,
    parameter: str,
    what: str = "connected company",
) -> list[Named]:
    found = [one for one in among if text == one.realm_id or text.lower() == name(one).lower()]
    if not found:
        known = ", ".join(f"{one.realm_id} ({name(one)})" for one in among) or "none at all"
        raise typer.BadParameter(
            f"no {what} has the realm id or name '{text}'; there are: {known}.", param_hint=parameter
        )
    return found


def realms_of_lake(settings: Settings, asked: Sequence[str]) -> list[str]:
    """Realm ids of the companies asked for by realm id or name, of those the lake has; none where none is asked for.

    They need not be connected any more.

    Raises:
        typer.BadParameter: the lake has no such company; the message lists those it has.
    """
    from qbo_pipeline.ingestion import Company

    if not asked:
        return []
    names = {one.realm_id: one.company_name for one in connections(settings)}
    realms = sorted(path.name for path in settings.data.lake.glob("[!._]*") if path.is_dir())
    there = [Company(realm, names.get(realm) or realm) for realm in realms]
    return list(
        dict.fromkeys(
            one.realm_id
            for text in asked
            for one in _found(there, lambda one: one.name, text, "--company", what="company of the lake")
        )
    )


def realm_of_lake(settings: Settings, asked: str) -> str:
    """Realm id of the one company asked for by realm id or name; a realm id need not be one of the lake.

    Raises:
        typer.BadParameter: the lake has no company of this name, or several; the message lists them.
    """
    if asked.isdigit():
        return asked
    found = realms_of_lake(settings, [asked])
    if len(found) > 1:
        raise typer.BadParameter(
            f"several companies are called '{asked}': {', '.join(found)}. Give the realm id.", param_hint="--company"
        )
    return found[0]


def list_companies(settings: Settings, *, as_json: bool) -> None:
    """Write every connection: the age of its tokens, when they end, and what a person has to do."""
    found = connections(settings)
    loaded = _loaded(settings) if found else set()
    now = datetime.now(UTC)
    if as_json:
        print_json([_plain(settings, one, now, loaded) for one in found])
        return
    if not found:
        results().print("No company is connected yet. Connect one with: qbo-pipeline connect")
        return
    from rich.markup import escape
    from rich.table import Table

    from qbo_pipeline.state.connection_health import authorization_ends, token_ends

    heads = ("realm id", "company", "status", "token refreshed", "token ends", "authorization ends")
    table = Table(*heads, box=None)
    for one in found:
        ended = one.status == "disconnected"
        ends = [None, None] if ended else [token_ends(one), authorization_ends(one)]
        aside = _aside(settings, one)
        table.add_row(
            one.realm_id, escape(one.company_name or "-"), str(one.status) + (f", {aside}" if aside else ""),
            f"{instant(one.refreshed_at)} ({_ago(now - one.refreshed_at)})",
            *(f"{end:%Y-%m-%d} ({_ahead(end - now)})" if end else "-" for end in ends),
            style=None if one.status == "connected" else "dim" if ended else "red",
        )  # fmt: skip
    results(whole=True).print(table)
    for one in found:
        for told in to_do(settings, one, now, loaded):
            results().print(f"  {one.company_name or one.realm_id}: {told}", markup=False)


def to_do(settings: Settings, one: Connection, now: datetime, loaded: set[str]) -> list[str]:
    """What a person may want to do about a connection; empty where all is well. `loaded`: realm ids loaded before."""
    from qbo_pipeline.state.connection_health import remarks

    told = [f"{remark.told}. {remark.to_do}" for remark in remarks(one, now)]
    if one.status == "connected" and not _aside(settings, one) and one.realm_id not in loaded:
        told.append(f"nothing is loaded yet. {first_backfill(one.realm_id)}")
    return told


def first_backfill(realm_id: str) -> str:
    """How to load a company for the first time."""
    return f"Load its history with: qbo-pipeline backfill --company {realm_id}"


def _loaded(settings: Settings) -> set[str]:
    """Realm ids of the companies of which everything was loaded once."""
    from qbo_pipeline.state.cursors import ChangeCursors
    from qbo_pipeline.state.store import StateStore

    with StateStore(settings.state_url) as store:
        cursors = ChangeCursors(store)
        return {one.realm_id for one in connections(settings) if cursors.of(one.realm_id)}


def _aside(settings: Settings, connection: Connection) -> str | None:
    """Why a connection is not worked on; None where it is."""
    if not connection.belongs_to(settings.environment.value):
        return f"of QBO_ENVIRONMENT={connection.environment}"
    if settings.companies and connection.realm_id not in settings.companies:
        return "not in QBO_COMPANIES"
    return None


def _plain(settings: Settings, one: Connection, now: datetime, loaded: set[str]) -> dict[str, object]:
    from qbo_pipeline.state.connection_health import authorization_ends, token_ends

    ended = one.status == "disconnected"
    return {
        "realm_id": one.realm_id,
        "name": one.company_name,
        "status": str(one.status),
        "reason": one.reason,
        "environment": one.environment,
        "worked_on": _aside(settings, one) is None,
        "loaded": one.realm_id in loaded,
        "connected_at": one.authorized_at,
        "token_refreshed_at": one.refreshed_at,
        "token_age_seconds": round((now - one.refreshed_at).total_seconds()),
        "token_ends_at": None if ended else token_ends(one),
        "authorization_ends_at": None if ended else authorization_ends(one),
        "reconnect_by": None if ended else min(token_ends(one), authorization_ends(one)),
        "to_do": to_do(settings, one, now, loaded),
    }


def _ago(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{age.days} d ago" if age.days > 1 else f"{hours} h ago" if hours else "just now"


def _ahead(left: timedelta) -> str:
    return f"in {left.days:,} d" if left.total_seconds() > 0 else "over"
