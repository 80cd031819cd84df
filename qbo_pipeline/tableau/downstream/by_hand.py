"""What hangs on the configured data source, on its own: listed, refreshed now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid4

from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Deliveries, Status
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_contents import TableauContents
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbook, DownstreamWorkbooks
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.downstream.discovery import discovered
from qbo_pipeline.tableau.downstream.orders import EVERYTHING, RefreshOrders, workbook_of
from qbo_pipeline.tableau.downstream.outcomes import Refresh
from qbo_pipeline.tableau.downstream.refresh import refresh_downstream
from qbo_pipeline.tableau.errors import NotConfiguredError, TableauError
from qbo_pipeline.tableau.limits import Limited, SiteWindows
from qbo_pipeline.tableau.manner import Manner
from qbo_pipeline.tableau.publisher import DESTINATION, open_client


class NotPublishedError(TableauError):
    """The data source was not published from here yet."""

    def __init__(self, data_source: str) -> None:
        super().__init__(
            f"Data source {data_source} was not published from here yet, so nothing hangs on it. Run qbo-pipeline "
            "tableau publish first."
        )


@dataclass(frozen=True, slots=True)
class Site:
    """A client of the configured site, and what is ours on it."""

    settings: Settings
    store: StateStore
    client: TableauClient
    data_source: str | None
    """LUID; None where it was not published yet."""

    def published(self) -> str:
        """LUID of the data source.

        Raises:
            NotPublishedError: it was not published yet.
        """
        if self.data_source is None:
            raise NotPublishedError(self.client.settings.data_source)
        return self.data_source


@contextmanager
def open_site(settings: Settings, manner: Manner | None = None) -> Iterator[Site]:
    """The configured site, as long as the block runs.

    Raises:
        NotConfiguredError: Tableau is switched off. NotInstalledError: its libraries are not there.
    """
    configured = settings.tableau
    if configured is None:
        raise NotConfiguredError
    with ExitStack() as stack:
        store = stack.enter_context(StateStore(settings.state_url))
        client = stack.enter_context(open_client(settings, configured, store, manner))
        content = TableauContents(store, configured.place).get("data_source")
        yield Site(settings, store, client, None if content is None else content.luid)


def list_downstream(settings: Settings, manner: Manner | None = None) -> list[DownstreamWorkbook]:
    """The workbooks that hang on the data source, asked for anew.

    Raises:
        NotPublishedError: it was not published yet. NotConfiguredError, NotInstalledError.
        RequestError, SignInError: Tableau cannot be asked.
    """
    with open_site(settings, manner) as site:
        data_source = site.published()
        downstream = DownstreamWorkbooks(site.store, data_source)
        downstream.look_anew()
        found = discovered(site.client, downstream, data_source, time.time())
        return [one for one in found.values() if one.hangs]


def refresh_now(
    settings: Settings,
    *,
    wait_seconds: float,
    manner: Manner | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Refresh, ...]:
    """Refresh what hangs on the data source whether or not anything was published: looked for anew, pauses ended.

    Args:
        settings: which site.
        wait_seconds: how long to wait for the ends of the jobs.
        manner: with requests.
        sleep: waits.

    Errors: see `list_downstream`.
    """
    with open_site(settings, manner) as site:
        data_source = site.published()
        downstream = DownstreamWorkbooks(site.store, data_source)
        downstream.resume()
        downstream.look_anew()
        return refresh_downstream(
            site.client,
            data_source,
            settings=settings,
            store=site.store,
            publication=f"by hand {uuid4()}",
            wait_seconds=wait_seconds,
            sleep=sleep,
        )


def refreshes_due(settings: Settings, clock: Callable[[], float] = time.time) -> bool:
    """Whether a refresh that is ordered can be started, or one that was started asked after. Tableau is not asked."""
    configured = settings.tableau
    if configured is None:
        return False
    with StateStore(settings.state_url) as store:
        deliveries = Deliveries(store, DESTINATION)
        orders = RefreshOrders(deliveries, configured.data_source, configured.place).outstanding()
        if any(one.status is not Status.PLANNED or one.table == EVERYTHING for one in orders):
            return True
        windows = SiteWindows(store, configured.server_url, configured.site, clock=clock)
        if not orders or windows.wait(Limited.REFRESH) > 0:
            return False
        content = TableauContents(store, configured.place).get("data_source")
        known = {} if content is None else DownstreamWorkbooks(store, content.luid).known()
        paused = [one.luid for one in known.values() if one.not_before is not None and one.not_before > clock()]
        return any(workbook_of(one) not in paused for one in orders)
