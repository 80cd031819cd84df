"""What hangs on our data source at Tableau, as it was found last, and how its refreshes went."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from qbo_pipeline.state.schema import tableau_downstream
from qbo_pipeline.state.store import StateStore


@dataclass(frozen=True, slots=True)
class FoundWorkbook:
    """A workbook of the site, as Tableau tells of it."""

    luid: str
    name: str
    updated_at: str | None
    hangs: bool
    """Whether a connection of it names our data source."""
    task: str | None
    """Its full extract refresh task."""


@dataclass(frozen=True, slots=True)
class DownstreamWorkbook:
    """A workbook, and what is known of its refreshes."""

    luid: str
    name: str
    updated_at: str | None
    hangs: bool
    task: str | None
    nothing_to_refresh: bool
    failures: int
    """Refreshes that failed since one succeeded."""
    not_before: float | None
    """Epoch seconds; it is not refreshed before."""

    @property
    def refreshed(self) -> bool:
        """Whether it is to be refreshed after a publication."""
        return self.hangs and not self.nothing_to_refresh


class DownstreamWorkbooks:
    """The workbooks of the site of one data source."""

    def __init__(self, store: StateStore, data_source: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._data_source = data_source
        self._clock = clock

    def known(self) -> dict[str, DownstreamWorkbook]:
        """LUID → workbook, those that do not hang on the data source among them."""
        c = tableau_downstream.c
        query = sa.select(
            c.workbook, c.name, c.updated_at, c.hangs, c.task, c.nothing_to_refresh, c.failures, c.not_before
        ).where(c.data_source == self._data_source)
        with self._store.transaction(durable=False) as connection:
            rows = connection.execute(query.order_by(c.name, c.workbook)).all()
        return {row.workbook: DownstreamWorkbook(*row) for row in rows}

    def looked_at(self) -> float:
        """When the site was looked at last, in epoch seconds; 0: never, or something changed since."""
        c = tableau_downstream.c
        query = sa.select(sa.func.min(c.looked_at)).where(c.data_source == self._data_source)
        with self._store.transaction(durable=False) as connection:
            return float(connection.execute(query).scalar() or 0.0)

    def note(self, found: Sequence[FoundWorkbook]) -> None:
        """The workbooks of the site are these. What was learned of one holds until it is changed."""
        now = self._clock()
        c = tableau_downstream.c
        with self._store.transaction() as connection:
            mine = sa.select(c.workbook, c.updated_at).where(c.data_source == self._data_source).with_for_update()
            known = {row.workbook: row.updated_at for row in connection.execute(mine)}
            for gone in known.keys() - {one.luid for one in found}:
                connection.execute(tableau_downstream.delete().where(*self._is(gone)))
            for one in found:
                values = {
                    "name": one.name, "updated_at": one.updated_at, "hangs": one.hangs, "task": one.task,
                    "looked_at": now,
                }  # fmt: skip
                if one.luid not in known:
                    new = {"data_source": self._data_source, "workbook": one.luid, "nothing_to_refresh": False}
                    connection.execute(tableau_downstream.insert().values(**new, failures=0, **values))
                    continue
                learned = {} if known[one.luid] == one.updated_at else {"nothing_to_refresh": False}
                connection.execute(tableau_downstream.update().where(*self._is(one.luid)).values(**values, **learned))

    def look_anew(self) -> None:
        """Something changed at Tableau: the next publication looks for itself."""
        every = tableau_downstream.update().where(tableau_downstream.c.data_source == self._data_source)
        with self._store.transaction(durable=False) as connection:
            connection.execute(every.values(looked_at=0.0))

    def nothing_to_refresh(self, luid: str) -> None:
        """Tableau has nothing to refresh there; remembered until the workbook is changed."""
        self._set(luid, nothing_to_refresh=True)

    def gone(self, luid: str) -> None:
        """The workbook is not there any more."""
        with self._store.transaction(durable=False) as connection:
            connection.execute(tableau_downstream.delete().where(*self._is(luid)))

    def succeeded(self, luid: str) -> None:
        """A refresh succeeded."""
        self._set(luid, failures=0, not_before=None)

    def put_off(self, luid: str, not_before: float) -> None:
        """Not to be refreshed before an instant (epoch seconds)."""
        self._set(luid, not_before=not_before)

    def resume(self) -> None:
        """Somebody saw to the workbooks: pauses end, and what had nothing to refresh is asked again."""
        mine = tableau_downstream.update().where(tableau_downstream.c.data_source == self._data_source)
        with self._store.transaction(durable=False) as connection:
            connection.execute(mine.values(failures=0, not_before=None, nothing_to_refresh=False))

    def _set(self, luid: str, **values: object) -> None:
        with self._store.transaction(durable=False) as connection:
            connection.execute(tableau_downstream.update().where(*self._is(luid)).values(**values))

    def _is(self, luid: str) -> tuple[sa.ColumnElement[bool], ...]:
        return tableau_downstream.c.data_source == self._data_source, tableau_downstream.c.workbook == luid
