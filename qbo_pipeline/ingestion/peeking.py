"""Telling whether anything new is among what change data capture names: its answers overlap, so most of it is known."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from qbo_pipeline.ingestion.known import KnownRecords, State
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.quickbooks.record import claimed_deletion, identity, last_updated, sync_token


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
        if claimed_deletion(record, entity) is not None:
            if not states[one].deleted:
                return True
        elif _is_newer(record, entity, states[one]):
            return True
    return False


def _is_newer(record: msgspec.Raw, entity: Entity, known: State) -> bool:
    """Whether a record is another version than the known one; stamps have whole seconds, so edits may share one."""
    changed = last_updated(record, entity)
    if changed is None or known.updated_at is None or changed != known.updated_at:
        return changed is None or known.updated_at is None or changed > known.updated_at
    token = sync_token(record, entity)
    return token is not None and known.sync_token is not None and token > known.sync_token
