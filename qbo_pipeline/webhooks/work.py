"""What events ask for: which records of a company to read, which are said to be deleted, which were merged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from qbo_pipeline.webhooks.events import Operation, WebhookEvent

SETTLING = timedelta(seconds=5)
"""How old a change is before another of the same description can be its repetition alone. Events may say whole seconds:
a second change within that second would read the same, and must not be dropped because the first was applied."""


@dataclass(frozen=True, slots=True)
class DeletionClaim:
    """QuickBooks says that a record was deleted. It has said so of living ones (DotNET-SDK#189): confirm it."""

    id: str
    claimed_at: datetime | None
    """When it was deleted, UTC."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two records of a list became one."""

    id: str
    """The one that stays. It is also among those to read."""
    deleted_id: str | None
    """The one that ended; None when the event does not say, and then QuickBooks must be asked for it."""
    merged_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookWork:
    """What to do for one entity of one company. Each id is in one of `read` and `deleted`, and there once."""

    realm_id: str
    entity: str
    read: tuple[str, ...]
    deleted: tuple[DeletionClaim, ...]
    merged: tuple[Merge, ...]
    events: tuple[WebhookEvent, ...] = field(repr=False)
    """The events behind it, in the order of their arrival."""


def group(events: Iterable[WebhookEvent]) -> tuple[WebhookWork, ...]:
    """The work of events that were not applied yet, by company and entity, in the order of their arrival."""
    groups: dict[tuple[str, str], list[WebhookEvent]] = {}
    for event in events:
        groups.setdefault((event.realm_id, event.entity), []).append(event)
    return tuple(_work(realm_id, entity, some) for (realm_id, entity), some in groups.items())


def _work(realm_id: str, entity: str, events: list[WebhookEvent]) -> WebhookWork:
    latest: dict[str, WebhookEvent] = {}
    merges: dict[tuple[str, str | None], Merge] = {}
    for event in events:
        known = latest.get(event.id)
        if known is None or _order(event) >= _order(known):
            latest[event.id] = event
        if event.operation is Operation.MERGE:
            merges[event.id, event.deleted_id] = Merge(event.id, event.deleted_id, event.changed_at)
    return WebhookWork(
        realm_id,
        entity,
        read=tuple(id_ for id_, event in latest.items() if event.operation is not Operation.DELETE),
        deleted=tuple(
            DeletionClaim(id_, event.changed_at) for id_, event in latest.items() if event.operation is Operation.DELETE
        ),
        merged=tuple(merges.values()),
        events=tuple(events),
    )


def _order(event: WebhookEvent) -> tuple[datetime, bool]:
    """Deliveries keep no order, so the instant of the change decides; at the same one a deletion is the end."""
    return event.changed_at or datetime.min.replace(tzinfo=UTC), event.operation is Operation.DELETE


def keys(event: WebhookEvent, read_at: datetime, place: str) -> tuple[bytes, ...]:
    """What an event is known by, 16 bytes each and at least one: its id, what it says, or where it stands.

    An event that says no instant is not known by what it says, nor is one of a moment ago (`SETTLING`). One without an
    id is known by its place, so that at least the same file does not bring it again.

    Args:
        event: as read from its delivery.
        read_at: UTC, before any record is read for it.
        place: the delivery and the position in it; no other event ever has the same.
    """
    record = event.realm_id, event.entity.casefold(), event.id
    found = [_digest("at", place) if event.event_id is None else _digest("id", event.event_id, *record)]
    if event.changed_at is not None and read_at - event.changed_at >= SETTLING:
        word = event.said.casefold() if event.operation is Operation.OTHER else event.operation.value
        found.append(_digest("says", *record, word, event.changed_at.isoformat()))
    return tuple(found)


def _digest(*parts: str) -> bytes:
    return blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
