"""What changed in a company since an instant, with the fewest requests that lose nothing.

Change data capture answers for many entities at once, but with no more than 1,000 objects for all of them together and
no sign that it cut some off. So an answer of 1,000 counts as cut: its largest entity is asked alone, the others again
together. What it cannot serve is read by query: entities that fill 1,000 by themselves, the five that it does not know,
those that it refuses though it is documented to know them, and those last asked about longer ago than it looks back.
What a query refuses as well, as in a company whose subscription lost the feature, is left out, and holds up no other.

A query shows no deletions. Where one had to stand in, `Changes.deletions_unseen` names the entity.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.envelopes import ChangesAnswer
from qbo_pipeline.quickbooks.errors import (
    AuthenticationError,
    FaultError,
    QuerySyntaxError,
    QueryValidationError,
    UnsupportedOperationError,
)
from qbo_pipeline.quickbooks.pages import PAGE_SIZE, Page
from qbo_pipeline.quickbooks.queries import LAST_UPDATED, instant_literal, select_statement
from qbo_pipeline.quickbooks.record import last_updated
from qbo_pipeline.quickbooks.requests import Answer

logger = logging.getLogger(__name__)

CAPTURE_CAP = 1000
"""Objects of one change data capture answer, all entities together."""

LOOK_BACK = timedelta(days=29)
"""QuickBooks looks back 30 days and does not reliably refuse more (recorded: 200 for one of years)."""

OVERLAP = timedelta(seconds=60)
"""How far each cursor reaches back behind the answer it comes from. Stamps have whole seconds, clocks of servers
differ, and query answers have been seen to lag behind the object. What comes twice is merged once."""

REFUSALS = (QueryValidationError, QuerySyntaxError, UnsupportedOperationError)
"""By which a question about several entities is refused as a whole where change data capture does not serve one of
them; they do not reliably say which."""


class Company(Protocol):
    """What is asked: the two questions of `CompanyApi` that changes come from."""

    async def capture(self, entities: Sequence[Entity], since: datetime) -> tuple[list[Page], Answer[ChangesAnswer]]:
        """One request of change data capture."""

    async def query_page(self, entity: Entity, statement: str, source: str, start: int | None) -> Page:
        """The page of one statement."""


@dataclass(frozen=True)
class Changes:
    """The changes of one question. Iterate over `pages` once, to the end, before storing `next_since`."""

    next_since: datetime
    """The cursor to store when all pages are safe, for entities whose cursor is not further on already: QuickBooks'
    time when the question arrived, less an overlap."""
    deletions_unseen: Mapping[Entity, datetime]
    """Entities whose deletions the answer cannot show, because they were read by query, with since when."""
    refused: Sequence[Entity]
    """Entities that change data capture refused to serve: every question with one of them is refused as a whole."""
    unread: Mapping[Entity, FaultError]
    """Entities that queries do not serve either, with why; all of them are here when `pages` ended. Keep their cursors:
    once they can be read again, what changed meanwhile is to be asked for."""
    pages: AsyncIterator[Page] = field(repr=False)
    """Pages as they are read. They overlap with what earlier questions brought and with one another."""


@dataclass(frozen=True)
class Glance:
    """The answer of a single request, as far as it goes."""

    pages: list[Page]
    is_whole: bool
    """Whether nothing can have been cut off."""
    next_since: datetime
    """The cursor to store when everything in a whole answer is known."""


async def glance(company: Company, since: Mapping[Entity, datetime], now: datetime) -> Glance | None:
    """Ask change data capture once; None, without a request, when it does not look back that far.

    Raises:
        ValueError: no entity, or one that it does not know.
        FaultError: one of `REFUSALS` where it does not serve an entity; `ask_for_changes` finds out which.
    """
    _check(since)
    if unknown := [entity.name for entity in since if not entity.change_data_capture]:
        raise ValueError(f"change data capture does not know {', '.join(unknown)}")
    if now - min(since.values()) > LOOK_BACK:
        return None
    pages, answer = await company.capture(list(since), min(since.values()))
    return Glance(pages, _objects(pages) < CAPTURE_CAP, (_asked_at(answer) or now) - OVERLAP)


async def ask_for_changes(
    company: Company, since: Mapping[Entity, datetime], now: datetime, refused: Collection[str] = ()
) -> Changes:
    """Ask; the requests of change data capture happen here, those of queries as `pages` is consumed.

    Args:
        company: whose changes.
        since: each entity's cursor, with time zone.
        now: by our clock.
        refused: names of entities that change data capture refused before, which are read by query at once.

    Raises:
        ValueError: no entity, or a cursor without time zone.
    """
    _check(since)
    captured = [
        one
        for one, cursor in since.items()
        if one.change_data_capture and one.name not in refused and now - cursor <= LOOK_BACK
    ]
    to_query = [one for one in since if one not in captured]
    capture = _Capture(company, min((since[one] for one in captured), default=now))
    if captured:
        await capture.ask(captured)
        to_query += [*capture.overflowed, *capture.refused]
    unread: dict[Entity, FaultError] = {}
    queries = [_where_served(updated_since(company, one, since[one]), one, unread) for one in to_query]
    asked_at = capture.asked_at
    if len(capture.refused) == len(captured):
        # The cursor needs QuickBooks' own time, so the first query that is answered goes ahead.
        for query in queries:
            asked = time.monotonic()
            if (first := await anext(query, None)) is not None:
                capture.pages.append(first)
                asked_at = first.server_time and first.server_time - timedelta(seconds=time.monotonic() - asked)
                break
    return Changes(
        next_since=(asked_at or now) - OVERLAP,
        deletions_unseen={entity: since[entity] for entity in to_query if _can_vanish(entity)},
        refused=capture.refused,
        unread=unread,
        pages=_one_after_another(capture.pages, queries),
    )


def _check(since: Mapping[Entity, datetime]) -> None:
    if not since:
        raise ValueError("changes of which entities?")
    if any(cursor.tzinfo is None for cursor in since.values()):
        raise ValueError("an instant needs a time zone")


def _can_vanish(entity: Entity) -> bool:
    """Transactions are deleted, records of lists go over into others when they are merged."""
    return entity.category is not Category.SINGLETON and entity.key == ("Id",)


def _objects(pages: Sequence[Page]) -> int:
    return sum(len(page.records) for page in pages)


def _asked_at(answer: Answer[ChangesAnswer]) -> datetime | None:
    """QuickBooks' time when the question arrived there, as near as can be told."""
    server_time = answer.value.server_time
    return None if server_time is None else server_time - timedelta(seconds=answer.seconds)


async def _where_served(
    pages: AsyncIterator[Page], entity: Entity, unread: dict[Entity, FaultError]
) -> AsyncIterator[Page]:
    """The pages of a query; none where it is refused for what it asks about, which is noted.

    Raises:
        AuthenticationError: whatever is asked about, it would be refused.
    """
    try:
        async for page in pages:
            yield page
    except AuthenticationError:
        raise
    except FaultError as error:
        logger.warning("Queries do not serve %s; it is left out. %s", entity.name, error)
        unread[entity] = error


async def _one_after_another(captured: list[Page], queries: list[AsyncIterator[Page]]) -> AsyncIterator[Page]:
    while captured:
        yield captured.pop(0)
    for query in queries:
        async for page in query:
            yield page


class _Capture:
    """Splits a question until every answer is whole."""

    def __init__(self, company: Company, since: datetime) -> None:
        self._company = company
        self._since = since
        self.asked_at: datetime | None = None
        """When the first question arrived."""
        self.pages: list[Page] = []
        self.overflowed: list[Entity] = []
        self.refused: list[Entity] = []

    async def ask(self, entities: Sequence[Entity]) -> None:
        """Bring the changes of `entities` into `pages`, and those it does not serve into `overflowed` and `refused`."""
        waiting = [list(entities)]
        while waiting:
            group = waiting.pop()
            try:
                pages, answer = await self._company.capture(group, self._since)
            except REFUSALS as error:
                if len(group) > 1:
                    half = len(group) // 2
                    waiting += [group[half:], group[:half]]
                else:
                    logger.warning(
                        "Change data capture does not serve %s; it is read by query. %s", group[0].name, error
                    )
                    self.refused += group
                if len(self.refused) == len(entities) > 1:
                    raise  # it is not for an entity that the question is refused
                continue
            self.asked_at = self.asked_at or _asked_at(answer)
            if _objects(pages) < CAPTURE_CAP:
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


async def updated_since(company: Company, entity: Entity, since: datetime) -> AsyncIterator[Page]:
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
        last = last_updated(page.records[-1], entity)
        if last is not None and last > lower:
            lower, start = last, 1
        else:
            start += PAGE_SIZE


def _statement(entity: Entity, lower: datetime, start: int) -> str:
    return select_statement(entity, f"{LAST_UPDATED} >= {instant_literal(lower)}", order=LAST_UPDATED, start=start)
