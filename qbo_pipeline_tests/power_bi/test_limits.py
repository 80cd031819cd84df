from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.power_bi.limits import PushLimits, PushWindows, duration
from qbo_pipeline.state.store import StateStore


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def in_a_hurry(_: float) -> None:
    raise TimeoutError


@given(
    posts=st.lists(st.tuples(st.floats(0, 40), st.integers(1, 10), st.booleans()), min_size=1, max_size=40),
)
def test_no_window_ever_holds_more_than_the_limits(posts: list[tuple[float, int, bool]]) -> None:
    limits = PushLimits(
        posts_per_minute=5, posts_per_hour_when_large=8, large_table_rows=100, rows_per_hour=60, minute=60, hour=600
    )
    clock = Clock()
    sent: list[tuple[float, int, bool]] = []
    with TemporaryDirectory() as folder, StateStore(f"sqlite:///{folder}/state.sqlite") as store:
        for pause, rows, large in posts:
            clock.now += pause
            # A new object each time: the windows live in the store.
            wait = PushWindows(store, limits, clock).grant("d", rows, most_rows=100 if large else 0)
            clock.now += wait
            sent.append((clock.now, rows, large))

    for place, (end, _, large) in enumerate(sent):
        until = sent[: place + 1]
        assert sum(end - at < 60 for at, _, _ in until) <= 5
        assert sum(rows for at, rows, _ in until if end - at < 600) <= 60
        if large:
            assert sum(end - at < 600 for at, _, _ in until) <= 8


def test_silence_that_was_asked_for_holds_in_every_process(tmp_path: Path) -> None:
    clock = Clock()
    with StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store:
        PushWindows(store, clock=clock).close("d", 90)
        clock.now += 30

        assert PushWindows(store, clock=clock).grant("d", 1, most_rows=0) == 60
        assert PushWindows(store, clock=clock).grant("another", 1, most_rows=0) == 0


@pytest.mark.parametrize("hours", [0.5, 1.5, 3, 24 * 365])
def test_a_clock_set_back_does_not_close_the_window_for_long(tmp_path: Path, hours: float) -> None:
    clock = Clock()
    with StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store:
        windows = PushWindows(store, clock=clock)
        windows.grant("d", 10, most_rows=0)
        clock.now -= hours * 3_600

        assert windows.grant("d", 10, most_rows=0) <= 60


def test_a_clock_set_back_does_not_prolong_the_silence_that_was_asked_for_by_days(tmp_path: Path) -> None:
    clock = Clock()
    with StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store:
        windows = PushWindows(store, clock=clock)
        windows.close("d", 3_392)
        clock.now -= 365 * 86_400

        assert windows.grant("d", 10, most_rows=0) == 0
        windows.close("d", 60)
        assert windows.grant("d", 10, most_rows=0) == 60


def test_what_a_killed_process_waited_for_holds_up_nobody(tmp_path: Path) -> None:
    limits, clock = PushLimits(posts_per_minute=1), Clock()
    with StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store:
        windows = PushWindows(store, limits, clock)
        waits = [windows.grant("d", 1, most_rows=0) for _ in range(4)]

    assert waits == [0, 61, 61, 61]


def test_who_does_not_wait_holds_up_nobody(tmp_path: Path) -> None:
    limits, clock, began, sent = PushLimits(posts_per_minute=2), Clock(), Clock().now, 0
    with StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store:
        windows = PushWindows(store, limits, clock)
        while clock.now < began + 20 * limits.minute:
            with suppress(TimeoutError):
                windows.grant("d", 1, most_rows=0, may_wait=in_a_hurry)
                sent += 1
            clock.now += 1

    assert sent == 20 * 2


def test_a_million_rows_fit_into_the_first_hour() -> None:
    assert duration(100, 1_000_000, large=True) == 0
    assert duration(200, 2_000_000, large=True) == PushLimits().hour


def test_rows_that_make_a_table_large_have_room_once_posts_of_the_hour_let_all_of_them_leave(tmp_path: Path) -> None:
    """Else the last of them waited for the limit of large tables, and the table was shown without them."""
    clock = Clock()
    with StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store:
        windows = PushWindows(store, clock=clock)
        for _ in range(110):
            clock.now += 1
            windows.grant("d", 1, most_rows=240_000)

        clock.now += windows.room("d", 30, 300_000, most_rows=240_000)
        waits = [windows.grant("d", 10_000, most_rows=10_000 * sent) for sent in range(30)]

    assert waits == [0] * 30
