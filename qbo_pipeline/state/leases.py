"""Leases: mutual exclusion between processes that ends by itself when the holder dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa

from qbo_pipeline.state.schema import leases
from qbo_pipeline.state.store import StateStore

_SET_BACK_SECONDS = 600.0
"""A lease that ends so far ahead is from before the clock was set back: its holder is gone, or has had its time. None
lasts so long otherwise."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease held: give it back with `Leases.release`."""

    name: str
    holder: str
    expires_at: float


class Leases:
    """Named leases in the state store."""

    def __init__(self, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def try_acquire(self, name: str, seconds: float, holder: str | None = None) -> Lease | None:
        """Take the lease for `seconds`; None when someone else holds it.

        What a `holder` has, the same one takes over at once: who gives one knows that it is alone, see `Turns`.
        """
        now = self._clock()
        lease = Lease(name, holder or uuid4().hex, now + seconds)
        values = {"holder": lease.holder, "expires_at": lease.expires_at}
        ended = sa.or_(leases.c.expires_at <= now, leases.c.expires_at > now + seconds + _SET_BACK_SECONDS)
        free = sa.or_(ended, leases.c.holder == lease.holder)
        with self._store.transaction() as connection:
            taken_over = connection.execute(leases.update().where(leases.c.name == name, free).values(values))
            if taken_over.rowcount == 1:
                return lease
            try:
                with connection.begin_nested():
                    connection.execute(leases.insert().values(name=name, **values))
            except sa.exc.IntegrityError:
                return None
            return lease

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens when it ran out and someone else has it."""
        with self._store.transaction() as connection:
            connection.execute(leases.delete().where(leases.c.name == lease.name, leases.c.holder == lease.holder))
