"""One publisher of one data source: its lock, its record, its outbox and its site, opened and closed together."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.settings import Settings, TableauSettings
from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.state.publishers import Publishers, place_of
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_contents import TableauContents
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import NotConfiguredError, PublisherBusyError
from qbo_pipeline.tableau.limits import SiteWindows
from qbo_pipeline.tableau.manner import Manner
from qbo_pipeline.tableau.outbox import Outbox
from qbo_pipeline.tableau.session import open_session

if TYPE_CHECKING:
    from qbo_pipeline.tableau.extract.record import PublishedRecord

DESTINATION = "tableau"
_REMEMBERED_SECONDS = 90 * 86_400.0
"""How long the outbox tells of what arrived."""
_CLAIM_SECONDS, _PAUSE_SECONDS = 3_600.0, 600.0
"""A claim is longer than any request, and renewed after each part of a pause."""


@dataclass(frozen=True, slots=True)
class TableauPublisher:
    """What publishes one data source. Made by `open_publisher`, which holds the lock."""

    settings: Settings
    configured: TableauSettings
    manner: Manner
    store: StateStore
    client: TableauClient
    outbox: Outbox
    contents: TableauContents
    record: PublishedRecord
    claim: Callable[[], None]
    """Goes on holding the data source; raises `PublisherBusyError` where another has it."""
    sleep: Callable[[float], None]
    """Waits, and goes on holding it."""

    @property
    def name(self) -> str:
        """Of the data source and the workbook."""
        return self.configured.data_source


@contextmanager
def open_publisher(settings: Settings, manner: Manner | None = None) -> Iterator[TableauPublisher]:
    """The publisher of the configured data source, alone with it as long as the block runs.

    Raises:
        NotConfiguredError: Tableau is switched off. NotInstalledError: its libraries are not there.
        PublisherBusyError: another process publishes the data source, and went on for as long as was waited.
    """
    from qbo_pipeline.tableau.extract.record import PublishedRecord

    manner = manner or Manner()
    configured = settings.tableau
    if configured is None:
        raise NotConfiguredError
    folder = records_folder(settings)
    place = configured.place
    with ExitStack() as stack:
        file = stack.enter_context(held(folder / f"{place}.lock", manner.lock_wait_seconds))
        if file is None:
            raise PublisherBusyError(configured.data_source, "another process of this data folder")
        store = stack.enter_context(StateStore(settings.state_url))
        publishers = Publishers(store, place_of(folder), f"{socket.gethostname()}, process {os.getpid()}")
        claimed = f"{DESTINATION}/{place}"

        def claim() -> None:
            if (holder := publishers.claim(claimed, _CLAIM_SECONDS)) is not None:
                raise PublisherBusyError(configured.data_source, holder)

        claim()
        stack.callback(publishers.release, claimed)

        def sleep(seconds: float) -> None:
            manner.may_wait(seconds)
            while seconds > 0:
                manner.sleep(min(seconds, _PAUSE_SECONDS))
                seconds -= _PAUSE_SECONDS
                claim()

        client = stack.enter_context(open_client(settings, configured, store, manner, sleep))
        deliveries = Deliveries(store, DESTINATION)
        deliveries.forget(time.time() - _REMEMBERED_SECONDS)
        outbox = Outbox(settings.data.root / "outbox", place, deliveries, configured.data_source)
        outbox.clean()
        record = stack.enter_context(PublishedRecord(folder / f"{place}.duckdb"))
        contents = TableauContents(store, place)
        yield TableauPublisher(settings, configured, manner, store, client, outbox, contents, record, claim, sleep)


def open_client(
    settings: Settings,
    configured: TableauSettings,
    store: StateStore,
    manner: Manner | None = None,
    sleep: Callable[[float], None] | None = None,
) -> TableauClient:
    """A client of the configured site, with the session that all processes share.

    Raises:
        NotInstalledError: the extra `tableau` is not there.
    """
    manner = manner or Manner()
    sleep = sleep or manner.sleep
    session = open_session(settings, configured, store, sleep)
    windows = SiteWindows(store, configured.server_url, configured.site, manner.limits)
    return TableauClient(
        configured, session, windows, patience=manner.patience, sleep=sleep, may_wait=manner.may_wait
    )  # fmt: skip


def records_folder(settings: Settings) -> Path:
    """Where the records of what is published are."""
    return settings.data.build.parent / DESTINATION
