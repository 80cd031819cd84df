"""Events as the bodies that QuickBooks sends: CloudEvents, and the legacy shape before them. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from qbo_pipeline.local.quickbooks.clock import pacific
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.webhooks.event import Event

Shape = Literal["cloudevents", "legacy"]

MediaType = Literal["application/cloudevents+json", "application/json"]

SOURCE = "intuit.dsnvwjxlmfwmmcrh"
_VERBS = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Merge": "merged",
    "Void": "voided",
    "Emailed": "emailed",
}
_NAMES = {"CompanyCurrency": "Currency"}
"""Webhooks call it differently than the API."""


def cloud_events(events: Sequence[Event], *, merges_tell: bool = False) -> bytes:
    """An array of CloudEvents, mixed companies in one (Intuit, webhooks; the only shape since 2026-07-31).

    Where a CloudEvent of a merge names the record that went, if it does, is documented nowhere; `merges_tell` puts it
    into `data`.
    """
    return dumps([_cloud_event(event, merges_tell=merges_tell) for event in events]).encode()


def legacy(events: Sequence[Event]) -> bytes:
    """`eventNotifications`, one for each company in a row (Intuit, webhooks, until 2026)."""
    notifications = [
        {"realmId": realm, "dataChangeEvent": {"entities": [_legacy_entity(event) for event in of_company]}}
        for realm, of_company in groupby(events, key=lambda event: event.realm)
    ]
    return dumps({"eventNotifications": notifications}).encode()


def signature(body: bytes, token: str) -> str:
    """Value of the `intuit-signature` header (verified with two vectors of Intuit's SDKs)."""
    return base64.b64encode(hmac.digest(token.encode(), body, hashlib.sha256)).decode()


def _cloud_event(event: Event, *, merges_tell: bool) -> dict[str, Any]:
    data = {"deletedId": event.deleted_id} if merges_tell and event.deleted_id is not None else {}
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": f"qbo.{_name(event).lower()}.{_VERBS[event.operation]}.v1",
        "datacontenttype": "application/json",
        "time": _nanoseconds(event),
        "intuitentityid": event.identity,
        "intuitaccountid": event.realm,
        "data": data,
    }


def _legacy_entity(event: Event) -> dict[str, Any]:
    gone = {"deletedId": event.deleted_id} if event.deleted_id is not None else {}
    last = pacific(event.at)
    return {
        "name": _name(event),
        "id": event.identity,
        "operation": event.operation,
        "lastUpdated": f"{last[:-3]}{last[-2:]}",  # an offset without colon (vector of the Java SDK)
        **gone,
    }


def _name(event: Event) -> str:
    return _NAMES.get(event.entity, event.entity)


def _nanoseconds(event: Event) -> str:
    """`2025-09-10T21:31:25.179851517Z`: the second of the change, and a fraction that is the event's own."""
    moment = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{UUID(event.id).int % 1_000_000_000:09d}Z"
