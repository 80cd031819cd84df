"""What the books make of an imported company: records they cannot post, balances that are not as they should be."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.import_export.documents import Unplaced
from qbo_pipeline.local.quickbooks.import_export.trial_balance import Balance, Difference, differences, last_day
from qbo_pipeline.local.quickbooks.reports.company_ledger import CompanyLedgers
from qbo_pipeline.local.quickbooks.store import Store


@dataclass(frozen=True, slots=True)
class Proof:
    """What is wrong with the books of a company."""

    unposted: list[Unplaced]
    differences: list[Difference]
    day: date
    """The day the balances are of."""


def prove(state: Path, realm: str, balances: Sequence[Balance] | None, day: date | None) -> Proof:
    """Post everything, and compare the balances of a day with a trial balance.

    Args:
        state: the service's state file.
        realm: a company in it.
        balances: the trial balance; None compares nothing.
        day: its day; None is the day of the last transaction.
    """
    with closing(Store(state)) as store:
        books = CompanyBooks(store, realm)
        unposted = [
            Unplaced(f"{entity}.json", f"Id {identity}", f"cannot be posted: {reason}")
            for (entity, identity), reason in sorted(books.unposted().items())
        ]
        ledger = CompanyLedgers(store, lambda _: books)(realm)
    day = day or last_day(ledger)
    found = [] if balances is None else list(differences(ledger, balances, day))
    return Proof(unposted, found, day)
