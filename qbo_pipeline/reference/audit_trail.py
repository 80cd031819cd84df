"""The journal of changes in the warehouse: `audit.reference_change`."""

from __future__ import annotations

from collections.abc import Sequence

from qbo_pipeline.state.reference_changes import JournalEntry
from qbo_pipeline.warehouse.trail_rows import replace_rows, utc
from qbo_pipeline.warehouse.warehouse import Warehouse


def record(warehouse: Warehouse, entries: Sequence[JournalEntry]) -> None:
    """Bring the rows of these entries up to date."""
    rows = [
        [
            one.request_id, one.realm_id, one.entity, one.record_id, one.action, one.changes, one.os_user,
            utc(one.asked_at), one.attempts, None if one.outcome is None else str(one.outcome), utc(one.answered_at),
            one.told, one.intuit_tid,
        ]
        for one in entries
    ]  # fmt: skip
    replace_rows(warehouse, "reference_change", "request_id", 0, rows)
