"""What a delivery says, as values. Reading one never fails: what is not understood is a rejection with its reason.

Two shapes exist: the array of CloudEvents that QuickBooks sends since 2026, and the older `eventNotifications`. Keys
are read in any case, and unknown ones are kept: new keys have come without notice before (PHP-SDK#403).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.webhooks.instants import instant


class Operation(StrEnum):
    """What happened to a record."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"
    MERGE = "Merge"
    VOID = "Void"
    EMAILED = "Emailed"
    OTHER = "other"
    """Something QuickBooks has a word for and we have not; `WebhookEvent.said` has the word."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One record of one company changed."""

    event_id: str | None
    """QuickBooks' own id of the event; the older shape has none."""
    realm_id: str
    entity: str
    """As the catalogue calls it; as QuickBooks does, when the catalogue lacks it."""
    id: str
    """Of the record; after a merge, of the one that stays (the older shape's meaning; the newer one's is assumed)."""
    operation: Operation
    said: str
    """The operation in QuickBooks' word."""
    changed_at: datetime | None
    """UTC, to the microsecond; None when the event does not say."""
    deleted_id: str | None
    """The record that ended in a merge, where the event says so."""
    raw: Mapping[str, Any] = field(repr=False, compare=False)
    """The event as it arrived, with its realm."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A part of a body that is no event."""

    reason: str
    raw: Any = field(repr=False)
    """The part as it arrived; None when the body was no JSON."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a body holds, in its order."""

    events: tuple[WebhookEvent, ...]
    rejections: tuple[Rejection, ...]


class _NotAnEventError(Exception):
    """Why a part of a body is no event."""


def read_body(body: bytes) -> Contents:
    """The events of a delivery of either shape, and what in it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Contents((), (Rejection(f"the body is no JSON: {error}", None),))
    parts = list(_parts(document))
    events = tuple(part for part in parts if isinstance(part, WebhookEvent))
    return Contents(events, tuple(part for part in parts if isinstance(part, Rejection)))


def _parts(document: Any) -> Iterator[WebhookEvent | Rejection]:
    if isinstance(document, list):
        for one in document:
            yield from _parts_of(one)
    else:
        yield from _parts_of(document)


def _parts_of(item: Any) -> Iterator[WebhookEvent | Rejection]:
    folded = _folded(item)
    if "eventnotifications" in folded:
        yield from _older(folded["eventnotifications"])
    else:
        try:
            yield _cloud_event(item, folded)
        except _NotAnEventError as error:
            yield Rejection(str(error), item)


_TYPE = re.compile(r"(?:^|\.)qbo\.([\w-]{1,64})\.([\w-]{1,64})(?:\.v[\d.]+)?$", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"[\w-]{1,64}", re.ASCII)
_EVENT_ID = re.compile(r"[!-~]{1,200}")


def _cloud_event(item: Any, folded: Mapping[str, Any]) -> WebhookEvent:
    if not folded:
        raise _NotAnEventError("it is no object with the attributes of an event")
    type_ = folded.get("type")
    named = _TYPE.search(type_) if isinstance(type_, str) else None
    if named is None:
        raise _NotAnEventError("its type does not say entity and operation, as qbo.invoice.updated.v1 does")
    event_id = folded.get("id")
    return WebhookEvent(
        event_id=event_id if isinstance(event_id, str) and _EVENT_ID.fullmatch(event_id) else None,
        realm_id=_id(folded.get("intuitaccountid"), "company (intuitaccountid)"),
        entity=_entity(named[1]),
        id=_id(folded.get("intuitentityid"), "record (intuitentityid)"),
        operation=_OPERATIONS.get(named[2].casefold(), Operation.OTHER),
        said=named[2],
        changed_at=instant(folded.get("time")),
        deleted_id=_deleted_id(folded) or _deleted_id(_folded(folded.get("data"))),
        raw=item,
    )


def _older(notifications: Any) -> Iterator[WebhookEvent | Rejection]:
    if not isinstance(notifications, list):
        yield Rejection("its eventNotifications are no list", notifications)
        return
    for notification in notifications:
        folded = _folded(notification)
        entities = _folded(folded.get("datachangeevent")).get("entities")
        if not isinstance(entities, list):
            yield Rejection("a notification has no list dataChangeEvent.entities", notification)
            continue
        for entity in entities:
            try:
                yield _older_event(folded.get("realmid"), entity)
            except _NotAnEventError as error:
                yield Rejection(str(error), {"realmId": folded.get("realmid"), "entity": entity})


def _older_event(realm_id: Any, entity: Any) -> WebhookEvent:
    folded = _folded(entity)
    if not folded:
        raise _NotAnEventError("an entry of entities is no object")
    said = _word(folded.get("operation"), "operation")
    return WebhookEvent(
        event_id=None,
        realm_id=_id(realm_id, "company (realmId)"),
        entity=_entity(_word(folded.get("name"), "entity (name)")),
        id=_id(folded.get("id"), "record (id)"),
        operation=_OPERATIONS.get(said.casefold(), Operation.OTHER),
        said=said,
        changed_at=instant(folded.get("lastupdated")),
        deleted_id=_deleted_id(folded),
        raw={"realmId": realm_id, **entity},
    )


_OPERATIONS = {
    "create": Operation.CREATE,
    "created": Operation.CREATE,
    "update": Operation.UPDATE,
    "updated": Operation.UPDATE,
    "delete": Operation.DELETE,
    "deleted": Operation.DELETE,
    "merge": Operation.MERGE,
    "merged": Operation.MERGE,
    "void": Operation.VOID,
    "voided": Operation.VOID,
    "emailed": Operation.EMAILED,
}
"""The words of both shapes, in lower case."""

_ENTITIES = {one.name.casefold(): one.name for one in ENTITIES} | {"currency": "CompanyCurrency"}
"""Lower case, as the newer shape writes them. `Currency` is what Intuit's list of webhook entities calls it."""

_ID = re.compile(r"[0-9A-Za-z:_-]{1,64}")
"""Ids are digits, in old companies with a prefix. What else stands there must not get into a query for many ids."""


def _id(value: Any, what: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str) and _ID.fullmatch(text.strip()):
        return text.strip()
    raise _NotAnEventError(f"it names no {what}" if text in (None, "") else f"it names no {what} that could be an id")


def _word(value: Any, what: str) -> str:
    if isinstance(value, str) and _WORD.fullmatch(value.strip()):
        return value.strip()
    raise _NotAnEventError(f"it names no {what}")


def _deleted_id(folded: Mapping[str, Any]) -> str | None:
    if "deletedid" not in folded:
        return None
    try:
        return _id(folded.get("deletedid"), "")
    except _NotAnEventError:
        return None


def _entity(name: str) -> str:
    return _ENTITIES.get(name.casefold(), name)


def _folded(value: Any) -> Mapping[str, Any]:
    """An object with its keys in lower case; nothing for what is no object."""
    return {key.casefold(): one for key, one in value.items()} if isinstance(value, dict) else {}
