"""Counting requests for the load they belong to, however many loads share one client."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from qbo_pipeline.quickbooks.calls import ApiCall


@dataclass(slots=True)
class RequestLedger:
    """The requests of one load."""

    calls: list[ApiCall] = field(default_factory=list)

    @property
    def bytes_received(self) -> int:
        """JSON received."""
        return sum(call.bytes_received for call in self.calls)


_current: ContextVar[RequestLedger | None] = ContextVar("request_ledger", default=None)


def charge_to(ledger: RequestLedger) -> None:
    """From here on, requests of this task and those it starts belong to `ledger`."""
    _current.set(ledger)


def note(call: ApiCall) -> None:
    """What the client tells of every request."""
    ledger = _current.get()
    if ledger is not None:
        ledger.calls.append(call)
