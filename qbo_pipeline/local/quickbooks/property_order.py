"""The order that properties come in: answers always have the same one, whatever order a request had."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from qbo_pipeline.local.quickbooks.properties import listed

_LINE = "Line"


def in_order(entity: str, record: dict[str, Any]) -> dict[str, Any]:
    """A record with its properties in the order of QuickBooks' answers (recorded: create__invoice, update__customer).

    Properties whose place is not known follow in the order they have; lines are put in order, too.
    """
    ordered = _sorted(entity, record)
    if isinstance(ordered.get(_LINE), list):
        ordered[_LINE] = [_sorted(_LINE, line) for line in ordered[_LINE]]
    return ordered


def _sorted(name: str, record: dict[str, Any]) -> dict[str, Any]:
    places = _places(name)
    return dict(sorted(record.items(), key=lambda pair: places.get(pair[0], len(places))))


@cache
def _places(name: str) -> dict[str, int]:
    known = listed(Path(__file__).parent / "property_order.txt").get(name, ())
    return {one: place for place, one in enumerate(known)}
