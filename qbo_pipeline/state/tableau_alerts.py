"""Refreshes at Tableau that failed: counted, paused and told, each job once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from qbo_pipeline.state.schema import tableau_alerts, tableau_downstream
from qbo_pipeline.state.store import StateStore


@dataclass(frozen=True, slots=True)
class RefreshAlert:
    """A refresh that failed, for people. Instants are UTC."""

    job: str
    raised_at: datetime
    workbook: str
    """LUID."""
    name: str
    failures: int
    """How many in a row, this one included."""
    told: str
    again_at: datetime | None
    """When it is tried again; None: not by itself."""
    reported_at: datetime | None


class TableauAlerts:
    """The failed refreshes of what hangs on one data source."""

    def __init__(self, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def raise_for(
        self, data_source: str, workbook: str, job: str, told: str, pause_after: Callable[[int], tuple[float, bool]]
    ) -> RefreshAlert | None:
        """Count a failed job and pause its workbook, in one step; durable when it returns.

        Args:
            data_source: on which it hangs. workbook: LUIDs.
            job: that failed.
            told: why.
            pause_after: failures in a row → seconds of pause, and whether it is tried again by itself after them.

        Returns:
            The alert, as it was raised for the job at first; None where the workbook is not known any more.
        """
        now = self._clock()
        c = tableau_downstream.c
        is_it = (c.data_source == data_source, c.workbook == workbook)
        with self._store.transaction() as connection:
            query = sa.select(c.name, c.failures).where(*is_it).with_for_update()
            row = connection.execute(query).one_or_none()
            before = connection.execute(sa.select(tableau_alerts).where(tableau_alerts.c.job == job)).one_or_none()
            if before is not None:
                return _alert(dict(before._mapping))
            if row is None:
                return None
            failures = int(row.failures) + 1
            pause, again = pause_after(failures)
            counted = {"failures": failures, "failed_job": job, "not_before": now + pause}
            connection.execute(tableau_downstream.update().where(*is_it).values(counted))
            values = {
                "job": job, "raised_at": now, "workbook": workbook, "name": row.name, "failures": failures,
                "told": told, "again_at": now + pause if again else None,
            }  # fmt: skip
            connection.execute(tableau_alerts.insert().values(values))
        return _alert({**values, "reported_at": None})

    def unreported(self) -> list[RefreshAlert]:
        """Those that nobody was told of, the oldest first."""
        return self._found(tableau_alerts.c.reported_at.is_(None))

    def since(self, instant: float) -> list[RefreshAlert]:
        """Those since an instant (epoch seconds), the oldest first."""
        return self._found(tableau_alerts.c.raised_at >= instant)

    def reported(self, jobs: Iterable[str]) -> None:
        """Somebody was told of these."""
        named = tableau_alerts.update().where(tableau_alerts.c.job.in_(list(jobs)))
        with self._store.transaction() as connection:
            connection.execute(named.values(reported_at=self._clock()))

    def forget(self, before: float) -> int:
        """Drop what was reported before an instant (epoch seconds); how many."""
        c = tableau_alerts.c
        with self._store.transaction(durable=False) as connection:
            return connection.execute(tableau_alerts.delete().where(c.reported_at < before)).rowcount

    def _found(self, *chosen: sa.ColumnElement[bool]) -> list[RefreshAlert]:
        query = sa.select(tableau_alerts).where(*chosen).order_by(tableau_alerts.c.raised_at)
        with self._store.transaction(durable=False) as connection:
            return [_alert(dict(row._mapping)) for row in connection.execute(query)]


def _alert(found: dict[str, object]) -> RefreshAlert:
    return RefreshAlert(
        str(found["job"]), _instant(found["raised_at"]) or datetime.now(UTC), str(found["workbook"]),
        str(found["name"]), int(str(found["failures"])), str(found["told"]), _instant(found["again_at"]),
        _instant(found["reported_at"]),
    )  # fmt: skip


def _instant(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, float | int) else None
