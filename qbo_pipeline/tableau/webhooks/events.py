"""What an event of Tableau says, as values, and whether it is to be believed so far. Nothing here asks anybody.

An event is one flat JSON object. Its keys are written with underscores, in older documentation with hyphens; keys that
are not known are left alone, and no URL is ever taken from one.
Source: help.tableau.com, Tableau Webhooks: Trigger Events and Payload.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from qbo_pipeline.webhooks.instants import instant

LARGEST_EVENT = 8 * 1024
"""Bytes."""
OLDEST = timedelta(hours=24)
"""How long before its arrival an event may have been made: Tableau tries again three times, within minutes."""
CLOCKS_APART = timedelta(minutes=10)
"""How far Tableau's clock may be ahead of ours."""


class EventType(StrEnum):
    """The events that the pipeline listens to."""

    REFRESH_STARTED = "WorkbookRefreshStarted"
    REFRESH_SUCCEEDED = "WorkbookRefreshSucceeded"
    REFRESH_FAILED = "WorkbookRefreshFailed"
    WORKBOOK_CREATED = "WorkbookCreated"
    WORKBOOK_UPDATED = "WorkbookUpdated"
    WORKBOOK_DELETED = "WorkbookDeleted"
    DATA_SOURCE_REFRESH_STARTED = "DatasourceRefreshStarted"
    DATA_SOURCE_REFRESH_SUCCEEDED = "DatasourceRefreshSucceeded"
    DATA_SOURCE_REFRESH_FAILED = "DatasourceRefreshFailed"
    DATA_SOURCE_CREATED = "DatasourceCreated"
    DATA_SOURCE_UPDATED = "DatasourceUpdated"
    DATA_SOURCE_DELETED = "DatasourceDeleted"

    @property
    def resources(self) -> frozenset[str]:
        """What `resource` may say: the kind of content; for refreshes what is refreshed, `EXTRACTS`."""
        kind = "WORKBOOK" if self.value.startswith("Workbook") else "DATASOURCE"
        return frozenset({"EXTRACTS", kind}) if "Refresh" in self.value else frozenset({kind})


class UnusableEventError(Exception):
    """A body is no event to act on; the message says why."""


class NotListenedToError(UnusableEventError):
    """An event as it should be, of a kind that the pipeline has no use for."""


@dataclass(frozen=True, slots=True)
class TableauEvent:
    """One event. It is a hint: whoever knows the address can write one."""

    type: EventType
    resource: str
    """LUID of the workbook or data source."""
    resource_name: str
    site: str
    """LUID."""
    created_at: datetime
    """UTC."""


def digest(body: bytes) -> str:
    """What an event is known by: SHA-256 of its body, as Tableau's duplicates are the same byte for byte."""
    return hashlib.sha256(body).hexdigest()


def is_test(body: bytes) -> bool:
    """Whether a body is that of a test, which is empty."""
    return not body.strip() or body.split() == [b"{}"]


def read_event(body: bytes) -> TableauEvent:
    """Read a body.

    Raises:
        NotListenedToError: it is an event of another kind.
        UnusableEventError: it is too long, no JSON, or not as an event is.
    """
    if len(body) > LARGEST_EVENT:
        raise UnusableEventError(f"it has {len(body)} bytes, more than any event")
    fields = _fields(body)
    said = _text(fields, "event_type")
    resource = _luid(fields, "resource_luid")
    created_at = instant(_text(fields, "created_at"))
    if created_at is None:
        raise UnusableEventError("its created_at is no instant")
    site = _luid(fields, "site_luid")
    try:
        type_ = EventType(said)
    except ValueError:
        if _EVENT.fullmatch(said):
            raise NotListenedToError(f"events {said} are of no use here") from None
        raise UnusableEventError("its event_type is no name of an event") from None
    if _text(fields, "resource").upper() not in type_.resources:
        raise UnusableEventError(f"its resource does not belong to {said}")
    return TableauEvent(type_, resource, _name(fields.get("resource_name")), site, created_at)


def judge(event: TableauEvent, site: str, received_at: datetime) -> None:
    """Whether an event is of our site and of its time.

    Args:
        event: as it was read.
        site: LUID of ours.
        received_at: UTC.

    Raises:
        UnusableEventError: it is not.
    """
    if event.site != site.lower():
        raise UnusableEventError(f"it is of site {event.site}, and this pipeline publishes to {site.lower()}")
    if event.created_at < received_at - OLDEST:
        raise UnusableEventError(f"it is of {event.created_at:%Y-%m-%d %H:%M:%S} UTC, long before it arrived")
    if event.created_at > received_at + CLOCKS_APART:
        raise UnusableEventError(f"it is of {event.created_at:%Y-%m-%d %H:%M:%S} UTC, after it arrived")


def concerns(event: TableauEvent, data_source: str | None, workbooks: Collection[str]) -> bool:
    """Whether an event is about our data source or a workbook that hangs on it (LUIDs)."""
    return event.resource == (data_source or "").lower() or event.resource in {one.lower() for one in workbooks}


_EVENT = re.compile(r"[A-Z][A-Za-z]{2,63}")
_LUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_NAME, _LONGEST_WORD = 255, 128
_OTHER_NAMES = {"resource_id": "resource_luid", "site_id": "site_luid"}


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=list)
    except (ValueError, RecursionError):
        raise UnusableEventError("it is no JSON") from None
    if not isinstance(document, list) or not all(isinstance(pair, tuple) for pair in document):
        raise UnusableEventError("it is no JSON object")
    fields: dict[str, Any] = {}
    for key, value in document:
        name = key.replace("-", "_")
        name = _OTHER_NAMES.get(name, name)
        if name in fields and fields[name] != value:
            raise UnusableEventError(f"it says {_shown(name)} twice")
        fields[name] = value
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UnusableEventError(f"it has no {name}")
    if len(value) > _LONGEST_WORD or not value.isprintable():
        raise UnusableEventError(f"its {name} is none")
    return value


def _name(value: Any) -> str:
    """A name as people gave it, fit to be shown: no line breaks, no control characters, and not without end."""
    if not isinstance(value, str) or not value.strip():
        raise UnusableEventError("it has no resource_name")
    legible = "".join(one if one.isprintable() else " " for one in value).strip()
    return legible[:_LONGEST_NAME]


def _luid(fields: Mapping[str, Any], name: str) -> str:
    value = _text(fields, name).lower()
    if _LUID.fullmatch(value) is None:
        raise UnusableEventError(f"its {name} is no LUID")
    return value


def _shown(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)[:40]
