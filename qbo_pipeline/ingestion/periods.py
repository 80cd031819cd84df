"""From the months a user picked to the fewest queries that cover them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.quickbooks.catalogue.model import Entity


def month(year: int, number: int) -> Period:
    """The period of one calendar month."""
    return Period(date(year, number, 1), date(year, number, monthrange(year, number)[1]))


def parse_month(text: str) -> Period:
    """`2026-03` → March 2026.

    Raises:
        ValueError: naming the text when it is not YYYY-MM.
    """
    try:
        year, number = (int(part) for part in text.split("-", 1))
        return month(year, number)
    except ValueError:
        raise ValueError(f"'{text}' is not a month; write it as YYYY-MM, for example 2026-03.") from None


def contiguous(months: Iterable[Period]) -> tuple[Period, ...]:
    """Join months that touch, so that a backfill over a range asks once and not once a month.

    The result is sorted, its periods neither overlap nor touch, and together they cover exactly the given months.
    """
    joined: list[Period] = []
    for period in sorted(months, key=lambda one: one.first_day):
        if joined and (period.first_day - joined[-1].last_day).days <= 1:
            last_day = max(joined[-1].last_day, period.last_day)
            joined[-1] = Period(joined[-1].first_day, last_day)
        else:
            joined.append(period)
    return tuple(joined)


def where(entity: Entity, period: Period | None) -> str | None:
    """The WHERE clause (without the word) that selects an entity's records of a period; None selects all of them."""
    if period is None or entity.date_field is None:
        return None
    first, last = period.first_day.isoformat(), period.last_day.isoformat()
    return f"{entity.date_field} >= '{first}' AND {entity.date_field} <= '{last}'"
