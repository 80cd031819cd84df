"""Days of a report: the named ranges that QuickBooks knows, and their division into columns.

Names of ranges are those of the API's documentation, in any case: `This Month-to-date`, `Last Fiscal Quarter` …
A week begins on Sunday. Fiscal quarters and years begin with the company's first fiscal month.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def month_start(day: date, months: int = 0) -> date:
    """The first of the month that is `months` later."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def fiscal_year_start(day: date, first_month: int) -> date:
    """The first day of the fiscal year that a day is in."""
    return date(day.year if day.month >= first_month else day.year - 1, first_month, 1)


def _week_start(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _quarter_start(day: date, first_month: int) -> date:
    return month_start(day, -((day.month - first_month) % 3))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A kind of range: where the one around a day begins, and where another one begins so many later."""

    start: Callable[[date, int], date]
    later: Callable[[date, int], date]


_UNITS = {
    "week": _Unit(lambda day, _: _week_start(day), lambda start, count: start + count * _WEEK),
    "month": _Unit(lambda day, _: month_start(day), month_start),
    "calendar quarter": _Unit(
        lambda day, _: _quarter_start(day, 1), lambda start, count: month_start(start, 3 * count)
    ),
    "fiscal quarter": _Unit(_quarter_start, lambda start, count: month_start(start, 3 * count)),
    "calendar year": _Unit(lambda day, _: date(day.year, 1, 1), lambda start, count: month_start(start, 12 * count)),
    "fiscal year": _Unit(fiscal_year_start, lambda start, count: month_start(start, 12 * count)),
}
_UNITS["quarter"], _UNITS["year"] = _UNITS["calendar quarter"], _UNITS["calendar year"]
_OFFSET = {"this": 0, "last": -1, "next": 1}
_RELATIVE = re.compile(rf"(this|last|next) ({'|'.join(_UNITS)})(-to-date)?")


def named_period(name: str, today: date, first_fiscal_month: int, first_day: date) -> Period | None:
    """The days that a `date_macro` means on a given day; None for a name that does not exist.

    `first_day` is the day of the company's first transaction, where `All` begins.
    """
    wanted = name.strip().lower()
    match wanted:
        case "today":
            return Period(today, today)
        case "yesterday":
            return Period(today - _DAY, today - _DAY)
        case "all":
            return Period(min(first_day, today), today)
        case "next 4 weeks":
            begin = _week_start(today) + _WEEK
            return Period(begin, begin + 4 * _WEEK - _DAY)
    found = _RELATIVE.fullmatch(wanted)
    if found is None:
        return None
    unit, offset = _UNITS[found[2]], _OFFSET[found[1]]
    this = unit.start(today, first_fiscal_month)
    start = unit.later(this, offset)
    end = unit.later(start, 1) - _DAY
    return Period(start, min(end, _same_place(today, this, start)) if found[3] else end)


def _same_place(today: date, this: date, start: date) -> date:
    """The day as far into the range from `start` as today is into the one from `this`: same day of the month."""
    if (today - this).days < 7 and (this - start).days in (0, 7):
        return start + (today - this)
    month = month_start(start, (today.year - this.year) * 12 + today.month - this.month)
    return month.replace(day=min(today.day, calendar.monthrange(month.year, month.month)[1]))


@dataclass(frozen=True, slots=True)
class PeriodColumn:
    """One column of days. `title` is English and serves as ColKey too: `Jan 2026`."""

    title: str
    period: Period


_STEPS: dict[str, Callable[[date, int], date]] = {
    "Days": lambda day, _: day + _DAY,
    "Week": lambda day, _: _week_start(day) + _WEEK,
    "Month": lambda day, _: month_start(day, 1),
    "Quarter": lambda day, first: month_start(_quarter_start(day, first), 3),
    "Year": lambda day, first: month_start(fiscal_year_start(day, first), 12),
}

PERIOD_KINDS = tuple(_STEPS)
"""Values of `summarize_column_by` that divide the days."""


def period_columns(period: Period, kind: str, first_fiscal_month: int) -> Iterator[PeriodColumn]:
    """The columns of a period, in order; the first and the last may be parts of a month, quarter …"""
    start = period.start
    while start <= period.end:
        following = _STEPS[kind](start, first_fiscal_month)
        end = min(following - _DAY, period.end)
        yield PeriodColumn(_title(start, end, kind), Period(start, end))
        start = following


def _title(start: date, end: date, kind: str) -> str:
    if kind == "Days":
        return _long(start)
    last_of_month = (end + _DAY).day == 1
    if start.day == 1 and last_of_month and kind != "Week":
        if kind == "Month":
            return f"{start:%b} {start.year}"
        joint = "," if kind == "Quarter" else ""
        first = f"{start:%b}" if start.year == end.year else f"{start:%b} {start.year}"
        return f"{first} - {end:%b}{joint} {end.year}"
    if start == end:
        return _long(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start:%b} {start.day} - {end.day}, {end.year}"
    if start.year == end.year:
        return f"{start:%b} {start.day} - {_long(end)}"
    return f"{_long(start)} - {_long(end)}"


def _long(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
