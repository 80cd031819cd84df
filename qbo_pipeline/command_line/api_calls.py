"""What is spent of the month's API calls, for `status`: by company and purpose, with the forecast."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import messages, results
from qbo_pipeline.ingestion.polling import first_day, forecast

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session

PURPOSES = ("backfill", "cdc", "webhook", "check", "report", "reference")


@dataclass(frozen=True, slots=True)
class CompanyCalls:
    """The calls of one company in the month."""

    realm_id: str
    company: str
    by_purpose: dict[str, int]
    """`backfill`, `cdc`, `webhook`, `check`, `report`, `reference` → requests sent, retries included."""
    asked_every_seconds: float | None
    """How often change data capture is asked now; None where it is not: the month's calls are spent, or the company is
    not connected."""


@dataclass(frozen=True, slots=True)
class MonthCalls:
    """The calls of all companies in the month (UTC); QuickBooks meters the reads of an app, whichever company's."""

    month: str
    """YYYY-MM."""
    spent: int
    budget: int
    """QBO_CALL_BUDGET_PER_MONTH."""
    forecast: int
    """At the end of the month, when all goes on as in the last seven days."""
    companies: tuple[CompanyCalls, ...]

    @property
    def will_do(self) -> bool:
        """Whether the budget covers the forecast."""
        return self.forecast <= self.budget


def read_calls(session: Session, now: datetime) -> MonthCalls:
    """The month's calls until now."""
    calls = session.calls_by_day(first_day(now))
    together: Counter[tuple[date, str]] = Counter()
    of_company: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (realm_id, day, purpose), count in calls.items():
        together[day, purpose] += count
        if day >= now.astimezone(UTC).date().replace(day=1):
            of_company[realm_id][purpose] += count
    told = forecast(together, session.settings.call_budget_per_month, now)
    connected = {one.realm_id: one.name for one in session.companies()}
    return MonthCalls(
        f"{now.astimezone(UTC):%Y-%m}",
        told.spent,
        told.budget,
        told.by_month_end,
        tuple(
            CompanyCalls(
                realm_id,
                connected.get(realm_id, realm_id),
                dict(of_company[realm_id]),
                _seconds(session.changes.polling_interval(realm_id)) if realm_id in connected else None,
            )
            for realm_id in sorted({*connected, *of_company})
        ),
    )


def show_calls(calls: MonthCalls) -> None:
    """Write a table of companies and purposes, and what will be spent."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"API calls in {calls.month} (UTC)", title_justify="left", title_style="bold", box=None)
    table.add_column("company")
    for heading in (*PURPOSES, "in all"):
        table.add_column(heading, justify="right")
    table.add_column("asked for changes every", justify="right")
    for one in calls.companies:
        counts = [one.by_purpose.get(purpose, 0) for purpose in PURPOSES]
        every = "-" if one.asked_every_seconds is None else str(timedelta(seconds=round(one.asked_every_seconds)))
        cells = [one.company, *(f"{count:,}" for count in (*counts, sum(one.by_purpose.values()))), every]
        table.add_row(*(Text(cell) for cell in cells))
    results(whole=True).print(table)
    results().print(
        f"{calls.spent:,} of {calls.budget:,} calls are spent; at the pace of the last days it will be "
        f"{calls.forecast:,} at the end of the month."
    )
    if not calls.will_do:
        messages().print(
            f"The month's calls will not do: {calls.forecast:,} are forecast, QBO_CALL_BUDGET_PER_MONTH allows "
            f"{calls.budget:,}. Asking for changes slows down by itself before they are spent; to need fewer, let "
            "webhooks arrive or raise QBO_CDC_INTERVAL_SECONDS.",
            style="yellow",
            markup=False,
        )


def _seconds(interval: timedelta | None) -> float | None:
    return None if interval is None else interval.total_seconds()
