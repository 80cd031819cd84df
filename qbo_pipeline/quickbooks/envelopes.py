"""Envelopes: taking answers apart without parsing the records in them.

msgspec walks the JSON once, checks its syntax and hands out each record as the bytes it came as. Members that nobody
knows yet are skipped: Intuit adds some without notice. Half of a surrogate pair, which no JSON reader of ours takes, is
handed out as U+FFFD; so are, once `as_utf8` has been over the answer, bytes that are no text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec

from qbo_pipeline.quickbooks.characters import without_halves
from qbo_pipeline.quickbooks.faults import Fault, read_fault

T = TypeVar("T")

_FAULT = "Fault"
"""Beside the answer, or in place of the records: by Intuit's schema a QueryResponse holds objects or a fault. Without
records it is no empty answer, from which deletions would follow."""


class EnvelopeError(Exception):
    """The body is not the JSON that this endpoint answers with."""


class AnswerFaultError(Exception):
    """The body is a fault, whatever the HTTP status says."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.reason)


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The answer of the query endpoint."""

    records: list[msgspec.Raw]
    total_count: int | None
    """Only `count(*)` makes it a grand total; with records, it is the rows of this page, where it is sent at all."""
    server_time: datetime | None


@dataclass(frozen=True, slots=True)
class ChangesAnswer:
    """The answer of change data capture."""

    records: dict[str, list[msgspec.Raw]]
    """Response key of the entity → its records and deletion stubs; entities without change are absent."""
    server_time: datetime | None


@dataclass(frozen=True, slots=True)
class CountsAnswer:
    """The answer of a batch of counts."""

    totals: dict[str, int]
    """`bId` → total; items that failed are absent."""
    server_time: datetime | None


def row_count(answer: object) -> int | None:
    """Records in an answer of any of these kinds; None where it holds none by its nature."""
    match answer:
        case QueryAnswer(records=records):
            return len(records)
        case ChangesAnswer(records=by_entity):
            return sum(len(records) for records in by_entity.values())
        case _:
            return None


def _check(raw: msgspec.Raw | msgspec.UnsetType | None) -> None:
    """Raise what a member is that holds a fault, where it is there and not null."""
    fault = None if raw is None or isinstance(raw, msgspec.UnsetType) else read_fault(bytes(raw))
    if fault is not None:
        raise AnswerFaultError(fault)


class _Faults(msgspec.Struct):
    capital: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="Fault")
    gateway: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="fault")
    time: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    def check(self) -> None:
        _check(self.capital)
        _check(self.gateway)

    def server_time(self) -> datetime | None:
        return None if isinstance(self.time, msgspec.UnsetType) else parse_time(msgspec.json.decode(self.time))


class _CaptureElement(msgspec.Struct):
    responses: list[dict[str, msgspec.Raw]] = msgspec.field(default_factory=list, name="QueryResponse")
    capital: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="Fault")


class _Capture(_Faults):
    elements: list[_CaptureElement] | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="CDCResponse")


class _ReportHeader(msgspec.Struct):
    time: str | None = msgspec.field(default=None, name="Time")


class _Report(_Faults):
    header: _ReportHeader | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="Header")


class _BatchCount(msgspec.Struct):
    total_count: int | None = msgspec.field(default=None, name="totalCount")


class _BatchItem(msgspec.Struct):
    batch_id: str = msgspec.field(default="", name="bId")
    response: _BatchCount | None = msgspec.field(default=None, name="QueryResponse")


class _Batch(_Faults):
    items: list[_BatchItem] | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="BatchItemResponse")


_batch_decoder = msgspec.json.Decoder(_Batch)
_capture_decoder = msgspec.json.Decoder(_Capture)
_report_decoder = msgspec.json.Decoder(_Report)
_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_object_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def split_query(body: bytes, response_key: str) -> QueryAnswer:
    """Take the answer of a query for the entity whose array is called `response_key` apart.

    Raises:
        AnswerFaultError: it is a fault.
        EnvelopeError: it is not a query answer (truncated, not JSON, another endpoint's).
    """
    answer = _decode(_query_decoder(response_key), body)
    answer.check()
    if isinstance(answer.response, msgspec.UnsetType):
        raise EnvelopeError("the answer has no QueryResponse")
    _check(answer.response.fault)
    return QueryAnswer(
        records=answer.response.records or [],
        total_count=answer.response.total_count,
        server_time=answer.server_time(),
    )


def split_changes(body: bytes) -> ChangesAnswer:
    """Take the answer of change data capture apart.

    Raises:
        AnswerFaultError: it is a fault, or holds one.
        EnvelopeError: it is not a change data capture answer.
    """
    answer = _decode(_capture_decoder, body)
    answer.check()
    if isinstance(answer.elements, msgspec.UnsetType):
        raise EnvelopeError("the answer has no CDCResponse")
    records: dict[str, list[msgspec.Raw]] = {}
    for element in answer.elements:
        _check(element.capital)
        for response in element.responses:
            _check(response.pop(_FAULT, None))
            for key, raw in response.items():
                if bytes(memoryview(raw)[:1]) == b"[":  # beside the array there are startPosition and maxResults
                    records.setdefault(key, []).extend(_decode_array(raw))
    return ChangesAnswer(records, answer.server_time())


def split_counts(body: bytes) -> CountsAnswer:
    """Take the answer of a batch of `count(*)` statements apart; items are known by their `bId`.

    Raises:
        AnswerFaultError: the batch as a whole is a fault.
        EnvelopeError: it is not the answer of a batch.
    """
    answer = _decode(_batch_decoder, body)
    answer.check()
    if isinstance(answer.items, msgspec.UnsetType):
        raise EnvelopeError("the answer has no BatchItemResponse")
    totals = {
        item.batch_id: item.response.total_count
        for item in answer.items
        if item.response is not None and item.response.total_count is not None
    }
    return CountsAnswer(totals, answer.server_time())


def split_object(body: bytes, response_key: str) -> QueryAnswer:
    """Take the answer of a read by id apart: `{"Invoice": {…}, "time": …}`, one record.

    Raises:
        AnswerFaultError: it is a fault.
        EnvelopeError: the object is not there.
    """
    _decode(_faults_decoder, body).check()
    members = _decode(_object_decoder, body)
    if response_key not in members:
        raise EnvelopeError(f"the answer has no {response_key}")
    time = members.get("time")
    server_time = None if time is None else parse_time(msgspec.json.decode(time))
    return QueryAnswer([members[response_key]], None, server_time)


def split_report(body: bytes) -> datetime | None:
    """QuickBooks' time in the header of a report; the report itself is not looked into.

    Raises:
        AnswerFaultError: it is a fault.
        EnvelopeError: it has no header.
    """
    answer = _decode(_report_decoder, body)
    answer.check()
    if isinstance(answer.header, msgspec.UnsetType):
        raise EnvelopeError("the answer has no Header")
    return parse_time(answer.header.time)


def parse_time(value: object) -> datetime | None:
    """`time` of an answer: text with an offset, or epoch milliseconds from the gateway. None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (OverflowError, ValueError, OSError):
            return None
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
            return parsed.astimezone(UTC) if parsed.tzinfo else None
        except (ValueError, OverflowError):  # the first and last hours of the calendar are none in UTC
            return None
    return None


_faults_decoder = msgspec.json.Decoder(_Faults)


@cache
def _query_decoder(response_key: str) -> msgspec.json.Decoder[Any]:
    """A decoder that knows one entity's key, so that one walk over the body finds the records."""
    response = msgspec.defstruct(
        "QueryResponse",
        [
            ("records", list[msgspec.Raw] | None, None),
            ("total_count", int | None, None),
            ("fault", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET),
        ],
        rename={"records": response_key, "total_count": "totalCount", "fault": _FAULT},
    )
    envelope = msgspec.defstruct(
        "QueryEnvelope",
        [("response", response | msgspec.UnsetType, msgspec.UNSET)],
        bases=(_Faults,),
        rename={"response": "QueryResponse"},
    )
    return msgspec.json.Decoder(envelope)


def _decode_array(raw: msgspec.Raw) -> list[msgspec.Raw]:
    return _array_decoder.decode(raw)  # its syntax was checked with the envelope's


def _decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except RecursionError:
        raise EnvelopeError("the answer cannot be read: it is nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # A text that was cut within an emoji ends in half of it, which is no character. It must not cost the others.
        mended = without_halves(body)
        if mended != body:
            return _decode(decoder, mended)
        raise EnvelopeError(f"the answer cannot be read: {error}") from None
