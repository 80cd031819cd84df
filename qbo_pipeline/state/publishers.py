"""Who publishes to a dataset."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from qbo_pipeline.state.schema import delivery_publishers
from qbo_pipeline.state.store import StateStore


class Publishers:
    """Who publishes to a dataset: one data folder at a time, wherever it is.

    Within a data folder a process lock, which ends with its process, keeps publishers apart; so whoever has it may take
    the folder's claim over at once, and only another folder's waits until the claim has run out.
    """

    def __init__(self, store: StateStore, place: str, told: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._values = {"place": place, "told": told}
        self._place = place
        self._clock = clock

    def claim(self, dataset: str, seconds: float) -> str | None:
        """Claim or go on claiming a dataset for `seconds`; who has it, where another does."""
        now = self._clock()
        c = delivery_publishers.c
        values = {**self._values, "expires_at": now + seconds}
        with self._store.transaction() as connection:
            mine = delivery_publishers.update().where(
                c.dataset == dataset, sa.or_(c.place == self._place, c.expires_at <= now)
            )
            if connection.execute(mine.values(values)).rowcount == 1:
                return None
            try:
                with connection.begin_nested():
                    connection.execute(delivery_publishers.insert().values(dataset=dataset, **values))
            except sa.exc.IntegrityError:
                query = sa.select(c.told).where(c.dataset == dataset)
                return str(connection.execute(query).scalar())
            return None

    def release(self, dataset: str) -> None:
        """Give the claim back."""
        c = delivery_publishers.c
        with self._store.transaction() as connection:
            connection.execute(delivery_publishers.delete().where(c.dataset == dataset, c.place == self._place))


def place_of(folder: Path) -> str:
    """The name of this data folder among those that share a state store; made under the lock."""
    file = folder / "place"
    try:
        found = file.read_text().strip()
    except FileNotFoundError:
        found = ""
    if not found:
        found = uuid4().hex
        written = file.with_name("place.new")
        written.write_text(found)
        written.replace(file)
    return found
