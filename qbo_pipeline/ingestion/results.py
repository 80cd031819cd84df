"""What a load did, as plain data: Dagster metadata, the audit trail and the command line are all written from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from qbo_pipeline.warehouse.query import Query as Query


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, both ends included, given by their first and last day."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class EntityLoad:
    """What one load did for one entity of one company."""

    realm_id: str
    entity: str
    source: str
    """`backfill`, `cdc` or `webhook`."""
    run_id: str
    started_at: datetime
    seconds: float
    records: int
    """Record versions received."""
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    rejected: int
    """Records quarantined in `audit.rejected_record`."""
    rows: int
    """Rows of the entity's table for this company afterwards, deleted ones left out."""
    counted: int | None
    """What `count(*)` answered in QuickBooks; None where it was not asked."""
    api_calls: int
    """Requests sent, retries included."""
    bytes_received: int
    newest_change: datetime | None
    """Newest `updated_at` in the warehouse for this company and entity."""
    unknown_fields: dict[str, int] = field(default_factory=dict)
    """Fields QuickBooks sent that the catalogue does not declare, with how often; they are kept in the raw JSON."""
    files: tuple[Path, ...] = ()
    """The Parquet files written."""
    note: str | None = None
    """Why nothing was loaded, where that is not an error: the feature is switched off in this company."""
