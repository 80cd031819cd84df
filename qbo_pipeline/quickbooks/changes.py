"""What changed in a company since an instant, with the fewest requests that lose nothing.

Change data capture answers for many entities at once, but with no more than 1,000 objects for all of them together and
no sign that it cut some off. So an answer of 1,000 counts as cut: its largest entity is asked alone, the others again
together. An entity that fills 1,000 by itself is read by query, as are the five that change data capture does not know.

A query shows no deletions. Where one had to stand in, `Changes.deletes_unknown` names the entity.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.envelopes import last_updated
from qbo_pipeline.quickbooks.errors import CursorTooOldError
from qbo_pipeline.quickbooks.pages import PAGE_SIZE, Page
from qbo_pipeline.quickbooks.queries import LAST_UPDATED, instant_literal, select_statement

if TYPE_CHECKING:
    from qbo_pipeline.quickbooks.company import CompanyApi

CAPTURE_CAP = 1000
"""Objects of one change data capture answer, all entities together."""

LOOK_BACK_DAYS = 29
"""QuickBooks looks back 30 days and does not reliably refuse more (recorded: 200 for one of years)."""

OVERLAP = timedelta(seconds=60)
"""How far each cursor reaches back behind the answer it comes from. Stamps have whole seconds, clocks of servers
differ, and query answers have been seen to lag behind the object. What comes twice is merged once."""


@dataclass(frozen=True)
class Changes:
    """The changes of one question. Iterate over `pages` once, to the end, before storing `next_since`."""

    next_since: datetime
    """The cursor to store when all pages are safe: QuickBooks' time when the question arrived, less an overlap."""
    deletes_unknown: frozenset[str]
    """Entities whose deletions this answer cannot show: hard-deletable and read by query. Compare their ids."""
    pages: AsyncIterator[Page] = field(repr=False)
    """Pages as they are read. They overlap with what earlier questions brought and with one another."""


async def ask_for_changes(company: CompanyApi, entities: Sequence[Entity], since: datetime, now: datetime) -> Changes:
    """Ask; the requests of change data capture happen here, those of queries as `pages` is consumed.

    Raises:
        CursorTooOldError: `since` is more than 29 days before `now`.
        ValueError: no entity, or a `since` without time zone.
    """
    if not entities:
        raise ValueError("changes of which entities?")
    if now - since > timedelta(days=LOOK_BACK_DAYS):
        raise CursorTooOldError(company.realm_id, since, LOOK_BACK_DAYS)
    supported = [entity for entity in entities if entity.change_data_capture]
    to_query = [entity for entity in entities if not entity.change_data_capture]
    capture = _Capture(company, since)
    if supported:
        await capture.ask(supported)
        to_query += capture.overflowed
    queries = [updated_since(company, entity, since) for entity in to_query]
    asked_at = capture.asked_at
    if not supported:
        # The cursor needs QuickBooks' own time, so the first query goes ahead.
        asked = time.monotonic()
        first = await anext(queries[0])
        capture.pages.append(first)
        asked_at = first.server_time and first.server_time - timedelta(seconds=time.monotonic() - asked)
    next_since = max(since, (asked_at or now) - OVERLAP)
    return Changes(
        next_since=next_since,
        deletes_unknown=frozenset(entity.name for entity in to_query if entity.deletable),
        pages=_one_after_another(capture.pages, queries),
    )


async def _one_after_another(captured: list[Page], queries: list[AsyncIterator[Page]]) -> AsyncIterator[Page]:
    while captured:
        yield captured.pop(0)
    for query in queries:
        async for page in query:
            yield page


class _Capture:
    """Splits a question until every answer is whole."""

    def __init__(self, company: CompanyApi, since: datetime) -> None:
        self._company = company
        self._since = since
        self.asked_at: datetime | None = None
        """QuickBooks' time when the first question arrived there, as near as can be told."""
        self.pages: list[Page] = []
        self.overflowed: list[Entity] = []

    async def ask(self, entities: Sequence[Entity]) -> None:
        """Bring the changes of `entities` into `pages`, and those with too many into `overflowed`."""
        waiting = [list(entities)]
        while waiting:
            group = waiting.pop()
            pages, answer = await self._company.capture(group, self._since)
            if self.asked_at is None and answer.value.server_time is not None:
                self.asked_at = answer.value.server_time - timedelta(seconds=answer.seconds)
            if sum(len(page.records) for page in pages) < CAPTURE_CAP:
                self.pages += pages
                continue
            largest = max(pages, key=lambda page: len(page.records))
            if len(group) == 1 or len(largest.records) >= CAPTURE_CAP:
                self.overflowed.append(largest.entity)
                self.pages.append(largest)  # cut off, but the deletions in it are shown nowhere else
            else:
                waiting.append([largest.entity])
            rest = [entity for entity in group if entity is not largest.entity]
            if rest:
                waiting.append(rest)


async def updated_since(company: CompanyApi, entity: Entity, since: datetime) -> AsyncIterator[Page]:
    """Pages of all records of an entity updated at or after `since`, oldest first.

    Each page starts at the second in which the one before ended, so that a record edited meanwhile, which moves to the
    end, shifts nothing past us. Only within one second of more than 1,000 records are positions counted.
    """
    lower, start = since.replace(microsecond=0), 1
    while True:
        page = await company.query_page(entity, _statement(entity, lower, start), "cdc", start)
        yield page
        if len(page.records) < PAGE_SIZE:
            return
        last = last_updated(page.records[-1])
        if last is not None and last > lower:
            lower, start = last, 1
        else:
            start += PAGE_SIZE


def _statement(entity: Entity, lower: datetime, start: int) -> str:
    return select_statement(entity, f"{LAST_UPDATED} >= {instant_literal(lower)}", order=LAST_UPDATED, start=start)
