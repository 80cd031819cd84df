"""Work that is seen through once it has begun, whoever stops waiting for it and whatever ends meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_under_way: set[asyncio.Task[Any]] = set()


async def see_through(work: Coroutine[object, object, T]) -> T:
    """What the work gives. Whoever waits here may be cancelled, the work goes on."""
    task = asyncio.ensure_future(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return await asyncio.shield(task)


async def all_seen_through() -> None:
    """Wait for what is under way in this loop, whatever comes of it."""
    loop = asyncio.get_running_loop()
    while under_way := [task for task in _under_way if task.get_loop() is loop]:
        await asyncio.gather(*under_way, return_exceptions=True)


def is_seen_through(task: asyncio.Task[Any]) -> bool:
    """Whether whoever ends all tasks of a loop has to wait for this one in place of cancelling it."""
    return task in _under_way
