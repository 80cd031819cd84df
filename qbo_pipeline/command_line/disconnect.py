"""`qbo-pipeline disconnect`: a connection is revoked at Intuit, then its tokens are removed here. Loaded data stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.companies import choose_connection, connections
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.state.store import StateStore

_AT_INTUIT = "in QuickBooks: Settings, Apps, Disconnect"


def disconnect(
    settings: Settings, asked: str, *, yes: bool, local_only: bool, as_json: bool, confirm: Callable[[str], bool]
) -> None:
    """Revoke the tokens of the company with this realm id or name, and remove them.

    `local_only` asks nothing of Intuit: for connections that are gone there, or whose key is lost.

    Raises:
        typer.BadParameter: there is no such company. typer.Abort: the person said no.
        CommandError: Intuit did not revoke; nothing is changed then, and it can be tried again.
    """
    from qbo_pipeline.quickbooks.client import open_vault
    from qbo_pipeline.state.store import StateStore

    one = choose_connection([one for one in connections(settings) if one.status != "disconnected"], asked)
    named = f"{one.company_name} ({one.realm_id})" if one.company_name else one.realm_id
    what = "remove its tokens here, without telling Intuit" if local_only else "revoke its tokens at Intuit"
    if not yes and not confirm(f"Disconnect {named}: {what}? Loaded data stays."):
        raise typer.Abort
    with StateStore(settings.state_url) as store:
        if local_only:
            open_vault(settings, store).disconnected(one.realm_id)
        else:
            _revoke(settings, store, one.realm_id, named)
    if as_json:
        print_json({"realm_id": one.realm_id, "name": one.company_name, "revoked": not local_only})
        return
    results().print(f"Disconnected {named}.", markup=False)
    if local_only:
        messages().print(f"Intuit was not told; if the app is still listed there, end it {_AT_INTUIT}.", style="dim")


def _revoke(settings: Settings, store: StateStore, realm_id: str, named: str) -> None:
    from qbo_pipeline.quickbooks.client import QuickBooksClient
    from qbo_pipeline.quickbooks.errors import OAuthError
    from qbo_pipeline.state.encryption import EncryptionError

    async def ended() -> None:
        async with QuickBooksClient(settings, store) as client:
            await client.disconnect(realm_id)

    try:
        asyncio.run(ended())
    except (OAuthError, EncryptionError) as error:
        told = error.reason if isinstance(error, OAuthError) else str(error).rstrip(".")
        raise CommandError(
            f"{named} is still connected: {told}.",
            f"Try again later; or remove the tokens here alone, qbo-pipeline disconnect {realm_id} --local-only, "
            f"and end the connection {_AT_INTUIT}.",
        ) from None
