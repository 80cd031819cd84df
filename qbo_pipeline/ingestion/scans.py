"""Complete scans: all records of entities, counted, read page by page, and read again where some were missed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from qbo_pipeline.ingestion.completeness import IncompleteScanError, ScanRecord, missing
from qbo_pipeline.ingestion.deletions import gone_or_moved
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.ingestion.landing import EntityLanding, Landing
from qbo_pipeline.ingestion.ledger import RequestLedger, charge_to
from qbo_pipeline.ingestion.periods import where, where_in_warehouse
from qbo_pipeline.ingestion.reading import Progress, Reading, unavailable
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.company import CompanyApi, Count
from qbo_pipeline.quickbooks.errors import FaultError, QuickBooksError, UnsupportedOperationError

logger = logging.getLogger(__name__)

SCAN_ATTEMPTS = 4
"""Scans of one entity before giving up on records that keep being deleted meanwhile."""

ENTITIES_TOGETHER, RECORDS_TOGETHER = 8, 5_000
"""So many entities that were read to their end, and records of them, are merged together while others are read. Opening
the warehouse costs as much as merging some small ones."""


class CompanyScans:
    """Scans entities of one company into the lake, some side by side."""

    def __init__(
        self,
        company: CompanyApi,
        known: KnownRecords,
        landing: Landing,
        side_by_side: asyncio.Semaphore,
        on_progress: Progress | None,
    ) -> None:
        self._company = company
        self._known = known
        self._landing = landing
        self._side_by_side = side_by_side
        self._on_progress = on_progress

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
            waiting = sum(one.records - one.merged_records for one in finished)
            if remaining and len(finished) >= ENTITIES_TOGETHER and waiting >= RECORDS_TOGETHER:
                self._landing.merge_ahead(finished)
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
            except UnsupportedOperationError as error:
                reading.note = unavailable(error)
            except (QuickBooksError, IncompleteScanError, OSError) as error:
                reading.error = error
            reading.seconds = time.monotonic() - began
        return reading

    async def _scan(self, reading: Reading, period: Period | None, known: Count | None) -> None:
        entity, condition = reading.entity, where(reading.entity, period)
        landing = self._landing.of(reading)
        for attempt in range(1, SCAN_ATTEMPTS + 1):
            count = known or await self._company.counted(entity, condition)
            known = None
            record = ScanRecord()
            reading.counted = count
            reading.as_of = reading.as_of or count.counted_at
            await self._read_pages(entity, landing, record, condition, count)
            lost = missing(record, count.total, count.counted_at)
            if not lost or entity.category is Category.SINGLETON:
                await self._find_deleted(reading, landing, record, period)
                await landing.flush()
                return
            logger.warning(
                "company %s, %s: %d records were deleted or moved while it was read; reading it again (%d of %d)",
                self._company.realm_id, entity.name, lost, attempt, SCAN_ATTEMPTS,
            )  # fmt: skip
        raise IncompleteScanError(self._company.realm_id, entity.name, count.total, record.distinct(), SCAN_ATTEMPTS)

    async def _read_pages(
        self, entity: Entity, landing: EntityLanding, record: ScanRecord, condition: str | None, count: Count
    ) -> None:
        read = 0
        async for page in self._company.scan(entity, where=condition, count=count.total):
            read += len(page.records)
            await landing.write(page, record)
            if self._on_progress is not None:
                self._on_progress(entity.name, read, count.total)
        await landing.flush(record)

    async def _find_deleted(
        self, reading: Reading, landing: EntityLanding, record: ScanRecord, period: Period | None
    ) -> None:
        """Records we hold and a complete scan did not show are gone, or moved to another month: ask for them."""
        entity = reading.entity
        if entity.key != ("Id",) or entity.category is Category.SINGLETON:
            return
        known = await self._landing.aside(self._known.ids, entity, where_in_warehouse(entity, period))
        for ids in record.ids:
            known.difference_update(ids.to_pylist())
        for page in await gone_or_moved(self._company, entity, sorted(known), self._known, reading.as_of, "backfill"):
            await landing.write(page)
