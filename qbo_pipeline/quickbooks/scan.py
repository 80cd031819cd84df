"""Reading many pages at once with bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from qbo_pipeline.quickbooks.pages import PAGE_SIZE, Page

PAGES_AHEAD = 12
"""Pages under way or waiting for the caller. Ten in flight reach 500 requests a minute at 1.2 s each; the others wait
while the caller merges, so that requests go on meanwhile. A page of invoices is about 3 MB."""


def page_starts(count: int) -> range:
    """Positions of the first record of each page: 1, 1001, 2001 …"""
    return range(1, count + 1, PAGE_SIZE)


async def in_completion_order(
    read: Callable[[int], Awaitable[Page]], starts: Iterable[int], ahead: int = PAGES_AHEAD
) -> AsyncIterator[Page]:
    """Read the page at each start, up to `ahead` at once, and yield each when it is there.

    The first error ends the iteration. However it ends, also by closing the iterator, no request is left running.
    """
    remaining = iter(starts)
    running: set[asyncio.Future[Page]] = set()
    ready: list[asyncio.Future[Page]] = []
    try:
        while True:
            while len(running) + len(ready) < ahead and (start := next(remaining, None)) is not None:
                running.add(asyncio.ensure_future(read(start)))
            if not ready:
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                ready.extend(done)
            yield ready.pop().result()
    finally:
        for task in running:
            task.cancel()
        # The failures of requests that nobody waits for any more are of no interest.
        await asyncio.gather(*running, *ready, return_exceptions=True)
