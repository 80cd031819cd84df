"""What is done for events of Tableau: nothing before Tableau was asked, and once however often an event comes.

| event | asked | done |
|---|---|---|
| the refresh of a workbook that hangs on our data source failed | its jobs | counted, told, tried again within limits |
| … succeeded | the jobs of our orders | those orders are settled |
| a workbook was published, changed or deleted | | the next publication looks what hangs on our data source |
| our data source was deleted | the data source | told; the next publication makes it again |
| anything else | | nothing |

Order of a file: done, recorded, moved. A process may end between any two: what is done is known by its job, so doing it
again changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_alerts import RefreshAlert, TableauAlerts
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbook, DownstreamWorkbooks
from qbo_pipeline.state.tableau_events import SettledEvent, TableauEvents
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.downstream.by_hand import open_site, refreshes_due
from qbo_pipeline.tableau.downstream.endpoints import refresh_jobs
from qbo_pipeline.tableau.downstream.failures import refresh_failed
from qbo_pipeline.tableau.downstream.orders import RefreshOrders
from qbo_pipeline.tableau.downstream.outcomes import Refresh
from qbo_pipeline.tableau.downstream.refresh import settle_refreshes
from qbo_pipeline.tableau.errors import ForbiddenError, TableauError
from qbo_pipeline.tableau.manner import Manner
from qbo_pipeline.tableau.publisher import DESTINATION
from qbo_pipeline.tableau.webhooks.events import (
    EventType,
    NotListenedToError,
    TableauEvent,
    UnusableEventError,
    concerns,
    digest,
    is_test,
    judge,
    read_event,
)
from qbo_pipeline.tableau.webhooks.inbox import EventFile, TableauInbox, waiting
from qbo_pipeline.webhooks.folders import WebhookFolders

logger = logging.getLogger(__name__)

MOST_FILES = 500
REMEMBERED_SECONDS = 90 * 86_400.0
"""How long rows of events and alerts stay. Duplicates come within minutes."""
RETRY_SECONDS = 60.0
"""How long an event waits where Tableau could not be asked."""
_LONGEST_REFRESH = timedelta(hours=3)
"""A refresh takes two hours at most on Cloud, and may have waited before."""
_LOOKS = frozenset({EventType.WORKBOOK_CREATED, EventType.WORKBOOK_UPDATED, EventType.WORKBOOK_DELETED})


class EventOutcome(StrEnum):
    """What came of an event."""

    CONFIRMED = "confirmed"
    """Tableau says the same, and what it asks for is done."""
    UNCONFIRMED = "unconfirmed"
    """Tableau does not say the same; nothing was done."""
    NOTED = "noted"
    """The next publication looks for itself."""
    NO_USE = "of no use"
    NOT_OURS = "not ours"
    """It is about something that does not hang on our data source."""
    TEST = "test"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    """The file is in `rejected/`."""
    PUT_OFF = "put off"
    """Tableau could not be asked; the file is in the inbox again."""


@dataclass(frozen=True, slots=True)
class AppliedEvent:
    """One file of the inbox and what came of it."""

    file: str
    event: str | None
    """None where that could not be read."""
    resource: str | None
    """Name of the workbook or data source."""
    outcome: EventOutcome
    told: str


@dataclass(frozen=True, slots=True)
class AppliedEvents:
    """What came of the events that waited."""

    events: tuple[AppliedEvent, ...]
    alerts: tuple[RefreshAlert, ...]
    """Failed refreshes that nobody was told of yet; `reported` when somebody is."""
    refreshes: tuple[Refresh, ...]
    """Orders that were gone on with."""


def apply_events(
    settings: Settings,
    client: TableauClient,
    store: StateStore,
    data_source: str | None,
    *,
    most: int = MOST_FILES,
    clock: Callable[[], float] = time.time,
) -> AppliedEvents:
    """Apply the events that wait, and go on with refreshes that are ordered.

    Args:
        settings: whose inbox.
        client: of the site.
        store: the state store.
        data_source: LUID of ours; None where it was not published yet.
        most: how many files.
        clock: epoch seconds.

    Raises:
        TableauError: Tableau cannot be asked; what waits stays.
        OSError: the folders cannot be used.
    """
    folders = WebhookFolders(settings.data.webhooks).tableau
    site = client.call("sign in", lambda server: str(server.site_id))
    applied: list[AppliedEvent] = []
    refreshes: tuple[Refresh, ...] = ()
    with TableauInbox(folders, store, clock) as inbox:
        applying = _Applying(client, store, site, data_source, clock)

        def rejected(name: str, reason: str) -> None:
            applied.append(AppliedEvent(name, None, None, EventOutcome.REJECTED, reason))

        for file in inbox.files(most, rejected):
            done = applying.apply(file, inbox)
            applied.append(done)
    if data_source is not None:
        refreshes = settle_refreshes(client, data_source, settings=settings, store=store, clock=clock)
    alerts = TableauAlerts(store, clock)
    alerts.forget(clock() - REMEMBERED_SECONDS)
    TableauEvents(store, clock).forget(clock() - REMEMBERED_SECONDS)
    return AppliedEvents(tuple(applied), tuple(alerts.unreported()), refreshes)


def apply_waiting(settings: Settings, manner: Manner | None = None) -> AppliedEvents:
    """`apply_events` of the configured site. Where no event waits and no refresh is due, Tableau is not asked.

    Raises:
        NotConfiguredError: Tableau is switched off. NotInstalledError: its libraries are not there. Others: there.
    """
    if not waiting(WebhookFolders(settings.data.webhooks).tableau) and not refreshes_due(settings):
        with StateStore(settings.state_url) as store:
            return AppliedEvents((), tuple(TableauAlerts(store).unreported()), ())
    with open_site(settings, manner) as site:
        return apply_events(settings, site.client, site.store, site.data_source)


def something_waits(settings: Settings) -> bool:
    """Whether an event waits, a refresh is due, or nobody was told of one that failed. Tableau is not asked."""
    if waiting(WebhookFolders(settings.data.webhooks).tableau) or refreshes_due(settings):
        return True
    with StateStore(settings.state_url) as store:
        return bool(TableauAlerts(store).unreported())


def reported(store: StateStore, alerts: tuple[RefreshAlert, ...]) -> None:
    """Somebody was told of these alerts."""
    TableauAlerts(store).reported(one.job for one in alerts)


class _Applying:
    def __init__(
        self, client: TableauClient, store: StateStore, site: str, data_source: str | None, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._site = site
        self._data_source = data_source
        self._events = TableauEvents(store, clock)
        self._alerts = TableauAlerts(store, clock)
        configured = client.settings
        self._orders = RefreshOrders(Deliveries(store, DESTINATION, clock), configured.data_source, configured.place)
        self._downstream = DownstreamWorkbooks(store, data_source or "", clock)
        self._looking_anew = False

    def apply(self, file: EventFile, inbox: TableauInbox) -> AppliedEvent:
        event: TableauEvent | None = None
        known_by = digest(file.body)
        try:
            if is_test(file.body):
                outcome, told = EventOutcome.TEST, "the webhook works"
            elif (before := self._events.settled(known_by)) is not None:
                inbox.done(file)
                return AppliedEvent(
                    file.name, before.event, before.resource_name, EventOutcome.DUPLICATE, f"as in {before.file}"
                )
            else:
                event = read_event(file.body)
                judge(event, self._site, file.received_at)
                outcome, told = self._came_of(event)
        except NotListenedToError as error:
            outcome, told = EventOutcome.NO_USE, str(error)
        except UnusableEventError as error:
            inbox.reject(file.path, str(error))
            return AppliedEvent(file.name, _word(event), _name(event), EventOutcome.REJECTED, str(error))
        except TableauError as error:
            inbox.put_off(file, RETRY_SECONDS)
            logger.warning("The event in %s waits: %s", file.name, error)
            return AppliedEvent(file.name, _word(event), _name(event), EventOutcome.PUT_OFF, str(error))
        if event is not None:
            self._events.settle(
                SettledEvent(
                    known_by, file.name, file.received_at, event.type.value, event.resource, event.resource_name,
                    event.created_at, outcome.value, told,
                )
            )  # fmt: skip
        inbox.done(file)
        return AppliedEvent(file.name, _word(event), _name(event), outcome, told)

    def _came_of(self, event: TableauEvent) -> tuple[EventOutcome, str]:
        if event.type in _LOOKS:
            if not self._looking_anew:
                self._downstream.look_anew()
                self._looking_anew = True
            return EventOutcome.NOTED, "the next publication looks at the workbooks of the site"
        known = {luid.lower(): one for luid, one in self._downstream.known().items() if one.hangs}
        if not concerns(event, self._data_source, known):
            return EventOutcome.NOT_OURS, "it does not hang on our data source"
        if event.type is EventType.DATA_SOURCE_DELETED:
            return self._deleted()
        workbook = known.get(event.resource)
        if event.type is EventType.REFRESH_FAILED and workbook is not None:
            return self._failed(event, workbook)
        if event.type is EventType.REFRESH_SUCCEEDED:
            return EventOutcome.NOTED, "the jobs of refreshes that were ordered are asked after"
        return EventOutcome.NO_USE, "nothing is to be done for it"

    def _failed(self, event: TableauEvent, workbook: DownstreamWorkbook) -> tuple[EventOutcome, str]:
        """The latest refresh of the workbook that ended, if it is one that failed, is what the event tells of."""
        names = {workbook.name, event.resource_name}
        try:
            jobs = refresh_jobs(self._client, workbook.luid, names, event.created_at - _LONGEST_REFRESH, ())
        except ForbiddenError as error:
            return EventOutcome.UNCONFIRMED, str(error)
        latest = max((one.completed_at for one in jobs if one.completed_at is not None), default=None)
        if latest is None or self._data_source is None:
            return EventOutcome.UNCONFIRMED, "no refresh of it ended lately"
        # Tableau tells whole seconds: of two jobs that ended within one, the event is of that which failed.
        ended = [one for one in jobs if one.completed_at == latest]
        last = next((one for one in ended if not one.succeeded and not one.cancelled), None)
        if last is None:
            return EventOutcome.UNCONFIRMED, f"its last refresh, job {ended[0].id}, did not fail"
        alert = refresh_failed(self._alerts, self._orders, self._data_source, workbook.luid, last.id, last.notes)
        again = alert is not None and alert.again_at is not None
        return EventOutcome.CONFIRMED, f"job {last.id} failed; it is {'' if again else 'not '}tried again by itself"

    def _deleted(self) -> tuple[EventOutcome, str]:
        if self._data_source is None or self._client.data_source(self._data_source) is not None:
            return EventOutcome.UNCONFIRMED, "the data source is there"
        return EventOutcome.CONFIRMED, "the data source was deleted; the next publication makes it again"


def _word(event: TableauEvent | None) -> str | None:
    return None if event is None else event.type.value


def _name(event: TableauEvent | None) -> str | None:
    return None if event is None else event.resource_name
