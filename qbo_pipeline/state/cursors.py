"""Change cursors: up to which instant the changes of an entity of a company are known."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

import sqlalchemy as sa

from qbo_pipeline.state.schema import change_cursors
from qbo_pipeline.state.store import StateStore

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
        known = {"since": since.timestamp(), "stored_at": self._clock(), "newest_batch": newest_batch}
        rows = [{"realm_id": realm_id, "entity": entity, **known} for entity in sorted(set(entities))]
        if rows:
            with self._store.transaction() as connection:
                connection.execute(_ADVANCE, rows)

    def newest_batch(self, realm_id: str) -> int | None:
        """The newest batch that the data folder had of a company when a cursor was set; None where nobody noted it."""
        query = sa.select(sa.func.max(change_cursors.c.newest_batch)).where(change_cursors.c.realm_id == realm_id)
        with self._store.transaction() as connection:
            number: int | None = connection.execute(query).scalar_one()
            return number

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
