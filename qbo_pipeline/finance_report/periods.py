"""The days a report looks at: the month, the fiscal year to date, and the same a year before."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days; both ends belong to it."""

    start: date
    end: date

    @property
    def label(self) -> str:
        """As people write it: `November 2026`, `1–26 Nov 2026`, `Jan – Nov 2026`, `1 Jan – 26 Nov 2026`."""
        start, end = self.start, self.end
        same_year = start.year == end.year
        if start.day == 1 and is_month_end(end):
            if same_year and start.month == end.month:
                return f"{start:%B %Y}"
            return f"{start:%b} \N{EN DASH} {end:%b %Y}" if same_year else f"{start:%b %Y} \N{EN DASH} {end:%b %Y}"
        if same_year and start.month == end.month:
            return day(end) if start == end else f"{start.day}\N{EN DASH}{day(end)}"
        return f"{start.day} {start:%b} \N{EN DASH} {day(end)}" if same_year else f"{day(start)} \N{EN DASH} {day(end)}"

    def a_year_before(self) -> Period:
        """The same days of the year before; a month end stays one."""
        return Period(_a_year_before(self.start, keep_month_end=False), _a_year_before(self.end, keep_month_end=True))


@dataclass(frozen=True, slots=True)
class Periods:
    """Everything a report of a day is about."""

    as_of: date
    month: Period
    """From the first of the month to the day."""
    year: Period
    """From the beginning of the fiscal year, or the day that was asked for, to the day."""
    year_title: str
    """What `year` is called: `2026 to date`, `FY 2027 to date`, `The period`."""
    month_before: date
    """Last day of the month before."""
    year_before: date
    """Last day before `year`."""

    @property
    def prior(self) -> Period:
        """The same days a year before."""
        return self.year.a_year_before()

    @property
    def twelve_months(self) -> tuple[date, ...]:
        """First days of the month of the day and the eleven before it."""
        number = self.as_of.year * 12 + self.as_of.month - 1
        return tuple(date(one // 12, one % 12 + 1, 1) for one in range(number - 11, number + 1))


def periods(as_of: date, fiscal_year_start_month: int, start: date | None = None) -> Periods:
    """The periods of a report as of a day; `start` stands in for the beginning of the fiscal year.

    Args:
        as_of: The last day that counts.
        fiscal_year_start_month: 1 for January.
        start: Not after `as_of`.
    """
    first = fiscal_year_start(as_of, fiscal_year_start_month)
    month_start = as_of.replace(day=1)
    ends_in = first.year if fiscal_year_start_month == 1 else first.year + 1
    title = f"{ends_in} to date" if fiscal_year_start_month == 1 else f"FY {ends_in} to date"
    begin = first if start is None else start
    return Periods(
        as_of=as_of,
        month=Period(max(month_start, begin) if start else month_start, as_of),
        year=Period(begin, as_of),
        year_title=title if begin == first else "The period",
        month_before=month_start - timedelta(days=1),
        year_before=begin - timedelta(days=1),
    )


def fiscal_year_start(day_: date, first_month: int) -> date:
    """The first day of the fiscal year a day is in."""
    return date(day_.year if day_.month >= first_month else day_.year - 1, first_month, 1)


def is_month_end(one: date) -> bool:
    """Whether it is the last day of its month."""
    return one.day == monthrange(one.year, one.month)[1]


def next_month_start(one: date) -> date:
    """The first day of a month after a day."""
    return one.replace(day=monthrange(one.year, one.month)[1]) + timedelta(days=1)


def day(one: date) -> str:
    """A day as people of all countries read it: `26 Nov 2026`."""
    return f"{one.day} {one:%b %Y}"


def _a_year_before(one: date, *, keep_month_end: bool) -> date:
    last = monthrange(one.year - 1, one.month)[1]
    return date(one.year - 1, one.month, last if keep_month_end and is_month_end(one) else min(one.day, last))
