"""What a webhook tells: that something happened to a record, not what the record holds."""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.local.quickbooks.store import Operation


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a record."""

    number: int
    """Its place among all changes of the service."""
    id: str
    """A UUID, the same however often it is told."""
    realm: str
    entity: str
    identity: str
    """Of the record; of a merge, the record that stays."""
    operation: Operation
    deleted_id: str | None
    """Of a merge, the record that went inactive."""
    at: int
    """Seconds since 1970."""
