"""What Fabric made of the files: its own count of the rows it processed, beside the count of those that were sent."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from qbo_pipeline.power_bi.mirroring.database import TableStatus
from qbo_pipeline.power_bi.mirroring.publisher import MirrorPublisher
from qbo_pipeline.power_bi.mirroring.record import FolderBefore


@dataclass(frozen=True, slots=True)
class Replication:
    """A table's rows on both sides."""

    table: str
    sent: int
    """Rows of all its files since it was loaded whole, updates and deletions counted."""
    awaited: bool
    """Whether a file was sent just now."""
    processed: int | None = None
    """Rows that Fabric processed; None where it does not say."""
    status: str | None = None
    """Fabric's word for how it is; None where it does not know the table yet."""
    told: str | None = None
    """What Fabric says about a failure."""

    @property
    def failed(self) -> bool:
        """Whether Fabric stopped replicating the table; the next publication loads it anew."""
        return self.status == "Failed"

    @property
    def complete(self) -> bool:
        """Whether Fabric has processed what was sent."""
        return not self.failed and (self.sent == 0 or (self.processed or 0) >= self.sent)


def awaited(
    publisher: MirrorPublisher, sent: Sequence[Replication], loaded: Collection[str]
) -> dict[str, Replication]:  # fmt: skip
    """Wait until Fabric has processed every file that was sent just now, or as long as the manner says.

    A table in `loaded` has a new folder. Until Fabric sees it, what it says is about the old one, as it said before.
    That may be after the process that made the folder has ended, and is waited for, too.
    """
    manner, record = publisher.manner, publisher.record
    before = {one.table: record.folder_before(one.table) for one in sent}
    deadline = time.monotonic() + manner.replicated_within
    while True:
        found = publisher.databases.tables(publisher.database)
        compared = {one.table: _beside(one, found.get(one.table), before[one.table]) for one in sent}
        waiting = [
            one
            for one in compared.values()
            if (one.awaited or before[one.table] is not None)
            and not one.complete
            and not (one.failed and one.table not in loaded)
        ]
        if not waiting or time.monotonic() >= deadline:
            break
        manner.sleep(manner.ask_every)
    for one in compared.values():
        if one.processed is not None and before[one.table] is not None:
            record.note_folder_before(one.table, None)
    return compared


def _beside(one: Replication, status: TableStatus | None, before: FolderBefore | None) -> Replication:
    """`before`: what Fabric said of the table's old folder."""
    if status is None:
        return one
    is_old = (
        before is not None
        and status.rows == before.rows
        and (status.rows != one.sent or status.synced_at == before.synced_at)
    )
    return replace(one, processed=None if is_old else status.rows, status=status.status, told=status.told)
