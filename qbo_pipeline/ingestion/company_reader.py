"""From QuickBooks to the lake: the asynchronous half of a load. Nothing here touches the warehouse's writer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from qbo_pipeline.ingestion.deletions import confirmed, gone_or_moved, without_claims
from qbo_pipeline.ingestion.failures import NoAnswerYetError
from qbo_pipeline.ingestion.known import KnownRecords, Span
from qbo_pipeline.ingestion.landing import EntityLanding, Landing
from qbo_pipeline.ingestion.ledger import RequestLedger, charge_to
from qbo_pipeline.ingestion.patience import Patience
from qbo_pipeline.ingestion.reading import Merge, Progress, Reading, unavailable
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.ingestion.scans import CompanyScans
from qbo_pipeline.ingestion.told import Told, by_entity, read_told
from qbo_pipeline.ingestion.vanished import lacking, vanished
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.errors import FaultError, QuickBooksError, UnsupportedOperationError
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.quickbooks.record import identity

ENTITIES_AT_ONCE = 4
"""Entities read side by side: small ones hide each other's latency, large ones share the memory."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class ChangesRead:
    """What changed since the cursor of each entity."""

    readings: list[Reading]
    """Of entities with changes; at least one, for the requests."""
    next_since: datetime = _NEVER
    """From when to ask next time, once these are merged; of no use where not everything was read."""
    lacking: Mapping[Entity, Sequence[Span]] = field(default_factory=dict)
    """Entities of which records were deleted that the answer does not name, with the spans they are in."""
    unshown: Mapping[Entity, Sequence[str]] = field(default_factory=dict)
    """Ids of those that webhooks brought since the cursor and that the answer, which has all that changed, lacks."""
    refused: Sequence[Entity] = ()
    """Entities that change data capture does not serve."""
    unread: Mapping[Entity, FaultError] = field(default_factory=dict)
    """Entities that QuickBooks refuses to answer for, with why; their cursors stay."""
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
        self._known = known
        self._landing = Landing(lake, company.realm_id, run_id, merge)
        self._side_by_side = asyncio.Semaphore(ENTITIES_AT_ONCE)
        self._scans = CompanyScans(company, known, self._landing, self._side_by_side, on_progress)

    def __enter__(self) -> CompanyReader:
        self._landing.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._landing.__exit__(*error)

    async def scan_all(self, entities: Sequence[Entity], period: Period | None) -> list[Reading]:
        """Read all records of the entities in a period. An entity that fails says so; the others go on."""
        return await self._scans.scan_all(entities, period)

    async def read_changes(self, since: Mapping[Entity, datetime], refused: Collection[str] = ()) -> ChangesRead:
        """Read what changed since the cursor of each entity, deletions confirmed; what fails is in the answer.

        `refused`: names of entities that change data capture is known not to serve.
        """
        shared = RequestLedger()
        charge_to(shared)
        landings: dict[Entity, EntityLanding] = {}
        shown: dict[Entity, set[str | None]] = {}
        unwritten: list[Page] = []
        company = self._company.noting(unwritten.append)
        read = ChangesRead([])

        async def write(page: Page) -> None:
            entity = page.entity
            if entity not in landings:
                landings[entity] = self._landing.of(Reading(entity, "cdc", datetime.now(UTC)))
            await landings[entity].write(page)

        try:
            changes = await company.changes(since, refused)
            read.refused = changes.refused
            async for page in changes.pages:
                if page.entity in changes.deletions_unseen:
                    shown.setdefault(page.entity, set()).update(identity(one, page.entity) for one in page.records)
                for part in await confirmed(company, page):
                    await write(part)
                    unwritten[:] = [one for one in unwritten if one.body is not part.body or one.entity != part.entity]
            read.next_since = changes.next_since
            read.unread = changes.unread
            read.readings = [_of_unread(entity, error) for entity, error in changes.unread.items()]
            unseen = [one for one in changes.deletions_unseen.items() if one[0] not in changes.unread]
            held = [
                (entity, await self._landing.aside(self._known.created_until, entity, cursor))
                for entity, cursor in unseen
            ]
            read.lacking = await lacking(company, held, self._known)
            later = [
                (
                    entity,
                    await self._landing.aside(self._known.created_after, entity, cursor) - shown.get(entity, set()),
                )
                for entity, cursor in unseen
            ]
            read.unshown = {entity: sorted(ids) for entity, ids in later if ids}
        except (QuickBooksError, OSError) as error:
            read.error = error
        for page in unwritten:
            await write(without_claims(page))
        for landing in landings.values():
            await landing.flush()
        read.readings += [landing.reading for landing in landings.values()]
        if not read.readings:
            read.readings = [Reading(next(iter(since)), "cdc", datetime.now(UTC))]
        read.readings[-1].ledger.calls.extend(shared.calls)
        if read.error is not None:
            read.readings[-1].error = read.error
        return read

    async def read_vanished(
        self, spans: Mapping[Entity, Sequence[Span]], unshown: Mapping[Entity, Sequence[str]]
    ) -> list[Reading]:
        """Find what was deleted unseen: within spans that QuickBooks has fewer records of, once changes are merged, and
        among records that it did not show.
        """
        entities = dict.fromkeys([*spans, *unshown])
        return list(
            await asyncio.gather(
                *(self._read_vanished(one, spans.get(one, ()), unshown.get(one, ())) for one in entities)
            )
        )

    async def _read_vanished(self, entity: Entity, spans: Sequence[Span], unshown: Sequence[str]) -> Reading:
        async def pages(company: CompanyApi) -> list[Page]:
            ids = [*unshown, *await vanished(company, entity, spans, self._known)]
            # As in a complete load: that they are gone is known, not when they went.
            return await gone_or_moved(company, entity, ids, self._known, None, "backfill")

        return await self._read_few(entity, "cdc", pages, Patience(self._company.realm_id, None))

    async def read_told(self, told: Sequence[Told], source: str, silence: float | None = None) -> list[Reading]:
        """Read the records that somebody tells of, all entities side by side; one that fails says so.

        `silence`: seconds without any answer after which the company is waited for no longer.
        """
        patience = Patience(self._company.realm_id, silence)
        return list(await asyncio.gather(*(self._read_told(*one, source, patience) for one in by_entity(told).items())))

    async def _read_told(self, entity: Entity, told: Mapping[str, Told], source: str, patience: Patience) -> Reading:
        return _without_unavailable(
            await self._read_few(entity, source, lambda company: read_told(company, entity, told, source), patience)
        )

    async def _read_few(
        self, entity: Entity, source: str, read: Callable[[CompanyApi], Awaitable[list[Page]]], patience: Patience
    ) -> Reading:
        """Read a few records of an entity; what fails is in the reading, and what arrived before in the lake."""
        reading = Reading(entity, source, datetime.now(UTC))
        landing = self._landing.of(reading)
        charge_to(reading.ledger)
        began = time.monotonic()
        received: list[Page] = []

        def note(page: Page) -> None:
            received.append(page)
            patience.heard()

        try:
            pages: list[Page] = []
            try:
                async with patience.waiting(), self._side_by_side:
                    began = time.monotonic()
                    pages = await read(self._company.noting(note))
            except (QuickBooksError, NoAnswerYetError) as error:
                reading.error = error
            # Whatever else arrived is kept as well: before an error, or where records were only counted off.
            rest = [without_claims(page) for page in received if not any(page is one for one in pages)]
            for page in [*pages, *rest]:
                await landing.write(page)
            await landing.flush()
        except OSError as error:
            reading.error = error
        reading.seconds = time.monotonic() - began
        return reading


def _of_unread(entity: Entity, error: FaultError) -> Reading:
    """That nothing could be read: of what the company does not have any more there is nothing, all else is an error."""
    return _without_unavailable(Reading(entity, "cdc", datetime.now(UTC), error=error))


def _without_unavailable(reading: Reading) -> Reading:
    """The reading, with a note in place of the error where the company does not have the entity any more."""
    if isinstance(reading.error, UnsupportedOperationError):
        reading.note, reading.error = unavailable(reading.error), None
    return reading
