"""Reading the records that somebody says have changed: the events of webhooks, or we ourselves.

An event tells that something happened, not what the record holds, and it may be wrong, late or double. So every record
is read as it is now. What an event says changed later than what the answer shows is read once more by its id: answers
to queries have been seen to lag behind the object (github.com/intuit/QuickBooks-V3-DotNET-SDK/issues/366). They lag
most in the moment in which an event arrives, and a deletion that is taken for untrue then is told by no other event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qbo_pipeline.ingestion.deletions import deletion_page, read_directly
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.quickbooks.queries import select_statement
from qbo_pipeline.quickbooks.record import identity, last_updated
from qbo_pipeline.quickbooks.together import together

TOLERANCE = timedelta(seconds=2)
"""How much earlier than its event a record may say it was changed; records have whole seconds."""

MOST_BY_ID = 100
"""Doubtful records of an entity that are read one by one; change data capture brings what is beyond."""


@dataclass(frozen=True, slots=True)
class Told:
    """A record that is said to have changed."""

    entity: Entity
    id: str
    at: datetime | None = None
    """UTC; None where nobody said."""
    deleted: bool = False
    """Whether the newest that is said is that it was deleted."""


def by_entity(told: Iterable[Told]) -> dict[Entity, dict[str, Told]]:
    """Each record once, with the newest that was said of it."""
    found: dict[Entity, dict[str, Told]] = {}
    for one in told:
        records = found.setdefault(one.entity, {})
        known = records.get(one.id)
        if known is None or _order(one) >= _order(known):
            records[one.id] = one
    return found


async def read_told(company: CompanyApi, entity: Entity, told: Mapping[str, Told], source: str) -> list[Page]:
    """The records as they are now, and deletions of those that are gone; 200 of them a request.

    Raises:
        QuickBooksError: they could not be read.
    """
    if entity.category is Category.SINGLETON:
        return [await company.query_page(entity, select_statement(entity, None), source, 1)]
    pages = await company.read_many(entity, list(told), source=source)
    shown = {
        one: at
        for page in pages
        for record in page.records
        if (one := identity(record, entity))
        for at in [last_updated(record, entity)]
    }
    doubtful = [one.id for one in told.values() if _is_doubtful(one, shown)]
    again = await together(read_directly(company, entity, one, source) for one in doubtful[:MOST_BY_ID])
    pages += [page for page in again if page is not None]
    absent = [one for one, page in zip(doubtful, again, strict=False) if page is None]
    # Some lists answer so for what was made inactive, too: of those, only what the query does not show is gone.
    known_gone = {one for one in absent if one not in shown or not entity.active_flag}
    now = next((page.server_time for page in pages if page.server_time is not None), None) or datetime.now(UTC)
    gone = {
        one.id: one.at or now for one in told.values() if one.id in known_gone or (one.deleted and one.id not in shown)
    }
    if gone:
        pages.append(deletion_page(company, entity, gone, source, f"deleted: {source} told of it, and it is absent"))
    return pages


def _order(told: Told) -> tuple[datetime, bool]:
    return told.at or datetime.min.replace(tzinfo=UTC), told.deleted


def _is_doubtful(told: Told, shown: Mapping[str, datetime | None]) -> bool:
    """Whether the answer of the query cannot be the newest state."""
    if told.id not in shown:
        return not told.deleted
    updated = shown[told.id]
    if told.deleted:  # what is shown lives, or is as it was before, maybe a second ago
        return told.at is None or updated is None or updated <= told.at
    return told.at is not None and updated is not None and told.at - updated > TOLERANCE
