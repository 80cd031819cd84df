"""`qbo-pipeline connect`: a person clicks Connect at QuickBooks, and the redirect brings the code for our tokens."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import threading
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

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
_AGAIN = "Start again with: qbo-pipeline connect"

_PAGE = """<!doctype html><meta charset="utf-8"><title>qbo-pipeline</title>
<body style="font-family: system-ui; margin: 4rem auto; max-width: 32rem"><h1>{title}</h1><p>{text}</p></body>"""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the redirect brought: a code that works once, for one company."""

    realm_id: str
    code: str


def read_redirect(url: str, state: str) -> Authorization:
    """The authorization in a redirect's URL.

    Raises:
        CommandError: the person declined, the state is not ours, or parts are missing.
    """
    values = {key: found[0] for key, found in parse_qs(urlsplit(url.strip()).query).items()}
    if not hmac.compare_digest(values.get("state", "").encode(), state.encode()):
        raise CommandError(
            "The redirect does not belong to this attempt: its state is another one.",
            f"Use the newest page only, and paste the whole address. {_AGAIN}",
        )
    if "error" in values:
        told = values.get("error_description") or values["error"]
        raise CommandError(f"QuickBooks did not connect the company: {told}.", _AGAIN)
    if "code" not in values or "realmId" not in values:
        raise CommandError("The redirect lacks the code or the company (code, realmId).", _AGAIN)
    return Authorization(values["realmId"], values["code"])


def connect(
    settings: Settings,
    *,
    redirect_uri: str = REDIRECT_URI,
    browser: bool = True,
    as_json: bool = False,
    ask: Callable[[str], str] = input,
    open_page: Callable[[str], bool] = webbrowser.open,
) -> None:
    """Connect a company: open QuickBooks' page, take the redirect, store the tokens, say which company it is.

    Without a browser, or where `redirect_uri` is not this machine's, the person pastes the address of the redirect.

    Raises:
        CommandError: declined, not ours, or nobody clicked in time. QuickBooksError: no tokens for the code.
    """
    from qbo_pipeline.quickbooks.oauth import authorize_url

    state = secrets.token_urlsafe(24)
    page = authorize_url(settings, redirect_uri, state)
    target = urlsplit(redirect_uri)
    console = messages()
    if browser and target.hostname in _LOOPBACK:
        with _Callback(target.port or 80, target.path or "/", state) as callback:
            console.print(f"Click Connect in the browser. If it does not open, go to:\n{page}", markup=False)
            # In a thread of its own: a browser inside the terminal keeps its caller until it is closed.
            threading.Thread(target=open_page, args=(page,), daemon=True).start()
            authorization = callback.wait(WAIT_SECONDS)
    else:
        console.print(f"Open this page and click Connect:\n{page}", markup=False)
        console.print("Then paste the address of the page it leads to (it need not load):")
        authorization = read_redirect(ask(""), state)
    _tell(asyncio.run(_store(settings, authorization, redirect_uri)), as_json=as_json)


async def _store(settings: Settings, authorization: Authorization, redirect_uri: str) -> Connection:
    from qbo_pipeline.quickbooks.client import QuickBooksClient
    from qbo_pipeline.state.store import StateStore

    with StateStore(settings.state_url) as store:
        async with QuickBooksClient(settings, store) as client:
            return await client.connect(authorization.realm_id, authorization.code, redirect_uri)


def _tell(connection: Connection, *, as_json: bool) -> None:
    if as_json:
        print_json({"realm_id": connection.realm_id, "name": connection.company_name})
        return
    results().print(f"Connected {connection.company_name} ({connection.realm_id}).", markup=False)
    messages().print(f"Load it with: qbo-pipeline backfill --company {connection.realm_id}", style="dim")


class _Callback:
    """The page on this machine that QuickBooks redirects to. It listens on the loopback interface only."""

    def __init__(self, port: int, path: str, state: str) -> None:
        self._outcome: Authorization | CommandError | None = None
        callback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if urlsplit(self.path).path != path:
                    self.send_error(404)
                    return
                title, text = callback._take(self.path, state)
                body = _PAGE.format(title=title, text=text).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """The request line holds the code: it is not logged."""

        try:
            self._server = HTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise CommandError(
                f"Port {port}, where the redirect is to arrive, cannot be used: {error.strerror}.",
                "Stop what uses it, or paste the redirect by hand: qbo-pipeline connect --no-browser",
            ) from None

    def wait(self, seconds: float) -> Authorization:
        """Answer requests until the redirect came.

        Raises:
            CommandError: it says no, is not ours, or did not come in time.
        """
        deadline = time.monotonic() + seconds
        self._server.timeout = 0.5
        while self._outcome is None:
            if time.monotonic() > deadline:
                raise CommandError(f"Nobody clicked Connect within {seconds / 60:.0f} minutes.", _AGAIN)
            self._server.handle_request()
        if isinstance(self._outcome, CommandError):
            raise self._outcome
        return self._outcome

    def _take(self, url: str, state: str) -> tuple[str, str]:
        """Title and text of the answer."""
        try:
            self._outcome = read_redirect(url, state)
        except CommandError as failure:
            self._outcome = failure
            return "Not connected", "The terminal says why."
        return "Connected", "You can close this page; the terminal goes on."

    def __enter__(self) -> _Callback:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()
