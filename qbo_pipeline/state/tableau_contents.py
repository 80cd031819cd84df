"""What was published to Tableau, as it was left there, and what was learned about the place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from qbo_pipeline.state.schema import tableau_contents
from qbo_pipeline.state.store import StateStore

LEARNED_FOR_SECONDS = 30 * 86_400.0
"""How long a limit that was learned is believed: an administrator may have raised it."""


@dataclass(frozen=True, slots=True)
class PublishedContent:
    """A data source or workbook as it was left."""

    luid: str
    updated_at: str | None
    digest: str | None
    url: str | None


class TableauContents:
    """What was published to one place: server, site, project and name, as a digest."""

    def __init__(self, store: StateStore, place: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._place = place
        self._clock = clock

    def get(self, kind: str) -> PublishedContent | None:
        """What was noted; None where nothing was."""
        c = tableau_contents.c
        query = sa.select(c.luid, c.updated_at, c.digest, c.url).where(*self._is(kind))
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else PublishedContent(*row)

    def note(self, kind: str, content: PublishedContent) -> None:
        """Note how something was left; on disk when it returns."""
        values = {
            "luid": content.luid, "updated_at": content.updated_at, "digest": content.digest, "url": content.url,
            "noted_at": self._clock(),
        }  # fmt: skip
        with self._store.transaction() as connection:
            mine = tableau_contents.update().where(*self._is(kind))
            if connection.execute(mine.values(values)).rowcount == 0:
                connection.execute(tableau_contents.insert().values(place=self._place, kind=kind, **values))

    def payload_limit(self, kind: str) -> int | None:
        """Bytes that an update may have, where a refusal taught it lately."""
        c = tableau_contents.c
        query = sa.select(c.payload_limit).where(
            *self._is(kind), c.payload_limit_at > self._clock() - LEARNED_FOR_SECONDS
        )
        with self._store.transaction(durable=False) as connection:
            found: int | None = connection.execute(query).scalar()
        return found

    def learn_payload_limit(self, kind: str, limit: int) -> None:
        """An update was too large: from now on they have `limit` bytes at most. What is noted must be there."""
        values = {"payload_limit": limit, "payload_limit_at": self._clock()}
        with self._store.transaction() as connection:
            connection.execute(tableau_contents.update().where(*self._is(kind)).values(values))

    def _is(self, kind: str) -> tuple[sa.ColumnElement[bool], ...]:
        return tableau_contents.c.place == self._place, tableau_contents.c.kind == kind
