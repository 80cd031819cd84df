"""Telling whether anything new is among what change data capture names: its answers overlap, so most of it is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from qbo_pipeline.ingestion.deletions import claimed_deletion, identity
from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.quickbooks.envelopes import last_updated
from qbo_pipeline.quickbooks.pages import Page


def holds_news(query: Query, pages: Iterable[Page]) -> bool:
    """Whether any record of the pages is newer than what the published warehouse has of it."""
    return any(_is_news(query, page) for page in pages)


def _is_news(query: Query, page: Page) -> bool:
    told = {one: record for record in page.records if (one := identity(record)) is not None}
    if not told:
        return False
    marks = ", ".join("?" * len(told))
    rows = query(
        f'SELECT id, updated_at, deleted FROM quickbooks."{page.entity.table}" WHERE realm_id = ? AND id IN ({marks})',
        [page.realm_id, *told],
    )
    known: dict[str, tuple[datetime | None, bool]] = {one: (at, deleted) for one, at, deleted in rows}
    for one, record in told.items():
        if one not in known:
            return True
        at, deleted = known[one]
        if claimed_deletion(record) is not None:
            if not deleted:
                return True
        elif at is None or (changed := last_updated(record)) is None or changed > at.replace(tzinfo=UTC):
            return True
    return False
