"""Events of Tableau's webhooks that were read, each once, and what came of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from qbo_pipeline.state.schema import tableau_events
from qbo_pipeline.state.store import StateStore


@dataclass(frozen=True, slots=True)
class SettledEvent:
    """An event and what came of it. Instants are UTC."""

    digest: str
    """SHA-256 of the body: Tableau's duplicates are the same byte for byte."""
    file: str
    received_at: datetime
    event: str
    resource: str | None
    resource_name: str | None
    created_at: datetime | None
    outcome: str
    told: str


class TableauEvents:
    """The memory that makes every event count once."""

    def __init__(self, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def settled(self, digest: str) -> SettledEvent | None:
        """What came of the event with this body; None where none did yet."""
        query = sa.select(tableau_events).where(tableau_events.c.digest == digest)
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _event(row)

    def settle(self, event: SettledEvent) -> None:
        """Record what came of an event; durable when it returns. What is recorded already stays."""
        values = {
            "digest": event.digest, "file": event.file, "received_at": event.received_at.timestamp(),
            "event": event.event, "resource": event.resource, "resource_name": event.resource_name,
            "created_at": None if event.created_at is None else event.created_at.timestamp(),
            "settled_at": self._clock(), "outcome": event.outcome, "told": event.told,
        }  # fmt: skip
        with self._store.transaction() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(tableau_events.insert().values(values))
            except sa.exc.IntegrityError:
                return

    def since(self, instant: float) -> list[SettledEvent]:
        """Those received since an instant (epoch seconds), the oldest first."""
        c = tableau_events.c
        query = sa.select(tableau_events).where(c.received_at >= instant).order_by(c.received_at)
        with self._store.transaction(durable=False) as connection:
            return [_event(row) for row in connection.execute(query)]

    def forget(self, before: float) -> int:
        """Drop what was settled before an instant (epoch seconds); how many."""
        with self._store.transaction(durable=False) as connection:
            old = tableau_events.delete().where(tableau_events.c.settled_at < before)
            return connection.execute(old).rowcount


def _event(row: sa.Row[tuple[object, ...]]) -> SettledEvent:
    found = row._mapping
    created = found["created_at"]
    return SettledEvent(
        found["digest"], found["file"], datetime.fromtimestamp(found["received_at"], UTC), found["event"],
        found["resource"], found["resource_name"], None if created is None else datetime.fromtimestamp(created, UTC),
        found["outcome"], found["told"],
    )  # fmt: skip
