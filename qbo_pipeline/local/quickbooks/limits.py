"""The real limits: ten requests a second and five hundred a minute for each company and app."""

from __future__ import annotations

import threading
from collections import defaultdict, deque


class RequestLimits:
    """Sliding windows, judged when a request arrives."""

    def __init__(self, per_second: int = 10, per_minute: int = 500) -> None:
        self._per_second = per_second
        self._per_minute = per_minute
        self._arrivals: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()
        self.refused = 0

    def allow(self, realm: str, now: float) -> bool:
        """Whether a request may pass; refused ones do not count."""
        with self._lock:
            arrivals = self._arrivals[realm]
            while arrivals and arrivals[0] <= now - 60:
                arrivals.popleft()
            last_second = sum(1 for arrival in reversed(arrivals) if arrival > now - 1) if arrivals else 0
            if last_second >= self._per_second or len(arrivals) >= self._per_minute:
                self.refused += 1
                return False
            arrivals.append(now)
            return True
