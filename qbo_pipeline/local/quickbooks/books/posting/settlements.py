"""What the lines of a payment settle: documents that are owed, and credits that it uses up instead of money.

Whether a line is the one or the other, it does not say. Invoices, bills and what was paid out to a customer are owed;
credit memos, vendor credits and what was received from a customer are credits, and a journal entry is what it says of
the one who pays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import Record
from qbo_pipeline.local.quickbooks.books.model import Name
from qbo_pipeline.local.quickbooks.books.posting.draft import ZERO, Lookup, money, referred
from qbo_pipeline.local.quickbooks.books.posting.purchases import named

KindOf = Callable[[str], str | None]
"""Type of an account, by id."""

_PURCHASES = frozenset({"Check", "CreditCardCredit", "CreditCardExpense", "Expense"})
"""What links call a purchase, by how it was paid."""

_CREDITS = frozenset({"CreditMemo", "VendorCredit"})


@dataclass(frozen=True, slots=True)
class Settlement:
    """A line of a payment."""

    entity: str
    id: str
    amount: Decimal
    """In the payment's currency; negative where the document is a credit that the payment uses up."""
    document: Record | None
    """What is settled; None where it is gone."""
    name: Name | None
    """Whose part of the document it is, where that can have several."""


@dataclass(frozen=True, slots=True)
class _Side:
    """Receivables or payables."""

    control: str
    owed: int
    """1 where what is owed is a debit of the control account."""
    party: str


_SIDES = {
    "Payment": _Side("Accounts Receivable", 1, "CustomerRef"),
    "BillPayment": _Side("Accounts Payable", -1, "VendorRef"),
}
PAYMENTS = frozenset(_SIDES)
CONTROLS = {entity: side.control for entity, side in _SIDES.items()}
"""Payments → the AccountType of the accounts that they settle."""


def settlements(entity: str, payment: Record, lookup: Lookup, kind_of: KindOf) -> Iterator[Settlement]:
    """What the lines of a payment, or of a bill payment, settle."""
    side = _SIDES[entity]
    identity = referred(payment, side.party)
    payer = None if identity is None else Name("Customer" if entity == "Payment" else "Vendor", identity)
    for line in payment.get("Line", []):
        for link in line.get("LinkedTxn", []):
            linked, settled = str(link.get("TxnType", "")), str(link["TxnId"])
            kind = "Purchase" if linked in _PURCHASES else linked
            document = lookup(kind, settled)
            owed, name = _owed(kind, document or {}, side, payer, kind_of)
            amount = money(line.get("Amount"))
            yield Settlement(kind, settled, amount if owed else -amount, document, name)


def _owed(kind: str, document: Record, side: _Side, payer: Name | None, kind_of: KindOf) -> tuple[bool, Name | None]:
    """Whether a document is owed, and by or to whom."""
    if kind in _CREDITS:
        return False, None
    if kind == "Deposit":  # a customer paid in advance; a vendor gave back
        return side.owed < 0, payer
    if kind == "Purchase":  # a customer was given back; a vendor was paid in advance, with `Credit` he gave back
        return (document.get("Credit") is True) == (side.owed < 0), payer
    if kind == "JournalEntry":
        name, debit = _taken(document, side, payer, kind_of)
        return side.owed * debit >= 0, name
    return True, None


def _taken(entry: Record, side: _Side, payer: Name | None, kind_of: KindOf) -> tuple[Name | None, Decimal]:
    """The part of a journal entry that a payment takes, with its debit.

    An entry may carry a balance over from one customer to another: of its lines those of the payment's customer count,
    else (a parent pays for its jobs) the most.
    """
    debits: dict[Name | None, Decimal] = defaultdict(lambda: ZERO)
    for line in entry.get("Line", []):
        detail = line.get("JournalEntryLineDetail", {})
        if kind_of(referred(detail, "AccountRef") or "") == side.control:
            sign = 1 if detail.get("PostingType") == "Debit" else -1
            debits[named(detail.get("Entity"))] += sign * money(line.get("Amount"))
    if not debits:
        return None, ZERO
    return max(debits.items(), key=lambda part: (part[0] == payer, abs(part[1]), part[0].id if part[0] else ""))
