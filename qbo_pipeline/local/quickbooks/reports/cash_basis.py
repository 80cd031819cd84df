"""Postings on the cash basis: income and expense count when money moves, not when a form is written.

QuickBooks describes its cash basis only by its effect; the rules here are the usual reading of it:

- The income and expense legs of an invoice, bill, credit memo or vendor credit wait until the form is settled, and
  are then recognised pro rata, on the day of the settlement. Until then the control account carries only what the
  legs of the balance sheet (sales tax, stock) need to balance. A deposit on the form settles its share at once,
  whichever account it went to; a line on a bank account is no deposit.
- What a payment leaves unapplied on its day, of its money and of the credits that it uses up, is income (`Unapplied
  Cash Payment Income`) or expense (`Unapplied Cash Bill Payment Expense`), until the day on which it is applied.
- Everything else posts as it does on the accrual basis.

Every transaction made here balances in home currency, so a balance sheet of them does; and in its own, so that what
is settled leaves nothing on receivables and payables in either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.model import Application, Leg, Transaction
from qbo_pipeline.local.quickbooks.books.posting.settlements import CONTROLS

_WAITING = {"Invoice": 1, "Bill": -1, "CreditMemo": -1, "VendorCredit": 1}
"""Forms that wait → 1 where what they ask for is a debit of the control account."""
_CONTROL = frozenset(CONTROLS.values())
_INCOME_STATEMENT = frozenset({"Income", "Other Income", "Cost of Goods Sold", "Expense", "Other Expense"})
_ZERO = Decimal(0)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the cash basis asks of a chart of accounts."""

    kinds: Mapping[str, str]
    """Account id → AccountType."""
    unapplied_income: str
    """Account of payments that settle nothing yet."""
    unapplied_expense: str
    """Account of bill payments that settle nothing yet."""


def cash_basis(
    transactions: Iterable[Transaction], applications: Iterable[Application], accounts: Accounts
) -> Iterator[Transaction]:
    """The same transactions as the cash basis sees them. One that is settled in parts comes several times."""
    paid: dict[tuple[str, str], list[Application]] = defaultdict(list)
    paying: dict[tuple[str, str], list[Application]] = defaultdict(list)
    for one in sorted(applications, key=lambda application: application.day):
        paid[one.paid].append(one)
        paying[one.payer].append(one)
    transactions = tuple(transactions)
    controls = {
        (one.entity, one.id, kind): leg
        for one in transactions
        for leg in reversed(one.legs)  # the first is left
        if (kind := accounts.kinds.get(leg.account)) in _CONTROL
    }
    for transaction in transactions:
        key = transaction.entity, transaction.id
        if transaction.entity in _WAITING:
            settlements = sorted([*paid.get(key, ()), *paying.get(key, ())], key=lambda application: application.day)
            yield from _as_settled(transaction, settlements, accounts)
        elif transaction.entity in CONTROLS:
            applied, kind = paying.get(key, []), CONTROLS[transaction.entity]
            # A payment without money, that lets credits pay, posts nothing itself. Of a journal entry that it uses the
            # other side may be there, too: what a customer owed, set off against what a vendor is owed.
            found = (controls.get((*at, kind)) for at in (key, *(one.paid for one in applied)))
            control = next((leg for leg in found if leg is not None), None)
            yield from _as_applied(transaction, applied, control, accounts)
        else:
            yield transaction


def _as_settled(transaction: Transaction, settlements: list[Application], accounts: Accounts) -> Iterator[Transaction]:
    kinds = accounts.kinds
    control = next((leg for leg in transaction.legs if kinds.get(leg.account) in _CONTROL), None)
    waiting = [leg for leg in transaction.legs if kinds.get(leg.account) in _INCOME_STATEMENT]
    if control is None or not waiting:
        yield transaction
        return
    sign = _WAITING[transaction.entity]
    owed, deposit = sign * control.foreign, _deposit(transaction.legs, control, sign, kinds)
    at_once = _share(deposit, owed + deposit)
    done = [_scaled(leg, at_once) for leg in waiting]
    kept = [leg for leg in transaction.legs if kinds.get(leg.account) not in _INCOME_STATEMENT]
    kept[kept.index(control)] = _plus(control, _total(waiting) - _total(done), _foreign(waiting) - _foreign(done))
    yield replace(transaction, legs=(*kept, *_with_amounts(done)))
    settled = _ZERO
    for one in settlements:
        settled += abs(one.amount)
        share = min(at_once + (1 - at_once) * _share(settled, abs(owed)), Decimal(1))
        now = [_scaled(leg, share) for leg in waiting]
        legs = [_plus(after, -before.home, -before.foreign) for after, before in zip(now, done, strict=True)]
        done = now
        against = replace(control, home=-_total(legs), foreign=-_foreign(legs))
        yield replace(transaction, day=max(one.day, transaction.day), legs=(against, *_with_amounts(legs)))


def _deposit(legs: Iterable[Leg], control: Leg, sign: int, kinds: Mapping[str, str]) -> Decimal:
    """What was paid on the form: on the side of the control account, beside it, the one leg that is of no line."""
    return sum(
        (
            max(sign * leg.foreign, _ZERO)
            for leg in legs
            if leg is not control
            and kinds.get(leg.account) not in _INCOME_STATEMENT
            and (leg.line_id, leg.item, leg.tax_rate) == (None, None, None)
        ),
        _ZERO,
    )


def _as_applied(
    transaction: Transaction, applied: list[Application], control: Leg | None, accounts: Accounts
) -> Iterator[Transaction]:
    if control is None:
        yield transaction
        return
    receivable = accounts.kinds[control.account] == "Accounts Receivable"
    account = accounts.unapplied_income if receivable else accounts.unapplied_expense
    sign = -1 if receivable else 1
    total = [leg for leg in transaction.legs if accounts.kinds.get(leg.account) in _CONTROL]
    now = [one for one in applied if one.day <= transaction.day]
    left = sign * _total(total) - sum((one.home for one in now), _ZERO)
    left_foreign = sign * _foreign(total) - sum((one.amount for one in now), _ZERO)

    def moved(home: Decimal, foreign: Decimal) -> tuple[Leg, Leg]:
        """Legs that take an amount out of the control account."""
        out = replace(control, home=-sign * home, foreign=-sign * foreign)
        return out, replace(out, account=account, home=sign * home, foreign=sign * foreign)

    waits = left or left_foreign
    yield replace(transaction, legs=(*transaction.legs, *moved(left, left_foreign))) if waits else transaction
    for one in applied:
        if one.day > transaction.day:
            yield replace(transaction, day=one.day, legs=moved(-one.home, -one.amount))


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return min(part / whole, Decimal(1)) if whole else Decimal(1)


def _total(legs: Iterable[Leg]) -> Decimal:
    return sum((leg.home for leg in legs), _ZERO)


def _foreign(legs: Iterable[Leg]) -> Decimal:
    return sum((leg.foreign for leg in legs), _ZERO)


def _scaled(leg: Leg, share: Decimal) -> Leg:
    return _with((leg.home * share).quantize(_CENT), (leg.foreign * share).quantize(_CENT), None, leg)


def _plus(leg: Leg, home: Decimal, foreign: Decimal) -> Leg:
    return _with(leg.home + home, leg.foreign + foreign, leg.quantity, leg)


def _with(home: Decimal, foreign: Decimal, quantity: Decimal | None, leg: Leg) -> Leg:
    # `replace` takes several times as long, and this makes most of what a report on the cash basis takes.
    return Leg(
        leg.account, home, foreign, leg.line_id, leg.name, leg.item, quantity, leg.class_, leg.department, leg.memo,
        leg.tax_rate,
    )  # fmt: skip


def _with_amounts(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    return tuple(leg for leg in legs if leg.home or leg.foreign)
