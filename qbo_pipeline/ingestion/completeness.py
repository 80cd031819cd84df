"""Did a scan see every record, although the company went on working while it was paged?

Pages are read at fixed positions in the order of creation. An edit does not move a record in that order and a new
record comes last, so only a deletion can hide something: whatever stood behind the deleted record moves up by one, and
the record that moves over a page boundary is read by neither page. The records counted before the first page and not
created since must therefore all have been seen; when some are missing, the scan is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc


class IncompleteScanError(Exception):
    """Records kept disappearing while a scan was repeated; what it read is loaded, but it cannot vouch for the rest."""

    def __init__(self, realm_id: str, entity: str, counted: int, seen: int, attempts: int) -> None:
        super().__init__(
            f"company {realm_id}, {entity}: QuickBooks counted {counted} records, {attempts} scans saw {seen} of them. "
            "Records are being deleted faster than they can be read; what was read is loaded. Run the backfill again "
            "when the company is quieter."
        )


@dataclass(slots=True)
class ScanRecord:
    """The ids a scan has read, with their creation times: eight bytes and a few a record, so that a million fit."""

    ids: list[pa.Array] = field(default_factory=list)
    """Arrays of string; null where a record was quarantined for want of a readable one."""
    created: list[pa.Array] = field(default_factory=list)
    """Arrays of timestamp[us], UTC; null where an entity has none."""

    def add(self, ids: pa.Array, created: pa.Array) -> None:
        """Note a batch of records."""
        self.ids.append(ids)
        self.created.append(created)

    def distinct(self) -> int:
        """How many different records were read."""
        return 0 if not self.ids else _different(pa.chunked_array(self.ids))

    def distinct_before(self, instant: datetime) -> int:
        """How many different records that existed before `instant` were read.

        Times have whole seconds; a record of the very second counts as existing before, and one without a time too.
        """
        if not self.ids:
            return 0
        limit = pa.scalar(instant.replace(microsecond=0, tzinfo=None) + timedelta(seconds=1), pa.timestamp("us"))
        older = pc.fill_null(pc.less(pa.chunked_array(self.created), limit), True)
        return _different(pa.chunked_array(self.ids).filter(older))


def _different(ids: pa.ChunkedArray) -> int:
    """Different records; of those without an id, which lie in quarantine, each is one of its own."""
    return int(pc.count_distinct(ids).as_py()) + int(ids.null_count)


def missing(record: ScanRecord, counted: int, counted_at: datetime | None) -> int:
    """How many of the records that were counted before the scan it did not see; 0 means the scan is complete.

    `counted_at` is QuickBooks' own time of the count, in UTC; without it every record read counts as existing then.
    """
    seen = record.distinct() if counted_at is None else record.distinct_before(counted_at)
    return max(0, counted - seen)
