"""`qbo-pipeline connect`: a person clicks Connect at QuickBooks, and the redirect brings the code for our tokens."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qbo_pipeline.command_line.callback import AGAIN, Authorization, Callback, Shown, read_redirect
from qbo_pipeline.command_line.companies import first_backfill
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.state.vault import Connection

CALLBACK_PORT = 8711
REDIRECT_URI = f"http://localhost:{CALLBACK_PORT}/callback"
"""What to register as redirect URI of the Intuit app; Intuit takes plain http for sandbox companies only."""
WAIT_SECONDS = 600.0
_LOOPBACK = ("localhost", "127.0.0.1")


def connect(
    settings: Settings,
    *,
    redirect_uri: str = REDIRECT_URI,
    browser: bool = True,
    as_json: bool = False,
    ask: Callable[[str], str] = input,
    open_page: Callable[[str], bool] = webbrowser.open,
) -> None:
    """Connect a company: open QuickBooks' page, take the redirect, see that it answers, store the tokens, name it.

    Without a browser, or where `redirect_uri` is not this machine's, the person pastes the address of the redirect.

    Raises:
        CommandError: the settings do not fit, declined, not ours, or nobody clicked in time.
        EncryptionError: the tokens could not be kept. QuickBooksError: no tokens for the code, or they open nothing.
    """
    from qbo_pipeline.quickbooks.oauth import authorize_url

    _check(settings, redirect_uri)
    state = secrets.token_urlsafe(24)
    page = authorize_url(settings, redirect_uri, state)
    target = urlsplit(redirect_uri)
    console = messages()
    if browser and target.scheme == "http" and target.hostname in _LOOPBACK:
        with Callback(target.port or 80, target.path or "/", state) as callback:
            console.print(f"Click Connect in the browser. If it does not open, go to:\n{page}", markup=False)
            # In a thread of its own: a browser inside the terminal keeps its caller until it is closed.
            threading.Thread(target=open_page, args=(page,), daemon=True).start()
            connection, anew = _finish(settings, callback.wait(WAIT_SECONDS), redirect_uri)
            told = f"{connection.company_name} is connected. You can close this page; the terminal goes on."
            callback.show(Shown("Connected", told))
    else:
        console.print(f"Open this page and click Connect:\n{page}", markup=False)
        console.print("Then paste the address of the page it leads to (it need not load):")
        connection, anew = _finish(settings, read_redirect(_pasted(ask), state), redirect_uri)
    _tell(connection, anew=anew, as_json=as_json)


def _check(settings: Settings, redirect_uri: str) -> None:
    """What can be known before anybody clicks.

    Raises:
        CommandError, EncryptionError.
    """
    from qbo_pipeline.quickbooks.client import open_vault
    from qbo_pipeline.settings import Environment
    from qbo_pipeline.settings.web_address import web_address
    from qbo_pipeline.state.store import StateStore

    try:
        web_address(redirect_uri)
    except ValueError as error:
        raise CommandError(f"{error}.", "Name it as the Intuit app does.") from None
    if settings.environment is not Environment.LOCAL and settings.client_id.startswith("local-"):
        raise CommandError(
            f"QBO_ENVIRONMENT is {settings.environment}, and QBO_CLIENT_ID is not set.",
            "Copy the keys of your app (developer.intuit.com, Keys and credentials) into .env: QBO_CLIENT_ID, "
            "QBO_CLIENT_SECRET. Development keys open sandbox companies, production keys real ones.",
        )
    if settings.environment is not Environment.LOCAL:
        _check_redirect(redirect_uri, production=settings.environment is Environment.PRODUCTION)
    with StateStore(settings.state_url) as store:
        open_vault(settings, store).check_key()


def _check_redirect(redirect_uri: str, *, production: bool) -> None:
    """Refuse what Intuit does not redirect to: IP addresses, and plain http but for localhost and sandbox companies.

    Source: Intuit's page "Set app redirect URIs".

    Raises:
        CommandError.
    """
    target = urlsplit(redirect_uri)
    if _is_ip_address(target.hostname or ""):
        what = f"Intuit redirects to no IP addresses, and this one is {redirect_uri}."
    elif target.scheme != "https" and (production or target.hostname != "localhost"):
        whose = "production apps" if production else "other machines than localhost"
        what = f"Intuit redirects {whose} to https addresses only, and this one is {redirect_uri}."
    else:
        return
    simple = "" if production else f"For sandbox companies {REDIRECT_URI} will do. Otherwise: "
    raise CommandError(
        what,
        f"{simple}Register any https address of yours with the app, and paste where it leads: "
        "qbo-pipeline connect --redirect-uri https://…",
    )


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _pasted(ask: Callable[[str], str]) -> str:
    try:
        return ask("")
    except EOFError:
        raise CommandError("There is nobody to paste the address: standard input is closed.", AGAIN) from None


def _finish(settings: Settings, authorization: Authorization, redirect_uri: str) -> tuple[Connection, bool]:
    """The connection, and whether the company was connected before."""
    from qbo_pipeline.quickbooks.client import QuickBooksClient, open_vault
    from qbo_pipeline.state.store import StateStore

    async def connected(store: StateStore) -> Connection:
        async with QuickBooksClient(settings, store) as client:
            return await client.connect(authorization.realm_id, authorization.code, redirect_uri)

    with (
        messages().status("Asking QuickBooks for the tokens and the company ..."),
        StateStore(settings.state_url) as store,
    ):
        before = open_vault(settings, store).connection(authorization.realm_id)
        return asyncio.run(connected(store)), before is not None


def _tell(connection: Connection, *, anew: bool, as_json: bool) -> None:
    if as_json:
        print_json({"realm_id": connection.realm_id, "name": connection.company_name, "anew": anew})
        return
    results().print(f"Connected {connection.company_name} ({connection.realm_id}).", markup=False)
    if anew:
        what = "It was connected before: its tokens are new, what was loaded stays. Go on with: qbo-pipeline sync"
    else:
        what = first_backfill(connection.realm_id)
    messages().print(what, style="dim", markup=False)
