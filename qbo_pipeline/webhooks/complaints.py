"""Complaints of a server that anybody can reach: a stranger who posts all day must not fill the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

QUIET_SECONDS = 10.0


class Complaints:
    """A log with a line at most every ten seconds for each kind of complaint; it says how many were left out."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._quiet_until: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def say(self, level: int, kind: str, message: str) -> None:
        """Write a complaint, unless one of its kind was written a moment ago."""
        now = self._clock()
        if now < self._quiet_until.get(kind, 0.0):
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        self._quiet_until[kind] = now + QUIET_SECONDS
        left_out = self._left_out.pop(kind, 0)
        self._log.log(level, "%s%s", message, f" ({left_out} more like it before)" if left_out else "")
