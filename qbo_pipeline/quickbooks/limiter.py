"""Request limits kept before QuickBooks has to: the windows all processes share, and this process's own cap."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qbo_pipeline.state.request_windows import RequestWindows

IN_FLIGHT = 10
"""Requests under way per company in one process. 500 a minute at one second each keep 8.3 under way."""


class Limiter:
    """Admits requests one by one, company by company."""

    def __init__(self, windows: RequestWindows, in_flight: int = IN_FLIGHT) -> None:
        self._windows = windows
        self._room: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(in_flight))
        self._closed_until: defaultdict[str, float] = defaultdict(float)
        self._sent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=windows.limits.per_second))

    @asynccontextmanager
    async def admit(self, realm_id: str) -> AsyncIterator[None]:
        """Enter when the request may leave; the block is the time it is under way."""
        async with self._room[realm_id]:
            granted = False
            while not granted:
                [at] = await asyncio.to_thread(self._windows.grant, realm_id)
                await asyncio.sleep(at - time.time())
                # A grant from before QuickBooks asked to wait is void; the next one lies behind the wait.
                granted = self._closed_until[realm_id] <= time.time()
            await self._keep_the_second(realm_id)
            yield

    async def _keep_the_second(self, realm_id: str) -> None:
        """Grants keep their distance, but a busy process uses one late and the next ones in time; QuickBooks judges
        what arrives, and one request too many in a second costs a minute of silence."""
        sent, limits = self._sent[realm_id], self._windows.limits
        while len(sent) == limits.per_second:
            wait = sent[0] + 1 + limits.margin - time.time()
            if wait <= 0:
                break
            await asyncio.sleep(wait)  # others may have been admitted meanwhile, so the question is asked again
        sent.append(time.time())

    async def close(self, realm_id: str, seconds: float) -> None:
        """QuickBooks asked this company's callers, in all processes, to wait."""
        self._closed_until[realm_id] = max(self._closed_until[realm_id], time.time() + seconds)
        await asyncio.to_thread(self._windows.close, realm_id, seconds)
