"""The versions of records in an answer, as it shows them: what a fault changed of them is what counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from qbo_pipeline.local.quickbooks.endpoints import Endpoint
from qbo_pipeline.local.quickbooks.entities import WRAPPED, canonical

Means = Literal["query", "read", "cdc"]
"""How a record was asked for."""

MEANS: dict[Endpoint, Means] = {"query": "query", "batch": "query", "read": "read", "cdc": "cdc"}
"""Of batches only the queries show what there was; their other items answer writes."""


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A version of a record, or the stub that change data capture shows of a deletion."""

    entity: str
    id: str
    """Of exchange rates, which have none, currency and day: `EUR:2026-01-05`."""
    sync_token: str | None
    last_updated: str | None
    """As the answer has it, with its offset from UTC; None where it has no text there, as with SyncToken."""
    deleted: bool


class _Queried(msgspec.Struct):
    response: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict, name="QueryResponse")


class _Batch(msgspec.Struct):
    items: list[_Queried] = msgspec.field(name="BatchItemResponse")


class _Captured(msgspec.Struct):
    responses: list[dict[str, msgspec.Raw]] = msgspec.field(name="QueryResponse")


class _Captures(msgspec.Struct):
    captures: list[_Captured] = msgspec.field(name="CDCResponse")


class _MetaData(msgspec.Struct):
    last_updated: Any = msgspec.field(default=None, name="LastUpdatedTime")


class _Record(msgspec.Struct):
    identity: Any = msgspec.field(default=None, name="Id")
    sync_token: Any = msgspec.field(default=None, name="SyncToken")
    meta: _MetaData | None = msgspec.field(default=None, name="MetaData")
    status: Any = None
    currency: Any = msgspec.field(default=None, name="SourceCurrencyCode")
    day: Any = msgspec.field(default=None, name="AsOfDate")


def shown_records(endpoint: Endpoint, answer: bytes) -> list[ShownRecord]:
    """The records in the body of an answer; none of a fault, a report, a file or JSON that breaks off."""
    try:
        return [shown for part in _parts(endpoint, answer) for shown in _of_part(part)]
    except msgspec.DecodeError:
        return []


def _parts(endpoint: Endpoint, answer: bytes) -> Iterator[dict[str, msgspec.Raw]]:
    """The objects of the answer whose keys are entities."""
    match endpoint:
        case "query":
            yield msgspec.json.decode(answer, type=_Queried).response
        case "batch":
            yield from (item.response for item in msgspec.json.decode(answer, type=_Batch).items)
        case "cdc":
            for capture in msgspec.json.decode(answer, type=_Captures).captures:
                yield from capture.responses
        case "read":
            yield msgspec.json.decode(answer, type=dict[str, msgspec.Raw])


def _of_part(part: dict[str, msgspec.Raw]) -> Iterator[ShownRecord]:
    for key, text in part.items():
        entity = canonical(key)
        if entity is None:
            continue
        for record in _unwrapped(text) if entity == WRAPPED else _records(text):
            yield _shown(entity, record)


def _records(text: msgspec.Raw) -> list[_Record]:
    found = msgspec.json.decode(text, type=list[_Record] | _Record)
    return found if isinstance(found, list) else [found]


def _unwrapped(text: msgspec.Raw) -> Iterator[_Record]:
    """Templates of transactions, which come inside their type, and the stubs of deleted ones, which do not."""
    found = msgspec.json.decode(text)
    for record in found if isinstance(found, list) else [found]:
        inside = next((one for one in record.values() if isinstance(one, dict) and "Id" in one), record)
        yield msgspec.convert(record if "Id" in record else inside, _Record)


def _shown(entity: str, record: _Record) -> ShownRecord:
    return ShownRecord(
        entity,
        f"{record.currency}:{record.day}" if record.identity is None else str(record.identity),
        _text(record.sync_token),
        _text(record.meta and record.meta.last_updated),
        record.status == "Deleted",
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
