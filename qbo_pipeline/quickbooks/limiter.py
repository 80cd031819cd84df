"""Request limits kept before QuickBooks has to: the windows all processes share, and this process's own cap.

What processes share is told in the time of day. What is of this process alone runs by a clock that nobody sets: were
the time of day set back by an hour, requests would wait for an hour.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qbo_pipeline.state.request_windows import RequestLimits, RequestWindows

IN_FLIGHT = 16
"""Requests under way per company in one process, those included that wait for their moment. 500 a minute at one second
each keep 8.3 under way; what is more makes up for answers that came late."""

HELD_UP_SECONDS = 0.05
"""A request that wakes up so late was not alone: the process did nothing else meanwhile either, such as sending."""


class Limiter:
    """Admits requests one by one, company by company."""

    def __init__(self, windows: RequestWindows, in_flight: int = IN_FLIGHT) -> None:
        self._windows = windows
        self._room: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(in_flight))
        self._closed_until: defaultdict[str, float] = defaultdict(float)
        self._sent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=windows.limits.per_minute))

    @asynccontextmanager
    async def admit(self, realm_id: str) -> AsyncIterator[None]:
        """Enter when the request may leave; the block is the time it is under way."""
        async with self._room[realm_id]:
            granted = False
            while not granted:
                [at] = await asyncio.to_thread(self._windows.grant, realm_id)
                due = time.monotonic() + at - time.time()
                await asyncio.sleep(due - time.monotonic())
                # A grant from before QuickBooks asked to wait is void; the next one lies behind the wait.
                granted = self._closed_until[realm_id] <= time.monotonic()
            if time.monotonic() - due > HELD_UP_SECONDS:
                self._held_up(realm_id, due)
            await self._keep_the_windows(realm_id)
            yield

    def _held_up(self, realm_id: str, since: float) -> None:
        """Whoever was admitted just before the process was held up may not have left until now: it counts as of now."""
        sent, limits = self._sent[realm_id], self._windows.limits
        before, now = since - HELD_UP_SECONDS - limits.second / limits.per_second, time.monotonic()
        doubtful = sum(1 for at in sent if at >= before)
        for _ in range(doubtful):
            sent.pop()
        sent.extend([now] * doubtful)

    async def _keep_the_windows(self, realm_id: str) -> None:
        """Grants keep their distance, but a busy process uses one late and the next ones in time; QuickBooks judges
        what arrives."""
        sent, limits = self._sent[realm_id], self._windows.limits
        wait = _earliest(sent, limits) - time.monotonic()
        while wait > 0:
            await asyncio.sleep(wait)
            wait = _earliest(sent, limits) - time.monotonic()  # others may have been admitted meanwhile
        sent.append(time.monotonic())

    async def close(self, realm_id: str, seconds: float) -> None:
        """QuickBooks asked this company's callers, in all processes, to wait."""
        self._closed_until[realm_id] = max(self._closed_until[realm_id], time.monotonic() + seconds)
        await asyncio.to_thread(self._windows.close, realm_id, seconds)


def _earliest(sent: deque[float], limits: RequestLimits) -> float:
    """When the next request may leave, after those that left last."""
    windows = ((limits.per_second, limits.second), (limits.per_minute, limits.minute))
    return max((sent[-most] + length for most, length in windows if len(sent) >= most), default=0)
