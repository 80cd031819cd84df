"""Waiting for several requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def together(requests: Iterable[Awaitable[T]]) -> list[T]:
    """The results of all, in their order; where some failed the first error, but only when all have ended.

    So whatever is answered has been taken note of when the error arrives.
    """
    results = await asyncio.gather(*requests, return_exceptions=True)
    found: list[T] = []
    for one in results:
        if isinstance(one, BaseException):
            raise one
        found.append(one)
    return found
