"""Dates: the year so far, fiscal years, the year before, periods."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from qbo_pipeline.local.power_bi.dax import DaxError
from qbo_pipeline_tests.local.power_bi.dax.small_star import SmallStar

DATE = "'Calendar'[Date]"


def bounds(star: SmallStar, dates: str, *filters: str) -> tuple[str, str, int] | None:
    """First and last day of a table of dates, and how many there are."""
    under = "".join(f", {one}" for one in filters)
    [row] = star.rows(
        f'EVALUATE CALCULATETABLE(ROW("a", MINX({dates}, {DATE}), "z", MAXX({dates}, {DATE}), '
        f'"n", COUNTROWS({dates})){under})'
    )
    return None if row[2] is None else (f"{row[0]:%Y-%m-%d}", f"{row[1]:%Y-%m-%d}", row[2])


MARCH = "'Calendar'[Year] = 2026", "'Calendar'[Month Number] = 3"


@pytest.mark.parametrize(
    ("dates", "first", "last", "count"),
    [
        (f"DATESYTD({DATE})", "2026-01-01", "2026-03-31", 90),
        (f'DATESYTD({DATE}, "6/30")', "2025-07-01", "2026-03-31", 274),
        (f'DATESYTD({DATE}, "2/28")', "2026-03-01", "2026-03-31", 31),
        (f"DATESQTD({DATE})", "2026-01-01", "2026-03-31", 90),
        (f"DATESMTD({DATE})", "2026-03-01", "2026-03-31", 31),
        (f"SAMEPERIODLASTYEAR({DATE})", "2025-03-01", "2025-03-31", 31),
        (f"SAMEPERIODLASTYEAR(DATESYTD({DATE}))", "2025-01-01", "2025-03-31", 90),
        (f"DATEADD({DATE}, -1, MONTH)", "2026-02-01", "2026-02-28", 28),
        (f"DATEADD({DATE}, 1, MONTH)", "2026-04-01", "2026-04-30", 30),
        (f"DATEADD({DATE}, -1, QUARTER)", "2025-12-01", "2025-12-31", 31),
        (f"DATEADD({DATE}, 10, DAY)", "2026-03-11", "2026-04-10", 31),
        (f"DATEADD(DATEADD({DATE}, -1, MONTH), 1, MONTH)", "2026-03-01", "2026-03-31", 31),
        (f"DATESBETWEEN({DATE}, DATE(2026, 1, 5), DATE(2026, 1, 7))", "2026-01-05", "2026-01-07", 3),
        (f"DATESBETWEEN({DATE}, BLANK(), DATE(2025, 1, 2))", "2025-01-01", "2025-01-02", 2),
        (f"DATESINPERIOD({DATE}, MAX({DATE}), -12, MONTH)", "2025-04-01", "2026-03-31", 365),
        (f"DATESINPERIOD({DATE}, MIN({DATE}), 7, DAY)", "2026-03-01", "2026-03-07", 7),
        (f"LASTDATE({DATE})", "2026-03-31", "2026-03-31", 1),
        (f"FIRSTDATE(SAMEPERIODLASTYEAR({DATE}))", "2025-03-01", "2025-03-01", 1),
    ],
)  # fmt: skip
def test_periods_around_march(star: SmallStar, dates: str, first: str, last: str, count: int) -> None:
    assert bounds(star, dates, *MARCH) == (first, last, count)


def test_a_period_before_the_first_day_of_the_calendar_is_empty(star: SmallStar) -> None:
    assert bounds(star, f"SAMEPERIODLASTYEAR({DATE})", "'Calendar'[Year] = 2025") is None


def test_a_day_of_a_month_is_not_the_rest_of_it(star: SmallStar) -> None:
    assert bounds(star, f"DATEADD({DATE}, 1, MONTH)", f"{DATE} = DATE(2026, 2, 28)") == ("2026-03-28", "2026-03-28", 1)


def test_a_filter_on_dates_takes_the_place_of_those_on_their_years_and_months(star: SmallStar) -> None:
    query = f"""EVALUATE SUMMARIZECOLUMNS('Calendar'[Year], 'Calendar'[Month Number],
                  TREATAS({{1, 2}}, 'Calendar'[Month Number]), "Total", [Total], "YTD", [Total YTD], "PY", [Total PY],
                  "Fiscal", CALCULATE([Total], DATESYTD({DATE}, "1/31")))
                ORDER BY 'Calendar'[Year], 'Calendar'[Month Number]"""

    def row(*values: object) -> tuple[object, ...]:
        return tuple(Decimal(value) if isinstance(value, str) else value for value in values)

    assert star.rows(query) == [
        row(2025, 1, "100.25", "100.25", None, "100.25"),
        row(2025, 2, "19.9", "120.15", None, "19.9"),
        row(2026, 1, "17", "17", "100.25", "36.9"),
        row(2026, 2, "5", "22", "19.9", "5"),
    ]


def test_the_year_so_far_of_no_year_is_that_of_the_last_day(star: SmallStar) -> None:
    assert star.value("[Total YTD]") == Decimal(22)
    assert star.value(f"TOTALYTD([Total], {DATE})") == Decimal(22)


def test_rows_that_are_looked_at_are_filters_of_dates(star: SmallStar) -> None:
    query = f"""EVALUATE ADDCOLUMNS(VALUES('Calendar'[Year]), "Last", MAXX(LASTDATE({DATE}), {DATE}))
                ORDER BY 'Calendar'[Year]"""

    assert star.rows(query) == [(2025, datetime(2025, 12, 31)), (2026, datetime(2026, 12, 31))]


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (f'DATESYTD({DATE}, "30.6.")', "such as 6/30"),
        ("DATESYTD('Calendar'[Year])", "holds none"),
        (f"DATEADD({DATE}, 1, DECADE)", "one of DAY"),
        (f"DATEADD({DATE}, 1)", "DATEADD takes"),
    ],
)
def test_what_is_no_period_says_why(star: SmallStar, dates: str, told: str) -> None:
    with pytest.raises(DaxError) as raised:
        bounds(star, dates)
    assert told in str(raised.value)
