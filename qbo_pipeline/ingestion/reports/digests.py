"""What tells whether the legs of a month are still those that were pulled: the activity its statements show. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal

from qbo_pipeline.ingestion.reports.months import plus
from qbo_pipeline.quickbooks.reports.statements import ACCOUNT, Figure

_ZERO = Decimal(0)


def month_digests(
    months: Sequence[date], balances: Iterable[Figure], activity: Iterable[Figure], computed: Collection[str]
) -> dict[date, str]:
    """A digest of the activity of each month.

    Of the balance sheet, that is by how much each balance changed: the digest of a month stays when an earlier month
    is restated, as its legs do.

    Args:
        months: whose digests are wanted; figures of the month before the first have to be among `balances`, unless all
            its balances are zero.
        balances: of the BalanceSheet.
        activity: of the ProfitAndLoss.
        computed: accounts whose balances QuickBooks computes: retained earnings take the income of a year over on its
            first day, without a leg.
    """
    at: defaultdict[date, dict[str, Decimal]] = defaultdict(dict)
    for figure in balances:
        if figure.line == ACCOUNT and figure.account_id is not None and figure.account_id not in computed:
            at[figure.month][figure.account_id] = figure.amount
    within: defaultdict[date, dict[str, Decimal]] = defaultdict(dict)
    for figure in activity:
        if figure.account_id is not None:
            within[figure.month][figure.account_id] = figure.amount
    return {
        month: _digest(_changes(at.get(plus(month, -1), {}), at.get(month, {})), within.get(month, {}))
        for month in months
    }


def first_with_figures(balances: Iterable[Figure], activity: Iterable[Figure]) -> date | None:
    """The first month in which anything is not zero."""
    return min((one.month for figures in (balances, activity) for one in figures if one.amount), default=None)


def _changes(before: dict[str, Decimal], after: dict[str, Decimal]) -> dict[str, Decimal]:
    return {account: after.get(account, _ZERO) - before.get(account, _ZERO) for account in {*before, *after}}


def _digest(*parts: dict[str, Decimal]) -> str:
    lines = [
        f"{number}|{account}|{amount:.2f}"
        for number, figures in enumerate(parts)
        for account, amount in sorted(figures.items())
        if amount
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
