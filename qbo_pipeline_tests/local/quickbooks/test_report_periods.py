"""Ranges of days by name, and the columns they are divided into."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks.reports.periods import PERIOD_KINDS, Period, named_period, period_columns

FIRST = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("name", "today", "start", "end"),
    [
        ("today", "2026-11-21", "2026-11-21", "2026-11-21"),
        ("Yesterday", "2026-03-01", "2026-02-28", "2026-02-28"),
        ("This Week", "2026-11-21", "2026-11-15", "2026-11-21"),
        ("Last Week-to-date", "2026-11-18", "2026-11-08", "2026-11-11"),
        ("Next 4 Weeks", "2026-11-18", "2026-11-22", "2026-12-19"),
        # As recorded: a report of 2020-09-29 that named no dates.
        ("this month-to-date", "2020-09-29", "2020-09-01", "2020-09-29"),
        ("Last Month-to-date", "2026-03-31", "2026-02-01", "2026-02-28"),
        # As in the documentation's sample of the cash flow, of 2016-03-09.
        ("last calendar year-to-date", "2016-03-09", "2015-01-01", "2015-03-09"),
        ("This Fiscal Year", "2026-11-21", "2026-07-01", "2027-06-30"),
        ("Last Fiscal Quarter", "2026-11-21", "2026-07-01", "2026-09-30"),
        ("This Calendar Quarter-to-date", "2026-11-21", "2026-10-01", "2026-11-21"),
        ("All", "2026-11-21", "2024-01-01", "2026-11-21"),
    ],
)
def test_a_named_range_means_these_days(name: str, today: str, start: str, end: str) -> None:
    period = named_period(name, date.fromisoformat(today), 7, FIRST)
    assert period == Period(date.fromisoformat(start), date.fromisoformat(end))


def test_a_name_that_is_none_means_nothing() -> None:
    assert named_period("This Decade", date(2026, 11, 21), 1, FIRST) is None


@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        ("Month", ["Jan 15 - 31, 2026", "Feb 2026", "Mar 2026", "Apr 1 - 3, 2026"]),
        ("Quarter", ["Jan 15 - Mar 31, 2026", "Apr 1 - 3, 2026"]),
        ("Year", ["Jan 15 - Apr 3, 2026"]),
    ],
)
def test_columns_are_titled_by_what_they_cover(kind: str, titles: list[str]) -> None:
    columns = period_columns(Period(date(2026, 1, 15), date(2026, 4, 3)), kind, 1)
    assert [column.title for column in columns] == titles


def test_whole_quarters_and_years_have_short_titles() -> None:
    whole = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert next(one.title for one in period_columns(whole, "Quarter", 1)) == "Jan - Mar, 2026"
    assert [one.title for one in period_columns(whole, "Year", 1)] == ["Jan - Dec 2026"]
    assert [one.title for one in period_columns(whole, "Days", 1)][:2] == ["Jan 1, 2026", "Jan 2, 2026"]


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 900),
    st.sampled_from(PERIOD_KINDS),
    st.integers(1, 12),
)
def test_columns_cover_every_day_once(start: date, days: int, kind: str, first_month: int) -> None:
    period = Period(start, start + timedelta(days=days))
    columns = [column.period for column in period_columns(period, kind, first_month)]
    assert columns[0].start == period.start
    assert columns[-1].end == period.end
    for before, after in itertools.pairwise(columns):
        assert after.start == before.end + timedelta(days=1)
