"""The limits of a site are kept over processes, and nothing is asked before Tableau said."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau.limits import (
    LIMITS_OF_CLOUD,
    LIMITS_OF_SERVER,
    Limited,
    SiteLimit,
    SiteWindows,
    earliest,
    limits_of,
)

THREE = {Limited.PUBLISH: SiteLimit(3, 3_600.0, 60.0)}


def windows(store: StateStore, clock: list[float]) -> SiteWindows:
    return SiteWindows(store, "https://tableau.example", "books", THREE, lambda: clock[0])


def test_requests_beyond_the_limit_wait_for_the_oldest_to_leave_the_window(store: StateStore) -> None:
    clock = [0.0]
    for _ in range(3):
        assert windows(store, clock).grant(Limited.PUBLISH) == 0
        clock[0] += 60

    assert windows(store, clock).grant(Limited.PUBLISH) == 3_660 - 180


def test_who_does_not_wait_holds_up_nobody(store: StateStore) -> None:
    def in_a_hurry(_: float) -> None:
        raise TimeoutError

    clock, sent = [0.0], 0
    while clock[0] < 10 * 3_660:
        with suppress(TimeoutError):
            windows(store, clock).grant(Limited.PUBLISH, in_a_hurry)
            sent += 1
        clock[0] += 60

    assert sent == 10 * 3


def test_what_tableau_asks_for_holds_in_every_process(store: StateStore) -> None:
    clock = [100.0]
    windows(store, clock).close(Limited.PUBLISH, 29 * 60)

    assert windows(store, clock).grant(Limited.PUBLISH) == 29 * 60
    assert windows(store, clock).usage(Limited.PUBLISH).closed_for == 29 * 60


def test_a_limit_is_of_one_kind_and_one_site(store: StateStore) -> None:
    clock = [0.0]
    for _ in range(3):
        windows(store, clock).grant(Limited.PUBLISH)

    assert windows(store, clock).grant(Limited.REFRESH) == 0
    assert SiteWindows(store, "https://tableau.example", "other", THREE, lambda: 0.0).grant(Limited.PUBLISH) == 0


def test_a_server_has_no_limits_but_what_it_asks_for(store: StateStore) -> None:
    server = SiteWindows(store, "https://tableau.example", "", clock=lambda: 5.0)
    assert [server.grant(Limited.PUBLISH) for _ in range(700)] == [0.0] * 700

    server.close(Limited.PUBLISH, 10)

    assert server.grant(Limited.PUBLISH) == 10


def test_most_of_the_questions_after_jobs_being_spent_is_known(store: StateStore) -> None:
    limits = {Limited.JOB_STATUS: SiteLimit(10, 86_400.0, 1_800.0)}
    one = SiteWindows(store, "https://tableau.example", "", limits, lambda: 0.0)
    for _ in range(7):
        one.grant(Limited.JOB_STATUS)
    assert not one.usage(Limited.JOB_STATUS).nearly_spent

    one.grant(Limited.JOB_STATUS)

    assert one.usage(Limited.JOB_STATUS).nearly_spent


def test_cloud_is_told_by_its_host() -> None:
    assert limits_of("https://10ax.online.tableau.com") is LIMITS_OF_CLOUD
    assert limits_of("https://online.tableau.com.example") is LIMITS_OF_SERVER


@given(st.lists(st.floats(0, 5_000), max_size=60).map(sorted))
def test_no_window_ever_has_more_than_the_limit(asked: list[float]) -> None:
    limit = SiteLimit(5, 1_000.0, 10.0)
    counts: dict[float, int] = {}
    left: list[float] = []
    for instant in asked:
        at = earliest(sorted(counts.items()), instant, 0.0, limit)
        start = at // limit.part * limit.part
        counts[start] = counts.get(start, 0) + 1
        left.append(at)

    left.sort()
    for first, sixth in zip(left, left[5:], strict=False):
        assert sixth - first >= limit.seconds
