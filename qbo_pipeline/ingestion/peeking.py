"""Telling whether anything new is among what change data capture names: its answers overlap, so most of it is known."""

from __future__ import annotations

from collections.abc import Iterable

from qbo_pipeline.ingestion.deletions import claimed_deletion, identity
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.quickbooks.envelopes import last_updated
from qbo_pipeline.quickbooks.pages import Page


def holds_news(known: KnownRecords, pages: Iterable[Page]) -> bool:
    """Whether any record of the pages is newer than what the published warehouse has of it."""
    return any(_is_news(known, page) for page in pages)


def _is_news(known: KnownRecords, page: Page) -> bool:
    entity = page.entity
    told = {identity(record, entity): record for record in page.records}
    states = known.states(entity, [one for one in told if one is not None]) if told else {}
    for one, record in told.items():
        if one is None or one not in states:
            return True
        at, deleted = states[one]
        if claimed_deletion(record, entity) is not None:
            if not deleted:
                return True
        elif at is None or (changed := last_updated(record, entity)) is None or changed > at:
            return True
    return False
