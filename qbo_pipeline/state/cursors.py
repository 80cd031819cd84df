"""Change cursors: up to which instant the changes of an entity of a company are known."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

import sqlalchemy as sa

from qbo_pipeline.state.schema import change_cursors
from qbo_pipeline.state.store import StateStore

_NO_BATCH = 0
"""The number of no batch: no data folder has it."""
REFUSED_SECONDS = 7 * 86_400.0
"""How long a refusal of change data capture holds: a feature may be switched on in the company."""


class ChangeCursors:
    """One cursor a company and entity, always a UTC instant; and which of them change data capture does not serve."""

    def __init__(self, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def of(self, realm_id: str) -> dict[str, datetime]:
        """Entity name → the instant from which to ask for changes."""
        query = sa.select(change_cursors.c.entity, change_cursors.c.since).where(change_cursors.c.realm_id == realm_id)
        with self._store.transaction() as connection:
            return {entity: datetime.fromtimestamp(since, UTC) for entity, since in connection.execute(query)}

    def advance(self, realm_id: str, entities: Iterable[str], since: datetime, newest_batch: int | None = None) -> None:
        """Set the cursor of each entity to `since` (time-zone aware). A cursor never moves back.

        `newest_batch`: of the company, among those that the warehouse has as the cursor says.
        """
        rows = [self._row(realm_id, entity, since, newest_batch) for entity in sorted(set(entities))]
        if rows:
            with self._store.transaction() as connection:
                connection.execute(_ADVANCE, rows)

    def restart(self, realm_id: str, entity: str, since: datetime, newest_batch: int | None) -> None:
        """Set a cursor to `since` wherever it was: what it was about is gone, and was loaded anew."""
        c = change_cursors.c
        with self._store.transaction() as connection:
            connection.execute(change_cursors.delete().where(c.realm_id == realm_id, c.entity == entity))
            connection.execute(_ADVANCE, self._row(realm_id, entity, since, newest_batch))

    def newest_batches(self, realm_id: str) -> dict[str, int | None]:
        """Entity name → the newest batch that the data folder had of the company when the cursor was set.

        None where it was set before this was noted.
        """
        c = change_cursors.c
        query = sa.select(c.entity, c.newest_batch).where(c.realm_id == realm_id)
        with self._store.transaction() as connection:
            return dict(connection.execute(query).tuples().all())

    def doubt(self, realm_id: str) -> None:
        """Cursors of which no batch was noted are of data that is gone, until they are set anew."""
        c = change_cursors.c
        doubted = change_cursors.update().where(c.realm_id == realm_id, c.newest_batch.is_(None))
        with self._store.transaction() as connection:
            connection.execute(doubted.values(newest_batch=_NO_BATCH))

    def refused(self, realm_id: str) -> set[str]:
        """Names of the entities that change data capture refused to serve a short time ago."""
        c, lately = change_cursors.c, self._clock() - REFUSED_SECONDS
        query = sa.select(c.entity).where(c.realm_id == realm_id, c.refused_at > lately)
        with self._store.transaction() as connection:
            return set(connection.execute(query).scalars())

    def refuse(self, realm_id: str, entities: Collection[str]) -> None:
        """Change data capture does not serve these entities, which have a cursor."""
        if not entities:
            return
        c = change_cursors.c
        refusing = change_cursors.update().where(c.realm_id == realm_id, c.entity.in_(sorted(entities)))
        with self._store.transaction() as connection:
            connection.execute(refusing.values(refused_at=self._clock()))

    def forget(self, realm_id: str, entities: Iterable[str]) -> None:
        """Remove cursors, so that the next load of these entities starts with a backfill."""
        with self._store.transaction() as connection:
            connection.execute(
                change_cursors.delete().where(
                    change_cursors.c.realm_id == realm_id, change_cursors.c.entity.in_(sorted(set(entities)))
                )
            )

    def _row(self, realm_id: str, entity: str, since: datetime, newest_batch: int | None) -> dict[str, object]:
        stored_at = self._clock()
        return {
            "realm_id": realm_id, "entity": entity, "since": since.timestamp(), "stored_at": stored_at,
            "newest_batch": newest_batch,
        }  # fmt: skip


_ADVANCE = sa.text(
    """
    INSERT INTO change_cursor (realm_id, entity, since, stored_at, newest_batch)
    VALUES (:realm_id, :entity, :since, :stored_at, :newest_batch)
    ON CONFLICT (realm_id, entity) DO UPDATE
    SET since = excluded.since, stored_at = excluded.stored_at,
        newest_batch = coalesce(excluded.newest_batch, change_cursor.newest_batch)
    WHERE excluded.since > change_cursor.since
    """
)
