"""From the months a user picked to the fewest queries that cover them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.quickbooks.catalogue.model import Entity, snake_case


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
    """The condition of a query that selects an entity's records of a period; None selects all of them."""
    if period is None or entity.date_field is None:
        return None
    return _between(entity.date_field, period)


def where_in_warehouse(entity: Entity, period: Period | None) -> str:
    """The same condition on the entity's own table."""
    if period is None or entity.date_field is None:
        return "true"
    return _between(snake_case(entity.date_field), period)


def _between(name: str, period: Period) -> str:
    return f"{name} >= '{period.first_day.isoformat()}' AND {name} <= '{period.last_day.isoformat()}'"
