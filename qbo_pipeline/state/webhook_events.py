"""Which webhook events were read and applied, and which deliveries make trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from qbo_pipeline.state.schema import webhook_events, webhook_files
from qbo_pipeline.state.store import StateStore

_T = TypeVar("_T")
_AT_ONCE = 500
"""Keys in one statement; databases limit their parameters."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A delivery that could not be applied at the first attempt."""

    deaths: int
    """Processes that died while they had claimed it."""
    not_before: float
    """Epoch seconds; nobody claims it until then."""


class WebhookEvents:
    """The memory that makes every event count once, over all deliveries and processes.

    An event is known by keys (16 bytes each). The delivery that brought a key first owns it: only through it is the
    event applied, while that delivery exists.
    """

    def __init__(self, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def own(self, keys: Mapping[bytes, str], is_there: Callable[[str], bool]) -> dict[bytes, tuple[str, bool]]:
        """Make deliveries the owners of the keys that nobody owns.

        Args:
            keys: key → the delivery that asks for it.
            is_there: whether a delivery still waits or is worked on. An event that was not applied through its owner,
                and of which the owner is gone, changes hands.

        Returns:
            Each key → its owner, and whether the event was applied.
        """
        now = self._clock()
        rows = [{"key": key, "file": keys[key], "now": now} for key in sorted(keys)]  # one order: no deadlocks
        owners: dict[bytes, tuple[str, bool]] = {}
        if not rows:
            return owners
        with self._store.transaction() as connection:
            connection.execute(_NOTE, rows)
            for some in _in_groups(sorted(keys)):
                locked = sa.select(webhook_events).where(webhook_events.c.key.in_(some)).with_for_update()
                for row in connection.execute(locked):
                    owners[bytes(row.key)] = (row.file, row.applied_at is not None)
            # A delivery is moved only after its events were recorded as applied, so what is gone by now and was not
            # recorded will not be.
            for key, (owner, applied) in owners.items():
                if owner != keys[key] and not applied and not is_there(owner):
                    connection.execute(_TAKE_OVER, {"of": key, "by": keys[key]})
                    owners[key] = (keys[key], False)
        return owners

    def applied(self, keys: Iterable[bytes]) -> None:
        """Record, on disk when this returns, that the warehouse has the changes of these events."""
        rows = [{"of": key, "now": self._clock()} for key in sorted(set(keys))]
        if rows:
            with self._store.transaction() as connection:
                connection.execute(_APPLIED, rows)

    def forget(self, seconds: float) -> None:
        """Remove the applied events that were noted longer ago than that."""
        before = self._clock() - seconds
        old = webhook_events.c.noted_at < before, webhook_events.c.applied_at.is_not(None)
        with self._store.transaction() as connection:
            connection.execute(webhook_events.delete().where(*old))

    def troubles(self) -> dict[str, Trouble]:
        """Name of a delivery → its trouble."""
        with self._store.transaction(durable=False) as connection:
            rows = connection.execute(sa.select(webhook_files)).all()
        return {row.name: Trouble(row.deaths, row.not_before) for row in rows}

    def died(self, deaths: Mapping[str, Trouble]) -> None:
        """Record the troubles of deliveries whose claimer died."""
        self._trouble([(name, trouble.deaths, trouble.not_before) for name, trouble in deaths.items()])

    def postpone(self, names: Iterable[str], not_before: float) -> None:
        """Let nobody claim these deliveries until that instant, in epoch seconds."""
        known = self.troubles()
        self._trouble([(name, known[name].deaths if name in known else 0, not_before) for name in names])

    def settled(self, names: Sequence[str]) -> None:
        """Forget the troubles of deliveries that are done with."""
        with self._store.transaction() as connection:
            for some in _in_groups(list(names)):
                connection.execute(webhook_files.delete().where(webhook_files.c.name.in_(some)))

    def _trouble(self, troubles: Sequence[tuple[str, int, float]]) -> None:
        rows = [dict(zip(("name", "deaths", "not_before"), one, strict=True)) for one in troubles]
        if rows:
            with self._store.transaction() as connection:
                connection.execute(_TROUBLE, rows)


def _in_groups(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


_NOTE = sa.text(
    """
    INSERT INTO webhook_event (key, file, noted_at, applied_at) VALUES (:key, :file, :now, NULL)
    ON CONFLICT (key) DO NOTHING
    """
)
_TAKE_OVER = webhook_events.update().where(webhook_events.c.key == sa.bindparam("of")).values(file=sa.bindparam("by"))
_APPLIED = (
    webhook_events.update()
    .where(webhook_events.c.key == sa.bindparam("of"), webhook_events.c.applied_at.is_(None))
    .values(applied_at=sa.bindparam("now"))
)
_TROUBLE = sa.text(
    """
    INSERT INTO webhook_file (name, deaths, not_before) VALUES (:name, :deaths, :not_before)
    ON CONFLICT (name) DO UPDATE SET deaths = excluded.deaths, not_before = excluded.not_before
    """
)
