"""Months, by their first days. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise


def month_of(day: date) -> date:
    """The month of a day."""
    return day.replace(day=1)


def last_day(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def plus(month: date, count: int) -> date:
    """The month so many later; earlier where `count` is negative."""
    years, place = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, place + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """All months from one to another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [plus(first, number) for number in range(count)]


def runs(months: Iterable[date]) -> list[list[date]]:
    """Months in groups that follow on each other."""
    grouped: list[list[date]] = []
    for month in sorted(set(months)):
        if grouped and plus(grouped[-1][-1], 1) == month:
            grouped[-1].append(month)
        else:
            grouped.append([month])
    return grouped


def halves(first: date, last: date) -> tuple[tuple[date, date], tuple[date, date]] | None:
    """Days in two parts: whole months where there are several, else days; None where there is one day."""
    if first == last:
        return None
    if month_of(first) != month_of(last):
        months = months_between(month_of(first), month_of(last))
        border = months[(len(months) + 1) // 2]
    else:
        border = first + timedelta(days=((last - first).days + 1) // 2)
    return (first, border - timedelta(days=1)), (border, last)


def equal_parts(first: date, last: date, count: int) -> list[tuple[date, date]]:
    """Days in so many parts of about the same length, or as many as there are days."""
    days = (last - first).days + 1
    count = min(count, days)
    borders = [first + timedelta(days=days * number // count) for number in range(count + 1)]
    return [(begin, end - timedelta(days=1)) for begin, end in pairwise(borders)]
