"""What is known of one HTTP request to the Accounting API: the audit trail is written from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What came of one request."""

    OK = "ok"
    FAULT = "fault"
    """QuickBooks refused it; `fault_code` says why."""
    UNAUTHORIZED = "unauthorized"
    """401: the access token was not accepted."""
    THROTTLED = "throttled"
    """429, or fault 3001."""
    SERVER_ERROR = "server_error"
    """5xx or a SystemFault."""
    MALFORMED = "malformed"
    """An answer, but not the JSON it should be."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """No connection, or it was lost before the answer was complete."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request as it was sent; a retry is a call of its own."""

    realm_id: str
    method: str
    endpoint: str
    """Path below the company: `query`, `cdc`, `companyinfo/…`."""
    entity: str | None
    """The entity asked for; several are joined by commas."""
    query: str | None
    status: int | None
    """None where no answer came."""
    intuit_tid: str | None
    started_at: datetime
    """UTC."""
    seconds: float
    """Until the last byte of the answer."""
    bytes_received: int
    """Size of the body, decompressed."""
    attempt: int
    """Counted from 1."""
    outcome: Outcome
    fault_code: str | None = None
    rows: int | None = None
    """Records in the answer, deletion stubs included; None where none could be read, or it holds none by its nature."""
