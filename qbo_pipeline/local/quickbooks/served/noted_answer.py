"""An answer that is known to have gone out whole, or not."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send


class NotedAnswer:
    """A response; `note` is called when its last byte is on its way to a client that is still there.

    It is called before anything else can arrive, so that whoever has the answer finds it noted.
    """

    def __init__(self, response: Response, request: Request, note: Callable[[], None]) -> None:
        self._response = response
        self._request = request
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and count bytes: what breaks off never comes to as many as its head promised."""
        left = int(self._response.headers["content-length"])

        async def counted(message: Message) -> None:
            nonlocal left
            body = message.get("body", b"")
            left -= len(body)
            is_last = bool(body) and left == 0
            is_read = is_last and not await self._request.is_disconnected()
            await send(message)
            if is_read:
                self._note()

        await self._response(scope, receive, counted)
