"""What a site on Cloud may start in an hour."""

from __future__ import annotations

import math
from collections.abc import Callable
from uuid import uuid4

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.records import Started
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline.local.tableau.switches import Switches

HOUR = 3600.0
_RESOURCES = {"refresh": "api.rest.refresh_extracts", "publish": "api.rest.publish"}
"""The name of the second is a guess."""


class Limits:
    """Counts what was started; it is kept over restarts."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now
        self.refused = 0

    def check_refresh(self, site: str) -> None:
        """Whether one more refresh may start.

        Raises:
            TableauAnswerError: 429000.
        """
        self._check(site, "refresh", self._switches().refreshes_per_hour)

    def check_publish(self, site: str) -> None:
        """Whether one more publication or update may start.

        Raises:
            TableauAnswerError: 429000.
        """
        self._check(site, "publish", self._switches().publishes_per_hour)

    def note(self, site: str, kind: str) -> None:
        """One was started."""
        if self._keeps():
            self._store.put(Started(id=str(uuid4()), site=site, kind=kind, at=self._now()))

    def clear(self) -> None:
        """Nothing was started in the last hour."""
        with self._store.transaction():
            for one in self._store.all(Started):
                self._store.remove(one)

    def in_the_last_hour(self, site: str, kind: str) -> int:
        """How many."""
        since = self._now() - HOUR
        return sum(one.at > since for one in self._store.all(Started) if (one.site, one.kind) == (site, kind))

    def _keeps(self) -> bool:
        switches = self._switches()
        return switches.limits and switches.flavour == "cloud"

    def _check(self, site: str, kind: str, most: int) -> None:
        if not self._keeps():
            return
        now = self._now()
        with self._store.transaction():
            started = self._store.all(Started)
            for one in started:
                if one.at <= now - HOUR:
                    self._store.remove(one)
        times = [one.at for one in started if (one.site, one.kind) == (site, kind) and one.at > now - HOUR]
        if len(times) >= most:
            self.refused += 1
            wait = (times[-most] if most else now) + HOUR - now
            raise errors.too_many_requests(_RESOURCES[kind], max(1, math.ceil(wait / 60)), self._switches().retry_after)
