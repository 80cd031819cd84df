"""What went to destinations, in the warehouse: `audit.delivery` and `audit.publication`.

Both are copied from the state store with every load, so that they need no publication of the warehouse of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.warehouse import Warehouse

DESTINATIONS = ("power_bi",)
_UNSETTLED = "('planned', 'sending', 'confirmed', 'failed')"
"""What may still become something else; a refused batch may be sent again."""

_PUBLICATION = (
    "started_at, destination, finished_at, dataset_id, outcome, rows, batches, quarantined, totals, unequal, told"
)


def record_deliveries(warehouse: Warehouse, state: StateStore) -> None:
    """Bring both tables up to date with the state store."""
    for destination in DESTINATIONS:
        since = _scalar(
            warehouse,
            f"SELECT epoch(coalesce(min(planned_at) FILTER (status IN {_UNSETTLED}), max(planned_at))) "
            "FROM audit.delivery WHERE destination = ?",
            destination,
        )
        entries = [
            [
                one.batch, one.destination, one.dataset, one.table, one.companies, one.kind.value, one.digest, one.rows,
                one.bytes, one.sequence, one.attempts, one.status.value, _utc(one.planned_at), _utc(one.sent_at),
                _utc(one.settled_at), one.request_id, one.told,
            ]
            for one in Deliveries(state, destination).entries(since=since or 0.0)
        ]  # fmt: skip
        _replace(warehouse, "delivery", "batch", entries)
        ended = _scalar(
            warehouse, "SELECT epoch(max(finished_at)) FROM audit.publication WHERE destination = ?", destination
        )
        publications = [
            [
                _utc(one.started_at), one.destination, _utc(one.finished_at), one.dataset,
                "done" if one.succeeded else "failed", one.rows, one.batches, one.quarantined, one.totals,
                list(one.unequal), one.told,
            ]
            for one in Publications(state, destination).since(ended or 0.0)
        ]  # fmt: skip
        _replace(warehouse, "publication", "started_at", publications, _PUBLICATION)


def _replace(
    warehouse: Warehouse, table: str, key: str, rows: Sequence[Sequence[Any]], columns: str | None = None
) -> None:
    """Put rows in the place of those with the same key, which is their first value."""
    if not rows:
        return
    connection = warehouse.connection
    into = f"audit.{table}" if columns is None else f"audit.{table} ({columns})"
    connection.execute("BEGIN TRANSACTION")
    try:
        connection.executemany(f"DELETE FROM audit.{table} WHERE {key} = ?", [row[:1] for row in rows])
        connection.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _scalar(warehouse: Warehouse, sql: str, destination: str) -> float | None:
    [(value,)] = warehouse.connection.execute(sql, [destination]).fetchall()
    return None if value is None else float(value)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
