"""The sliding windows of QuickBooks' request limits, shared by every process that talks to a company.

A grant is an instant, now or soon, at which one request may leave. Grants are handed out in order and recorded
before use, so that no window of a second or a minute, wherever it starts, holds more than the limit; a process that
dies loses its grants, nothing else.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from qbo_pipeline.state.locked_rows import locked_row
from qbo_pipeline.state.schema import request_windows
from qbo_pipeline.state.store import StateStore


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What QuickBooks allows a company and app (Intuit, limits and throttles: 10 a second, 500 a minute)."""

    per_second: int = 10
    per_minute: int = 500
    second: float = 1.2
    """Length of the second that is kept. QuickBooks judges requests where they arrive, and neither the network nor a
    busy machine keeps their distances; one request too many costs a minute of silence. At 1.2 they are spread evenly
    over the minute, whose limit is the tighter one, so that it costs nothing in a long load."""
    minute: float = 62.0
    """Length of the minute that is kept. At 61 two of four loads of a million records had a request too many; why is
    not known: in loads that were traced, requests arrived within 32 ms of being admitted."""


class RequestWindows:
    """Grants of request instants, one sequence a company. Clocks of machines that share a store must agree."""

    def __init__(self, store: StateStore, limits: RequestLimits, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock

    @property
    def limits(self) -> RequestLimits:
        """What is kept."""
        return self._limits

    def grant(self, realm_id: str, count: int = 1) -> list[float]:
        """Grant `count` requests; answers the epoch seconds at which each may leave, ascending."""
        now = self._clock()
        with self._store.transaction(durable=False) as connection:
            recorded, closed_until = self._locked(connection, realm_id)
            slots = array("d", recorded)
            if slots and slots[-1] > now + _SET_BACK_SECONDS:
                del slots[:]
            granted = [self._append(slots, max(now, closed_until)) for _ in range(count)]
            kept = slots[-self._limits.per_minute :].tobytes()
            connection.execute(_SET_SLOTS, {"realm": realm_id, "slots": kept})
        return granted

    def close(self, realm_id: str, seconds: float) -> None:
        """QuickBooks asked for silence: grant nothing before `seconds` from now, in any process."""
        until = self._clock() + seconds
        with self._store.transaction(durable=False) as connection:
            _, closed_until = self._locked(connection, realm_id)
            if closed_until < until:
                connection.execute(_CLOSE, {"realm": realm_id, "until": until})

    def _append(self, slots: array[float], earliest: float) -> float:
        """The next instant that keeps both windows, appended to `slots`."""
        limits = self._limits
        at = earliest
        if slots:
            at = max(at, slots[-1] + limits.second / limits.per_second)
        if len(slots) >= limits.per_minute:
            at = max(at, slots[-limits.per_minute] + limits.minute)
        slots.append(at)
        return at

    def _locked(self, connection: sa.Connection, realm_id: str) -> tuple[bytes, float]:
        slots, closed_until = locked_row(connection, _LOCK, _MAKE, {"realm": realm_id})
        return bytes(slots), 0.0 if closed_until > self._clock() + _SET_BACK_SECONDS else closed_until


_SET_BACK_SECONDS = 600.0
"""An instant so far ahead is from before the clock was set back: it would close the window for as long. No grant and no
silence lies so far ahead otherwise."""
_LOCK = (
    sa.select(request_windows.c.slots, request_windows.c.closed_until)
    .where(request_windows.c.realm_id == sa.bindparam("realm"))
    .with_for_update()
)
_MAKE = sa.text("INSERT INTO request_window VALUES (:realm, :none, 0) ON CONFLICT DO NOTHING").bindparams(none=b"")
_SET_SLOTS = sa.text("UPDATE request_window SET slots = :slots WHERE realm_id = :realm")
_CLOSE = sa.text("UPDATE request_window SET closed_until = :until WHERE realm_id = :realm")
