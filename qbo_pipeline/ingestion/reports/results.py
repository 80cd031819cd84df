"""What a pull of reports did, as plain data: for Dagster's metadata and the commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from qbo_pipeline.quickbooks.reports.requests import Basis


class Why(StrEnum):
    """Why the legs of a month were asked for."""

    NEVER_PULLED = "never pulled"
    STATEMENTS_CHANGED = "its statements changed"
    """QuickBooks shows other activity than when the legs were pulled: something was entered, moved or restated."""
    DOCUMENTS_CHANGED = "its documents changed"
    """A document dated in it, or that had legs in it, was changed since."""
    ASKED_FOR = "everything was asked for"


@dataclass(frozen=True, slots=True, order=True)
class MonthAsked:
    """A month whose legs were asked for."""

    basis: Basis
    month: date
    """First day."""
    why: Why


@dataclass(frozen=True, slots=True)
class ReportPull:
    """What one pull did for one company."""

    realm_id: str
    run_id: str
    started_at: datetime
    seconds: float
    requests: int
    """Requests sent, retries included."""
    bytes_received: int
    months: int
    """Months from the first that is not empty to the last, on each basis."""
    months_asked: tuple[MonthAsked, ...]
    """Those whose legs were asked for."""
    months_changed: tuple[tuple[Basis, date], ...]
    """Those of them whose legs are others than before."""
    legs: int
    """Legs received."""
    note: str | None = None
    """Why nothing was asked, where that is not an error."""

    @property
    def why(self) -> Mapping[str, int]:
        """Reason → months asked for it."""
        reasons = [one.why for one in self.months_asked]
        return {str(reason): reasons.count(reason) for reason in Why if reason in reasons}


class ReportPullError(Exception):
    """Some reports could not be had; the others are in the warehouse."""

    def __init__(self, realm_id: str, failures: Mapping[str, Exception], pull: ReportPull) -> None:
        self.realm_id = realm_id
        self.failures = failures
        """What was asked for → what went wrong."""
        self.pull = pull
        """What was pulled nevertheless."""
        told = "\n".join(f"  {name}: {error}" for name, error in failures.items())
        super().__init__(f"company {realm_id}: {len(failures)} reports could not be pulled:\n{told}")
