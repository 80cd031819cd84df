"""Months become the fewest queries that cover them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.periods import contiguous, month, parse_month, where
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity

BILL = Entity("Bill", Category.TRANSACTION, "", (), date_field="TxnDate")
VENDOR = Entity("Vendor", Category.LIST, "", (), active_flag=True)

months = st.builds(month, st.integers(2020, 2026), st.integers(1, 12))


def days(period: Period) -> set[date]:
    return {period.first_day + timedelta(n) for n in range((period.last_day - period.first_day).days + 1)}


def test_twelve_months_become_one_period() -> None:
    assert contiguous(month(2025, number) for number in range(1, 13)) == (Period(date(2025, 1, 1), date(2025, 12, 31)),)


def test_a_gap_makes_two_periods() -> None:
    assert contiguous([month(2025, 1), month(2025, 3)]) == (month(2025, 1), month(2025, 3))


@given(st.lists(months))
def test_exactly_the_picked_days_are_covered(picked: list[Period]) -> None:
    covered = [days(period) for period in contiguous(picked)]
    assert set().union(*covered) == set().union(*(days(period) for period in picked))
    assert sum(len(one) for one in covered) == len(set().union(*covered))


@given(st.lists(months, min_size=1))
def test_no_two_periods_touch(picked: list[Period]) -> None:
    periods = contiguous(picked)
    assert all((b.first_day - a.last_day).days > 1 for a, b in pairwise(periods))


def test_a_leap_february_has_29_days() -> None:
    assert parse_month("2024-02").last_day == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["2024", "2024-13", "March", "2024-0x", ""])
def test_a_wrong_month_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        parse_month(text)


def test_transactions_are_selected_by_their_date() -> None:
    assert where(BILL, month(2026, 2)) == "TxnDate >= '2026-02-01' AND TxnDate <= '2026-02-28'"


def test_a_whole_history_needs_no_condition() -> None:
    assert where(BILL, None) is None


def test_lists_have_no_months() -> None:
    assert where(VENDOR, month(2026, 2)) is None
