"""Refreshing what hangs on our data source: ordered, started within the limits of the site, followed to their end.

What was ordered is in the outbox and outlives every end of a process: a refresh whose request got no answer is looked
for among the jobs of the site before it is started again, and one that has to wait is started by the next publication
or `settle_refreshes`. A job is judged by `completedAt` alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Deliveries, Entry, Status
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_alerts import TableauAlerts
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbook, DownstreamWorkbooks
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.downstream.discovery import discovered
from qbo_pipeline.tableau.downstream.endpoints import refresh_jobs, start_refresh, waits_already
from qbo_pipeline.tableau.downstream.failures import in_words, refresh_failed
from qbo_pipeline.tableau.downstream.orders import RefreshOrders, workbook_of
from qbo_pipeline.tableau.downstream.outcomes import Refresh, RefreshOutcome
from qbo_pipeline.tableau.errors import (
    ForbiddenError,
    NotFoundError,
    RefreshNotAllowedError,
    RequestError,
    TableauError,
    ThrottledError,
    UnreachableError,
)
from qbo_pipeline.tableau.publisher import DESTINATION

logger = logging.getLogger(__name__)

_FOLLOWED = timedelta(hours=24)
"""A job that did not end by then is not asked after any more."""
_UNTIL_IT_ENDED = 300.0
"""After so long it is tried again to refresh what others refresh. Tableau does not tell which job that is."""
_FIRST_PAUSE, _PAUSE_FACTOR, _LONGEST_PAUSE = 0.25, 1.4, 30.0


def owe_refreshes(store: StateStore, data_source: str, publication: str, place: str | None = None) -> None:
    """Write down that what hangs on a data source is to be refreshed; durable when it returns.

    Called before a publication is settled as done, the refreshes survive the end of the process in between.

    Args:
        store: the state store.
        data_source: its name.
        publication: tells it from every other: the id of its delivery.
        place: tells the data source from others of its name, on other sites or in other projects.
    """
    RefreshOrders(Deliveries(store, DESTINATION), data_source, place).owe(publication)


def refresh_downstream(
    client: TableauClient,
    data_source: str,
    *,
    settings: Settings,
    store: StateStore,
    publication: str,
    wait_seconds: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> tuple[Refresh, ...]:
    """Refresh once what hangs on a data source that was published. With the same publication again it starts nothing.

    Args:
        client: of the site.
        data_source: its LUID.
        settings: whose data folder is locked meanwhile.
        store: the state store.
        publication: tells it from every other: the id of its delivery.
        wait_seconds: how long to wait for the ends of the jobs.
        sleep: waits.
        clock: epoch seconds.

    Returns:
        What became of each order that was not settled; nothing where another process refreshes at this moment: then it
        stays ordered.

    Raises:
        RequestError, SignInError: Tableau cannot be asked; what is ordered stays so.
    """
    owe_refreshes(store, client.settings.data_source, publication, client.settings.place)
    return settle_refreshes(
        client, data_source, settings=settings, store=store, wait_seconds=wait_seconds, sleep=sleep, clock=clock
    )


def settle_refreshes(
    client: TableauClient,
    data_source: str,
    *,
    settings: Settings,
    store: StateStore,
    wait_seconds: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> tuple[Refresh, ...]:
    """Go on with the refreshes that are ordered. Without any, nothing is asked. See `refresh_downstream`."""
    with held(lock_file(settings)) as alone:
        if alone is None:
            return ()
        return _Refreshing(client, data_source, store, sleep, clock).settle(wait_seconds)


def lock_file(settings: Settings) -> Path:
    """Held by whoever refreshes: one process of a data folder at a time."""
    return settings.data.build.parent / "tableau" / "refreshes.lock"


class _Refreshing:
    """One pass over the orders of a data source."""

    def __init__(
        self,
        client: TableauClient,
        data_source: str,
        store: StateStore,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._data_source = data_source
        configured = client.settings
        self._orders = RefreshOrders(Deliveries(store, DESTINATION, clock), configured.data_source, configured.place)
        self._downstream = DownstreamWorkbooks(store, data_source, clock)
        self._alerts = TableauAlerts(store, clock)
        self._sleep = sleep
        self._clock = clock
        self._names: dict[str, str] = {}
        self._came_of: dict[str, Refresh] = {}

    def settle(self, wait_seconds: float) -> tuple[Refresh, ...]:
        if not self._orders.outstanding():
            return ()
        self._names = {luid: one.name for luid, one in self._downstream.known().items()}
        for order in self._orders.orders():
            if order.status is Status.SENDING:
                self._recover(order)
        if owed := self._orders.owed():
            known = discovered(self._client, self._downstream, self._data_source, self._clock())
            for one in owed:
                self._orders.divide(one, [workbook for workbook in known.values() if workbook.refreshed])
        self._names = {luid: one.name for luid, one in self._downstream.known().items()}
        self._follow_all()
        # Known anew: whatever just turned out to have failed has its pause since.
        self._start_all(self._downstream.known())
        self._wait(wait_seconds)
        return tuple(self._came_of.values())

    def _recover(self, order: Entry) -> None:
        """A request without an answer: its job, if there is one; else it is to be sent again.

        Only administrators see the jobs of a site. Who does not starts it again: a refresh too many, rather than one
        too few.
        """
        workbook = workbook_of(order)
        if order.sent_at is None:
            raise ValueError(f"delivery {order.batch} is being sent and has no instant")
        try:
            jobs = refresh_jobs(
                self._client, workbook, {self._names.get(workbook, "")}, order.sent_at, self._orders.jobs()
            )
        except ForbiddenError:
            jobs = []
        if jobs:
            self._orders.started(order, jobs[-1].id)
        else:
            self._orders.not_sent(order, "the answer got lost, and Tableau has no job of it")

    def _follow_all(self) -> bool:
        """Ask after every job; whether all ended."""
        ended = [self._followed(one) for one in self._orders.orders() if one.status is Status.CONFIRMED]
        return all(ended)

    def _followed(self, order: Entry) -> bool:
        workbook, job_id = workbook_of(order), order.request_id
        if job_id is None:
            self._orders.settle(order, None, order.told)  # a process ended between the two steps of settling
            return True
        try:
            job = self._client.job(job_id)
        except NotFoundError:
            self._orders.settle(order, job_id, "Tableau does not know the job any more")
            return True
        if job.completed_at is None:
            sent = order.sent_at.timestamp() if order.sent_at else 0.0
            if self._clock() - sent < _FOLLOWED.total_seconds():
                self._note(order, RefreshOutcome.RUNNING, job_id)
                return False
            self._fail(order, job_id, f"the job did not end within {_FOLLOWED}")
        elif job.succeeded:
            self._downstream.succeeded(workbook)
            self._orders.settle(order, job_id, None)
            self._note(order, RefreshOutcome.REFRESHED, job_id)
        elif job.cancelled:
            self._fail(order, job_id, "somebody cancelled the job")
        else:
            alert = refresh_failed(self._alerts, self._orders, self._data_source, workbook, job_id, job.notes)
            self._fail(order, job_id, "; ".join(job.notes) or "Tableau gives no reason")
            if alert is not None:
                logger.warning("%s", in_words(alert))
        return True

    def _start_all(self, known: Mapping[str, DownstreamWorkbook]) -> None:
        under_way = {workbook_of(one) for one in self._orders.orders() if one.status is not Status.PLANNED}
        waiting: str | None = None
        for order in self._orders.orders():
            if order.status is not Status.PLANNED:
                continue
            workbook = known.get(workbook_of(order))
            if workbook is None or not workbook.hangs:
                self._settle(order, RefreshOutcome.GONE, "it does not hang on the data source any more")
            elif workbook.nothing_to_refresh:
                self._settle(order, RefreshOutcome.NOTHING, "it has no extract to refresh")
            elif workbook.not_before is not None and workbook.not_before > self._clock():
                self._note(order, RefreshOutcome.WAITING, None, "its last refresh failed or runs; it is tried later")
            elif workbook.luid in under_way:
                self._note(order, RefreshOutcome.WAITING, None, "its refresh before this one is under way")
            elif waiting is not None:
                self._note(order, RefreshOutcome.WAITING, None, waiting)
            else:
                waiting = self._start(order, workbook)

    def _start(self, order: Entry, workbook: DownstreamWorkbook) -> str | None:
        """Start a refresh; answers why no other can be started at present."""
        self._orders.begin(order)
        try:
            job = self._job_of(workbook)
        except (ThrottledError, UnreachableError) as error:
            self._orders.not_sent(order, str(error))
            self._note(order, RefreshOutcome.WAITING, None, str(error))
            return str(error)
        except RefreshNotAllowedError:
            self._downstream.nothing_to_refresh(workbook.luid)
            self._settle(order, RefreshOutcome.NOTHING, "it has no extract to refresh")
        except NotFoundError:
            self._downstream.gone(workbook.luid)
            self._settle(order, RefreshOutcome.GONE, "the workbook is not there any more")
        except RequestError as error:
            if error.ambiguous:
                self._note(order, RefreshOutcome.UNKNOWN, None, str(error))
            else:
                self._fail(order, None, str(error))
        except TableauError as error:
            self._orders.not_sent(order, str(error))
            raise
        else:
            if job is None:
                self._is_there(order, workbook)
            else:
                self._orders.started(order, job)
                self._note(order, RefreshOutcome.RUNNING, job)
        return None

    def _is_there(self, order: Entry, workbook: DownstreamWorkbook) -> None:
        """A refresh of others waits, which will show what was published, or runs, and may have begun before that."""
        told = "a refresh of it runs that may have begun before; it is refreshed after that"
        # First: were it taken for sent where the next question fails, the job of others would be taken for ours.
        self._orders.not_sent(order, told)
        since = datetime.fromtimestamp(self._clock(), UTC) - _FOLLOWED
        if waits_already(self._client, workbook.luid, since):
            self._settle(order, RefreshOutcome.QUEUED, "the same refresh waited already")
            return
        self._downstream.put_off(workbook.luid, self._clock() + _UNTIL_IT_ENDED)
        self._note(order, RefreshOutcome.WAITING, None, told)

    def _job_of(self, workbook: DownstreamWorkbook) -> str | None:
        if workbook.task is not None:
            try:
                return start_refresh(self._client, workbook.luid, workbook.name, workbook.task)
            except NotFoundError:
                logger.info("Workbook %s: its refresh task is gone; it is refreshed directly.", workbook.name)
        return start_refresh(self._client, workbook.luid, workbook.name, None)

    def _wait(self, seconds: float) -> None:
        waited, pause = 0.0, _FIRST_PAUSE
        while waited < seconds and not self._follow_all():
            self._sleep(pause)
            waited += pause
            pause = min(pause * _PAUSE_FACTOR, _LONGEST_PAUSE)

    def _settle(self, order: Entry, outcome: RefreshOutcome, told: str) -> None:
        self._orders.settle(order, None, told)
        self._note(order, outcome, None, told)

    def _fail(self, order: Entry, job: str | None, told: str) -> None:
        self._orders.failed(order, job, told)
        self._note(order, RefreshOutcome.FAILED, job, told)

    def _note(self, order: Entry, outcome: RefreshOutcome, job: str | None, told: str | None = None) -> None:
        workbook = workbook_of(order)
        self._came_of[order.batch] = Refresh(workbook, self._names.get(workbook, workbook), outcome, job, told)
