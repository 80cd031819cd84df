"""A process that is busy for a moment must not send the requests it held back on top of those due."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from qbo_pipeline.quickbooks.limiter import Limiter
from qbo_pipeline.state.request_windows import RequestLimits, RequestWindows
from qbo_pipeline.state.store import StateStore


async def test_no_second_holds_more_than_the_limit_when_the_event_loop_was_blocked(tmp_path: Path) -> None:
    limits = RequestLimits(per_second=5)
    left: list[float] = []

    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        limiter = Limiter(RequestWindows(store, limits))

        async def send(number: int) -> None:
            if number == 2:
                await asyncio.sleep(0.3)
                time.sleep(0.25)  # noqa: ASYNC251 - exactly this is on trial
            async with limiter.admit("1"):
                left.append(time.time())

        await asyncio.gather(*(send(number) for number in range(9)))

    spans = [later - earlier for earlier, later in zip(left, left[limits.per_second :], strict=False)]
    assert min(spans) > 1
