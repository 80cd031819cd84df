"""Versions of a record: what moves its SyncToken, and what only its LastUpdatedTime."""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.clock import pacific
from qbo_pipeline.local.quickbooks.store import Record


def edited(record: Record, now: float) -> Record:
    """Somebody saved it: SyncToken up by one, LastUpdatedTime now (seconds since 1970)."""
    return {**touched(record, now), "SyncToken": str(int(record["SyncToken"]) + 1)}


def touched(record: Record, now: float) -> Record:
    """Another record changed what this one shows: LastUpdatedTime moves, its SyncToken stays; nobody edited it."""
    if "Id" not in record:  # wrapped in its type
        [(kind, content)] = record.items()
        return {kind: touched(content, now)}
    return {**record, "MetaData": {**record["MetaData"], "LastUpdatedTime": pacific(now)}}
