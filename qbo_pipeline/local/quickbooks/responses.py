"""Answers over HTTP: JSON text, answers that break off, and the headers every answer has."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One API request that arrived; `at` in seconds since 1970, by the service's clock."""

    realm: str
    method: str
    path: str
    query: str
    status: int
    at: float


class BrokenResponse(Response):
    """The start of a body whose end never comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise all of it, send half, stop: the server closes the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


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


def truncated(response: Response) -> Response:
    """Half of a body, with a content length that fits it."""
    half = bytes(response.body)[: len(response.body) // 2]
    return json_response(half.decode(errors="ignore"), response.status_code)


def transaction_id() -> str:
    """A value of `intuit_tid`, as in `1-5f734c9d-204a81e60006ee1844b369cc`."""
    return f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
