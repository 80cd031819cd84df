"""Pages as the client hands them over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.pages import Page

REALM = "1000"
RECEIVED_AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def page(name: str, *records: dict[str, Any] | str, realm_id: str = REALM, source: str = "backfill") -> Page:
    """A page of records, given as objects or as JSON text."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in records]
    body = f"[{','.join(texts)}]".encode()
    raws = msgspec.json.decode(body, type=list[msgspec.Raw])
    return Page(realm_id, entity(name), raws, body, RECEIVED_AT, None, source, "query", None)


def record(identity: str, sync_token: int = 0, updated_at: str = "2026-05-05T03:20:37-07:00", **fields: Any) -> Any:
    """A record with the members every one has."""
    return {
        "Id": identity,
        "SyncToken": str(sync_token),
        "MetaData": {"CreateTime": "2026-05-01T00:00:00-07:00", "LastUpdatedTime": updated_at},
        **fields,
    }


def deletion(identity: str, at: str) -> dict[str, Any]:
    """A stub as change data capture sends it."""
    return {"domain": "QBO", "status": "Deleted", "Id": identity, "MetaData": {"LastUpdatedTime": at}}
