"""What is under the statements, packed for the page: columns of numbers instead of records, texts once each.

Amounts are whole cents, written as text where a script would not read them exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from qbo_pipeline.finance_report.amounts import cents
from qbo_pipeline.finance_report.figures import BUCKETS, Aging, Document, Drill, Report

_EXACT = 2**53
"""Whole numbers beyond are rounded by JavaScript when it reads JSON."""


class _Texts:
    """Texts by number, in the order they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        return list(self._numbers)


def pack(report: Report, positions: dict[str, int]) -> str:
    """The page's data as JSON that may stand in a script element.

    Args:
        report: With what is under its statements.
        positions: Account → its number on the page.
    """
    drill = report.drill or Drill(report.periods.year, report.periods.year.start, (), (), ())
    texts = _Texts()
    epoch = min([report.periods.year.start, *(one.dated for one in drill.documents), *_open_days(report)])
    places = {(one.transaction_type, one.transaction_id): place for place, one in enumerate(drill.documents)}
    legs = [one for one in drill.legs if (one.transaction_type, one.transaction_id) in places]
    lines = [one for one in drill.lines if (one.transaction_type, one.transaction_id) in places]
    packed = {
        "epoch": epoch.isoformat(),
        "currency": report.company.currency,
        "from": (drill.complete_from - epoch).days,
        "limited": drill.complete_from > drill.days.start,
        "accounts": _names(report, positions),
        "documents": _documents(drill.documents, texts, epoch),
        "legs": {
            "document": [places[one.transaction_type, one.transaction_id] for one in legs],
            "account": [positions[one.account_id] for one in legs],
            "day": [(one.dated - epoch).days for one in legs],
            "amount": [_exact(one.amount) for one in legs],
            "memo": [texts.number(one.memo) for one in legs],
        },
        "lines": {
            "document": [places[one.transaction_type, one.transaction_id] for one in lines],
            "item": [texts.number(one.item) for one in lines],
            "description": [texts.number(one.description) for one in lines],
            "quantity": [_plain(one.quantity) for one in lines],
            "rate": [_plain(one.rate) for one in lines],
            "amount": [_exact(one.amount) for one in lines],
        },
        "agings": {one.key: _aging(one, places, texts, epoch) for one in (report.receivable, report.payable)},
        "texts": texts.all(),
    }
    # "<" could close the script element; in JSON it may be written like this.
    return msgspec.json.encode(packed).decode().replace("<", "\\u003c")


def _names(report: Report, positions: dict[str, int]) -> list[str]:
    return [report.accounts[one].name for one in positions]


def _documents(documents: Iterable[Document], texts: _Texts, epoch: date) -> dict[str, list[Any]]:
    shown = list(documents)
    return {
        "id": [one.transaction_id for one in shown],
        "label": [texts.number(one.label) for one in shown],
        "number": [one.number for one in shown],
        "day": [(one.dated - epoch).days for one in shown],
        "party": [texts.number(one.party) for one in shown],
        "memo": [texts.number(one.memo) for one in shown],
        "total": [None if one.total is None else _exact(one.total) for one in shown],
        "currency": [texts.number(one.currency) for one in shown],
        "voided": [place for place, one in enumerate(shown) if one.voided],
        "url": [texts.number(_address(one)) for one in shown],
    }


def _address(document: Document) -> str:
    """The address up to the id it ends with, one text for all documents of a type; whole where it ends otherwise."""
    url, identity = document.url, document.transaction_id
    return f"{url.removesuffix(identity)}*" if identity and url.endswith(identity) else url


def _aging(aging: Aging, places: dict[tuple[str, str], int], texts: _Texts, epoch: date) -> list[list[list[Any]]]:
    return [
        [
            [
                places.get((one.transaction_type, one.transaction_id), -1),
                texts.number(one.transaction_type),
                one.number,
                (one.dated - epoch).days,
                None if one.due is None else (one.due - epoch).days,
                one.days_overdue,
                BUCKETS.index(one.bucket),
                _exact(one.open_balance),
            ]
            for one in party.documents
        ]
        for party in aging.parties
    ]


def _open_days(report: Report) -> Iterable[date]:
    for aging in (report.receivable, report.payable):
        for party in aging.parties:
            yield from (one.dated for one in party.documents)


def _exact(amount: Decimal) -> int | str:
    whole = cents(amount)
    return whole if abs(whole) < _EXACT else str(whole)


def _plain(number: Decimal | None) -> str | None:
    """A quantity or rate without the zeros of its type."""
    return None if number is None else f"{number.normalize():f}"
