"""Finding what was deleted unseen, with few requests.

QuickBooks does not name what it has no more, and it selects no ids alone: to read a million records because one of them
may be missing takes a thousand requests. But it counts, thirty times in one. Whatever existed when a cursor was stored
is known here, so of the records created until then QuickBooks can only have fewer; where it has, the spans of time in
which it has fewer are divided until they are small enough to read.

Where it has more, some of the history was never loaded, and what was not may hide what is missing. Whole months were
loaded, so month by month it tells again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from qbo_pipeline.ingestion.known import KnownRecords, Span
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.company import BATCH_ITEMS, CompanyApi
from qbo_pipeline.quickbooks.pages import PAGE_SIZE
from qbo_pipeline.quickbooks.record import identity

Spans = list[tuple[Entity, Span]]


async def lacking(
    company: CompanyApi, spans: Sequence[tuple[Entity, Span]], known: KnownRecords
) -> dict[Entity, list[Span]]:
    """Those of which QuickBooks has fewer records than are known, or their months; a request for every thirty."""
    fewer, more = await _compared(company, spans)
    months = [
        (entity, part)
        for entity, span in more
        if entity.date_field is not None
        for part in await asyncio.to_thread(known.by_month, entity, span)
    ]
    found: dict[Entity, list[Span]] = {}
    for entity, span in [*fewer, *(await _compared(company, months))[0]]:
        found.setdefault(entity, []).append(span)
    return found


async def _compared(company: CompanyApi, spans: Sequence[tuple[Entity, Span]]) -> tuple[Spans, Spans]:
    """The spans of which QuickBooks has fewer records than are known, and those of which it has more."""
    held = [(entity, span) for entity, span in spans if span.known]
    counts = await company.counted_together([(entity, span.condition(entity)) for entity, span in held])
    fewer: Spans = []
    more: Spans = []
    for (entity, span), answered in zip(held, counts, strict=True):
        count = answered or await company.counted(entity, span.condition(entity))
        if count.total != span.known:
            (fewer if count.total < span.known else more).append((entity, span))
    return fewer, more


async def vanished(company: CompanyApi, entity: Entity, spans: Sequence[Span], known: KnownRecords) -> list[str]:
    """Ids within spans that are lacking which QuickBooks does not show; ask for them by id before believing it."""
    waiting, missing = list(spans), set[str]()
    while waiting:
        divided: Spans = []
        for span in waiting:
            parts = [] if span.known <= PAGE_SIZE else await asyncio.to_thread(known.parts, entity, span, BATCH_ITEMS)
            if len(parts) > 1:
                divided += [(entity, part) for part in parts]
            else:
                missing |= await _not_shown(company, entity, span, known)
        waiting = [span for _, span in (await _compared(company, divided))[0]]
    return sorted(missing)


async def _not_shown(company: CompanyApi, entity: Entity, span: Span, known: KnownRecords) -> set[str]:
    missing = await asyncio.to_thread(known.ids_within, entity, span)
    async for page in company.scan(entity, where=span.condition(entity), count=span.known):
        missing.difference_update(one for record in page.records if (one := identity(record, entity)) is not None)
    return missing
