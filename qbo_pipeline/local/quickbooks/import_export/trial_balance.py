"""A trial balance from elsewhere beside the one of the books: which accounts differ, and by how much."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from qbo_pipeline.local.quickbooks.reports.accounts import AccountTree
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger

_COLUMNS = ("account", "debit", "credit")
_ZERO = Decimal(0)


class TrialBalanceError(Exception):
    """A file is no trial balance."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A line of a trial balance."""

    account: str
    """As the file calls it: full name, number, number and name, name or id."""
    amount: Decimal
    """Debit positive."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An account that the two do not agree on; debit positive, home currency."""

    account: str
    theirs: Decimal | None
    """What the file says; None where it does not mention the account."""
    ours: Decimal | None
    """What the books say; None where they have no such account."""


def read_trial_balance(path: Path) -> list[Balance]:
    """The lines of a CSV file with the columns account, debit and credit, in any case and order; totals are left out.

    Raises:
        TrialBalanceError: a column is missing, or an amount is none.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = {name.strip().lower(): name for name in reader.fieldnames or () if name}
        missing = [name for name in _COLUMNS if name not in names]
        if missing:
            raise TrialBalanceError(f"{path.name} has no column {', '.join(missing)}")
        found = []
        for row in reader:
            account, debit, credit = ((row[names[name]] or "").strip() for name in _COLUMNS)
            if account and account.lower() != "total":
                where = f"{path.name}, line {reader.line_num}"
                found.append(Balance(account, _amount(debit, where) - _amount(credit, where)))
    return found


def differences(ledger: Ledger, balances: Iterable[Balance], day: date) -> Iterator[Difference]:
    """Every account whose balance at the end of a day is not what a trial balance says, in the order of the chart."""
    known = _names(ledger.accounts)
    theirs: dict[str, Decimal] = {}
    for one in balances:
        named = known.get(one.account.casefold())
        if named is None:
            yield Difference(one.account, one.amount, None)
        else:
            theirs[named] = theirs.get(named, _ZERO) + one.amount
    kept = ledger.balances()
    for identity, account in ledger.accounts.by_id.items():
        ours = kept.balance(identity, day)
        if ours != theirs.get(identity, _ZERO):
            yield Difference(ledger.accounts.full_name(account), theirs.get(identity), ours)


def last_day(ledger: Ledger) -> date:
    """The day of the last transaction; the first there is where nothing is posted."""
    return max((one.day for one in ledger.transactions()), default=date.min)


def _names(accounts: AccountTree) -> dict[str, str]:
    """Text that an account may be called by → its id. What would name two accounts names none, except a full name."""
    full = {accounts.full_name(account): identity for identity, account in accounts.by_id.items()}
    loose: dict[str, str | None] = {}
    for identity, account in accounts.by_id.items():
        numbers = (account.number, f"{account.number} {accounts.full_name(account)}") if account.number else ()
        for name in {identity, account.name, *numbers}:
            loose[name] = None if name in loose else identity
    found = {name: one for name, one in loose.items() if one is not None} | full
    return {name.casefold(): one for name, one in found.items()}


def _amount(text: str, where: str) -> Decimal:
    """An amount as people and spreadsheets write it: `1,234.50`, `$12`, `(3.00)`, nothing."""
    plain = text.replace(",", "").replace("$", "").replace(" ", "")
    sign = 1
    if plain.startswith("(") and plain.endswith(")"):
        plain, sign = plain[1:-1], -1
    try:
        return sign * Decimal(plain or 0)
    except InvalidOperation:
        raise TrialBalanceError(f"{where}: {text!r} is no amount") from None
