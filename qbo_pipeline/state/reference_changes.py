"""The journal of changes of reference data: written before a request leaves and again when its answer is known.

A change without an outcome may have been made: its process was killed, or no answer came. Whoever asks for
the same change again gets the same request id, so that QuickBooks does not make it twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from qbo_pipeline.state.schema import reference_changes
from qbo_pipeline.state.store import StateStore

_DIGEST_CHARACTERS = 40
"""Of a digest in a request id, which has 50 characters at most."""


class ChangeOutcome(StrEnum):
    """What came of a change."""

    APPLIED = "applied"
    REFUSED = "refused"
    CONFLICT = "conflict"
    """The record was changed by somebody else since; nothing was written."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A change that is about to be asked for."""

    digest: str
    """Hexadecimal; the same for the same change of the same version of the same record."""
    realm_id: str
    entity: str
    record_id: str | None
    """None for a creation."""
    action: str
    changes: str
    """JSON."""
    os_user: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A change, and what is known of it. Instants are UTC."""

    request_id: str
    realm_id: str
    entity: str
    record_id: str | None
    action: str
    changes: str
    os_user: str
    asked_at: datetime
    attempts: int
    outcome: ChangeOutcome | None
    answered_at: datetime | None
    told: str | None
    intuit_tid: str | None
    loaded: bool


class ReferenceChanges:
    """The journal, shared by every process."""

    def __init__(self, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def begin(self, intent: Intent) -> JournalEntry:
        """Write down that a change is about to be sent; durable when it returns.

        The entry may be an earlier one of the same change: one without an outcome, to be sent again under its id, or
        one that was applied and is not in the warehouse yet, which is not to be sent at all. After any other, the same
        change is a new one with an id of its own: a name that was created, given up and created again.
        """
        c = reference_changes.c
        same = sa.select(reference_changes).where(c.digest == intent.digest).order_by(c.asked_at).with_for_update()
        with self._store.transaction() as connection:
            earlier = [_entry(row) for row in connection.execute(same)]
            for one in earlier:
                if one.outcome is ChangeOutcome.APPLIED and not one.loaded:
                    return one
            request_id = next((one.request_id for one in earlier if one.outcome is None), None)
            if request_id is None:
                request_id = f"{intent.digest[:_DIGEST_CHARACTERS]}-{len(earlier)}"
                connection.execute(
                    reference_changes.insert().values(
                        request_id=request_id, digest=intent.digest, realm_id=intent.realm_id, entity=intent.entity,
                        record_id=intent.record_id, action=intent.action, changes=intent.changes,
                        os_user=intent.os_user, asked_at=self._clock(), attempts=1,
                    )
                )  # fmt: skip
            else:
                again = reference_changes.update().where(c.request_id == request_id)
                connection.execute(again.values(attempts=c.attempts + 1, os_user=intent.os_user))
            begun = sa.select(reference_changes).where(c.request_id == request_id)
            return _entry(connection.execute(begun).one())

    def settle(
        self,
        request_id: str,
        outcome: ChangeOutcome | None,
        *,
        record_id: str | None = None,
        told: str | None = None,
        intuit_tid: str | None = None,
    ) -> None:
        """Write down what came of it; None for an outcome that nobody knows, of which `told` says why."""
        known = {} if record_id is None else {"record_id": record_id}
        with self._store.transaction() as connection:
            connection.execute(
                reference_changes.update()
                .where(reference_changes.c.request_id == request_id)
                .values(outcome=outcome, answered_at=self._clock(), told=told, intuit_tid=intuit_tid, **known)
            )

    def loaded(self, request_ids: Iterable[str]) -> None:
        """Write down that the warehouse has what came of these."""
        ids = list(request_ids)
        with self._store.transaction() as connection:
            connection.execute(
                reference_changes.update()
                .where(reference_changes.c.request_id.in_(ids))
                .values(loaded_at=self._clock())
            )

    def of(self, realm_id: str) -> list[JournalEntry]:
        """Every change of a company, in the order they were begun."""
        c = reference_changes.c
        query = sa.select(reference_changes).where(c.realm_id == realm_id).order_by(c.asked_at, c.request_id)
        with self._store.transaction(durable=False) as connection:
            return [_entry(row) for row in connection.execute(query)]


def _entry(row: sa.Row[tuple[object, ...]]) -> JournalEntry:
    found = row._mapping
    outcome, answered_at = found["outcome"], found["answered_at"]
    return JournalEntry(
        found["request_id"],
        found["realm_id"],
        found["entity"],
        found["record_id"],
        found["action"],
        found["changes"],
        found["os_user"],
        datetime.fromtimestamp(found["asked_at"], UTC),
        found["attempts"],
        None if outcome is None else ChangeOutcome(outcome),
        None if answered_at is None else datetime.fromtimestamp(answered_at, UTC),
        found["told"],
        found["intuit_tid"],
        found["loaded_at"] is not None,
    )
