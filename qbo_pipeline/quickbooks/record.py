"""What a record says of itself before the lake types it: who it is, which version, when it changed, whether it is gone.

What a record holds raises nothing here: the lake puts one into quarantine that does not fit, and the others come in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.envelopes import parse_time


class _Head(msgspec.Struct):
    """Members of any type: QuickBooks has been seen to change those of others."""

    id: Any = msgspec.field(default=None, name="Id")
    sync_token: Any = msgspec.field(default=None, name="SyncToken")
    meta: Any = msgspec.field(default=None, name="MetaData")
    status: Any = None


_object_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_head_decoder = msgspec.json.Decoder(_Head)


def identity(record: msgspec.Raw, entity: Entity) -> str | None:
    """What the warehouse knows a record of the entity by; None where it has none.

    It is its Id, or the fields that it has in place of one, as the lake types and joins them.
    """
    if entity.key == ("Id",):
        found = [_head(record, entity).id]
    else:
        members = _members(record)
        found = [msgspec.json.decode(members[name]) if name in members else None for name in entity.key]
    return ":".join(map(str, found)) if all(isinstance(one, str | int) for one in found) else None


def sync_token(record: msgspec.Raw, entity: Entity) -> int | None:
    """Which version of a record it is; None where it does not say."""
    token = str(_head(record, entity).sync_token)
    return int(token) if token.isdecimal() else None


def last_updated(record: msgspec.Raw, entity: Entity) -> datetime | None:
    """MetaData.LastUpdatedTime of a record, UTC; None where it has none, or what is no time."""
    meta = _head(record, entity).meta
    at = meta.get("LastUpdatedTime") if isinstance(meta, dict) else None
    return parse_time(at) if isinstance(at, str) else None


def claimed_deletion(record: msgspec.Raw, entity: Entity) -> str | None:
    """The id, where the record of the entity is a deletion stub."""
    if b'"Deleted"' not in bytes(record):
        return None
    return identity(record, entity) if _head(record, entity).status == "Deleted" else None


def _head(record: msgspec.Raw, entity: Entity) -> _Head:
    try:
        return _head_decoder.decode(_unwrapped(record, entity))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Head()


def _unwrapped(record: msgspec.Raw, entity: Entity) -> msgspec.Raw:
    """The record itself, where those of its entity come wrapped in their type: `{"Invoice": {"Id": …}}`.

    The stub that a deletion leaves comes without that.
    """
    if not entity.wrapped:
        return record
    members = _members(record)
    inside = [one for one in members.values() if bytes(memoryview(one)[:1]) == b"{"]
    return inside[0] if "Id" not in members and len(inside) == 1 else record


def _members(record: msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return _object_decoder.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
