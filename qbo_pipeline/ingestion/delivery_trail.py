"""What went to destinations, in the warehouse: `audit.delivery` and `audit.publication`.

Both are copied from the state store with every load, so that they need no publication of the warehouse of their own.
"""

from __future__ import annotations

from datetime import UTC, datetime

from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.trail_rows import replace_rows, utc
from qbo_pipeline.warehouse.warehouse import Warehouse

DESTINATIONS = ("power_bi", "tableau")
_UNSETTLED = "('planned', 'sending', 'confirmed', 'failed')"
"""What may still become something else; a refused batch may be sent again."""


def record_deliveries(warehouse: Warehouse, state: StateStore) -> None:
    """Bring both tables up to date with the state store."""
    for destination in DESTINATIONS:
        since = _scalar(
            warehouse,
            f"SELECT epoch(coalesce(min(planned_at) FILTER (status IN {_UNSETTLED}), max(planned_at))) "
            "FROM audit.delivery WHERE destination = ? AND planned_at <= ?",
            destination,
        )
        entries = [
            [
                one.batch, one.destination, one.dataset, one.table, one.companies, one.kind.value, one.digest, one.rows,
                one.bytes, one.sequence, one.attempts, one.status.value, utc(one.planned_at), utc(one.sent_at),
                utc(one.settled_at), one.request_id, one.told,
            ]
            for one in Deliveries(state, destination).entries(since=since or 0.0)
        ]  # fmt: skip
        replace_rows(warehouse, "delivery", "batch", 0, entries)
        ended = _scalar(
            warehouse,
            "SELECT epoch(max(finished_at)) FROM audit.publication WHERE destination = ? AND finished_at <= ?",
            destination,
        )
        publications = [
            [
                one.destination, utc(one.started_at), utc(one.finished_at), one.dataset,
                "done" if one.succeeded else "failed", one.rows, one.batches, one.quarantined, one.totals,
                list(one.unequal), one.told,
            ]
            for one in Publications(state, destination).since(ended or 0.0)
        ]  # fmt: skip
        replace_rows(warehouse, "publication", "started_at", 1, publications)


def _scalar(warehouse: Warehouse, sql: str, destination: str) -> float | None:
    """An instant of what is known; what a clock noted that was ahead must not hide all that comes after it."""
    [(value,)] = warehouse.connection.execute(sql, [destination, utc(datetime.now(UTC))]).fetchall()
    return None if value is None else float(value)
