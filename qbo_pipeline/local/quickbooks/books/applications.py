"""Which payment settled how much of which document, and when, from the lines of payments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qbo_pipeline.local.quickbooks.books.model import Application, Transaction
from qbo_pipeline.local.quickbooks.books.posting.draft import rate_of, to_home
from qbo_pipeline.local.quickbooks.books.posting.settlements import Settlement


def applications(payment: Transaction, settled: Iterable[Settlement]) -> Iterator[Application]:
    """What a payment settled, and the credits that it used up for it, each at its own rate.

    A settlement happens on the later of the days of its two documents; one of a voided payment never happened.
    """
    if payment.voided:
        return
    for one in settled:
        if one.document is None:
            continue  # what is gone is unapplied
        day = max(payment.day.isoformat(), one.document.get("TxnDate", ""))
        home = to_home(one.amount, rate_of(one.document))
        paid = one.entity, one.id
        yield Application(
            (payment.entity, payment.id), paid, payment.day.fromisoformat(day), one.amount, home, one.name
        )
