"""What becomes of the refresh of a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RefreshOutcome(StrEnum):
    """What became of an order."""

    REFRESHED = "refreshed"
    RUNNING = "running"
    """The job did not end yet."""
    WAITING = "waiting"
    """Limits of the site, an earlier refresh or a pause hold it up."""
    QUEUED = "queued"
    """The same refresh waited already, which shows what was published as well."""
    NOTHING = "nothing to refresh"
    """Remembered until the workbook is changed."""
    GONE = "gone"
    """The workbook is not there any more, or does not hang on the data source."""
    UNKNOWN = "unknown"
    """The request got no answer; Tableau is asked before it is sent again."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Refresh:
    """What became of the refresh of one workbook."""

    workbook: str
    """LUID."""
    name: str
    outcome: RefreshOutcome
    job: str | None
    told: str | None
