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

from qbo_pipeline.state.schema import request_windows
from qbo_pipeline.state.store import StateStore


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What QuickBooks allows a company and app (Intuit, limits and throttles: 10 a second, 500 a minute)."""

    per_second: int = 10
    per_minute: int = 500
    margin: float = 0.05
    """Share by which windows and distances are stretched: the limit is judged where requests arrive, and the network
    does not keep their distances."""


class RequestWindows:
    """Grants of request instants, one sequence a company. Clocks of machines that share a store must agree."""

    def __init__(self, store: StateStore, limits: RequestLimits, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock

    def grant(self, realm_id: str, count: int = 1) -> list[float]:
        """Grant `count` requests; answers the epoch seconds at which each may leave, ascending."""
        now = self._clock()
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(_LOCKED, {"realm": realm_id}).one_or_none()
            slots = array("d", row[0] if row else b"")
            if slots and slots[-1] > now + 600:
                del slots[:]  # the clock was set back; old instants would close the window for as long
            granted = [self._append(slots, max(now, row[1] if row else 0.0)) for _ in range(count)]
            kept = slots[-self._limits.per_minute :].tobytes()
            self._write(connection, realm_id, row is not None, {"slots": kept})
        return granted

    def close(self, realm_id: str, seconds: float) -> None:
        """QuickBooks asked for silence: grant nothing before `seconds` from now, in any process."""
        until = self._clock() + seconds
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(_LOCKED, {"realm": realm_id}).one_or_none()
            if row is None or row[1] < until:
                self._write(connection, realm_id, row is not None, {"closed_until": until})

    def _append(self, slots: array[float], earliest: float) -> float:
        """The next instant that keeps both windows, appended to `slots`."""
        limits, stretch = self._limits, 1 + self._limits.margin
        at = earliest
        if slots:
            at = max(at, slots[-1] + stretch / limits.per_second)
        if len(slots) >= limits.per_minute:
            at = max(at, slots[-limits.per_minute] + 60 + limits.margin * 10)
        slots.append(at)
        return at

    def _write(self, connection: sa.Connection, realm_id: str, exists: bool, values: dict[str, object]) -> None:
        if exists:
            connection.execute(_UPDATE.values(values), {"realm": realm_id})
        else:
            connection.execute(
                request_windows.insert().values({"realm_id": realm_id, "slots": b"", "closed_until": 0.0} | values)
            )


_LOCKED = (
    sa.select(request_windows.c.slots, request_windows.c.closed_until)
    .where(request_windows.c.realm_id == sa.bindparam("realm"))
    .with_for_update()
)
_UPDATE = request_windows.update().where(request_windows.c.realm_id == sa.bindparam("realm"))
