"""Telling whether anything new is among what change data capture names: its answers overlap, so most of it is known.

Stamps have whole seconds, and a payment changes the balance of its invoice without counting the SyncToken up. So what
was read within a moment of its stamp, as webhooks have it read, may have changed again within that second: nothing but
its content tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from qbo_pipeline.ingestion.known import KnownRecords, State
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.quickbooks.record import claimed_deletion, identity, last_updated, sync_token

MOMENT = timedelta(seconds=60)
"""What was received so long after its stamp had its second behind it, however far our clock is from QuickBooks'."""


def holds_news(known: KnownRecords, pages: Iterable[Page], lake: Path) -> bool:
    """Whether any record of the pages is newer than what the published warehouse has of it."""
    return any(_is_news(known, page, lake) for page in pages)


def _is_news(known: KnownRecords, page: Page, lake: Path) -> bool:
    entity = page.entity
    told = {identity(record, entity): record for record in page.records}
    states = known.states(entity, [one for one in told if one is not None]) if told else {}
    alike: dict[int, msgspec.Raw] = {}
    for one, record in told.items():
        if one is None or one not in states:
            return True
        state = states[one]
        if claimed_deletion(record, entity) is not None:
            if not state.deleted:
                return True
        elif _is_newer(record, entity, state):
            return True
        elif _is_alike(record, entity, state):
            alike[state.version_id] = record
    return bool(alike) and _differ(known.contents(entity, alike, lake), alike)


def _is_newer(record: msgspec.Raw, entity: Entity, known: State) -> bool:
    """Whether a record is another version than the known one; stamps have whole seconds, so edits may share one."""
    changed = last_updated(record, entity)
    if changed is None or known.updated_at is None or changed != known.updated_at:
        return changed is None or known.updated_at is None or changed > known.updated_at
    token = sync_token(record, entity)
    return token is not None and known.sync_token is not None and token > known.sync_token


def _is_alike(record: msgspec.Raw, entity: Entity, known: State) -> bool:
    """Whether a record has the stamp of the known one, which was received a moment after that."""
    changed = last_updated(record, entity)
    if changed is None or changed != known.updated_at or known.deleted:
        return False
    return known.received_at - changed < MOMENT


def _differ(known: Mapping[int, bytes], told: Mapping[int, msgspec.Raw]) -> bool:
    both = [(_value(content), _value(told[version])) for version, content in known.items()]
    return any(before != now for before, now in both if before is not None and now is not None)


def _value(record: bytes | msgspec.Raw) -> Any:
    """What the JSON of a record says; None where it cannot be read, which is no news."""
    try:
        return msgspec.json.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
