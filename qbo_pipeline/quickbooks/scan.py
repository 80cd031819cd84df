"""Reading many pages at once with bounded memory."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from math import ceil

from qbo_pipeline.quickbooks.pages import PAGE_SIZE, Page

UNDER_WAY = 12
"""Requests of a scan under way at once, at most. At QuickBooks' ten a second they may take 1.2 s each."""

WAITING = 3
"""Pages that may wait while the caller types and writes others, so that requests go on meanwhile. A page of invoices is
about 3 MB."""

_A_SECOND = 10
_RECENT = 20


def page_starts(count: int) -> range:
    """Positions of the first record of each page: 1, 1001, 2001 …"""
    return range(1, count + 1, PAGE_SIZE)


async def in_completion_order(
    read: Callable[[int], Awaitable[Page]], starts: Iterable[int], most: int = UNDER_WAY
) -> AsyncIterator[Page]:
    """Read the page at each start, up to `most` at once, and yield each when it is there.

    Requests go on while the caller works on a page. As many are kept under way as their time and QuickBooks' limit ask
    for: none would wait behind fewer, and more would only keep pages in memory. The first error ends the iteration.
    However it ends, also by closing the iterator, no request is left running.
    """
    reading = _Reading(read, starts, most)
    try:
        reading.start_more()
        while reading.running or not reading.ready.empty():
            page = await reading.ready.get()
            reading.start_more()
            yield page.result()
    finally:
        await reading.end()


class _Reading:
    """The requests of a scan, each started as soon as there is room for its page."""

    def __init__(self, read: Callable[[int], Awaitable[Page]], starts: Iterable[int], most: int) -> None:
        self._read = read
        self._remaining = iter(starts)
        self._most = most
        self._seconds: deque[float] = deque(maxlen=_RECENT)
        self.running: set[asyncio.Future[Page]] = set()
        self.ready: asyncio.Queue[asyncio.Future[Page]] = asyncio.Queue()

    def start_more(self) -> None:
        """Start what there is room for."""
        while self._has_room() and (start := next(self._remaining, None)) is not None:
            request = asyncio.ensure_future(self._timed(start))
            self.running.add(request)
            request.add_done_callback(self._finished)

    async def end(self) -> None:
        """Start nothing more, and wait until nothing runs. Failures nobody waits for any more are of no interest."""
        self._remaining = iter(())
        rest = [*self.running, *(self.ready.get_nowait() for _ in range(self.ready.qsize()))]
        for request in rest:
            request.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _has_room(self) -> bool:
        under_way = self._most
        if self._seconds:
            under_way = min(under_way, 1 + ceil(min(self._seconds) * _A_SECOND))
        return len(self.running) < under_way and len(self.running) + self.ready.qsize() < under_way + WAITING

    async def _timed(self, start: int) -> Page:
        began = time.monotonic()
        page = await self._read(start)
        self._seconds.append(time.monotonic() - began)
        return page

    def _finished(self, request: asyncio.Future[Page]) -> None:
        self.running.discard(request)
        self.ready.put_nowait(request)
        if request.cancelled() or request.exception() is not None:
            self._remaining = iter(())
        self.start_more()
