"""The session of a process: one client, one limiter, one token vault, one way into the warehouse."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from qbo_pipeline.ingestion import ledger
from qbo_pipeline.ingestion.delivery_trail import record_deliveries
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.ingestion.ledger import RequestLedger
from qbo_pipeline.ingestion.merging import Note, merge_readings
from qbo_pipeline.ingestion.peeking import holds_news
from qbo_pipeline.ingestion.periods import where
from qbo_pipeline.ingestion.polling import PollingPolicy, polling_interval
from qbo_pipeline.ingestion.publishing import publish
from qbo_pipeline.ingestion.reading import CompanyReader, Progress, Reading
from qbo_pipeline.ingestion.reports.pulls import ReportPulls
from qbo_pipeline.ingestion.request_loop import RequestLoop
from qbo_pipeline.ingestion.results import EntityLoad, Period, Query
from qbo_pipeline.ingestion.retention import prune_once_a_day
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.lake.memory import keep_no_pools
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.changes import OVERLAP, Glance
from qbo_pipeline.quickbooks.client import QuickBooksClient, open_vault
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.cursors import ChangeCursors
from qbo_pipeline.state.request_windows import RequestLimits
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import Connection, ConnectionStatus
from qbo_pipeline.state.webhook_events import WebhookEvents
from qbo_pipeline.warehouse.merge import MergeOutcome
from qbo_pipeline.warehouse.published import PublishedReader, open_published
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox import Inbox

OPEN_END = 2999
"""A period that ends in this year has no end: whoever loads it holds all there is from its first day on."""


class LoadError(Exception):
    """Some entities could not be loaded; those that could are in the warehouse."""

    def __init__(self, realm_id: str, failures: dict[str, Exception], loads: list[EntityLoad]) -> None:
        self.realm_id = realm_id
        self.failures = failures
        """Entity → what went wrong."""
        self.loads = loads
        """What was loaded nevertheless."""
        told = "\n".join(f"  {name}: {error}" for name, error in failures.items())
        super().__init__(f"company {realm_id}: {len(failures)} entities could not be loaded:\n{told}")


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
        self._limits = limits
        self._loop = RequestLoop()
        self._opening = threading.RLock()
        self._opened_state: StateStore | None = None
        self._opened_client: QuickBooksClient | None = None
        self.reports = ReportPulls(
            settings, self._loop, self._company, lambda: self._usage, self._publishing, self.reading
        )
        """Pulls QuickBooks' own reports."""
        keep_no_pools()

    def companies(self) -> list[Company]:
        """The connected companies to work on: those of QBO_COMPANIES, or all."""
        return [Company(one.realm_id, one.company_name or one.realm_id) for one in self.connections()]

    def connections(self) -> list[Connection]:
        """How their connections are."""
        chosen = self.settings.companies
        return [
            one
            for one in open_vault(self.settings, self._state).connections()
            if one.status is not ConnectionStatus.DISCONNECTED
            and one.belongs_to(self.settings.environment.value)
            and (not chosen or one.realm_id in chosen)
        ]

    def connect(self, realm_id: str, code: str, redirect_uri: str) -> Company:
        """Finish an authorization: exchange the code of the redirect for tokens and store them.

        Raises:
            OAuthError: QuickBooks gives no tokens for this code.
        """
        connection = self._loop.run(self._client.connect(realm_id, code, redirect_uri))
        return Company(realm_id, connection.company_name or realm_id)

    def count(self, realm_id: str, entity: Entity, period: Period | None = None) -> int:
        """How many records QuickBooks has now; one request."""
        self._usage.add(realm_id, "check", 1)
        return self._loop.run(self._company(realm_id).count(entity, where(entity, period)))

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
        with ThreadPoolExecutor(1, "warehouse") as aside, self._reader(realm_id, run_id, on_progress) as reader:
            preparing = aside.submit(self.prepare_warehouse)
            readings = self._loop.run(reader.scan_all(entities, period))
            preparing.result()
        loads = self._merge(run_id, {realm_id: readings}, models=models)
        if period is None or period.last_day.year >= OPEN_END:
            self._start_cursors(realm_id, readings)
        return _all_or_error(realm_id, readings, loads)

    def prepare_warehouse(self) -> None:
        """Make every table and view where there is none yet: seconds that a first load has while it waits for answers.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        if not self.settings.data.build.exists():
            with self._warehouse():
                pass

    def sync_changes(
        self, realm_id: str, entities: Sequence[Entity], run_id: str, on_progress: Progress | None = None
    ) -> list[EntityLoad]:
        """Load what changed since the last time, deletions included, and publish.

        Entities never loaded before are loaded whole.

        Raises:
            LoadError: some entities failed; the others are loaded and published.
        """
        cursors = ChangeCursors(self._state).of(realm_id)
        since = {entity: cursors[entity.name] for entity in entities if entity.name in cursors}
        whole = [entity for entity in entities if entity not in since]
        loads = self._load_changes(realm_id, since, run_id) if since else []
        if whole:
            try:
                loads += self.backfill(realm_id, whole, None, run_id, on_progress)
            except LoadError as error:
                raise LoadError(realm_id, error.failures, [*loads, *error.loads]) from None
        return loads

    def has_changes(self, realm_id: str, entities: Sequence[Entity]) -> bool:
        """Whether change data capture names anything that the warehouse does not have: a single call while it is quiet.

        Entities that change data capture does not know, and those never loaded, are left out. What is not new moves
        the cursors on.
        """
        cursors = ChangeCursors(self._state)
        stored = cursors.of(realm_id)
        since = {one: stored[one.name] for one in entities if one.change_data_capture and one.name in stored}
        if not since:
            return False
        calls = RequestLedger()
        company = self._company(realm_id)  # opened here: the loop that opens it cannot wait for that itself

        async def ask() -> Glance | None:
            ledger.charge_to(calls)
            return await company.glance(since)

        try:
            seen = self._loop.run(ask())
        finally:
            self._usage.add(realm_id, "cdc", len(calls.calls))
        if seen is None or not seen.is_whole:
            return True
        with self.reading() as query:
            news = holds_news(KnownRecords(query, realm_id), seen.pages)
        if not news:
            cursors.advance(realm_id, [one.name for one in since], seen.next_since)
        return news

    def followed(self, realm_id: str) -> set[str]:
        """Names of the entities that were loaded whole once, so that their changes can be followed."""
        return set(ChangeCursors(self._state).of(realm_id))

    def polling_interval(self, realm_id: str) -> timedelta | None:
        """How long to wait between two questions of change data capture; None: the month's calls are spent."""
        now = datetime.now(UTC)
        policy = PollingPolicy(
            timedelta(seconds=self.settings.cdc_interval_seconds),
            timedelta(seconds=self.settings.cdc_interval_with_webhooks_seconds),
            self.settings.call_budget_per_month,
        )
        spent = sum(self._usage.of_month(now.date()).values())
        arrived = self._last_webhook(realm_id)
        return polling_interval(policy, companies=len(self.companies()), spent=spent, last_webhook=arrived, now=now)

    def calls_by_day(self, first: date) -> dict[tuple[str, date, str], int]:
        """Requests sent from a day (UTC) on, by realm id, day and purpose."""
        return self._usage.by_day(first)

    def _last_webhook(self, realm_id: str) -> datetime | None:
        if not self.settings.data.warehouse.exists():
            return None
        sql = "SELECT max(arrived_at) FROM audit.webhook_event WHERE realm_id = ?"
        [(arrived,)] = self.warehouse_query(sql, [realm_id])
        return None if arrived is None else arrived.replace(tzinfo=UTC)

    def load_told(
        self, realm_id: str, told: Sequence[Told], run_id: str, *, source: str = "webhook"
    ) -> list[EntityLoad]:
        """Load the records that somebody tells of as they are now, deletions included, and publish.

        Raises:
            LoadError: some entities failed; the others are loaded and published.
        """
        readings, loads = self.load_all_told({realm_id: told}, run_id, source=source)
        return _all_or_error(realm_id, readings[realm_id], loads)

    def load_all_told(
        self, told: Mapping[str, Sequence[Told]], run_id: str, note: Note | None = None, *, source: str = "webhook"
    ) -> tuple[Mapping[str, list[Reading]], list[EntityLoad]]:
        """The same for several companies at once, shown to readers together; what fails says so in its reading.

        Args:
            told: by realm id.
            run_id: who asks.
            note: writes into the warehouse what is to be shown along with it.
            source: who tells; it is what the records are received by.
        """

        async def read(readers: Mapping[str, CompanyReader]) -> dict[str, list[Reading]]:
            read = await asyncio.gather(
                *(reader.read_told(told[realm_id], source) for realm_id, reader in readers.items())
            )
            return dict(zip(readers, read, strict=True))

        with ExitStack() as stack:
            readers = {one: stack.enter_context(self._reader(one, run_id, None)) for one in told}
            readings = self._loop.run(read(readers))
        return readings, self._merge(run_id, readings, note)

    def inbox(self, clock: Callable[[], float] = time.time) -> Inbox:
        """The inbox of webhooks; whoever gets it closes it.

        Raises:
            NoVerifierTokenError: nothing could be told from a forgery.
        """
        tokens = self.settings.webhook_verifier_tokens
        if not tokens:
            raise NoVerifierTokenError
        return Inbox(WebhookFolders(self.settings.data.webhooks), WebhookEvents(self._state, clock), tokens, clock)

    def _load_changes(self, realm_id: str, since: Mapping[Entity, datetime], run_id: str) -> list[EntityLoad]:
        """Load what changed since the cursor of each entity."""
        cursors = ChangeCursors(self._state)
        with self._reader(realm_id, run_id, None) as reader:
            changes = self._loop.run(reader.read_changes(since))
            loads = self._merge(run_id, {realm_id: changes.readings})
            if changes.error is not None:
                raise changes.error
            # What was deleted unseen is found from the old cursor alone: it stays until that is done.
            done = [one.name for one in since if one not in changes.lacking]
            cursors.advance(realm_id, done, changes.next_since)
            if not changes.lacking:
                return loads
            found = self._loop.run(reader.read_vanished(changes.lacking))
        loads += self._merge(run_id, {realm_id: found})
        cursors.advance(realm_id, [one.entity.name for one in found if one.error is None], changes.next_since)
        return _all_or_error(realm_id, found, loads)

    @contextmanager
    def reading(self) -> Iterator[Query]:
        """Queries on the published warehouse, read-only, all on one state of it. Opening costs more than most queries.

        Raises:
            FileNotFoundError: nothing was published yet.
        """
        if not self.settings.data.warehouse.exists():
            raise FileNotFoundError(f"{self.settings.data.warehouse} does not exist yet; load a company first.")
        with open_published(self.settings.data.warehouse) as connection:
            yield lambda sql, parameters=(): connection.execute(sql, list(parameters)).fetchall()

    def warehouse_query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a single query; see `reading`."""
        with self.reading() as query:
            return query(sql, parameters)

    def end_requests(self) -> None:
        """Cancel what other threads are asking QuickBooks for."""
        self._loop.end_all()

    def close(self) -> None:
        """Close the client, the event loop and the state store, those that were opened."""
        if self._opened_client is not None:
            self._loop.end_all()
            self._loop.run(self._opened_client.aclose())
        self._loop.close()
        if self._opened_state is not None:
            self._opened_state.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _state(self) -> StateStore:
        with self._opening:
            if self._opened_state is None:
                self._opened_state = StateStore(self.settings.state_url)
            return self._opened_state

    @property
    def _usage(self) -> ApiUsage:
        return ApiUsage(self._state)

    @property
    def _client(self) -> QuickBooksClient:
        async def opened(state: StateStore) -> QuickBooksClient:
            return QuickBooksClient(self.settings, state, on_call=ledger.note, limits=self._limits)

        with self._opening:
            if self._opened_client is None:
                self._opened_client = self._loop.run(opened(self._state))
            return self._opened_client

    def _company(self, realm_id: str) -> CompanyApi:
        return self._client.company(realm_id)

    @contextmanager
    def _reader(self, realm_id: str, run_id: str, on_progress: Progress | None) -> Iterator[CompanyReader]:
        def merge(batches: Mapping[Entity, Sequence[Batch]]) -> Mapping[Entity, MergeOutcome]:
            with self._warehouse() as warehouse:
                return {entity: warehouse.merge(entity, own) for entity, own in batches.items()}

        company = self._company(realm_id)
        with PublishedReader(self.settings.data.warehouse) as published:
            known = KnownRecords(published.query, realm_id)
            with CompanyReader(company, self.settings.data.lake, run_id, known, merge, on_progress) as reader:
                yield reader

    def _warehouse(self) -> AbstractContextManager[Warehouse]:
        data = self.settings.data
        return open_warehouse(data.build, data.warehouse, data.lake)

    def _merge(
        self, run_id: str, read: Mapping[str, Sequence[Reading]], note: Note | None = None, *, models: bool = True
    ) -> list[EntityLoad]:
        """Bring what was read, by realm id, into the warehouse, and show it."""
        with self._publishing(models=models) as warehouse:
            loads = merge_readings(warehouse, run_id, read)
            if note is not None:
                note(warehouse, read)
        for realm_id, readings in read.items():
            for reading in readings:
                self._usage.add(realm_id, reading.source, len(reading.ledger.calls))
        return loads

    @contextmanager
    def _publishing(self, *, models: bool = True) -> Iterator[Warehouse]:
        """The warehouse, to merge into; in the end everything is shown to readers at once, with the models on it."""
        with self._warehouse() as warehouse:
            yield warehouse
            record_deliveries(warehouse, self._state)
            prune_once_a_day(self.settings, warehouse, datetime.now(UTC))
            publish(warehouse, models=models)

    def _start_cursors(self, realm_id: str, readings: Sequence[Reading]) -> None:
        """Changes are to be asked for from just before a complete scan began."""
        cursors = ChangeCursors(self._state)
        for reading in readings:
            if reading.error is None and reading.note is None:
                as_of = reading.as_of or reading.started_at
                cursors.advance(realm_id, [reading.entity.name], as_of - OVERLAP)


def open_session(settings: Settings | None = None, limits: RequestLimits | None = None) -> Session:
    """The session of this process, by default with the settings of the environment and QuickBooks' own limits."""
    return Session(settings or load_settings(), limits)


def _all_or_error(realm_id: str, readings: Sequence[Reading], loads: list[EntityLoad]) -> list[EntityLoad]:
    failures = {reading.entity.name: reading.error for reading in readings if reading.error is not None}
    if failures:
        raise LoadError(realm_id, failures, loads)
    return loads
