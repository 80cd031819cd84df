"""How assets are cut: lists by company, transactions by company and month; and back, from picked keys to periods.

Companies are dynamic partitions named by their realm id. A company-month key is written `<realm id>|<YYYY-MM-01>`,
because Dagster sorts the dimensions of a key by name.

Two months reach further than the calendar, so that all months together are all transactions: the first one holds
everything before it too, and the current one everything dated in the future.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterInvalidInvocationError, DagsterUnknownPartitionError
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from qbo_pipeline.ingestion.periods import contiguous, month
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.settings import Settings

BEGINNING = date(1900, 1, 1)
"""First day of what the first month holds."""
END = date(2999, 12, 31)
"""Last day of what the current month holds."""

_PICKED = (PARTITION_NAME_TAG, ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG)
"""Tags of a run that say what it is about."""

YEARS_BEFORE_ANY_LOAD = 3
"""How many calendar years back the months go while nobody knows where the books begin."""

COMPANIES = dg.DynamicPartitionsDefinition(name="company")


@dataclass(frozen=True, slots=True)
class Share:
    """What one run has to load of one company with one question."""

    realm_id: str
    period: Period | None
    """None is everything."""
    partition_keys: tuple[str, ...]
    """The partitions that this makes whole."""


class CompanyMonths:
    """The company × month grid of transactions, from the month the books begin to the current one.

    What is dated before 1900 is a typing error, and in the first month.
    """

    def __init__(self, first_month: date) -> None:
        # A year with a digit too few, as in 0202, would make months that Dagster cannot name, or more than it can hold.
        self.first_month = max(first_month, BEGINNING).replace(day=1)
        self._months = dg.MonthlyPartitionsDefinition(start_date=self.first_month.isoformat(), end_offset=1)
        self.definition = dg.MultiPartitionsDefinition({"company": COMPANIES, "month": self._months})

    def of(self, entity: Entity) -> dg.PartitionsDefinition[str]:
        """The partitions of an entity's asset."""
        return self.definition if entity.category is Category.TRANSACTION else COMPANIES

    def every_month(self) -> list[str]:
        """The month keys, the current one last."""
        return list(self._months.get_partition_keys())

    def keys(self, entity: Entity, realm_id: str) -> tuple[str, ...]:
        """Every partition key of one company."""
        if entity.category is not Category.TRANSACTION:
            return (realm_id,)
        return tuple(company_month(realm_id, key) for key in self._months.get_partition_keys())

    def shares(self, partition_keys: Iterable[str]) -> tuple[Share, ...]:
        """The fewest questions that cover the picked partitions: one a company and unbroken stretch of months."""
        months_of: dict[str, list[str]] = {}
        shares = []
        for key in dict.fromkeys(partition_keys):
            realm_id, _, month_key = key.partition("|")
            if month_key:
                months_of.setdefault(realm_id, []).append(month_key)
            else:
                shares.append(Share(realm_id, None, (key,)))
        for realm_id, month_keys in months_of.items():
            shares.extend(self._shares(realm_id, sorted(month_keys)))
        return tuple(shares)

    def _shares(self, realm_id: str, month_keys: Sequence[str]) -> Iterable[Share]:
        every_month = self._months.get_partition_keys()
        if list(month_keys) == list(every_month):
            yield Share(realm_id, None, tuple(company_month(realm_id, key) for key in month_keys))
            return
        for stretch in contiguous(_month(key) for key in month_keys):
            inside = [key for key in month_keys if stretch.first_day <= date.fromisoformat(key) <= stretch.last_day]
            yield Share(
                realm_id,
                Period(
                    BEGINNING if inside[0] == every_month[0] else stretch.first_day,
                    END if inside[-1] == every_month[-1] else stretch.last_day,
                ),
                tuple(company_month(realm_id, key) for key in inside),
            )

    def month_key(self, day: date) -> str:
        """The month key whose partition holds transactions of that day."""
        return self.month_keys([day])[day]

    def month_keys(self, days: Iterable[date]) -> dict[date, str]:
        """Of several days. Which months there are takes Dagster longer to say than all else about them."""
        every_month = self._months.get_partition_keys()
        return {day: min(max(day.replace(day=1).isoformat(), every_month[0]), every_month[-1]) for day in days}


def picked_partitions(context: dg.AssetExecutionContext, to_do: str, pick: str, job: str) -> list[str]:
    """The partition keys of a run of assets.

    Args:
        to_do: What is done with companies, for whoever picked none.
        pick: What that person can do.
        job: The job to run otherwise, and what it does.

    Raises:
        dagster.Failure: the run has none, so nobody said which companies it is about; or they are not there any more.
    """
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure(
            f"No partition was picked, so it is not clear which companies to {to_do}. {pick} in the launch dialog, or "
            f"run the job {job}.",
            allow_retries=False,
        )
    try:
        return [str(key) for key in context.partition_keys]
    except (DagsterInvalidInvocationError, DagsterUnknownPartitionError):
        picked = dict.fromkeys(value for tag, value in context.run.tags.items() if tag in _PICKED)
        raise dg.Failure(
            f"This run is about partitions that are not there any more: {' to '.join(picked)}. Partitions are the "
            "companies that were ever connected, and their months from the first transaction on. Launch it anew.",
            allow_retries=False,
        ) from None


def company_month(realm_id: str, month_key: str) -> str:
    """The partition key of one month of one company."""
    return f"{realm_id}|{month_key}"


def partition(key: str) -> str:
    """The partition as Dagster wants it in an event: a company-month knows its two dimensions."""
    realm_id, _, month_key = key.partition("|")
    return dg.MultiPartitionKey({"company": realm_id, "month": month_key}) if month_key else key


def _month(key: str) -> Period:
    first_day = date.fromisoformat(key)
    return month(first_day.year, first_day.month)


def first_month(settings: Settings, today: date | None = None) -> date:
    """Where the months begin: QBO_HISTORY_START, else what the last full load saw, else three years back."""
    if settings.history_start:
        return date.fromisoformat(f"{settings.history_start[:7]}-01")
    try:
        return date.fromisoformat(_remembered(settings).read_text().strip())
    except (FileNotFoundError, ValueError):
        today = today or datetime.now(UTC).date()
        return date(today.year - YEARS_BEFORE_ANY_LOAD, 1, 1)


def remember_first_month(settings: Settings, first_day: date) -> None:
    """Keep the month of the earliest transaction for the next time the definitions are loaded."""
    path = _remembered(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(first_day.replace(day=1).isoformat() + "\n")


def _remembered(settings: Settings) -> Path:
    return settings.data.dagster_home / "first_month"
