from __future__ import annotations

import subprocess
import sys
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.state import RequestLimits, RequestWindows, StateStore
from qbo_pipeline_tests.patience import PATIENCE_SECONDS


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.sqlite'}"


@pytest.fixture
def store(url: str) -> Iterator[StateStore]:
    with StateStore(url) as opened:
        yield opened


def most_in_any(window: float, instants: list[float]) -> int:
    """The most instants that any half-open window of that length holds, wherever it starts."""
    return max(bisect_left(instants, start + window) - index for index, start in enumerate(instants))


@settings(max_examples=30, deadline=None)
@given(pauses=st.lists(st.floats(0, 70) | st.just(0.0), min_size=1, max_size=60), count=st.integers(1, 40))
def test_no_second_and_no_minute_ever_holds_more_than_the_limit(pauses: list[float], count: int) -> None:
    clock = Clock()
    with TemporaryDirectory() as folder, StateStore(f"sqlite:///{folder}/state.sqlite") as store:
        windows = RequestWindows(store, RequestLimits(), clock)
        granted: list[float] = []
        for pause in pauses:
            clock.now += pause
            instants = windows.grant("r", count)
            assert all(instant >= clock.now for instant in instants)
            granted += instants
    assert granted == sorted(granted)
    assert most_in_any(1.0, granted) <= 10
    assert most_in_any(60.0, granted) <= 500


def test_five_hundred_a_minute_are_really_granted(store: StateStore) -> None:
    granted = RequestWindows(store, RequestLimits(), Clock()).grant("r", 1001)
    assert granted[-1] - granted[0] < 125
    assert most_in_any(60.0, granted) == 500


def test_a_single_request_leaves_at_once_and_companies_do_not_wait_for_each_other(store: StateStore) -> None:
    clock = Clock()
    windows = RequestWindows(store, RequestLimits(), clock)
    windows.grant("busy", 500)
    assert windows.grant("quiet") == [clock.now]


def test_silence_asked_for_holds_for_every_process(store: StateStore, url: str) -> None:
    clock = Clock()
    RequestWindows(store, RequestLimits(), clock).close("r", 60)
    RequestWindows(store, RequestLimits(), clock).close("r", 5)
    with StateStore(url) as other:
        [at] = RequestWindows(other, RequestLimits(), clock).grant("r")
    assert at >= clock.now + 60


def test_a_clock_set_back_does_not_close_the_window_for_long(store: StateStore) -> None:
    clock = Clock()
    windows = RequestWindows(store, RequestLimits(), clock)
    windows.grant("r", 20)
    clock.now -= 86_400
    assert windows.grant("r") == [clock.now]


def test_silence_ends_with_a_clock_that_is_set_back_and_can_be_asked_for_again(store: StateStore) -> None:
    clock = Clock()
    windows = RequestWindows(store, RequestLimits(), clock)
    windows.close("r", 60)
    clock.now -= 86_400
    assert windows.grant("r") == [clock.now]
    windows.close("r", 60)
    assert windows.grant("r") == [clock.now + 60]


GRANTS = """
import sys
from qbo_pipeline.state import RequestLimits, RequestWindows, StateStore
with StateStore(sys.argv[1]) as store:
    windows = RequestWindows(store, RequestLimits())
    for _ in range(60):
        print(repr(windows.grant("r")[0]))
"""


def test_processes_share_one_window(url: str) -> None:
    command = [sys.executable, "-c", GRANTS, url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    printed = [process.communicate(timeout=PATIENCE_SECONDS) for process in processes]
    assert [errors for _, errors in printed] == [""] * 4
    granted = sorted(float(line) for lines, _ in printed for line in lines.split())
    assert len(granted) == 240
    assert most_in_any(1.0, granted) <= 10
    assert granted[-1] - granted[0] < 240 / 7
