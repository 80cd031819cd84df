"""How long the audit trail is kept: requests, runs and webhook events that are older are removed once a day.

The lake, the history made from it and the quarantine are not part of this: they are kept for ever. Of the runs, the
last of each company and entity stays, however old: it says when something was loaded at all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from qbo_pipeline.warehouse.transaction import transaction
from qbo_pipeline.warehouse.warehouse import Warehouse

_OLD = {
    "api_call": "started_at < $before",
    "webhook_event": "arrived_at < $before",
    "delivery": "planned_at < $before AND status IN ('done', 'superseded')",
    "publication": "finished_at < $before",
    "sync_run": """
        started_at < $before AND started_at < (
            SELECT max(latest.started_at) FROM audit.sync_run AS latest
            WHERE latest.realm_id = sync_run.realm_id AND latest.entity = sync_run.entity
        )
    """,
}
"""Table of the trail → which of its rows are old."""


def old_rows(warehouse: Warehouse, before: datetime) -> dict[str, int]:
    """Table → rows from before an instant (with time zone) that `prune_trail` would remove."""
    moment = {"before": _naive(before)}
    counts = {
        table: warehouse.connection.execute(f"SELECT count(*) FROM audit.{table} WHERE {old}", moment).fetchall()
        for table, old in _OLD.items()
    }
    return {table: count for table, [(count,)] in counts.items()}


def prune_trail(warehouse: Warehouse, before: datetime | None, now: datetime) -> dict[str, int]:
    """Remove what is older than `before`, or nothing where that is None; note it, and return table → rows removed.

    Both instants have a time zone.
    """
    removed = dict.fromkeys(_OLD, 0) if before is None else old_rows(warehouse, before)
    kept_from = None if before is None else _naive(before)
    connection = warehouse.connection
    with transaction(connection):
        connection.execute("DELETE FROM audit.pruning")
        for table, rows in removed.items():
            if rows:
                connection.execute(f"DELETE FROM audit.{table} WHERE {_OLD[table]}", {"before": kept_from})
            connection.execute("INSERT INTO audit.pruning VALUES (?, ?, ?, ?)", [table, _naive(now), kept_from, rows])
    return removed


def last_pruned(warehouse: Warehouse) -> date | None:
    """The day (UTC) on which the trail was pruned last."""
    [(moment,)] = warehouse.connection.execute("SELECT max(pruned_at) FROM audit.pruning").fetchall()
    return None if moment is None else moment.date()


def _naive(instant: datetime) -> datetime:
    """In UTC without saying so, as the tables have it."""
    return instant.astimezone(UTC).replace(tzinfo=None)
