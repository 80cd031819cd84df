"""The body of a POST, read no further and waited for no longer than it may take."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from qbo_pipeline.webhooks.metrics import Outcome


class RefusedError(Exception):
    """A delivery is not taken; the outcome says why and how it is answered."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.word)


async def read_body(request: Request, largest: int, slowest_seconds: float) -> bytes:
    """The raw body.

    Args:
        request: whose body was not read yet.
        largest: bytes it may have.
        slowest_seconds: how long it may take to arrive.

    Raises:
        RefusedError: it is too large or too slow, or the sender went away.
    """
    try:
        async with asyncio.timeout(slowest_seconds):
            return await _body(request, largest)
    except TimeoutError:
        raise RefusedError(Outcome.TOO_SLOW) from None
    except ClientDisconnect:
        raise RefusedError(Outcome.INTERRUPTED) from None


async def _body(request: Request, largest: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > largest:
        raise RefusedError(Outcome.TOO_LARGE)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise RefusedError(Outcome.TOO_LARGE)
    return bytes(body)
