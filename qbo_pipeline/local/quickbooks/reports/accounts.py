"""The chart of accounts as reports show it: in the order of the balance sheet, sub-accounts under their parents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

BALANCE_SHEET_KINDS = (
    "Bank",
    "Accounts Receivable",
    "Other Current Asset",
    "Fixed Asset",
    "Other Asset",
    "Accounts Payable",
    "Credit Card",
    "Other Current Liability",
    "Long Term Liability",
    "Equity",
)
INCOME_STATEMENT_KINDS = ("Income", "Cost of Goods Sold", "Expense", "Other Income", "Other Expense")
DEBIT_KINDS = frozenset(
    {*BALANCE_SHEET_KINDS[:5], "Cost of Goods Sold", "Expense", "Other Expense"},
)
"""AccountTypes whose balance is naturally a debit."""

_ORDER = {kind: position for position, kind in enumerate((*BALANCE_SHEET_KINDS, *INCOME_STATEMENT_KINDS))}


@dataclass(frozen=True, slots=True)
class Account:
    """An account. One that QuickBooks itself keeps and the chart does not list has an id that is no number."""

    id: str
    name: str
    kind: str
    """AccountType: `Accounts Receivable` …"""
    subtype: str = ""
    parent: str | None = None
    number: str = ""

    @property
    def shown_id(self) -> str | None:
        """The id in a report."""
        return self.id if self.id.isdigit() else None

    @property
    def in_income_statement(self) -> bool:
        """Whether it starts from zero every fiscal year."""
        return self.kind in INCOME_STATEMENT_KINDS

    @property
    def is_cash(self) -> bool:
        """Whether the cash flow counts it as money."""
        return self.kind == "Bank" or self.subtype == "UndepositedFunds"

    @property
    def natural_sign(self) -> int:
        """What turns a debit-positive amount into one of the account's natural sign."""
        return 1 if self.kind in DEBIT_KINDS else -1


RETAINED_EARNINGS = Account("retained-earnings", "Retained Earnings", "Equity", "RetainedEarnings")
UNAPPLIED_INCOME = Account("unapplied-income", "Unapplied Cash Payment Income", "Income", "UnappliedCashPaymentIncome")
UNAPPLIED_EXPENSE = Account(
    "unapplied-expense", "Unapplied Cash Bill Payment Expense", "Expense", "UnappliedCashBillPaymentExpense"
)
_KEPT = (RETAINED_EARNINGS, UNAPPLIED_INCOME, UNAPPLIED_EXPENSE)


class AccountTree:
    """Accounts by id and by parent."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        listed = list(accounts)
        subtypes = {account.subtype for account in listed}
        listed.extend(kept for kept in _KEPT if kept.subtype not in subtypes)
        listed.sort(key=lambda account: (_ORDER.get(account.kind, len(_ORDER)), account.name.casefold(), account.id))
        self.by_id: Mapping[str, Account] = {account.id: account for account in listed}
        self._full_names: dict[str, str] = {}
        self._children: dict[str | None, list[Account]] = defaultdict(list)
        for account in listed:
            above = self.by_id.get(account.parent) if account.parent else None
            self._children[above.id if above and above.kind == account.kind else None].append(account)

    def roots(self, *kinds: str) -> list[Account]:
        """Accounts of some kinds that are under no other, in the order of reports; all without kinds."""
        return [account for account in self._children[None] if not kinds or account.kind in kinds]

    def children(self, account: Account) -> list[Account]:
        """The sub-accounts of an account."""
        return self._children.get(account.id, [])

    def all(self) -> Iterator[Account]:
        """Every account, sub-accounts after their parents."""
        stack = self.roots()[::-1]
        while stack:
            account = stack.pop()
            yield account
            stack.extend(reversed(self.children(account)))

    def full_name(self, account: Account) -> str:
        """`Truck:Original Cost`."""
        known = self._full_names.get(account.id)
        if known is None:
            above = self.by_id.get(account.parent) if account.parent else None
            known = f"{self.full_name(above)}:{account.name}" if above else account.name
            self._full_names[account.id] = known
        return known

    def of_subtype(self, subtype: str) -> Account:
        """The first account of an AccountSubType.

        Raises:
            LookupError: there is none.
        """
        for account in self.by_id.values():
            if account.subtype == subtype:
                return account
        raise LookupError(subtype)
