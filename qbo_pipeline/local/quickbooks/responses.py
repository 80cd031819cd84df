"""Answers over HTTP: JSON text, answers that break off, and the headers every answer has."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

import anyio
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError

PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One API request that arrived; `at` in seconds since 1970, by the service's clock.

    `query` is the statement of the query endpoint, `parameters` what stood behind the question mark of the address.
    """

    realm: str
    method: str
    path: str
    query: str
    parameters: str
    status: int
    at: float


class BrokenResponse(Response):
    """The start of a body whose end never comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise all of it, send half, stop: the server closes the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


class ResetResponse(Response):
    """No answer at all: the connection is reset."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reset, and wait until the server has noticed: it would answer 500 for an application that sent nothing."""
        self._connections.reset(tuple(scope["client"]))
        while (await receive())["type"] != "http.disconnect":
            pass


class TrickledResponse(Response):
    """An answer that takes its time: a piece now and then."""

    def __init__(self, response: Response, seconds: float, pieces: int) -> None:
        super().__init__(response.body, response.status_code, dict(response.headers))
        self._pause = seconds / pieces
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Head, and then pause and piece in turn."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = bytes(self.body)
        size = max(1, -(-len(body) // self._pieces))
        for start in range(0, self._pieces * size, size):
            await anyio.sleep(self._pause)
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class DatedAnswers:
    """ASGI around the service: every answer has a Date header, of the service's clock unless it has one already."""

    def __init__(self, application: ASGIApp, now: Callable[[], float]) -> None:
        self._application = application
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with a date."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Date", http_date(self._now()))
            await send(message)

        await self._application(scope, receive, dated)


class _InPieces(Response):
    """A body that is handed over piece by piece: what a socket does not take at once is copied, and so stays small."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send head and pieces."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = memoryview(self.body)
        for start in range(0, len(body), PIECE):
            await send({"type": "http.response.body", "body": body[start : start + PIECE], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def json_response(text: str | bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON that is text already. Faults come without a charset (recorded: error__400)."""
    kind = "application/json;charset=utf-8" if status == 200 else "application/json"
    return _InPieces(text, status, headers, media_type=kind)


def fault_response(fault: ServiceFaultError, now: float, retry_after: int | None = None) -> Response:
    """A fault as an answer of its own; `retry_after` in seconds."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return json_response(fault.body(now), fault.status, headers)


def http_date(now: float) -> str:
    """`Sat, 21 Nov 2026 07:24:02 GMT`."""
    return formatdate(now, usegmt=True)


def truncated(response: Response) -> Response:
    """Half of a body, with a content length that fits it."""
    half = bytes(response.body)[: len(response.body) // 2]
    return json_response(half.decode(errors="ignore"), response.status_code)


def transaction_id() -> str:
    """A value of `intuit_tid`, as in `1-5f734c9d-204a81e60006ee1844b369cc`."""
    return f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
