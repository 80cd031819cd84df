"""What a process has once: one client, one limiter, one token vault, one way into the warehouse and one out of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

from qbo_pipeline.ingestion import ledger
from qbo_pipeline.ingestion.company_reader import CompanyReader
from qbo_pipeline.ingestion.delivery_trail import record_deliveries
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.ingestion.merging import Note, merge_readings, merged_up_to
from qbo_pipeline.ingestion.publishing import publish
from qbo_pipeline.ingestion.reading import Progress, Reading
from qbo_pipeline.ingestion.request_loop import RequestLoop
from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.ingestion.retention import prune_once_a_day
from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.client import QuickBooksClient, open_vault
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.cursors import ChangeCursors
from qbo_pipeline.state.request_windows import RequestLimits
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import Connection, ConnectionStatus
from qbo_pipeline.warehouse.merge import MergeOutcome
from qbo_pipeline.warehouse.published import PublishedReader, open_published
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse


class Access:
    """The ways to QuickBooks, the state store and the warehouse, for any thread.

    Opening it costs nothing; the client and the state store open with the first request.
    """

    def __init__(self, settings: Settings, limits: RequestLimits | None) -> None:
        self.settings = settings
        self.loop = RequestLoop()
        """The event loop of all requests."""
        self._limits = limits
        self._opening = threading.RLock()
        self._opened_state: StateStore | None = None
        self._opened_client: QuickBooksClient | None = None

    @property
    def state(self) -> StateStore:
        """The state store."""
        with self._opening:
            if self._opened_state is None:
                self._opened_state = StateStore(self.settings.state_url)
            return self._opened_state

    @property
    def usage(self) -> ApiUsage:
        """How many requests were sent, by company, day and purpose."""
        return ApiUsage(self.state)

    @property
    def cursors(self) -> ChangeCursors:
        """From when to ask for changes."""
        return ChangeCursors(self.state)

    @property
    def client(self) -> QuickBooksClient:
        """The client of the Accounting API."""

        async def opened(state: StateStore) -> QuickBooksClient:
            return QuickBooksClient(self.settings, state, on_call=ledger.note, limits=self._limits)

        with self._opening:
            if self._opened_client is None:
                self._opened_client = self.loop.run(opened(self.state))
            return self._opened_client

    def company(self, realm_id: str) -> CompanyApi:
        """The API of one company."""
        return self.client.company(realm_id)

    def connections(self) -> list[Connection]:
        """The connected companies to work on: those of QBO_COMPANIES, or all."""
        chosen = self.settings.companies
        return [
            one
            for one in self._of_this_environment()
            if one.status is not ConnectionStatus.DISCONNECTED and (not chosen or one.realm_id in chosen)
        ]

    def metered_together(self) -> set[str]:
        """Realm ids of all companies whose calls count for the same month's: those of other environments have their own
        app, and QuickBooks does not meter sandboxes."""
        return {one.realm_id for one in self._of_this_environment()}

    def spent_this_month(self, now: datetime) -> int:
        """How many of the month's calls are spent."""
        metered = self.metered_together()
        return sum(calls for (realm_id, _), calls in self.usage.of_month(now.date()).items() if realm_id in metered)

    def _of_this_environment(self) -> list[Connection]:
        environment = self.settings.environment.value
        found = open_vault(self.settings, self.state).connections()
        return [one for one in found if one.belongs_to(environment)]

    @contextmanager
    def reader(self, realm_id: str, run_id: str, on_progress: Progress | None) -> Iterator[CompanyReader]:
        """Reads one company into the lake, for one run."""

        def merge(batches: Mapping[Entity, Sequence[Batch]]) -> Mapping[Entity, MergeOutcome]:
            with self.warehouse() as warehouse:
                return {entity: warehouse.merge(entity, own) for entity, own in batches.items()}

        company = self.company(realm_id)
        with PublishedReader(self.settings.data.warehouse) as published:
            known = KnownRecords(published.query, realm_id)
            with CompanyReader(company, self.settings.data.lake, run_id, known, merge, on_progress) as reader:
                yield reader

    def warehouse(self) -> AbstractContextManager[Warehouse]:
        """The warehouse, to merge into; nothing of it is shown to readers yet.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        data = self.settings.data
        return open_warehouse(data.build, data.warehouse, data.lake)

    @contextmanager
    def publishing(self, *, models: bool = True) -> Iterator[Warehouse]:
        """The warehouse, to merge into; in the end everything is shown to readers at once, with the models on it.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        with self.warehouse() as warehouse:
            yield warehouse
            record_deliveries(warehouse, self.state)
            prune_once_a_day(self.settings, warehouse, datetime.now(UTC))
            publish(warehouse, models=models)

    def merge(
        self, run_id: str, read: Mapping[str, Sequence[Reading]], note: Note | None = None, *, models: bool = True
    ) -> list[EntityLoad]:
        """Bring what was read, by realm id, into the warehouse, and show it.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        with self.publishing(models=models) as warehouse:
            loads = merge_readings(warehouse, run_id, read)
            if note is not None:
                note(warehouse, read)
        for realm_id, readings in read.items():
            for reading in readings:
                self.usage.add(realm_id, reading.source, len(reading.ledger.calls))
        return loads

    def merge_company(
        self, run_id: str, realm_id: str, readings: Sequence[Reading], *, models: bool = True
    ) -> tuple[list[EntityLoad], int | None]:
        """The same for one company, with the number of the newest of its batches that readers see from then on.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        newest: list[int | None] = []

        def note(warehouse: Warehouse, _: object) -> None:
            newest.append(merged_up_to(warehouse.rows, realm_id))

        loads = self.merge(run_id, {realm_id: readings}, note, models=models)
        return loads, newest[0]

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

    def close(self) -> None:
        """Close the client, the event loop and the state store, those that were opened."""
        if self._opened_client is not None:
            self.loop.end_all()
            self.loop.run(self._opened_client.aclose())
        self.loop.close()
        if self._opened_state is not None:
            self._opened_state.close()
