"""The real limits: ten requests a second and five hundred a minute for each company and app; batches have their own."""

from __future__ import annotations

import threading
from collections import defaultdict, deque


class RequestLimits:
    """Sliding windows, judged when a request arrives. Refused requests do not count."""

    def __init__(self, per_second: int = 10, per_minute: int = 500, batches_per_minute: int = 40) -> None:
        self._per_second = per_second
        self._per_minute = per_minute
        self._batches_per_minute = batches_per_minute
        self._arrivals: dict[str, deque[float]] = defaultdict(deque)
        self._batches: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()
        self.refused = 0

    def allow(self, realm: str, now: float, *, batch: bool = False) -> bool:
        """Whether a request may pass; `now` in seconds of a clock that never goes back."""
        with self._lock:
            arrivals, batches = self._arrivals[realm], self._batches[realm]
            for window in (arrivals, batches):
                while window and window[0] <= now - 60:
                    window.popleft()
            last_second = sum(1 for arrival in arrivals if arrival > now - 1)
            full = last_second >= self._per_second or len(arrivals) >= self._per_minute
            if full or (batch and len(batches) >= self._batches_per_minute):
                self.refused += 1
                return False
            arrivals.append(now)
            if batch:
                batches.append(now)
            return True
