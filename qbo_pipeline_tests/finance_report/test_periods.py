from __future__ import annotations

from datetime import date

import pytest

from qbo_pipeline.finance_report.periods import Period, fiscal_year_start, periods


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "November 2026"),
        (date(2026, 11, 1), date(2026, 11, 26), "1-26 Nov 2026"),
        (date(2026, 1, 1), date(2026, 11, 30), "Jan - Nov 2026"),
        (date(2026, 1, 1), date(2026, 11, 26), "1 Jan - 26 Nov 2026"),
        (date(2025, 7, 1), date(2026, 6, 30), "Jul 2025 - Jun 2026"),
        (date(2025, 7, 1), date(2026, 6, 3), "1 Jul 2025 - 3 Jun 2026"),
        (date(2026, 5, 4), date(2026, 5, 4), "4 May 2026"),
    ],
)
def test_a_period_is_named_as_people_name_it(start: date, end: date, label: str) -> None:
    assert Period(start, end).label.replace("\N{EN DASH}", "-") == label


def test_the_year_to_date_begins_with_the_fiscal_year() -> None:
    when = periods(date(2026, 11, 26), 7)

    assert when.year == Period(date(2026, 7, 1), date(2026, 11, 26))
    assert when.year_title == "FY 2027 to date"
    assert when.month == Period(date(2026, 11, 1), date(2026, 11, 26))
    assert (when.month_before, when.year_before) == (date(2026, 10, 31), date(2026, 6, 30))


def test_the_year_before_is_compared_by_the_same_days() -> None:
    assert periods(date(2026, 11, 26), 1).prior == Period(date(2025, 1, 1), date(2025, 11, 26))


def test_the_end_of_february_is_compared_with_the_end_of_february() -> None:
    assert periods(date(2025, 2, 28), 1).prior.end == date(2024, 2, 29)
    assert periods(date(2024, 2, 29), 1).prior.end == date(2023, 2, 28)


def test_a_period_that_was_asked_for_stands_in_for_the_year() -> None:
    when = periods(date(2026, 11, 26), 1, date(2026, 11, 10))

    assert when.year == when.month == Period(date(2026, 11, 10), date(2026, 11, 26))
    assert when.year_title == "The period"


def test_twelve_months_end_with_the_month_of_the_day() -> None:
    months = periods(date(2026, 3, 5), 1).twelve_months

    assert (months[0], months[-1], len(months)) == (date(2025, 4, 1), date(2026, 3, 1), 12)


@pytest.mark.parametrize(
    ("day", "first"), [(date(2026, 1, 31), date(2025, 2, 1)), (date(2026, 2, 1), date(2026, 2, 1))]
)
def test_a_fiscal_year_changes_on_its_first_day(day: date, first: date) -> None:
    assert fiscal_year_start(day, 2) == first
