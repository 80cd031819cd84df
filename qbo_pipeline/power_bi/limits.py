"""Power BI's limits of a push dataset, as windows that hold over restarts.

A grant is an instant, now or later, at which one POST of so many rows may leave; it is on record before it is used.
Source of the limits: learn.microsoft.com, push semantic model limitations.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from qbo_pipeline.state.locked_rows import locked_row
from qbo_pipeline.state.schema import push_windows
from qbo_pipeline.state.store import StateStore


@dataclass(frozen=True, slots=True)
class PushLimits:
    """What a push dataset takes. Windows are a little longer than Power BI's: it judges requests where they arrive."""

    posts_per_minute: int = 120
    posts_per_hour_when_large: int = 120
    large_table_rows: int = 250_000
    """From so many rows in a table on, POSTs are counted by the hour."""
    rows_per_hour: int = 1_000_000
    minute: float = 61.0
    hour: float = 3_610.0


LIMITS = PushLimits()
_SLEEPS_SHORT = 5.0
"""Seconds by which who waited may come too early, as clocks are corrected."""
_LONGEST_SILENCE = 86_400.0
"""Seconds that Power BI may ask for; it asks for an hour at most."""


def earliest(
    posts: list[tuple[float, int]], now: float, closed_until: float, rows: int, *, large: bool, limits: PushLimits,
    count: int = 1,
) -> float:  # fmt: skip
    """When `count` POSTs of `rows` rows may leave, after `posts` (instant and rows, ascending) that left before them.

    What no window holds may leave when all windows are empty.
    """
    at = max(now, closed_until, posts[-1][0] if posts else 0.0)
    windows = [(limits.posts_per_minute, limits.minute)]
    if large:
        windows.append((limits.posts_per_hour_when_large, limits.hour))
    for most, seconds in windows:
        others = max(0, most - count)
        if len(posts) > others:
            at = max(at, posts[-others - 1][0] + seconds)
    room = max(0, limits.rows_per_hour - rows)
    sent = 0
    for instant, count in reversed(posts):
        sent += count
        if sent > room:
            return max(at, instant + limits.hour)
    return at


def duration(posts: int, rows: int, *, large: bool, limits: PushLimits = LIMITS) -> float:
    """Seconds that the limits alone take for so many POSTs and rows, from windows that are empty."""
    by_minute = max(0, (posts - 1) // limits.posts_per_minute) * limits.minute
    by_hour = max(0, (posts - 1) // limits.posts_per_hour_when_large) * limits.hour if large else 0.0
    by_rows = max(0, (rows - 1) // limits.rows_per_hour) * limits.hour
    return max(by_minute, by_hour, by_rows)


class PushWindows:
    """Grants of POSTs, one sequence a dataset."""

    def __init__(self, store: StateStore, limits: PushLimits = LIMITS, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock

    @property
    def limits(self) -> PushLimits:
        """What is kept."""
        return self._limits

    def grant(
        self, dataset: str, rows: int, *, most_rows: int, may_wait: Callable[[float], None] = lambda _: None
    ) -> float:
        """Grant a POST; seconds from now until it may leave.

        Args:
            dataset: its id.
            rows: rows of the POST.
            most_rows: rows that the largest table of the dataset holds.
            may_wait: is told these seconds where there are any; what it raises is raised, and nothing is granted. Who
                does not wait for a POST must not have others wait for it.
        """
        now = self._clock()
        large = most_rows >= self._limits.large_table_rows
        with self._store.transaction(durable=False) as connection:
            posts, closed_until = self._locked(connection, dataset)
            posts = self._still_counted(posts, now)
            at = earliest(posts, now, closed_until, rows, large=large, limits=self._limits)
            if at > now:
                may_wait(at - now)
            posts.append((at, rows))
            flat = array("d", [value for post in posts for value in post]).tobytes()
            connection.execute(push_windows.update().where(push_windows.c.dataset == dataset).values(posts=flat))
        return max(0.0, at - now)

    def room(
        self, dataset: str, posts: int, rows: int, *, most_rows: int, may_wait: Callable[[float], None] = lambda _: None
    ) -> float:
        """Seconds until so many POSTs with so many rows in all may leave one after the other; none is granted.

        Nor may anything else leave while Power BI asks for silence. Other arguments: see `grant`.
        """
        now = self._clock()
        with self._store.transaction(durable=False) as connection:
            before, closed_until = self._locked(connection, dataset)
        # The limit of large tables begins on the way where it is these rows that make one large.
        large = max(most_rows, rows) >= self._limits.large_table_rows
        at = earliest(
            self._still_counted(before, now), now, closed_until, rows, large=large, limits=self._limits, count=posts
        )
        if at > now:
            may_wait(at - now)
        return max(0.0, at - now)

    def close(self, dataset: str, seconds: float) -> None:
        """Power BI asked for silence: grant nothing before `seconds` from now, in any process."""
        until = self._clock() + seconds
        with self._store.transaction(durable=False) as connection:
            _, closed_until = self._locked(connection, dataset)
            connection.execute(
                push_windows.update()
                .where(push_windows.c.dataset == dataset)
                .values(closed_until=max(until, closed_until))
            )

    def _still_counted(self, posts: list[tuple[float, int]], now: float) -> list[tuple[float, int]]:
        # One at a time publishes, and waits for what it was granted: what lies ahead now is of a process that was
        # killed, or of a clock that was set back.
        return [post for post in posts if now - self._limits.hour < post[0] < now + _SLEEPS_SHORT]

    def _locked(self, connection: sa.Connection, dataset: str) -> tuple[list[tuple[float, int]], float]:
        posts, until = locked_row(connection, _LOCK, _MAKE, {"dataset": dataset})
        flat = array("d", bytes(posts))
        # Nobody asks for so much: the clock was set back since.
        closed_until = 0.0 if until > self._clock() + _LONGEST_SILENCE else float(until)
        return [(flat[place], int(flat[place + 1])) for place in range(0, len(flat), 2)], closed_until


_LOCK = (
    sa.select(push_windows.c.posts, push_windows.c.closed_until)
    .where(push_windows.c.dataset == sa.bindparam("dataset"))
    .with_for_update()
)
_MAKE = sa.text("INSERT INTO push_window VALUES (:dataset, :none, 0) ON CONFLICT DO NOTHING").bindparams(none=b"")
