"""From picked partitions to questions, and from settings to the first month."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.orchestration.partitions import (
    BEGINNING,
    END,
    CompanyMonths,
    Share,
    first_month,
    remember_first_month,
)
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import Settings, load_settings

GRID = CompanyMonths(date(2025, 1, 1))
MONTHS = [key.partition("|")[2] for key in GRID.keys(entity("Invoice"), "1")]


def holds(period: Period, key: str) -> bool:
    return period.first_day <= date.fromisoformat(key).replace(day=28) <= period.last_day


def test_lists_and_singletons_are_asked_for_whole() -> None:
    assert GRID.shares(["1", "2"]) == (Share("1", None, ("1",)), Share("2", None, ("2",)))


def test_touching_months_become_one_question_and_a_gap_makes_two() -> None:
    keys = ["1|2025-03-01", "1|2025-02-01", "1|2025-06-01"]

    assert GRID.shares(keys) == (
        Share("1", Period(date(2025, 2, 1), date(2025, 3, 31)), ("1|2025-02-01", "1|2025-03-01")),
        Share("1", Period(date(2025, 6, 1), date(2025, 6, 30)), ("1|2025-06-01",)),
    )


def test_every_month_of_a_company_is_everything() -> None:
    (share,) = GRID.shares(GRID.keys(entity("Invoice"), "1"))

    assert share.period is None


def test_the_first_month_reaches_back_and_the_current_one_forward() -> None:
    first, last = GRID.shares([f"1|{MONTHS[0]}", f"1|{MONTHS[-1]}"])

    assert first.period == Period(BEGINNING, date(2025, 1, 31))
    assert last.period is not None
    assert last.period.last_day == END


@given(st.sets(st.sampled_from(MONTHS), min_size=1))
def test_the_questions_cover_the_picked_months_once_each_and_no_other(picked: set[str]) -> None:
    shares = GRID.shares([f"1|{key}" for key in picked])

    asked = [key for share in shares for key in MONTHS if share.period is None or holds(share.period, key)]
    assert sorted(asked) == sorted(picked)
    assert sorted(key for share in shares for key in share.partition_keys) == sorted(f"1|{key}" for key in picked)


@pytest.mark.parametrize(
    ("day", "key"), [(date(1999, 5, 5), MONTHS[0]), (date(2025, 4, 30), "2025-04-01"), (date(2999, 1, 1), MONTHS[-1])]
)
def test_every_day_falls_into_a_month_of_the_grid(day: date, key: str) -> None:
    assert GRID.month_key(day) == key


def test_months_begin_three_years_back_until_a_load_has_seen_where_the_books_begin(settings: Settings) -> None:
    assert first_month(settings, today=date(2026, 11, 20)) == date(2023, 1, 1)

    remember_first_month(settings, date(2019, 7, 23))

    assert first_month(settings) == date(2019, 7, 1)


def test_the_history_start_that_was_set_goes_before_what_was_seen(settings: Settings) -> None:
    remember_first_month(settings, date(2019, 7, 23))

    assert first_month(load_settings(data_dir=settings.data_dir, history_start="2024-03")) == date(2024, 3, 1)


@pytest.mark.parametrize("mistyped", [date(1, 1, 1), date(202, 5, 1)])
def test_a_year_that_lacks_digits_leaves_months_that_dagster_can_name(mistyped: date) -> None:
    grid = CompanyMonths(mistyped)

    keys = grid.keys(entity("Invoice"), "1")
    assert keys[0] == "1|1900-01-01"
    assert grid.month_key(mistyped) == "1900-01-01"
    assert [share.period for share in grid.shares(keys)] == [None]
    assert [share.period for share in grid.shares(keys[:1])] == [Period(date(1900, 1, 1), date(1900, 1, 31))]
