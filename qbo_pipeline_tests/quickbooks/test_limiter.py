"""A process that is busy for a moment must not send the requests it held back on top of those due."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from qbo_pipeline.quickbooks.limiter import Limiter
from qbo_pipeline.state.request_windows import RequestLimits, RequestWindows
from qbo_pipeline.state.store import StateStore

MOST = 5


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(RequestLimits(per_second=MOST), id="second"),
        pytest.param(RequestLimits(per_second=100, per_minute=MOST, minute=1.05), id="minute"),
    ],
)
async def test_no_window_holds_more_than_the_limit_when_the_event_loop_was_blocked(
    tmp_path: Path, limits: RequestLimits
) -> None:
    left: list[float] = []

    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        limiter = Limiter(RequestWindows(store, limits))

        async def send(number: int) -> None:
            async with limiter.admit("1"):
                left.append(time.time())

        async def be_busy() -> None:
            time.sleep(0.25)  # noqa: ASYNC251 - exactly this is on trial

        await asyncio.gather(*(send(number) for number in range(2)), be_busy(), *(send(number) for number in range(7)))

    spans = [later - earlier for earlier, later in zip(left, left[MOST:], strict=False)]
    assert min(spans) > 1


async def test_a_request_that_is_held_up_after_it_was_admitted_counts_when_it_leaves(tmp_path: Path) -> None:
    left: list[float] = []

    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        limiter = Limiter(RequestWindows(store, RequestLimits(per_second=MOST)))

        async def send(number: int) -> None:
            async with limiter.admit("1"):
                if number == 1:
                    asyncio.get_running_loop().call_soon(time.sleep, 0.6)
                await asyncio.sleep(0)
                left.append(time.time())

        await asyncio.gather(*(send(number) for number in range(9)))

    spans = [later - earlier for earlier, later in zip(left, left[MOST:], strict=False)]
    assert min(spans) > 1


async def test_setting_the_clock_back_makes_no_request_wait_for_as_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time
    limits = RequestLimits(per_second=MOST, per_minute=2 * MOST, second=0.1, minute=0.2)

    async def send() -> None:
        async with limiter.admit("1"):
            """Nothing more is asked for than to be let through."""

    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        limiter = Limiter(RequestWindows(store, limits, lambda: time.time()))
        for _ in range(2 * MOST):
            await send()
        await limiter.close("1", 0.1)
        monkeypatch.setattr(time, "time", lambda: right() - 7200)
        async with asyncio.timeout(10):
            for _ in range(2 * MOST):
                await send()
