"""From QuickBooks to the lake: the asynchronous half of a load. Nothing here touches the warehouse's writer."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from qbo_pipeline.ingestion.completeness import IncompleteScanError, ScanRecord, missing
from qbo_pipeline.ingestion.deletions import confirmed, gone_or_moved, without_claims
from qbo_pipeline.ingestion.known import KnownRecords, Span
from qbo_pipeline.ingestion.ledger import RequestLedger, charge_to
from qbo_pipeline.ingestion.periods import where, where_in_warehouse
from qbo_pipeline.ingestion.pieces import next_piece_at
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.ingestion.told import Told, by_entity, read_told
from qbo_pipeline.ingestion.vanished import lacking, vanished
from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.lake.writer import LakeWriter, WrittenBatch
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.company import CompanyApi, Count
from qbo_pipeline.quickbooks.errors import FaultError, QuickBooksError, UnsupportedOperationError
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse.merge import MergeOutcome

logger = logging.getLogger(__name__)

T = TypeVar("T")

SCAN_ATTEMPTS = 4
"""Scans of one entity before giving up on records that keep being deleted meanwhile."""

FEATURE_NOT_SUPPORTED = "5020"
"""Fault of an entity whose feature is switched off in the company or not part of its subscription."""

_PATIENT = 10
"""A niceness: a tenth of a busy processor."""

ENTITIES_AT_ONCE = 4
"""Entities read side by side: small ones hide each other's latency, large ones share the memory."""

ENTITIES_TOGETHER = 8
"""Entities that were read to their end and are merged together while others are read. Opening the warehouse costs as
much as merging some small ones."""

Progress = Callable[[str, int, int | None], None]
"""Entity, records so far, records counted."""
OutcomeByEntity = Mapping[Entity, MergeOutcome]
Merge = Callable[[Mapping[Entity, Sequence[Batch]]], OutcomeByEntity]
"""Bring batches of some entities into the warehouse, without showing them to readers yet."""


@dataclass(slots=True)
class Reading:
    """What was read of one entity: batches in the lake and what the audit trail wants to know."""

    entity: Entity
    source: str
    started_at: datetime
    ledger: RequestLedger = field(default_factory=RequestLedger)
    batches: list[Batch] = field(default_factory=list)
    counted: Count | None = None
    as_of: datetime | None = None
    """QuickBooks' time from before the first page: changes since may be missing."""
    merging: list[Future[OutcomeByEntity]] = field(default_factory=list)
    """Of the first `merged_batches` of them, which are merged while the scan, or that of other entities, goes on."""
    merged_batches: int = 0
    note: str | None = None
    error: Exception | None = None
    seconds: float = 0.0

    def merged(self) -> MergeOutcome:
        """What merging the first `merged_batches` did; waits for it.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        return sum((one.result()[self.entity] for one in self.merging), MergeOutcome())

    @property
    def unmerged(self) -> list[Batch]:
        """The batches that nobody merges yet."""
        return self.batches[self.merged_batches :]


_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class ChangesRead:
    """What changed since the cursor of each entity."""

    readings: list[Reading]
    """Of entities with changes; at least one, for the requests."""
    next_since: datetime = _NEVER
    """From when to ask next time, once these are merged; of no use where not everything was read."""
    lacking: Mapping[Entity, Span] = field(default_factory=dict)
    """Entities of which records were deleted that the answer does not name, with the span they are in."""
    error: Exception | None = None
    """Why not everything could be read; the cursors stay then."""


class CompanyReader:
    """Reads entities of one company into the lake, for one run; a context manager, for its threads."""

    def __init__(
        self,
        company: CompanyApi,
        lake: Path,
        run_id: str,
        known: KnownRecords,
        merge: Merge,
        on_progress: Progress | None,
    ) -> None:
        self._company = company
        self._lake = lake
        self._run_id = run_id
        self._known = known
        self._merge = merge
        self._on_progress = on_progress
        self._side_by_side = asyncio.Semaphore(ENTITIES_AT_ONCE)
        # One thread types and writes: it keeps up with the network, and every further one would keep memory of its own.
        self._typing = ThreadPoolExecutor(1, thread_name_prefix="lake")
        self._merging = ThreadPoolExecutor(1, thread_name_prefix="merge", initializer=_give_way)

    async def _aside(self, work: Callable[..., T], *arguments: object) -> T:
        """Run what computes in the typing thread, so that requests go on."""
        return await asyncio.get_running_loop().run_in_executor(self._typing, work, *arguments)

    def __enter__(self) -> CompanyReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._typing.shutdown()
        self._merging.shutdown()

    async def scan_all(self, entities: Sequence[Entity], period: Period | None) -> list[Reading]:
        """Read all records of the entities in a period. An entity that fails says so; the others go on."""
        first = RequestLedger()
        charge_to(first)
        counts = await self._counts(entities, period)
        remaining, finished = len(entities), list[Reading]()

        async def read(entity: Entity, count: Count | None) -> Reading:
            nonlocal remaining
            reading = await self._guarded(entity, period, count)
            remaining -= 1
            if reading.unmerged:
                finished.append(reading)
            if remaining and len(finished) >= ENTITIES_TOGETHER:
                self._merge_ahead(finished)
                finished.clear()
            return reading

        readings = await asyncio.gather(*map(read, entities, counts))
        readings[0].ledger.calls[:0] = first.calls
        return list(readings)

    async def _counts(self, entities: Sequence[Entity], period: Period | None) -> list[Count | None]:
        """How many there are of each, asked together; None for those that have to be asked alone."""
        if len(entities) == 1:
            return [None]
        try:
            return await self._company.counted_together([(entity, where(entity, period)) for entity in entities])
        except FaultError as error:
            logger.info("company %s: no batch of counts, asking one by one (%s)", self._company.realm_id, error.reason)
            return [None] * len(entities)

    async def _guarded(self, entity: Entity, period: Period | None, count: Count | None) -> Reading:
        reading = Reading(entity, "backfill", datetime.now(UTC))
        async with self._side_by_side:
            charge_to(reading.ledger)
            began = time.monotonic()
            try:
                await self._scan(reading, period, count)
            except FaultError as error:
                if not (isinstance(error, UnsupportedOperationError) or error.code == FEATURE_NOT_SUPPORTED):
                    reading.error = error
                else:
                    reading.note = f"Not available in this company: {error.reason}"
            except (QuickBooksError, IncompleteScanError, OSError) as error:
                reading.error = error
            reading.seconds = time.monotonic() - began
        return reading

    async def _scan(self, reading: Reading, period: Period | None, known: Count | None) -> None:
        entity, condition = reading.entity, where(reading.entity, period)
        writer = LakeWriter(self._lake, entity, self._company.realm_id, self._run_id)
        for attempt in range(1, SCAN_ATTEMPTS + 1):
            count = known or await self._company.counted(entity, condition)
            known = None
            record = ScanRecord()
            reading.counted = count
            reading.as_of = reading.as_of or count.counted_at
            await self._read_pages(reading, writer, record, condition, count)
            lost = missing(record, count.total, count.counted_at)
            if not lost or entity.category is Category.SINGLETON:
                await self._find_deleted(reading, writer, record, period)
                await self._flush(reading, writer, None)
                return
            logger.warning(
                "company %s, %s: %d records were deleted or moved while it was read; reading it again (%d of %d)",
                self._company.realm_id, entity.name, lost, attempt, SCAN_ATTEMPTS,
            )  # fmt: skip
        raise IncompleteScanError(self._company.realm_id, entity.name, count.total, record.distinct(), SCAN_ATTEMPTS)

    async def _read_pages(
        self, reading: Reading, writer: LakeWriter, record: ScanRecord, condition: str | None, count: Count
    ) -> None:
        read = 0
        async for page in self._company.scan(reading.entity, where=condition, count=count.total):
            read += len(page.records)
            await self._write(reading, writer, record, page)
            if self._on_progress is not None:
                self._on_progress(reading.entity.name, read, count.total)
        await self._flush(reading, writer, record)

    async def _write(self, reading: Reading, writer: LakeWriter, record: ScanRecord | None, page: Page) -> None:
        _keep(reading, await self._aside(writer.add, page), record)
        merged = _records(reading.batches[: reading.merged_batches])
        total = None if reading.counted is None else reading.counted.total
        if _records(reading.batches) >= next_piece_at(merged, total):
            if reading.merging:  # none gets far ahead of what is merged, and what cannot be merged ends the scan
                await asyncio.wrap_future(reading.merging[-1])
            self._merge_ahead([reading])

    def _merge_ahead(self, readings: Sequence[Reading]) -> None:
        """Merge what is in the lake of them while others are read, in the merging thread."""
        merging = self._merging.submit(self._merge, {one.entity: one.unmerged for one in readings})
        for one in readings:
            one.merging.append(merging)
            one.merged_batches = len(one.batches)

    async def _flush(self, reading: Reading, writer: LakeWriter, record: ScanRecord | None) -> None:
        _keep(reading, await self._aside(writer.flush), record)

    async def _find_deleted(
        self, reading: Reading, writer: LakeWriter, record: ScanRecord, period: Period | None
    ) -> None:
        """Records we hold and a complete scan did not show are gone, or moved to another month: ask for them."""
        if reading.entity.key != ("Id",) or reading.entity.category is Category.SINGLETON:
            return
        known = await self._aside(self._known.ids, reading.entity, where_in_warehouse(reading.entity, period))
        for ids in record.ids:
            known.difference_update(ids.to_pylist())
        for page in await gone_or_moved(self._company, reading.entity, sorted(known), reading.as_of, "backfill"):
            await self._write(reading, writer, None, page)

    async def read_changes(self, since: Mapping[Entity, datetime]) -> ChangesRead:
        """Read what changed since the cursor of each entity, deletions confirmed; what fails is in the answer."""
        shared = RequestLedger()
        charge_to(shared)
        readings: dict[Entity, Reading] = {}
        writers: dict[Entity, LakeWriter] = {}
        unwritten: list[Page] = []
        company = self._company.noting(unwritten.append)
        read = ChangesRead([])

        async def write(page: Page) -> None:
            entity = page.entity
            if entity not in readings:
                readings[entity] = Reading(entity, "cdc", datetime.now(UTC))
                writers[entity] = LakeWriter(self._lake, entity, self._company.realm_id, self._run_id)
            await self._write(readings[entity], writers[entity], None, page)

        try:
            changes = await company.changes(since)
            async for page in changes.pages:
                for part in await confirmed(company, page):
                    await write(part)
                    unwritten[:] = [one for one in unwritten if one.body is not part.body or one.entity != part.entity]
            read.next_since = changes.next_since
            held = [
                (entity, await self._aside(self._known.created_until, entity, cursor))
                for entity, cursor in changes.deletions_unseen.items()
            ]
            read.lacking = dict(await lacking(company, held))
        except (QuickBooksError, OSError) as error:
            read.error = error
        for page in unwritten:
            await write(without_claims(page))
        for entity, reading in readings.items():
            await self._flush(reading, writers[entity], None)
        read.readings = list(readings.values()) or [Reading(next(iter(since)), "cdc", datetime.now(UTC))]
        read.readings[-1].ledger.calls.extend(shared.calls)
        read.readings[-1].error = read.error
        return read

    async def read_vanished(self, spans: Mapping[Entity, Span]) -> list[Reading]:
        """Find what was deleted unseen within spans that QuickBooks has fewer records of; once changes are merged."""
        return list(await asyncio.gather(*(self._read_vanished(*one) for one in spans.items())))

    async def _read_vanished(self, entity: Entity, span: Span) -> Reading:
        async def pages(company: CompanyApi) -> list[Page]:
            ids = await vanished(company, entity, span, self._known)
            return await gone_or_moved(company, entity, ids, None, "cdc")

        return await self._read_few(entity, "cdc", pages)

    async def read_told(self, told: Sequence[Told], source: str) -> list[Reading]:
        """Read the records that somebody tells of, all entities side by side; one that fails says so."""
        return list(await asyncio.gather(*(self._read_told(*one, source) for one in by_entity(told).items())))

    async def _read_told(self, entity: Entity, told: Mapping[str, Told], source: str) -> Reading:
        return await self._read_few(entity, source, lambda company: read_told(company, entity, told, source))

    async def _read_few(
        self, entity: Entity, source: str, read: Callable[[CompanyApi], Awaitable[list[Page]]]
    ) -> Reading:
        """Read a few records of an entity; what fails is in the reading, and what arrived before in the lake."""
        reading = Reading(entity, source, datetime.now(UTC))
        writer = LakeWriter(self._lake, entity, self._company.realm_id, self._run_id)
        async with self._side_by_side:
            charge_to(reading.ledger)
            began = time.monotonic()
            received: list[Page] = []
            try:
                pages: list[Page] = []
                try:
                    pages = await read(self._company.noting(received.append))
                except QuickBooksError as error:
                    reading.error = error
                # Whatever else arrived is kept as well: before an error, or where records were only counted off.
                rest = [without_claims(page) for page in received if not any(page is one for one in pages)]
                for page in [*pages, *rest]:
                    await self._write(reading, writer, None, page)
                await self._flush(reading, writer, None)
            except OSError as error:
                reading.error = error
            reading.seconds = time.monotonic() - began
        return reading


def _records(batches: Iterable[Batch]) -> int:
    return sum(batch.manifest.records for batch in batches)


def _give_way() -> None:
    """Let the thread that calls this compute when others do not: a request that leaves late is too close to the next.

    Only Linux gives threads priorities of their own.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _PATIENT)


def _keep(reading: Reading, written: WrittenBatch | None, record: ScanRecord | None) -> None:
    """Note a batch, and for a scan whose completeness will be judged, what is in it."""
    if written is None:
        return
    reading.batches.append(written.batch)
    if record is not None:
        for ids, created in zip(written.ids, written.created_at, strict=True):
            record.add(ids, created)
