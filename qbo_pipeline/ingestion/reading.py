"""What was read of one entity: its batches in the lake, and what the audit trail wants to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from qbo_pipeline.ingestion.ledger import RequestLedger
from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.company import Count
from qbo_pipeline.quickbooks.errors import UnsupportedOperationError
from qbo_pipeline.warehouse.merge import MergeOutcome

Progress = Callable[[str, int, int | None], None]
"""Entity, records so far, records counted."""
OutcomeByEntity = Mapping[Entity, MergeOutcome]
Merge = Callable[[Mapping[Entity, Sequence[Batch]]], OutcomeByEntity]
"""Bring batches of some entities into the warehouse, without showing them to readers yet."""


@dataclass(slots=True)
class Reading:
    """What was read of one entity, and how far it was merged."""

    entity: Entity
    source: str
    started_at: datetime
    ledger: RequestLedger = field(default_factory=RequestLedger)
    batches: list[Batch] = field(default_factory=list)
    counted: Count | None = None
    as_of: datetime | None = None
    """QuickBooks' time from before the first page: changes since may be missing."""
    merging: list[Future[OutcomeByEntity]] = field(default_factory=list)
    """Of the first `merged_batches` of them, which are merged while the scan, or that of other entities, goes on."""
    merged_batches: int = 0
    note: str | None = None
    error: Exception | None = None
    seconds: float = 0.0

    @property
    def records(self) -> int:
        """Records in the lake."""
        return _records(self.batches)

    @property
    def merged_records(self) -> int:
        """Those of them that are merged, or being merged."""
        return _records(self.batches[: self.merged_batches])

    @property
    def unmerged(self) -> list[Batch]:
        """The batches that nobody merges yet."""
        return self.batches[self.merged_batches :]

    def merged(self) -> MergeOutcome:
        """What merging the first `merged_batches` did; waits for it.

        Raises:
            WarehouseBusyError: another process kept writing.
        """
        return sum((one.result()[self.entity] for one in self.merging), MergeOutcome())


def unavailable(error: UnsupportedOperationError) -> str:
    """What to note where an entity cannot be read at all, which is no failure of the load.

    Its feature is switched off in the company, or is not part of its subscription.
    """
    return f"Not available in this company: {error.reason}"


def _records(batches: Sequence[Batch]) -> int:
    return sum(batch.manifest.records for batch in batches)
