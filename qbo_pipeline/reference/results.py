"""What came of the changes that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qbo_pipeline.quickbooks.errors import (
    AuthenticationError,
    AuthorizationError,
    FaultError,
    MonthlyQuotaError,
    OAuthError,
    RequestError,
    ThrottledError,
    UnreachableError,
)
from qbo_pipeline.reference.plan import Change, ConflictingField
from qbo_pipeline.state.reference_changes import JournalEntry

_NOT_TAKEN = (OAuthError, AuthenticationError, AuthorizationError, MonthlyQuotaError, ThrottledError)
"""QuickBooks did not look at what was sent, and will not look at the next change either."""


class Outcome(StrEnum):
    """What came of a change."""

    APPLIED = "applied"
    REFUSED = "refused"
    CONFLICT = "conflict"
    """Somebody changed the record since it was exported; nothing was written."""
    UNKNOWN = "unknown"
    """No answer came. Applying again finds out, and does nothing twice."""
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a change."""

    change: Change
    outcome: Outcome
    id: str
    """Of the record; empty where none was created."""
    told: str = ""
    to_do: str = ""
    fields: tuple[ConflictingField, ...] = ()
    """Of a conflict."""
    request_id: str = ""
    intuit_tid: str | None = None


def of_entry(
    change: Change,
    outcome: Outcome,
    entry: JournalEntry,
    *,
    id: str = "",
    told: str = "",
    to_do: str = "",
    fields: tuple[ConflictingField, ...] = (),
    intuit_tid: str | None = None,
) -> Result:
    """The result of a change that was begun."""
    key = id or change.id or entry.record_id or ""
    return Result(change, outcome, key, told, to_do, fields, entry.request_id, intuit_tid)


def failed(change: Change, entry: JournalEntry, error: RequestError | OAuthError) -> Result:
    """The result of a change that was answered by an error, or not at all."""
    tid = error.context.intuit_tid if isinstance(error, RequestError) else None
    if isinstance(error, _NOT_TAKEN):
        outcome, to_do = Outcome.NOT_SENT, error.hint
    elif isinstance(error, FaultError):
        outcome, to_do = Outcome.REFUSED, error.hint
    else:
        outcome, to_do = Outcome.UNKNOWN, "Apply again: that finds out what came of it, and does nothing twice."
    return of_entry(change, outcome, entry, told=error.reason, to_do=to_do, intuit_tid=tid)


def not_sent(change: Change, told: str) -> Result:
    """The result of a change that another one kept from being sent."""
    return Result(change, Outcome.NOT_SENT, change.id, told, "Apply again once that is mended.")


def is_about_all(error: RequestError | OAuthError) -> bool:
    """Whether the next change would fail as this one did."""
    return isinstance(error, (*_NOT_TAKEN, UnreachableError))
