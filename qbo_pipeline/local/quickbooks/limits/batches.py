"""What batches count for the month, and how many objects their answers may hold."""

from __future__ import annotations

import msgspec

from qbo_pipeline.local.quickbooks.endpoints import Endpoint
from qbo_pipeline.local.quickbooks.faults import business_fault
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.limits.settings import BatchMetering


class _Item(msgspec.Struct):
    query: str | None = msgspec.field(default=None, name="Query")


class _Asked(msgspec.Struct):
    items: list[_Item] = msgspec.field(default_factory=list, name="BatchItemRequest")


class _Rows(msgspec.Struct):
    count: int = msgspec.field(default=0, name="maxResults")


class _Answered(msgspec.Struct):
    items: list[dict[str, msgspec.Raw]] = msgspec.field(name="BatchItemResponse")
    time: str


def metered_reads(endpoint: Endpoint, body: bytes, metering: BatchMetering) -> int:
    """What a request counts for the month: reads count one, writes nothing, batches what is assumed of them."""
    if endpoint == "write":
        return 0
    if endpoint != "batch":
        return 1
    if metering == "free":
        return 0
    try:
        asked = msgspec.json.decode(body, type=_Asked)
    except msgspec.DecodeError:
        return 0
    queries = sum(1 for item in asked.items if item.query is not None)
    return min(queries, 1) if metering == "request" else queries


def within_objects(answer: str | bytes, most: int) -> str | bytes:
    """The answer of a batch with no more than so many objects: a Fault in place of every item beyond.

    A record written is an object, as is every row of a query; a count is none.
    """
    answered = msgspec.json.decode(answer, type=_Answered)
    fault = business_fault(f"The answers of a batch hold {most} objects at most.")
    too_many = msgspec.Raw(dumps(fault.content()).encode())
    total, cut = 0, False
    for item in answered.items:
        objects = _objects(item)
        if objects and total + objects > most:
            bid = item["bId"]
            item.clear()
            item |= {"Fault": too_many, "bId": bid}
            cut = True
        else:
            total += objects
    return msgspec.json.encode(answered) if cut else answer


def _objects(item: dict[str, msgspec.Raw]) -> int:
    if "Fault" in item:
        return 0
    rows = item.get("QueryResponse")
    return 1 if rows is None else msgspec.json.decode(rows, type=_Rows).count
