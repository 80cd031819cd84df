"""Rows of the audit trail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run did for one entity of one company: a row of `audit.sync_run`."""

    run_id: str
    realm_id: str
    entity: str
    source: str
    started_at: datetime
    seconds: float
    records: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    rejected: int
    counted: int | None
    api_calls: int
    bytes_received: int
    unknown_fields: dict[str, int]
    note: str | None
    error: str | None = None
    """What ended it early; what it had received until then is counted all the same."""

    def row(self) -> list[object]:
        """In the order of the table's columns."""
        return [
            self.run_id,
            self.realm_id,
            self.entity,
            self.source,
            self.started_at.astimezone(UTC).replace(tzinfo=None),
            self.seconds,
            self.records,
            self.inserted,
            self.updated,
            self.deleted,
            self.unchanged,
            self.rejected,
            self.counted,
            self.api_calls,
            self.bytes_received,
            json.dumps(self.unknown_fields) if self.unknown_fields else None,
            self.note,
            self.error,
        ]


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """What came of an event of a webhook: a row of `audit.webhook_event`. Instants are UTC."""

    file: str
    position: int
    event_id: str | None
    realm_id: str
    entity: str
    id: str
    operation: str
    deleted_id: str | None
    occurred_at: datetime | None
    arrived_at: datetime
    claimed_at: datetime
    read_at: datetime | None
    merged_at: datetime | None
    run_id: str
    outcome: str
