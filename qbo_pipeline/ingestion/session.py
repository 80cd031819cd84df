"""The session of a process: loads companies into the warehouse, follows their changes, pulls their reports."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any

from qbo_pipeline.ingestion.access import Access
from qbo_pipeline.ingestion.change_following import ChangeFollowing
from qbo_pipeline.ingestion.company_reader import CompanyReader
from qbo_pipeline.ingestion.failures import all_or_error
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.ingestion.merging import Note
from qbo_pipeline.ingestion.periods import where, where_in_warehouse
from qbo_pipeline.ingestion.reading import Progress, Reading
from qbo_pipeline.ingestion.reports.pulls import ReportPulls
from qbo_pipeline.ingestion.results import EntityLoad, Period, Query
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.lake.memory import keep_no_pools
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.changes import OVERLAP
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.request_windows import RequestLimits
from qbo_pipeline.state.vault import Connection
from qbo_pipeline.state.webhook_events import WebhookEvents
from qbo_pipeline.warehouse.published import PublishedReader
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox import Inbox

OPEN_END = 2999
"""A period that ends in this year has no end: whoever loads it holds all there is from its first day on."""


class NoVerifierTokenError(Exception):
    """No verifier token is set."""

    def __init__(self) -> None:
        super().__init__(
            "No verifier token is set, so no webhook could be told from a forged one. Set QBO_WEBHOOK_VERIFIER_TOKEN "
            "to the one shown at developer.intuit.com, Webhooks, of your app."
        )


@dataclass(frozen=True, slots=True)
class Company:
    """A connected company."""

    realm_id: str
    name: str


class Session:
    """Loads companies. Any thread may use it; requests share one event loop, merges one writer.

    Opening it costs nothing; the client and the state store open with the first request.
    """

    def __init__(self, settings: Settings, limits: RequestLimits | None = None) -> None:
        self.settings = settings
        self._access = Access(settings, limits)
        self.changes = ChangeFollowing(self._access, self.backfill)
        """Keeps companies up to date."""
        self.reports = ReportPulls(self._access)
        """Pulls QuickBooks' own reports."""
        keep_no_pools()

    def companies(self) -> list[Company]:
        """The connected companies to work on: those of QBO_COMPANIES, or all."""
        return [Company(one.realm_id, one.company_name or one.realm_id) for one in self.connections()]

    def connections(self) -> list[Connection]:
        """How their connections are."""
        return self._access.connections()

    def connect(self, realm_id: str, code: str, redirect_uri: str) -> Company:
        """Finish an authorization: exchange the code of the redirect for tokens and store them.

        Raises:
            OAuthError: QuickBooks gives no tokens for this code.
        """
        connection = self._access.loop.run(self._access.client.connect(realm_id, code, redirect_uri))
        return Company(realm_id, connection.company_name or realm_id)

    def count(self, realm_id: str, entity: Entity, period: Period | None = None) -> int:
        """How many records QuickBooks has now; one request."""
        self._access.usage.add(realm_id, "check", 1)
        return self._access.loop.run(self._access.company(realm_id).count(entity, where(entity, period)))

    def backfill(
        self,
        realm_id: str,
        entities: Sequence[Entity],
        period: Period | None,
        run_id: str,
        on_progress: Progress | None = None,
        *,
        models: bool = True,
    ) -> list[EntityLoad]:
        """Load all records of the entities, of a period or of all time, and publish.

        Without `models` the finance models wait for the next publication, such as that of the reports.

        Raises:
            LoadError: some entities failed; the others are loaded and published.
        """
        access = self._access
        lost = self.changes.lost(realm_id)
        with ThreadPoolExecutor(1, "warehouse") as aside, access.reader(realm_id, run_id, on_progress) as reader:
            preparing = aside.submit(self.prepare_warehouse)
            readings = access.loop.run(reader.scan_all(entities, period))
            preparing.result()
        loads, newest = access.merge_company(run_id, realm_id, readings, models=models)
        if period is None or period.last_day.year >= OPEN_END:
            self._start_cursors(realm_id, readings, period, lost, newest)
        return all_or_error(realm_id, readings, loads)

    def prepare_warehouse(self) -> None:
        """Make every table and view where there is none yet: seconds that a first load has while it waits for answers.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        if not self.settings.data.build.exists():
            with self._access.warehouse():
                pass

    def load_told(
        self, realm_id: str, told: Sequence[Told], run_id: str, *, source: str = "webhook"
    ) -> list[EntityLoad]:
        """Load the records that somebody tells of as they are now, deletions included, and publish.

        Raises:
            LoadError: some entities failed; the others are loaded and published.
        """
        readings, loads = self.load_all_told({realm_id: told}, run_id, source=source)
        return all_or_error(realm_id, readings[realm_id], loads)

    def load_all_told(
        self,
        told: Mapping[str, Sequence[Told]],
        run_id: str,
        note: Note | None = None,
        *,
        source: str = "webhook",
        silence: float | None = None,
    ) -> tuple[Mapping[str, list[Reading]], list[EntityLoad]]:
        """The same for several companies at once, shown to readers together; what fails says so in its reading.

        Args:
            told: by realm id.
            run_id: who asks.
            note: writes into the warehouse what is to be shown along with it.
            source: who tells; it is what the records are received by.
            silence: seconds without any answer after which a company is waited for no longer.
        """

        async def read(readers: Mapping[str, CompanyReader]) -> dict[str, list[Reading]]:
            read = await asyncio.gather(
                *(reader.read_told(told[realm_id], source, silence) for realm_id, reader in readers.items())
            )
            return dict(zip(readers, read, strict=True))

        with ExitStack() as stack:
            readers = {one: stack.enter_context(self._access.reader(one, run_id, None)) for one in told}
            readings = self._access.loop.run(read(readers))
        return readings, self._access.merge(run_id, readings, note)

    def inbox(self, clock: Callable[[], float] = time.time) -> Inbox:
        """The inbox of webhooks; whoever gets it closes it.

        Raises:
            NoVerifierTokenError: nothing could be told from a forgery.
        """
        tokens = self.settings.webhook_verifier_tokens
        if not tokens:
            raise NoVerifierTokenError
        folders, events = WebhookFolders(self.settings.data.webhooks), WebhookEvents(self._access.state, clock)
        return Inbox(folders, events, tokens, clock)

    def calls_by_day(self, first: date) -> dict[tuple[str, date, str], int]:
        """Requests sent from a day (UTC) on, by realm id, day and purpose, to the QuickBooks of this environment."""
        metered = self._access.metered_together()
        return {key: calls for key, calls in self._access.usage.by_day(first).items() if key[0] in metered}

    def reading(self) -> AbstractContextManager[Query]:
        """Queries on the published warehouse, read-only, all on one state of it. Opening costs more than most queries.

        Raises:
            FileNotFoundError: nothing was published yet.
        """
        return self._access.reading()

    def warehouse_query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a single query; see `reading`."""
        with self.reading() as query:
            return query(sql, parameters)

    def end_requests(self) -> None:
        """Cancel what other threads are asking QuickBooks for."""
        self._access.loop.end_all()

    def close(self) -> None:
        """Close the client, the event loop and the state store, those that were opened."""
        self._access.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start_cursors(
        self,
        realm_id: str,
        readings: Sequence[Reading],
        period: Period | None,
        lost: Collection[str],
        newest: int | None,
    ) -> None:
        """Changes are to be asked for from just before a complete scan began.

        Where only a period was scanned, the documents before it are as they were: what changed of them since then is
        still to be asked for, so a cursor that is there stays, and a first one begins when the oldest of them came. So
        does that of an entity whose data was lost. `newest`: the newest batch that was published.
        """
        followed = self.changes.followed(realm_id) - set(lost) if period is not None else set()
        with PublishedReader(self.settings.data.warehouse) as published:
            known = KnownRecords(published.query, realm_id)
            for reading in readings:
                entity, since = reading.entity, reading.as_of or reading.started_at
                if reading.note is not None and entity.name in lost:  # what is not served cannot be loaded anew
                    self._access.cursors.forget(realm_id, [entity.name])
                if reading.error is not None or reading.note is not None:
                    continue
                if where(entity, period) is not None:
                    if entity.name in followed:
                        continue
                    outside = known.first_received(entity, f"NOT ({where_in_warehouse(entity, period)})")
                    since = min(since, outside or since)
                if entity.name in lost:
                    self._access.cursors.restart(realm_id, entity.name, since - OVERLAP, newest)
                else:
                    self._access.cursors.advance(realm_id, [entity.name], since - OVERLAP, newest)


def open_session(settings: Settings | None = None, limits: RequestLimits | None = None) -> Session:
    """The session of this process, by default with the settings of the environment and QuickBooks' own limits."""
    return Session(settings or load_settings(), limits)
