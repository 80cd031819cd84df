"""How often change data capture is asked: often where nobody else tells, seldom where webhooks do, within the budget.

Reads are metered, 500,000 a month on the free tier for all companies of an app (Intuit, App Partner Program). Pure.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

FOR_LOADS = 0.2
"""Share of what is left of the month that polling leaves alone: loads, webhooks and checks need calls too."""

WEBHOOKS_ARRIVE = timedelta(days=1)
"""A company of which an event came within this is told of by webhooks."""


@dataclass(frozen=True, slots=True)
class PollingPolicy:
    """What a user sets."""

    interval: timedelta = timedelta(seconds=60)
    """Between two questions about a company that nobody else tells of."""
    interval_with_webhooks: timedelta = timedelta(minutes=15)
    """Where webhooks arrive: change data capture is the net below them."""
    monthly_calls: int = 500_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """The month's calls, at the pace of the month so far."""

    spent: int
    by_month_end: int
    budget: int

    @property
    def fits(self) -> bool:
        """Whether the month's calls will do."""
        return self.by_month_end <= self.budget


def forecast(spent: int, budget: int, now: datetime) -> Forecast:
    """What will have been spent at the end of the month (UTC)."""
    begin, end = month(now)
    share = max((now - begin) / (end - begin), 1 / 1000)
    return Forecast(spent, ceil(spent / share), budget)


def polling_interval(
    policy: PollingPolicy, *, companies: int, spent: int, last_webhook: datetime | None, now: datetime
) -> timedelta | None:
    """How long to wait between two questions about a company; None: not again this month, the budget is spent.

    `spent` counts the month's calls of all `companies`.
    """
    _, end = month(now)
    left = int((policy.monthly_calls - spent) * (1 - FOR_LOADS))
    if left <= 0:
        return None
    told = last_webhook is not None and now - last_webhook <= WEBHOOKS_ARRIVE
    wanted = policy.interval_with_webhooks if told else policy.interval
    return max(wanted, (end - now) * companies / left)


def month(now: datetime) -> tuple[datetime, datetime]:
    """Begin and end of the month of an instant, UTC."""
    begin = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begin, begin + timedelta(days=monthrange(begin.year, begin.month)[1])
