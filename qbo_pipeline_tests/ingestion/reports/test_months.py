"""Months, and days in parts."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.reports.months import equal_parts, halves, last_day, months_between, plus, runs

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
MONTHS = DAYS.map(lambda day: day.replace(day=1))


@given(DAYS, st.integers(0, 400))
def test_halves_are_the_whole_without_a_gap_and_end_at_one_day(first: date, days: int) -> None:
    last = first + timedelta(days)
    parts = halves(first, last)
    if parts is None:
        assert first == last
    else:
        (begin, before), (after, end) = parts
        assert (begin, end) == (first, last)
        assert first <= before < after <= last
        assert after - before == timedelta(1)


@given(MONTHS, st.integers(1, 24))
def test_several_months_are_halved_between_months(first: date, count: int) -> None:
    parts = halves(first, last_day(plus(first, count)))
    assert parts is not None
    assert parts[1][0].day == 1


@given(DAYS, st.integers(0, 60), st.integers(1, 100))
def test_equal_parts_cover_every_day_once(first: date, days: int, count: int) -> None:
    parts = equal_parts(first, first + timedelta(days), count)
    covered = [begin + timedelta(day) for begin, end in parts for day in range((end - begin).days + 1)]
    assert covered == [first + timedelta(day) for day in range(days + 1)]
    assert len(parts) == min(count, days + 1)


@given(st.sets(MONTHS, max_size=40))
def test_runs_hold_every_month_once_and_do_not_touch(months: set[date]) -> None:
    found = runs(months)
    assert sorted(month for run in found for month in run) == sorted(months)
    assert all(run == months_between(run[0], run[-1]) for run in found)
    assert all(plus(run[-1], 1) not in months for run in found)
