"""Waiting on behalf of somebody who does not wait for long."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Haste:
    """Waits as it is told to, until it would have waited for more than `seconds` in all. Work takes what it takes."""

    seconds: float
    """That are left."""
    refused: Callable[[float], Exception]
    """What is raised then, given the seconds that were asked for."""

    def __call__(self, seconds: float) -> None:
        """Wait, or raise."""
        self.may_wait(seconds)
        self.seconds -= seconds
        time.sleep(seconds)

    def may_wait(self, seconds: float) -> None:
        """Raise where that would be too long."""
        if seconds > self.seconds:
            raise self.refused(seconds)
