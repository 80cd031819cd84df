"""What faults make of the JSON of an answer: pure functions, of the answer and the settings of the fault.

Answers are as `json_text.loads` gives them: objects as dicts, decimals as Decimal. What comes back is new; what was
given stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from qbo_pipeline.local.quickbooks.clock import pacific, pacific_milliseconds

Record = dict[str, Any]

UNKNOWN: Record = {
    "IntroducedLater": "text",
    "IntroducedLaterRef": {"value": "7", "name": "Seven"},
    "IntroducedLaterAmount": Decimal("0.10"),
    "IntroducedLaterList": [{"Id": "1", "Flag": True}],
}
"""Fields that no description of QuickBooks names, of every JSON type."""

_MEANT = frozenset({"Id", "SyncToken", "MetaData", "domain", "status", "value", "DetailType"})
"""Texts that stay texts unless they are named: without them a record is none."""

_TIMES = frozenset({"time", "Time", "CreateTime", "LastUpdatedTime"})


def with_unknown_fields(answer: Record, settings: Mapping[str, Any]) -> Record:
    """Unknown fields in the answer itself, in records, in objects inside records, in lines; or in one of these."""
    place = settings["place"]

    def grown(value: Any, level: str) -> Any:
        if isinstance(value, list):
            return [grown(one, "line") for one in value]
        if not isinstance(value, dict):
            return value
        inside = {key: grown(one, "nested") for key, one in value.items()}
        return inside | UNKNOWN if place in ("everywhere", level) else inside

    changed = _of_records(answer, lambda entity, records: [grown(one, "record") for one in records])
    return {**changed, **UNKNOWN} if place in ("everywhere", "answer") else dict(changed)


def with_flipped_types(answer: Record, settings: Mapping[str, Any]) -> Any:
    """Values of records, or of their `property`s only, as another JSON type."""
    flip, named = settings["flip"], settings["property"]
    if flip == "null_for_absent":
        return _of_records(answer, lambda entity, records: _with_nulls(records, named))
    change = _FLIPS[flip]

    def flipped(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: flipped(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [flipped(one, key) for one in value]
        meant = key in named if named is not None else key not in _MEANT
        return change(value) if meant else value

    return _of_records(answer, lambda entity, records: [flipped(one, "") for one in records])


def with_false_deletions(answer: Record, settings: Mapping[str, Any]) -> Any:
    """The first records of an answer of change data capture as the stubs that deletions leave.

    Seen in 2021: records that had just been changed came back as deleted (QuickBooks-V3-DotNET-SDK, issue 189).
    """
    left = settings["count"]

    def falsified(entity: str, records: list[Record]) -> list[Record]:
        nonlocal left
        changed = []
        for record in records:
            told = settings["entity"] in (None, entity) and "status" not in record and "Id" in record
            changed.append(_stub(record) if told and left > 0 else record)
            left -= told
        return changed

    return _of_records(answer, falsified)


def with_times_moved(answer: Any, settings: Mapping[str, Any]) -> Any:
    """`time`, the times of MetaData and of headers of reports, that many seconds later."""
    seconds = settings["seconds"]

    def moved(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: moved(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [moved(one, "") for one in value]
        if key == "time" and isinstance(value, int):
            return value + int(seconds * 1000)
        return _later(value, seconds) if key in _TIMES and isinstance(value, str) else value

    return moved(answer, "")


CHANGES: dict[str, Callable[[Record, Mapping[str, Any]], Any]] = {
    "unknown_fields": with_unknown_fields,
    "type_flips": with_flipped_types,
    "false_deletion": with_false_deletions,
    "clock_skew": with_times_moved,
}
"""By kind of fault."""


def _of_records(value: Any, change: Callable[[str, list[Record]], list[Record]], key: str = "") -> Any:
    """An answer with other records. Those that stand in one list are changed together; `key` is their entity."""
    if isinstance(value, dict):
        if _is_record(value):
            return change(key, [value])[0]
        return {name: _of_records(one, change, name) for name, one in value.items()}
    if not isinstance(value, list):
        return value
    if value and all(_is_record(one) for one in value):
        return change(key, value)
    return [_of_records(one, change, key) for one in value]


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and ("MetaData" in value or "domain" in value)


def _stub(record: Record) -> Record:
    at = record.get("MetaData", {}).get("LastUpdatedTime")
    return {"domain": "QBO", "status": "Deleted", "Id": record["Id"], "MetaData": {"LastUpdatedTime": at}}


def _with_nulls(records: list[Record], named: tuple[str, ...] | None) -> list[Record]:
    """Records that have, as null, what others of the list have and they do not; or what is `named`."""
    names = named if named is not None else tuple(dict.fromkeys(name for one in records for name in one))
    return [{**one, **{name: None for name in names if name not in one}} for one in records]


def _later(text: str, seconds: float) -> str:
    moment = datetime.fromisoformat(text).timestamp() + seconds
    return pacific_milliseconds(moment) if "." in text else pacific(moment)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_FLIPS: dict[str, Callable[[Any], Any]] = {
    "number_as_text": lambda value: str(value) if _is_integer(value) or isinstance(value, Decimal) else value,
    "integer_as_float": lambda value: Decimal(f"{value}.0") if _is_integer(value) else value,
    "text_as_object": lambda value: {"value": value} if isinstance(value, str) else value,
}
