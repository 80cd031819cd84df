"""What reports are computed from: the postings of a company at one moment, and the names of what they mention."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qbo_pipeline.local.quickbooks.books.model import Application, Leg, NameKind, Transaction
from qbo_pipeline.local.quickbooks.reports.account_totals import AccountTotals
from qbo_pipeline.local.quickbooks.reports.accounts import AccountTree
from qbo_pipeline.local.quickbooks.reports.cash_basis import Accounts, cash_basis
from qbo_pipeline.local.quickbooks.reports.fiscal_balances import FiscalBalances

Basis = Literal["Accrual", "Cash"]
ListKind = Literal["Customer", "Vendor", "Employee", "Class", "Department", "Item"]


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a list, by the name that reports show: full, and with ` (deleted)` once it is inactive."""

    name: str
    parent: str | None = None
    sku: str = ""


class Ledger:
    """The postings of a company. It never changes, so what is asked of it twice is computed once."""

    def __init__(
        self,
        accounts: AccountTree,
        transactions: Iterable[Transaction],
        applications: Iterable[Application],
        lists: Mapping[ListKind, Mapping[str, Listed]],
        *,
        home_currency: str = "USD",
        multi_currency: bool = False,
        first_month: int = 1,
        preferred_basis: Basis = "Accrual",
    ) -> None:
        self.accounts = accounts
        self.applications = tuple(applications)
        self.lists = lists
        self.home_currency = home_currency
        self.multi_currency = multi_currency
        self.first_month = first_month
        """First month of the fiscal year."""
        self.preferred_basis = preferred_basis
        self._transactions: dict[Basis, tuple[Transaction, ...]] = {
            "Accrual": tuple(sorted(transactions, key=_order)),
        }
        self._balances: dict[Basis, FiscalBalances] = {}
        self._computing = threading.RLock()

    def transactions(self, basis: Basis = "Accrual") -> tuple[Transaction, ...]:
        """Everything posted, by day and then in the order of creation."""
        with self._computing:  # reports are asked for side by side, and each needs the same
            if basis not in self._transactions:
                kinds = {account.id: account.kind for account in self.accounts.by_id.values()}
                income = self.accounts.of_subtype("UnappliedCashPaymentIncome").id
                expense = self.accounts.of_subtype("UnappliedCashBillPaymentExpense").id
                settled = cash_basis(self._transactions["Accrual"], self.applications, Accounts(kinds, income, expense))
                self._transactions[basis] = tuple(sorted(settled, key=_order))
            return self._transactions[basis]

    def balances(self, basis: Basis = "Accrual") -> FiscalBalances:
        """Balances of all accounts."""
        with self._computing:
            if basis not in self._balances:
                self._balances[basis] = self.fiscal(legs(self.transactions(basis)))
            return self._balances[basis]

    def fiscal(self, postings: Iterable[tuple[Transaction, Leg]]) -> FiscalBalances:
        """Balances of some postings alone."""
        totals = AccountTotals((leg.account, transaction.day, leg.home) for transaction, leg in postings)
        return FiscalBalances(totals, self.accounts, self.first_month)

    def name(self, kind: ListKind, identity: str | None) -> str:
        """The name of an entry of a list; empty where there is none."""
        entry = self.lists.get(kind, {}).get(identity or "")
        return entry.name if entry else ""

    @property
    def first_day(self) -> date:
        """The day of the first transaction."""
        posted = self._transactions["Accrual"]
        return posted[0].day if posted else date.max


def _order(transaction: Transaction) -> tuple[object, ...]:
    return transaction.day, transaction.created, len(transaction.id), transaction.id


def legs(transactions: Iterable[Transaction]) -> Iterator[tuple[Transaction, Leg]]:
    """Every leg with its transaction."""
    for transaction in transactions:
        for leg in transaction.legs:
            yield transaction, leg


def name_of(transaction: Transaction, leg: Leg, kind: NameKind) -> str | None:
    """Id of the customer, vendor or employee of a leg: its own, else the transaction's."""
    for name in (leg.name, transaction.name):
        if name is not None and name.kind == kind:
            return name.id
    return None
