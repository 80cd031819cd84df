"""Which webhook events were read and applied, and which deliveries make trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from qbo_pipeline.state.schema import webhook_events, webhook_files
from qbo_pipeline.state.store import StateStore

REMEMBERED_SECONDS = 90 * 86_400.0
"""QuickBooks repeats a delivery every six hours until it is answered; it gives up long before."""

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
        if not rows:
            return {}
        # A note that a power cut takes back is made again; what is recorded as applied is not forgotten with it.
        with self._store.transaction(durable=False) as connection:
            connection.execute(_NOTE, rows)
            owners = _owners(connection, keys)
            # A delivery is moved only after its events were recorded as applied, so what is gone by now and was not
            # recorded will not be.
            others = {file for key, (file, applied) in owners.items() if not applied and file != keys[key]}
            gone = {file for file in others if not is_there(file)}
            left = [key for key, (file, applied) in owners.items() if file in gone and not applied]
            if left:
                connection.execute(_TAKE_OVER, [{"of": key, "by": keys[key]} for key in left])
        return owners | {key: (keys[key], False) for key in left}

    def applied(self, keys: Iterable[bytes]) -> None:
        """Record, on disk when this returns, that the warehouse has the changes of these events."""
        rows = [{"of": key, "now": self._clock()} for key in sorted(set(keys))]
        if rows:
            with self._store.transaction() as connection:
                connection.execute(_APPLIED, rows)

    def which_are_applied(self, keys: Iterable[bytes]) -> set[bytes]:
        """Those of the keys whose events the warehouse has."""
        with self._store.transaction(durable=False) as connection:
            return {key for key, (_, applied) in _owners(connection, keys).items() if applied}

    def forget(self, seconds: float = REMEMBERED_SECONDS) -> None:
        """Remove what was noted longer ago than that. An event that still waits is noted again when it is claimed."""
        before = self._clock() - seconds
        with self._store.transaction(durable=False) as connection:
            latest = sa.func.coalesce(webhook_events.c.applied_at, webhook_events.c.noted_at)
            connection.execute(webhook_events.delete().where(webhook_events.c.noted_at < before, latest < before))
            connection.execute(webhook_files.delete().where(webhook_files.c.not_before < before))

    def troubles(self) -> dict[str, Trouble]:
        """Name of a delivery → its trouble."""
        with self._store.transaction(durable=False) as connection:
            rows = connection.execute(sa.select(webhook_files)).all()
        return {row.name: Trouble(row.deaths, row.not_before) for row in rows}

    def died(self, names: Iterable[str], pause_after: Callable[[int], float]) -> None:
        """Record that the claimer of these deliveries died.

        Args:
            names: of the deliveries.
            pause_after: how many of its claimers have died → seconds that nobody claims a delivery.
        """
        ordered = sorted(names)
        if not ordered:
            return
        with self._store.transaction(durable=False) as connection:
            for name in ordered:
                connection.execute(_DIED, {"name": name})
                deaths = connection.execute(_DEATHS, {"of": name}).scalar_one()
                connection.execute(_PAUSED, {"of": name, "until": self._clock() + pause_after(deaths)})

    def postpone(self, not_before: Mapping[str, float]) -> None:
        """Let nobody claim deliveries, given by their names, until an instant each, in epoch seconds."""
        rows = [{"name": name, "not_before": instant} for name, instant in sorted(not_before.items())]
        if rows:
            with self._store.transaction(durable=False) as connection:
                connection.execute(_POSTPONED, rows)

    def settled(self, names: Sequence[str]) -> None:
        """Forget the troubles of deliveries that are done with."""
        if not names:
            return
        with self._store.transaction(durable=False) as connection:
            for some in _in_groups(list(names)):
                connection.execute(webhook_files.delete().where(webhook_files.c.name.in_(some)))


def _owners(connection: sa.Connection, keys: Iterable[bytes]) -> dict[bytes, tuple[str, bool]]:
    """The keys that are noted → owner, and whether it was applied; no other transaction changes them meanwhile."""
    noted = sa.select(webhook_events.c.key, webhook_events.c.file, webhook_events.c.applied_at)
    owners = {}
    for some in _in_groups(sorted(set(keys))):
        locked = noted.where(webhook_events.c.key.in_(some)).with_for_update()
        for key, file, applied_at in connection.execute(locked):
            owners[bytes(key)] = (file, applied_at is not None)
    return owners


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
_DIED = sa.text(
    """
    INSERT INTO webhook_file (name, deaths, not_before) VALUES (:name, 1, 0)
    ON CONFLICT (name) DO UPDATE SET deaths = webhook_file.deaths + 1
    """
)
_POSTPONED = sa.text(
    """
    INSERT INTO webhook_file (name, deaths, not_before) VALUES (:name, 0, :not_before)
    ON CONFLICT (name) DO UPDATE SET not_before = excluded.not_before
    """
)
_DEATHS = sa.select(webhook_files.c.deaths).where(webhook_files.c.name == sa.bindparam("of"))
_PAUSED = (
    webhook_files.update().where(webhook_files.c.name == sa.bindparam("of")).values(not_before=sa.bindparam("until"))
)
