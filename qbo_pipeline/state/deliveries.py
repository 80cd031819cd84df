"""The outbox: every batch that goes to a destination, written down before it is sent, and what came of it.

```
planned ──▶ sending ──▶ confirmed ──▶ done          confirmed: it arrived; done: and that is recorded
   ▲            │
   └────────────┤  known not to have arrived
                └─────▶ failed                       refused for good; `retry` plans it again
planned, sending, failed ──▶ superseded              a later plan holds its rows
```

A batch that is `sending` when its process dies may have arrived or not: the destination is asked before anything is
sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from qbo_pipeline.state.schema import deliveries, delivery_quarantine
from qbo_pipeline.state.store import StateStore

QUARANTINE_SHOWN = 1000
"""Rows in quarantine that are written down of a table; of the rest, the number is told."""


class Status(StrEnum):
    """Where a batch is."""

    PLANNED = "planned"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


OUTSTANDING = (Status.PLANNED, Status.SENDING, Status.CONFIRMED)
"""What a publisher has to see through before it plans anything new."""


class Kind(StrEnum):
    """What a batch does to its table."""

    CLEAR = "clear"
    """Deletes all rows."""
    APPEND = "append"
    SIGNED = "signed"
    REPLACE = "replace"
    """Rows that follow a CLEAR."""
    PUBLISH = "publish"
    """A whole file, in the place of the one before."""
    UPDATE = "update"
    """Rows of a file, inserted, changed and deleted by key."""
    REFRESH = "refresh"
    """Nothing but the order to refresh what hangs on what was published."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be sent: one request."""

    batch: str
    number: int
    dataset: str
    table: str
    companies: str | None
    kind: Kind
    digest: str
    rows: int
    bytes: int
    payload: str | None
    """Path below the outbox folder; None for a CLEAR, for a REFRESH the folder of what it hangs on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch in the outbox, and what is known of it. Instants are UTC."""

    batch: str
    number: int
    destination: str
    dataset: str
    table: str
    companies: str | None
    kind: Kind
    digest: str
    rows: int
    bytes: int
    payload: str | None
    sequence: int | None
    attempts: int
    status: Status
    planned_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    request_id: str | None
    told: str | None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that does not fit the deployed table."""

    table: str
    company: str | None
    key: str | None
    reason: str


class Deliveries:
    """The outbox of one destination, shared by every process; one publisher at a time writes a dataset's."""

    def __init__(self, store: StateStore, destination: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._destination = destination
        self._clock = clock

    def next_number(self, dataset: str) -> int:
        """A number above all there were, of this outbox or one that was lost: it follows the clock in microseconds."""
        query = sa.select(sa.func.max(deliveries.c.number), sa.func.max(deliveries.c.sequence)).where(
            *self._of(dataset)
        )
        with self._store.transaction(durable=False) as connection:
            highest = connection.execute(query).one()
        return max([int(self._clock() * 1e6), *(int(one) + 1 for one in highest if one is not None)])

    def plan(self, batches: Sequence[Batch], beside: Sequence[str] = ()) -> None:
        """Write down what is to be sent to a table, in place of what failed before; durable when it returns.

        `beside`: batches that failed and whose rows are not among these.
        """
        if not batches:
            return
        rows = self._planned(batches)
        with self._store.transaction() as connection:
            for dataset, table in {(one.dataset, one.table) for one in batches}:
                self._supersede(connection, dataset, table, (Status.FAILED,), beside)
            connection.execute(deliveries.insert(), rows)

    def plan_once(self, batch: Batch, instead_of: Sequence[str] = ()) -> bool:
        """Write a batch down unless it was before, in place of what failed of its table; durable when it returns.

        Args:
            batch: one whose name follows from what it is for.
            instead_of: batches that it makes unnecessary; they are superseded with it.

        Returns:
            Whether it is new.
        """
        c = deliveries.c
        with self._store.transaction() as connection:
            self._supersede(connection, batch.dataset, batch.table, (Status.FAILED,))
            try:
                with connection.begin_nested():
                    connection.execute(deliveries.insert(), self._planned([batch]))
            except sa.exc.IntegrityError:
                return False
            given_up = deliveries.update().where(c.batch.in_(list(instead_of)), c.status == Status.PLANNED)
            connection.execute(given_up.values(status=Status.SUPERSEDED, settled_at=self._clock()))
        return True

    def divide(self, batch: str, parts: Sequence[Batch]) -> None:
        """Write down that a batch is sent in parts; durable when it returns."""
        c = deliveries.c
        rows = self._planned(parts)
        with self._store.transaction() as connection:
            whole = deliveries.update().where(c.batch == batch)
            connection.execute(whole.values(status=Status.SUPERSEDED, settled_at=self._clock()))
            connection.execute(deliveries.insert(), rows)

    def _planned(self, batches: Sequence[Batch]) -> list[dict[str, object]]:
        now = self._clock()
        return [
            {
                "batch": one.batch, "number": one.number, "destination": self._destination, "dataset": one.dataset,
                "table_name": one.table, "companies": one.companies, "kind": one.kind, "digest": one.digest,
                "row_count": one.rows, "byte_count": one.bytes, "payload": one.payload, "attempts": 0,
                "status": Status.PLANNED, "planned_at": now,
            }
            for one in batches
        ]  # fmt: skip

    def outstanding(self, dataset: str, table: str | None = None) -> list[Entry]:
        """What is not settled, in the order in which it is to be sent."""
        return self._found(dataset, OUTSTANDING, table)

    def failed(self, dataset: str, table: str | None = None) -> list[Entry]:
        """What was refused for good and is not planned again."""
        return self._found(dataset, (Status.FAILED,), table)

    def entries(self, dataset: str | None = None, since: float = 0.0) -> list[Entry]:
        """Everything, of a dataset or of all, that was planned since an instant (epoch seconds)."""
        chosen = [deliveries.c.destination == self._destination, deliveries.c.planned_at >= since]
        if dataset is not None:
            chosen.append(deliveries.c.dataset == dataset)
        query = sa.select(deliveries).where(*chosen).order_by(deliveries.c.number)
        with self._store.transaction(durable=False) as connection:
            return [_entry(row) for row in connection.execute(query)]

    def entry(self, batch: str) -> Entry | None:
        """One batch; None where there is none of this name."""
        c = deliveries.c
        query = sa.select(deliveries).where(c.batch == batch, c.destination == self._destination)
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _entry(row)

    def begin(self, batch: str, sequence: int | None = None) -> None:
        """A request is about to leave; durable when it returns."""
        now = self._clock()
        self._set(batch, status=Status.SENDING, sequence=sequence, sent_at=now, attempts=deliveries.c.attempts + 1)

    def taken(self, batch: str, request_id: str) -> None:
        """The destination took it and calls it `request_id`; what comes of it is to be asked."""
        self._set(batch, request_id=request_id)

    def not_sent(self, batch: str, told: str) -> None:
        """It is known not to have arrived; it is to be sent again."""
        self._set(batch, status=Status.PLANNED, told=told, request_id=None)

    def confirmed(self, batch: str, request_id: str | None, told: str | None = None) -> None:
        """It arrived."""
        self._set(batch, status=Status.CONFIRMED, request_id=request_id, told=told, settled_at=self._clock())

    def done(self, batch: str) -> None:
        """And what the dataset holds is recorded."""
        self._set(batch, durable=False, status=Status.DONE)

    def refused(self, batch: str, told: str, request_id: str | None) -> None:
        """It was refused for good and did not arrive."""
        self._set(batch, status=Status.FAILED, told=told, request_id=request_id, settled_at=self._clock())

    def retry(self, dataset: str) -> int:
        """Plan again what was refused; how many batches."""
        c = deliveries.c
        again = deliveries.update().where(*self._of(dataset), c.status == Status.FAILED)
        with self._store.transaction() as connection:
            return connection.execute(again.values(status=Status.PLANNED, settled_at=None)).rowcount

    def supersede(self, dataset: str, table: str | None = None, *, refused: bool = True) -> None:
        """What is neither done nor on record is given up: a later plan holds its rows, or its dataset is gone.

        `refused`: what was refused for good, too.
        """
        statuses = (*OUTSTANDING, Status.FAILED) if refused else OUTSTANDING
        with self._store.transaction() as connection:
            self._supersede(connection, dataset, table, statuses)

    def give_up(self, batches: Sequence[str], *, unsettled: bool = False) -> None:
        """What was refused is not to be sent any more; `unsettled`: what is not settled, too."""
        if not batches:
            return
        c = deliveries.c
        statuses = (*OUTSTANDING, Status.FAILED) if unsettled else (Status.FAILED,)
        given_up = deliveries.update().where(c.batch.in_(list(batches)), c.status.in_(statuses))
        with self._store.transaction() as connection:
            connection.execute(given_up.values(status=Status.SUPERSEDED, settled_at=self._clock()))

    def forget(self, before: float) -> int:
        """Drop entries that were settled before an instant (epoch seconds); how many."""
        c = deliveries.c
        old = deliveries.delete().where(
            c.destination == self._destination,
            c.status.in_((Status.DONE, Status.SUPERSEDED)),
            c.planned_at < before,
        )
        with self._store.transaction(durable=False) as connection:
            return connection.execute(old).rowcount

    def quarantine(
        self, dataset: str, table: str, companies: Sequence[str] | None, rows: Sequence[QuarantinedRow]
    ) -> None:
        """Write down which rows of a table were left out, in place of what was before, of these companies or of all."""
        c = delivery_quarantine.c
        scope = [c.destination == self._destination, c.dataset == dataset, c.table_name == table]
        inside = [*scope, sa.or_(c.company.is_(None), c.company.in_(list(companies)))] if companies else scope
        with self._store.transaction(durable=False) as connection:
            connection.execute(delivery_quarantine.delete().where(*inside))
            last = connection.execute(sa.select(sa.func.max(c.number)).where(*scope)).scalar() or 0
            values = [
                {
                    "destination": self._destination, "dataset": dataset, "table_name": table, "number": last + place,
                    "company": one.company, "row_key": one.key, "reason": one.reason, "noted_at": self._clock(),
                }
                for place, one in enumerate(rows[:QUARANTINE_SHOWN], 1)
            ]  # fmt: skip
            if values:
                connection.execute(delivery_quarantine.insert(), values)

    def quarantined(self, *names: str) -> list[QuarantinedRow]:
        """The rows of a dataset that were left out by the latest publish of their table. `names`: all that it had."""
        c = delivery_quarantine.c
        query = (
            sa.select(c.table_name, c.company, c.row_key, c.reason)
            .where(c.destination == self._destination, c.dataset.in_(names))
            .order_by(c.table_name, c.number)
        )
        with self._store.transaction(durable=False) as connection:
            return [QuarantinedRow(*row) for row in connection.execute(query)]

    def _of(self, dataset: str) -> tuple[sa.ColumnElement[bool], ...]:
        return deliveries.c.destination == self._destination, deliveries.c.dataset == dataset

    def _found(self, dataset: str, statuses: Sequence[Status], table: str | None) -> list[Entry]:
        c = deliveries.c
        query = sa.select(deliveries).where(*self._of(dataset), c.status.in_(statuses)).order_by(c.number)
        if table is not None:
            query = query.where(c.table_name == table)
        with self._store.transaction(durable=False) as connection:
            return [_entry(row) for row in connection.execute(query)]

    def _set(self, batch: str, *, durable: bool = True, **values: object) -> None:
        with self._store.transaction(durable=durable) as connection:
            connection.execute(deliveries.update().where(deliveries.c.batch == batch).values(**values))

    def _supersede(
        self, connection: sa.Connection, dataset: str, table: str | None, statuses: Sequence[Status],
        but: Sequence[str] = (),
    ) -> None:  # fmt: skip
        c = deliveries.c
        given_up = deliveries.update().where(*self._of(dataset), c.status.in_(statuses), c.batch.not_in(list(but)))
        if table is not None:
            given_up = given_up.where(c.table_name == table)
        connection.execute(given_up.values(status=Status.SUPERSEDED, settled_at=self._clock()))


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    found = row._mapping
    return Entry(
        found["batch"], int(found["number"]), found["destination"], found["dataset"], found["table_name"],
        found["companies"], Kind(found["kind"]), found["digest"], int(found["row_count"]), int(found["byte_count"]),
        found["payload"], None if found["sequence"] is None else int(found["sequence"]), int(found["attempts"]),
        Status(found["status"]), _instant(found["planned_at"]) or datetime.min.replace(tzinfo=UTC),
        _instant(found["sent_at"]), _instant(found["settled_at"]), found["request_id"], found["told"],
    )  # fmt: skip


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
