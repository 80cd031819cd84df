"""Sums of postings by account over any days: one pass to build, a bisection to ask."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import accumulate

from qbo_pipeline.local.quickbooks.reports.periods import Period

ZERO = Decimal(0)


class AccountTotals:
    """What was posted to each account, and when. Amounts are debit positive, in whatever currency they came in."""

    def __init__(self, postings: Iterable[tuple[str, date, Decimal]]) -> None:
        by_account: dict[str, dict[date, Decimal]] = {}
        for account, day, amount in postings:
            days = by_account.setdefault(account, {})
            days[day] = days.get(day, ZERO) + amount
        self._days: dict[str, list[date]] = {}
        self._sums: dict[str, list[Decimal]] = {}
        for account, days in by_account.items():
            ordered = self._days[account] = sorted(days)
            self._sums[account] = [ZERO, *accumulate(days[day] for day in ordered)]

    @property
    def accounts(self) -> Iterable[str]:
        """Ids of the accounts that anything was posted to."""
        return self._days.keys()

    def balance(self, account: str, through: date) -> Decimal:
        """Everything up to a day, that day included."""
        days = self._days.get(account)
        return self._sums[account][bisect_right(days, through)] if days else ZERO

    def change(self, account: str, period: Period) -> Decimal | None:
        """Everything in a period; None where nothing was posted, which is not the same as zero."""
        days = self._days.get(account)
        if not days:
            return None
        first, after = bisect_left(days, period.start), bisect_right(days, period.end)
        if first == after:
            return None
        sums = self._sums[account]
        return sums[after] - sums[first]
