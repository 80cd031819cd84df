"""Balances as QuickBooks keeps them without ever closing a year.

Nothing is posted at the end of a fiscal year. Accounts of the income statement are read from the start of the year,
and retained earnings are what was posted to them plus the net income of all earlier years.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO, AccountTotals
from qbo_pipeline.local.quickbooks.reports.accounts import AccountTree
from qbo_pipeline.local.quickbooks.reports.periods import Period, fiscal_year_start

_BEGINNING = date.min
_DAY = timedelta(days=1)


class FiscalBalances:
    """Balances of any account on any day, debit positive."""

    def __init__(self, totals: AccountTotals, accounts: AccountTree, first_month: int) -> None:
        self.totals = totals
        self._first_month = first_month
        self._accounts = accounts.by_id
        self._earning = [
            account
            for account in totals.accounts
            if account in self._accounts and self._accounts[account].in_income_statement
        ]
        self.retained = accounts.of_subtype("RetainedEarnings").id
        """Id of the account of retained earnings."""

    def year_to(self, day: date) -> Period:
        """The fiscal year of a day, up to that day."""
        return Period(fiscal_year_start(day, self._first_month), day)

    def balance(self, account: str, day: date) -> Decimal:
        """The balance at the end of a day."""
        return self._balance(account, self.year_to(day))

    def opening(self, account: str, day: date) -> Decimal:
        """The balance that a day begins with: on the first of a fiscal year, earlier years are earned already."""
        return self._balance(account, Period(self.year_to(day).start, day - _DAY))

    def _balance(self, account: str, year: Period) -> Decimal:
        if self._accounts[account].in_income_statement:
            return self.totals.change(account, year) or ZERO
        posted = self.totals.balance(account, year.end)
        if account == self.retained:
            return posted - self.net_income(Period(_BEGINNING, year.start - _DAY))
        return posted

    def net_income(self, period: Period) -> Decimal:
        """Income less expenses, a profit positive."""
        return -sum((self.totals.change(account, period) or ZERO for account in self._earning), ZERO)
