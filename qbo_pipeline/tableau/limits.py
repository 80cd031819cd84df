"""What a Tableau Cloud site allows within an hour or a day, as windows that hold over processes and restarts.

A grant is an instant, now or later, at which one request may leave; it is on record before it is used. Requests are
counted in parts of the window, each of which counts until its last instant has left the window.

Source of the limits: help.tableau.com, Tableau Cloud site capacity. A Tableau Server has none of them.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import sqlalchemy as sa

from qbo_pipeline.state.locked_rows import locked_row
from qbo_pipeline.state.schema import tableau_windows
from qbo_pipeline.state.store import StateStore


class Limited(StrEnum):
    """What is counted, by site."""

    PUBLISH = "publish"
    """Publishing, and updating rows of, data sources and workbooks."""
    REFRESH = "refresh"
    """Starting an extract refresh."""
    JOB_STATUS = "job_status"
    """Asking after a job, and cancelling one."""


@dataclass(frozen=True, slots=True)
class SiteLimit:
    """So many requests in so many seconds; `part` seconds are counted together."""

    requests: int
    seconds: float
    part: float


LIMITS_OF_CLOUD: Mapping[Limited, SiteLimit] = {
    Limited.PUBLISH: SiteLimit(600, 3_600.0, 60.0),
    Limited.REFRESH: SiteLimit(60, 3_600.0, 60.0),
    Limited.JOB_STATUS: SiteLimit(20_000, 86_400.0, 1_800.0),
}
LIMITS_OF_SERVER: Mapping[Limited, SiteLimit] = {}


def limits_of(server_url: str) -> Mapping[Limited, SiteLimit]:
    """The limits of Tableau Cloud's pods, which are hosts below online.tableau.com; a Tableau Server has none."""
    host = urlsplit(server_url).hostname or ""
    return LIMITS_OF_CLOUD if host.endswith(".online.tableau.com") else LIMITS_OF_SERVER


def earliest(counts: Sequence[tuple[float, int]], now: float, closed_until: float, limit: SiteLimit) -> float:
    """When the next request may leave, after `counts` (start and requests of each part, ascending)."""
    at = max(now, closed_until)
    until = limit.seconds + limit.part
    inside = [(start, count) for start, count in counts if start + until > at]
    used = sum(count for _, count in inside)
    for start, count in inside:
        if used < limit.requests:
            break
        at = start + until
        used -= count
    return at


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used of a limit."""

    used: int
    limit: int | None
    """None: there is none."""
    closed_for: float
    """Seconds for which Tableau asked for silence."""

    @property
    def nearly_spent(self) -> bool:
        """Whether four fifths are used."""
        return self.limit is not None and self.used * 5 >= self.limit * 4


class SiteWindows:
    """Grants of one site's requests."""

    def __init__(
        self,
        store: StateStore,
        server_url: str,
        site: str,
        limits: Mapping[Limited, SiteLimit] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._site = hashlib.sha256(f"{server_url}/{site}".encode()).hexdigest()
        self._limits = limits_of(server_url) if limits is None else limits
        self._clock = clock

    def grant(self, kind: Limited, may_wait: Callable[[float], None] = lambda _: None) -> float:
        """Grant a request; seconds from now until it may leave.

        `may_wait` is told these seconds where there are any; what it raises is raised, and nothing is granted. Who does
        not wait for a request must not have others wait for it.
        """
        now = self._clock()
        limit = self._limits.get(kind)
        with self._store.transaction(durable=False) as connection:
            counts, closed_until = self._locked(connection, kind)
            if limit is None:
                return max(0.0, closed_until - now)
            counts = [one for one in counts if one[0] + limit.seconds + limit.part > now]
            at = earliest(counts, now, closed_until, limit)
            if at > now:
                may_wait(at - now)
            start = at // limit.part * limit.part
            parts = dict(counts)
            parts[start] = parts.get(start, 0) + 1
            self._set(connection, kind, counts=json.dumps(sorted(parts.items())))
        return max(0.0, at - now)

    def wait(self, kind: Limited) -> float:
        """Seconds from now until a request might leave that is not granted by this."""
        now = self._clock()
        with self._store.transaction(durable=False) as connection:
            counts, closed_until = self._locked(connection, kind)
        limit = self._limits.get(kind)
        at = max(now, closed_until) if limit is None else earliest(counts, now, closed_until, limit)
        return max(0.0, at - now)

    def close(self, kind: Limited, seconds: float) -> None:
        """Tableau asked for silence: grant nothing before `seconds` from now, in any process."""
        until = self._clock() + seconds
        with self._store.transaction(durable=False) as connection:
            _, closed_until = self._locked(connection, kind)
            self._set(connection, kind, closed_until=max(until, closed_until))

    def usage(self, kind: Limited) -> Usage:
        """What is used of a limit."""
        now = self._clock()
        limit = self._limits.get(kind)
        with self._store.transaction(durable=False) as connection:
            counts, closed_until = self._locked(connection, kind)
        span = 0.0 if limit is None else limit.seconds + limit.part
        used = sum(count for start, count in counts if start + span > now)
        return Usage(used, None if limit is None else limit.requests, max(0.0, closed_until - now))

    def _locked(self, connection: sa.Connection, kind: Limited) -> tuple[list[tuple[float, int]], float]:
        row = locked_row(connection, _LOCK, _MAKE, {"site": self._site, "kind": kind.value})
        return [(float(start), int(count)) for start, count in json.loads(row.counts)], float(row.closed_until)

    def _set(self, connection: sa.Connection, kind: Limited, **values: object) -> None:
        c = tableau_windows.c
        row = (c.site == self._site, c.kind == kind.value)
        connection.execute(tableau_windows.update().where(*row).values(**values))


_LOCK = (
    sa.select(tableau_windows.c.counts, tableau_windows.c.closed_until)
    .where(tableau_windows.c.site == sa.bindparam("site"), tableau_windows.c.kind == sa.bindparam("kind"))
    .with_for_update()
)
_MAKE = sa.text("INSERT INTO tableau_window VALUES (:site, :kind, '[]', 0) ON CONFLICT DO NOTHING")
