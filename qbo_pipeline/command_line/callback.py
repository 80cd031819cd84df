"""The page on this machine that QuickBooks redirects to after a person clicked Connect."""

from __future__ import annotations

import hmac
import os
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages

AGAIN = "Start again with: qbo-pipeline connect"

_REQUEST_SECONDS = 10.0
"""Browsers open connections ahead that they never use."""
_OUTCOME_SECONDS = 180.0
"""Longest wait of the page for what came of it: the tokens, then the first answer of the company."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }}
</style></head><body><h1>{title}</h1><p>{text}</p></body></html>"""


class OtherAttemptError(CommandError):
    """The redirect belongs to another attempt: its state is not ours."""


class NoRedirectError(CommandError):
    """No redirect of anybody: it says nothing."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the redirect brought: a code that works once, for one company."""

    realm_id: str
    code: str

    def __repr__(self) -> str:
        return f"Authorization({self.realm_id})"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page tells the person who clicked."""

    title: str
    text: str


def read_redirect(url: str, state: str) -> Authorization:
    """The authorization in a redirect's URL.

    Raises:
        NoRedirectError: the address says nothing. OtherAttemptError: the state is not ours.
        CommandError: the person declined, or parts are missing.
    """
    values = {key: found[0] for key, found in parse_qs(urlsplit(url.strip()).query).items()}
    if not values:
        raise NoRedirectError(
            "What was pasted is no address that QuickBooks redirected to.",
            f"Copy the whole address line of the page after Connect; it ends in ?code=…&state=…&realmId=…. {AGAIN}",
        )
    if not hmac.compare_digest(values.get("state", "").encode(), state.encode()):
        raise OtherAttemptError(
            "The redirect does not belong to this attempt: its state is another one.",
            f"Use the newest page only, and paste the whole address. {AGAIN}",
        )
    if "error" in values:
        told = values.get("error_description") or values["error"]
        raise CommandError(f"QuickBooks did not connect the company: {told}.", AGAIN)
    if "code" not in values or not values.get("realmId", "").isdigit():
        raise CommandError("The redirect lacks the code or the company (code, realmId).", AGAIN)
    return Authorization(values["realmId"], values["code"])


class Callback:
    """Waits for the redirect on the loopback interface, and shows the person what came of it. A context manager.

    A redirect of another attempt, and whoever else looks at the page, is turned away and the wait goes on; a redirect
    that comes twice (a reload, a double click) is answered with what came of the first.

    Raises:
        CommandError: the port cannot be used.
    """

    def __init__(self, port: int, path: str, state: str) -> None:
        self._arrived: Future[Authorization] = Future()
        self._outcome: Future[Shown] = Future()
        self._first = threading.Lock()
        callback = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _REQUEST_SECONDS

            def do_GET(self) -> None:
                if urlsplit(self.path).path != path:
                    self.send_error(404)
                    return
                status, shown = callback._answer(self.path, state)
                body = _PAGE.format(title=escape(shown.title), text=escape(shown.text)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """The request line holds the code: it is not logged."""

        try:
            self._server = _Server(("127.0.0.1", port), Handler)
        except OSError as error:
            raise CommandError(
                f"Port {port}, where the redirect is to arrive, cannot be used: {error.strerror}.",
                "Stop what uses it (another connect?), or paste the redirect by hand: qbo-pipeline connect "
                "--no-browser. Another port is possible where the Intuit app lists it: "
                "--redirect-uri http://localhost:PORT/callback",
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    def wait(self, seconds: float) -> Authorization:
        """The authorization that the redirect brought.

        Raises:
            CommandError: the redirect says no, or did not come in time.
        """
        try:
            return self._arrived.result(seconds)
        except TimeoutError:
            raise CommandError(f"Nobody clicked Connect within {seconds / 60:.0f} minutes.", AGAIN) from None

    def show(self, shown: Shown) -> None:
        """Say what came of it on the page that waits."""
        if not self._outcome.done():
            self._outcome.set_result(shown)

    def _answer(self, url: str, state: str) -> tuple[int, Shown]:
        try:
            authorization = read_redirect(url, state)
        except NoRedirectError:
            return 400, Shown("Not connected yet", "This page waits for QuickBooks. Click Connect there.")
        except OtherAttemptError as other:
            messages().print(f"{other.what} It was turned away; still waiting.", style="yellow", markup=False)
            return 400, Shown("Not this attempt", "This page belongs to an earlier attempt. Use the newest one.")
        except CommandError as failure:
            self._take(failure)
            self.show(Shown("Not connected", failure.what))
        else:
            self._take(authorization)
        try:
            return 200, self._outcome.result(_OUTCOME_SECONDS)
        except TimeoutError:
            return 200, Shown("Not connected yet", "The terminal says what came of it.")

    def _take(self, found: Authorization | CommandError) -> None:
        with self._first:
            if self._arrived.done():
                return
            if isinstance(found, CommandError):
                self._arrived.set_exception(found)
            else:
                self._arrived.set_result(found)

    def __enter__(self) -> Callback:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.show(Shown("Not connected", "The terminal says why."))
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for pages that are being sent
    # Elsewhere than POSIX this would let two programs share the port, and one of them never see the redirect.
    allow_reuse_address = os.name == "posix"
