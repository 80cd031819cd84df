"""Which publications there were, what came of each, and which state of the warehouse a destination shows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from qbo_pipeline.state.schema import publications
from qbo_pipeline.state.store import StateStore


@dataclass(frozen=True, slots=True)
class PublicationRecord:
    """What came of one publication. Instants are UTC."""

    destination: str
    started_at: datetime
    finished_at: datetime
    dataset: str | None
    warehouse: str | None
    """The state of the warehouse that the destination shows since; None where only a part of it was published."""
    succeeded: bool
    rows: int
    batches: int
    quarantined: int
    totals: int
    """How many were compared."""
    unequal: tuple[str, ...]
    """Those that differ, in words."""
    told: str | None
    """What failed, and what to do."""


class Publications:
    """The publications to one destination. `place` tells what is published to there from every other."""

    def __init__(
        self, store: StateStore, destination: str, clock: Callable[[], float] = time.time, *, place: str | None = None
    ) -> None:
        self._store = store
        self._destination = destination
        self._clock = clock
        self._place = place

    def record(
        self,
        started_at: datetime,
        *,
        dataset: str | None = None,
        warehouse: str | None = None,
        rows: int = 0,
        batches: int = 0,
        quarantined: int = 0,
        totals: int = 0,
        unequal: Sequence[str] = (),
        failure: str | None = None,
    ) -> None:
        """Write down a publication that ended now; one with a `failure` failed."""
        values = {
            "destination": self._destination, "started_at": started_at.timestamp(), "finished_at": self._clock(),
            "dataset": dataset, "warehouse": warehouse, "outcome": "failed" if failure else "done", "row_count": rows,
            "batches": batches, "quarantined": quarantined, "totals": totals, "unequal": json.dumps(list(unequal)),
            "told": failure, "place": self._place,
        }  # fmt: skip
        with self._store.transaction(durable=False) as connection:
            connection.execute(publications.insert().values(**values))

    def last(self, *, succeeded: bool | None = None, compared: bool = False) -> PublicationRecord | None:
        """The latest one to the place; of those that succeeded or failed, or that compared totals, if that is asked.

        One that an earlier version published counts as in `shown`.
        """
        c = publications.c
        query = sa.select(publications).where(*self._there())
        if succeeded is not None:
            query = query.where(c.outcome == ("done" if succeeded else "failed"))
        if compared:
            query = query.where(c.totals > 0)
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(query.order_by(c.started_at.desc()).limit(1)).one_or_none()
        return None if row is None else _record(row)

    def shown(self, *, compared: bool = False) -> str | None:
        """The latest state of the warehouse that was published whole to the place.

        `compared`: and whose totals were compared. What an earlier version published, which noted no place, is taken to
        be there.
        """
        c = publications.c
        query = (
            sa.select(c.warehouse)
            .where(c.outcome == "done", c.warehouse.is_not(None), *self._there())
            .order_by(c.started_at.desc())
            .limit(1)
        )
        if compared:
            query = query.where(c.totals > 0)
        with self._store.transaction(durable=False) as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def since(self, instant: float) -> list[PublicationRecord]:
        """Those that ended since an instant (epoch seconds), the oldest first."""
        c = publications.c
        query = (
            sa.select(publications)
            .where(c.destination == self._destination, c.finished_at >= instant)
            .order_by(c.started_at)
        )
        with self._store.transaction(durable=False) as connection:
            return [_record(row) for row in connection.execute(query)]

    def _there(self) -> list[sa.ColumnElement[bool]]:
        """Those to the place. What a clock noted that was ahead must not hide all that comes after it."""
        c = publications.c
        place = [] if self._place is None else [sa.or_(c.place == self._place, c.place.is_(None))]
        return [c.destination == self._destination, c.started_at <= self._clock(), *place]


def _record(row: sa.Row[tuple[object, ...]]) -> PublicationRecord:
    found = row._mapping
    return PublicationRecord(
        found["destination"], datetime.fromtimestamp(found["started_at"], UTC),
        datetime.fromtimestamp(found["finished_at"], UTC), found["dataset"], found["warehouse"],
        found["outcome"] == "done", int(found["row_count"]), int(found["batches"]), int(found["quarantined"]),
        int(found["totals"]), tuple(json.loads(found["unequal"])), found["told"],
    )  # fmt: skip
