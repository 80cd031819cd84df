"""Which requests are refused: sliding windows of a second and a minute, and a calendar month."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Literal

from qbo_pipeline.local.quickbooks.endpoints import Endpoint
from qbo_pipeline.local.quickbooks.limits.settings import Limits, LimitsLeft

Refused = Literal["minute", "month"]
"""By a window, which passes soon, or by the quota of the month."""

MINUTE = 60.0


class RequestLimits:
    """What has come, judged when a request arrives. Refused requests do not count.

    Times are seconds of a clock that never goes back; `month` names the calendar month.
    """

    def __init__(self, settings: Limits | None = None, month: Callable[[], str] = lambda: "") -> None:
        self.settings = settings or Limits()
        self.refused = 0
        self._month = month
        self._counted = month()
        self._reads = 0
        self._arrivals: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def refusal(self, realm: str, endpoint: Endpoint, now: float, reads: int = 0) -> Refused | None:
        """Why a request may not pass; None where it may, and then it counts. `reads` are what it is metered as."""
        with self._lock:
            refused = self._refusal(realm, endpoint, now, reads) if self.settings.enforced else None
            if refused is not None:
                self.refused += 1
                return refused
            if self.settings.enforced:
                for window in ("all", endpoint):
                    self._window(realm, window, now).append(now)
            if self.settings.metered:
                self._reads = self._reads_this_month() + reads
            return None

    def left(self, realm: str, now: float) -> LimitsLeft:
        """What a company may still ask."""
        with self._lock:
            limits, everything = self.settings, self._window(realm, "all", now)
            return LimitsLeft(
                second=max(0, limits.per_second - sum(1 for arrival in everything if arrival > now - 1)),
                minute=max(0, limits.per_minute - len(everything)),
                batches=max(0, limits.batches_per_minute - len(self._window(realm, "batch", now))),
                reports=max(0, limits.reports_per_minute - len(self._window(realm, "reports", now))),
                month=max(0, limits.reads_per_month - self._reads_this_month()) if limits.metered else None,
            )

    @property
    def reads_this_month(self) -> int:
        """Metered reads of all companies."""
        with self._lock:
            return self._reads_this_month()

    @reads_this_month.setter
    def reads_this_month(self, reads: int) -> None:
        with self._lock:
            self._counted, self._reads = self._month(), reads

    def _refusal(self, realm: str, endpoint: Endpoint, now: float, reads: int) -> Refused | None:
        limits, everything = self.settings, self._window(realm, "all", now)
        full = len(everything) >= limits.per_minute or (
            len(everything) >= limits.per_second and everything[-limits.per_second] > now - 1
        )
        own = {"batch": limits.batches_per_minute, "reports": limits.reports_per_minute}.get(endpoint)
        if full or (own is not None and len(self._window(realm, endpoint, now)) >= own):
            return "minute"
        if limits.metered and reads and self._reads_this_month() + reads > limits.reads_per_month:
            return "month"
        return None

    def _window(self, realm: str, name: str, now: float) -> deque[float]:
        window = self._arrivals[realm, name]
        while window and window[0] <= now - MINUTE:
            window.popleft()
        return window

    def _reads_this_month(self) -> int:
        month = self._month()
        if month != self._counted:
            self._counted, self._reads = month, 0
        return self._reads
