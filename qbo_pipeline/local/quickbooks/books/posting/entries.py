"""What transactions that have no open balance of their own put on the accounts of receivables and payables, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import Record
from qbo_pipeline.local.quickbooks.books.model import Name, NameKind
from qbo_pipeline.local.quickbooks.books.posting.draft import money, referred
from qbo_pipeline.local.quickbooks.books.posting.purchases import named

_CONTROLS: dict[str, tuple[NameKind, int]] = {
    "Accounts Receivable": ("Customer", 1),
    "Accounts Payable": ("Vendor", -1),
}
"""AccountType → whose accounts they are, and 1 where what is owed is a debit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line on receivables or payables."""

    name: Name
    amount: Decimal
    """What it adds to what the customer owes or the vendor is owed, in the currency of the transaction."""


def entries(entity: str, record: Record, kind_of: Callable[[str], str | None]) -> Iterator[Entry]:
    """The lines of a journal entry, deposit, check or expense that are on the accounts of customers and vendors."""
    for line in record.get("Line", []) if entity in ("Deposit", "JournalEntry", "Purchase") else ():
        detail, name, sign = _read(entity, record, line)
        party, owed = _CONTROLS.get(kind_of(referred(detail, "AccountRef") or "") or "", (None, 0))
        amount = owed * sign * money(line.get("Amount"))
        if amount and name is not None and name.kind == party:
            yield Entry(name, amount)


def _read(entity: str, record: Record, line: Record) -> tuple[Record, Name | None, int]:
    """The detail of a line, its name, and 1 where it is a debit."""
    if entity == "JournalEntry":
        detail = line.get("JournalEntryLineDetail", {})
        return detail, named(detail.get("Entity")), 1 if detail.get("PostingType") == "Debit" else -1
    if entity == "Deposit":
        detail = line.get("DepositLineDetail", {})
        return detail, named(detail.get("Entity")), -1
    detail = line.get("AccountBasedExpenseLineDetail", {})
    customer = referred(detail, "CustomerRef")
    name = Name("Customer", customer) if customer else named(record.get("EntityRef"))
    return detail, name, -1 if record.get("Credit") is True else 1
