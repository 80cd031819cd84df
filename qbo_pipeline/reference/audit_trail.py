"""The journal of changes in the warehouse: `audit.reference_change`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from qbo_pipeline.state.reference_changes import JournalEntry
from qbo_pipeline.warehouse.warehouse import Warehouse


def record(warehouse: Warehouse, entries: Sequence[JournalEntry]) -> None:
    """Bring the rows of these entries up to date."""
    rows = [
        [
            one.request_id, one.realm_id, one.entity, one.record_id, one.action, one.changes, one.os_user,
            _utc(one.asked_at), one.attempts, None if one.outcome is None else str(one.outcome), _utc(one.answered_at),
            one.told, one.intuit_tid,
        ]
        for one in entries
    ]  # fmt: skip
    if not rows:
        return
    marks = ", ".join("?" * len(rows[0]))
    connection = warehouse.connection
    connection.execute("BEGIN TRANSACTION")
    try:
        connection.executemany("DELETE FROM audit.reference_change WHERE request_id = ?", [row[:1] for row in rows])
        connection.executemany(f"INSERT INTO audit.reference_change VALUES ({marks})", rows)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
