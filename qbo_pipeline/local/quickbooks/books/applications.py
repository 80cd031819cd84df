"""Which payment or credit settled how much of which document, and when, from the lines of payments."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import Record
from qbo_pipeline.local.quickbooks.books.model import Application, Transaction
from qbo_pipeline.local.quickbooks.books.posting.draft import ZERO, Lookup, rate_of, to_home
from qbo_pipeline.local.quickbooks.books.posting.payments import settled

PAYMENTS = frozenset({"Payment", "BillPayment"})


def applications(payment: Transaction, record: Record, lookup: Lookup) -> Iterator[Application]:
    """What a payment settled: first with the credits that it used up, then with its own money.

    A settlement happens on the later of the days of its two documents; one of a voided payment never happened.
    """
    if payment.voided:
        return
    parts = [part for part in settled(record) if lookup(part[0], part[1]) is not None]
    payers = [((entity, identity), -amount) for entity, identity, amount in parts if amount < 0]
    owed = [((entity, identity), amount) for entity, identity, amount in parts if amount > 0]
    own = sum((amount for _, amount in owed), ZERO) - sum((amount for _, amount in payers), ZERO)
    payers.append(((payment.entity, payment.id), own))
    for payer, paid, amount in _matched(payers, owed):
        document, paying = lookup(*paid) or {}, lookup(*payer) or record
        days = [payment.day.isoformat(), document.get("TxnDate", ""), paying.get("TxnDate", "")]
        yield Application(payer, paid, payment.day.fromisoformat(max(days)), amount, to_home(amount, rate_of(document)))


Key = tuple[str, str]


def _matched(payers: list[tuple[Key, Decimal]], owed: list[tuple[Key, Decimal]]) -> Iterator[tuple[Key, Key, Decimal]]:
    """Payers used up in their order over what is owed in its order."""
    waiting = iter(payers)
    payer, left = next(waiting)
    for paid, amount in owed:
        while amount:
            while left <= 0:
                following = next(waiting, None)
                if following is None:
                    return
                payer, left = following
            part = min(left, amount)
            yield payer, paid, part
            left, amount = left - part, amount - part
