"""How often change data capture is asked: often where nobody else tells, seldom where webhooks do, within the budget.

Reads are metered, 500,000 a month on the free tier for all companies of an app (Intuit, App Partner Program). Pure.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

FOR_LOADS = 0.2
"""Share of what is left of the month that polling leaves alone: loads, webhooks and checks need calls too."""

WEBHOOKS_ARRIVE = timedelta(days=1)
"""A company of which an event came within this is told of by webhooks."""


@dataclass(frozen=True, slots=True)
class PollingPolicy:
    """What a user sets."""

    interval: timedelta = timedelta(minutes=5)
    """Between two questions about a company that nobody else tells of."""
    interval_with_webhooks: timedelta = timedelta(minutes=15)
    """Where webhooks arrive, unless the other is longer: change data capture is the net below them."""
    calls_per_month: int = 500_000


ONCE = frozenset({"backfill"})
"""Purposes of calls that are made once, and do not go on."""

PACE_DAYS = 7
"""Of how many days, today included, the pace is taken."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The calls of a month (UTC)."""

    spent: int
    by_month_end: int
    """What will have been spent when everything but first loads goes on at its pace of the last days."""
    budget: int

    @property
    def fits(self) -> bool:
        """Whether the month's calls will do."""
        return self.by_month_end <= self.budget


def forecast(calls: Mapping[tuple[date, str], int], budget: int, now: datetime) -> Forecast:
    """What will have been spent at the end of the month.

    Args:
        calls: day (UTC) and purpose → calls, from `first_day` on.
        budget: of the month.
        now: with time zone.
    """
    begin, end = month(now)
    spent = sum(count for (day, _), count in calls.items() if day >= begin.date())
    lately = _midnight(now) - timedelta(days=PACE_DAYS - 1)
    recurring = {day: 0 for day, _ in calls if day >= lately.date()}
    for (day, purpose), count in calls.items():
        if day in recurring and purpose not in ONCE:
            recurring[day] += count
    if not recurring:
        return Forecast(spent, spent, budget)
    # A company that was connected on Tuesday has not been quiet on Monday.
    elapsed = now - datetime.combine(min(recurring), time(), UTC)
    more = sum(recurring.values()) * ((end - now) / max(elapsed, _AT_LEAST))
    return Forecast(spent, spent + ceil(more), budget)


def first_day(now: datetime) -> date:
    """From which day on a forecast needs to know the calls."""
    return min(month(now)[0], _midnight(now) - timedelta(days=PACE_DAYS - 1)).date()


def polling_interval(
    policy: PollingPolicy, *, companies: int, spent: int, last_webhook: datetime | None, now: datetime
) -> timedelta | None:
    """How long to wait between two questions about a company; None: not again this month, the budget is spent.

    `spent` counts the month's calls of all `companies`.
    """
    _, end = month(now)
    left = int((policy.calls_per_month - spent) * (1 - FOR_LOADS))
    if left <= 0:
        return None
    # One that is said to come tomorrow was received by a clock that was ahead: it tells of no others to come.
    told = last_webhook is not None and abs(now - last_webhook) <= WEBHOOKS_ARRIVE
    wanted = max(policy.interval, policy.interval_with_webhooks) if told else policy.interval
    return max(wanted, (end - now) * companies / left)


_AT_LEAST = timedelta(hours=1)
"""Less is no time to take a pace of."""


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month(now: datetime) -> tuple[datetime, datetime]:
    """Begin and end of the month of an instant, UTC."""
    begin = _midnight(now).replace(day=1)
    return begin, begin + timedelta(days=monthrange(begin.year, begin.month)[1])
