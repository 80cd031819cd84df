"""The limits of the real service, and what of them is not documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BatchScope = Literal["app", "company"]
BatchMetering = Literal["request", "queries", "free"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a company, an app and a request may take (Intuit's limits page; blogs of 2025-08-13 and 2026-01-08)."""

    enforced: bool = True
    """Whether anything is refused; what the month has taken is counted all the same."""
    per_second: int = 10
    """Requests of a company and app."""
    per_minute: int = 500
    """Requests of a company."""
    batch_scope: BatchScope = "app"
    """Which limit of batches counts: that of a company and app, or that of a company."""
    batches_per_app: int = 40
    """A minute, of a company and app."""
    batches_per_company: int = 120
    """A minute, of a company, whatever the app."""
    reports_per_minute: int = 200
    """Of a company. Intuit's limits page does not name it."""
    batch_objects: int = 1000
    """In the answers of a batch, all together; items beyond are faults, which is a guess."""
    seconds: float = 120.0
    """That a request may take; then the gateway answers 504."""
    metered: bool = True
    """Whether reads count for the month: those of production do, those of sandboxes do not."""
    reads_per_month: int = 500_000
    """Of all companies of an app together (CorePlus calls of the Builder tier)."""
    batch_metering: BatchMetering = "request"
    """What a batch with queries counts: one read, one for each query, or nothing. Not documented."""
    retry_after: int | None = None
    """Seconds of the Retry-After header of a 429 by the minute. Intuit documents no such header."""

    @property
    def batches_per_minute(self) -> int:
        """The limit of batches that counts."""
        return self.batches_per_app if self.batch_scope == "app" else self.batches_per_company


@dataclass(frozen=True, slots=True)
class LimitsLeft:
    """Requests that may still come before one is refused."""

    second: int
    minute: int
    batches: int
    """In this minute."""
    reports: int
    """In this minute."""
    month: int | None
    """Reads, of all companies; None where they are not metered."""
