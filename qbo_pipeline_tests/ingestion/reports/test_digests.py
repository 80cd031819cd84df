"""The digest of a month changes with the month's own activity, and with nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.reports.digests import first_with_figures, month_digests
from qbo_pipeline.ingestion.reports.months import months_between
from qbo_pipeline.quickbooks.reports.statements import Figure

MONTHS = months_between(date(2026, 1, 1), date(2026, 6, 1))
AMOUNTS = st.decimals(Decimal(-1000), Decimal(1000), places=2)


def balances(changes: list[Decimal], account: str = "1") -> list[Figure]:
    """A balance sheet of one account that changed by so much in each month."""
    return [Figure(month, account, "account", sum(changes[: at + 1], Decimal(0))) for at, month in enumerate(MONTHS)]


ACTIVITY = st.lists(AMOUNTS, min_size=len(MONTHS), max_size=len(MONTHS))


@given(ACTIVITY, st.integers(0, len(MONTHS) - 1), AMOUNTS.filter(bool))
def test_a_restated_month_changes_its_own_digest_and_not_those_of_later_months(
    changes: list[Decimal], at: int, more: Decimal
) -> None:
    restated = [change + more * (at == number) for number, change in enumerate(changes)]

    before = month_digests(MONTHS, balances(changes), [], ())
    after = month_digests(MONTHS, balances(restated), [], ())

    assert [month for month in MONTHS if before[month] != after[month]] == [MONTHS[at]]


@given(ACTIVITY, st.integers(0, len(MONTHS) - 1), AMOUNTS.filter(bool))
def test_income_counts_too(changes: list[Decimal], at: int, more: Decimal) -> None:
    income = [Figure(MONTHS[at], "4", "account", more)]
    before = month_digests(MONTHS, balances(changes), [], ())
    after = month_digests(MONTHS, balances(changes), income, ())
    assert [month for month in MONTHS if before[month] != after[month]] == [MONTHS[at]]


@given(ACTIVITY)
def test_what_quickbooks_computes_does_not_count(changes: list[Decimal]) -> None:
    computed = [
        *balances(changes, "retained"),
        *(one._replace(account_id=None, line="net_income") for one in balances(changes)),
    ]
    assert month_digests(MONTHS, computed, [], {"retained"}) == month_digests(MONTHS, [], [], ())


def test_zero_is_like_nothing_whatever_its_digits() -> None:
    zero = [Figure(month, "1", "account", Decimal("0.00")) for month in MONTHS]
    assert month_digests(MONTHS, zero, zero, ()) == month_digests(MONTHS, [], [], ())
    whole = [Figure(MONTHS[0], "1", "account", Decimal(5))]
    cents = [Figure(MONTHS[0], "1", "account", Decimal("5.00"))]
    assert month_digests(MONTHS, [], whole, ()) == month_digests(MONTHS, [], cents, ())
    assert first_with_figures(zero, whole) == MONTHS[0]
    assert first_with_figures(zero, []) is None
