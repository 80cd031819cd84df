"""From a change to what is sent for it, and back from a record of QuickBooks to the columns of the files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from qbo_pipeline.reference.lists import FULL_NAME, NAME, NO, PARENT, YES, Column, Kind, ReferenceList
from qbo_pipeline.reference.plan import Change

Raw = Mapping[str, Any]
"""A record as QuickBooks has it; members may be `msgspec.Raw`, so that they are sent back byte for byte."""

DELETED_SUFFIX = " (deleted)"
"""What QuickBooks shows behind the name of an inactive record; it is no part of the name."""

_DERIVED = ("FullyQualifiedName", "MetaData", "CurrentBalance", "CurrentBalanceWithSubAccounts", "domain", "sparse")
"""Of a record as read, what QuickBooks computes and nobody sends."""


def body(of: ReferenceList, change: Change, parent: str | None, current: Raw) -> dict[str, Any]:
    """The record to send: as it is, with the fields of the change as they are to be.

    Args:
        of: the list.
        change: what is asked for.
        parent: id of the record it is to be below, where that changes; empty: below none.
        current: the record as QuickBooks has it; empty for one that is to be created.
    """
    sent: dict[str, Any] = {name: value for name, value in current.items() if name not in _DERIVED}
    if change.id:
        sent[of.column(NAME).json_name] = value_of(of.column(NAME), current)
    for one in change.differences:
        column = of.column(one.field)
        if one.field == PARENT:
            _put_below(of, parent or "", sent)
        elif one.after:
            sent[column.json_name] = _json_value(column, one.after)
        else:
            sent.pop(column.json_name, None)
    return sent


def value_of(column: Column, record: Raw) -> str:
    """One column of a record as QuickBooks has it."""
    value = record.get(column.json_name)
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if column.kind in (Kind.PARENT, Kind.REFERENCE):
        value = value.get("value") if isinstance(value, Mapping) else None
    if column.kind is Kind.FLAG:
        return NO if value is False else YES
    text = "" if value is None else str(value)
    return text.removesuffix(DELETED_SUFFIX) if _is_suffixed(column, record) else text


def digest(realm_id: str, change: Change, parent: str | None) -> str:
    """The same for the same change of the same version of the same record of a company."""
    asked = sorted((one.field, (parent or "") if one.field == PARENT else one.after) for one in change.differences)
    content = json.dumps([realm_id, change.entity, change.id, change.sync_token, asked], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _put_below(of: ReferenceList, parent: str, sent: dict[str, Any]) -> None:
    sent[of.child_flag] = bool(parent)
    if parent:
        sent[of.column(PARENT).json_name] = {"value": parent}
    else:
        sent.pop(of.column(PARENT).json_name, None)


def _json_value(column: Column, text: str) -> object:
    match column.kind:
        case Kind.FLAG:
            return text == YES
        case Kind.REFERENCE:
            return {"value": text}
        case _:
            return text


def _is_suffixed(column: Column, record: Raw) -> bool:
    active = record.get("Active")
    if isinstance(active, msgspec.Raw):
        active = msgspec.json.decode(active)
    return column.name in (NAME, FULL_NAME) and active is False
