"""Which months of legs to ask for, and in which requests. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from qbo_pipeline.ingestion.reports.months import equal_parts, last_day, month_of, months_between, plus, runs
from qbo_pipeline.ingestion.reports.results import MonthAsked, Why
from qbo_pipeline.quickbooks.reports.requests import CELLS, LEG_COLUMNS, LEG_MONTHS, Basis

CELLS_ASKED = int(CELLS * 0.6)
"""Cells of one request, as far as they can be foreseen. A report that is cut costs its own request and two more."""

ROWS_A_LEG = 1.7
"""Rows of a report by its legs: a summary and, in the first shape, a blank row a transaction of two legs or more,
and sections."""

EARLIEST = date(1970, 1, 1)
"""Books do not begin before."""
MONTHS_AHEAD = 50 * 12
"""Books do not go further than so many months from today."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """The newest pull of a month's legs."""

    digest: str
    pulled_at: datetime
    legs: int


@dataclass(frozen=True, slots=True)
class Span:
    """Months of a basis that come into the warehouse together."""

    basis: Basis
    months: tuple[date, ...]
    """They follow on each other."""
    parts: tuple[tuple[date, date], ...]
    """The days to ask for, a request each; more than one where a month alone is too much."""


def months_to_ask_for(dated: tuple[date, date] | None, today: date) -> list[date]:
    """The months of the statements: from the one before the first document to today, or to the last document.

    A year that was mistyped, or a date that stands for none, would cost thousands of requests, again and again: what is
    dated outside of what books can be of stands by itself.
    """
    this_month = month_of(today)
    least, most = plus(EARLIEST, 1), plus(this_month, MONTHS_AHEAD)
    first, last = (min(max(month_of(day), least), most) for day in dated or (today, today))
    return months_between(plus(first, -1), max(this_month, last))


def due(
    basis: Basis,
    digests: Mapping[date, str],
    pulls: Mapping[tuple[Basis, date], Pulled],
    touched: Collection[tuple[Basis, date]],
    *,
    everything: bool,
) -> list[MonthAsked]:
    """The months whose legs have to be asked for, with the first reason there is.

    Args:
        basis: of which.
        digests: of every month, today.
        pulls: what was pulled last.
        touched: months of documents that changed since.
        everything: all, whether they changed or not.
    """
    asked = []
    for month, digest in sorted(digests.items()):
        pulled = pulls.get((basis, month))
        if pulled is None:
            asked.append(MonthAsked(basis, month, Why.NEVER_PULLED))
        elif everything:
            asked.append(MonthAsked(basis, month, Why.ASKED_FOR))
        elif pulled.digest != digest:
            asked.append(MonthAsked(basis, month, Why.STATEMENTS_CHANGED))
        elif (basis, month) in touched:
            asked.append(MonthAsked(basis, month, Why.DOCUMENTS_CHANGED))
    return asked


def spans(asked: Iterable[MonthAsked], legs: Mapping[tuple[Basis, date], int]) -> list[Span]:
    """The fewest requests: months that follow on each other together, up to six, and no more cells than allowed.

    Args:
        asked: months to ask for.
        legs: how many legs each has, about.
    """
    found: list[Span] = []
    months = {basis: [one.month for one in asked if one.basis is basis] for basis in Basis}
    for basis in Basis:
        for run in runs(months[basis]):
            found += _spans_of_run(basis, run, legs)
    return found


def _spans_of_run(basis: Basis, run: Sequence[date], legs: Mapping[tuple[Basis, date], int]) -> Iterable[Span]:
    together: list[date] = []
    cells = 0
    for month in run:
        own = ceil(legs.get((basis, month), 0) * ROWS_A_LEG * len(LEG_COLUMNS))
        if together and (len(together) == LEG_MONTHS or cells + own > CELLS_ASKED):
            yield _span(basis, together, cells)
            together, cells = [], 0
        together.append(month)
        cells += own
    yield _span(basis, together, cells)


def _span(basis: Basis, months: Sequence[date], cells: int) -> Span:
    days = months[0], last_day(months[-1])
    parts = equal_parts(*days, ceil(cells / CELLS_ASKED)) if cells > CELLS_ASKED else [days]
    return Span(basis, tuple(months), tuple(parts))
