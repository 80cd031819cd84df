"""A clock that tests can move, and times as QuickBooks writes them: Pacific, whatever the company's time zone."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


class Clock:
    """The real time, plus what was added to it. `keep` is told whenever that changes."""

    def __init__(self, ahead: float = 0.0, keep: Callable[[float], None] = lambda ahead: None) -> None:
        self._ahead = ahead
        self._keep = keep

    @property
    def ahead(self) -> float:
        """Seconds ahead of the real time."""
        return self._ahead

    @ahead.setter
    def ahead(self, seconds: float) -> None:
        self._ahead = seconds
        self._keep(seconds)

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.ahead += seconds


def pacific(epoch: float) -> str:
    """`2026-05-05T03:20:37-07:00`: whole seconds, the offset of the season."""
    return datetime.fromtimestamp(int(epoch), UTC).astimezone(PACIFIC).isoformat()


def pacific_milliseconds(epoch: float) -> str:
    """`time` of an answer: milliseconds."""
    return datetime.fromtimestamp(epoch, UTC).astimezone(PACIFIC).isoformat(timespec="milliseconds")


def epoch(text: str) -> int:
    """Seconds since 1970 of an ISO 8601 time; without an offset it is taken for Pacific.

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).timestamp())
