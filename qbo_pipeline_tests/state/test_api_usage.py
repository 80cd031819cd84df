from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.store import StateStore


def test_calls_add_up_by_company_and_purpose_within_the_month(tmp_path: Path) -> None:
    november, december = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        usage = ApiUsage(store)
        usage.add("1", "cdc", 2, november)
        usage.add("1", "cdc", 3, november.replace(day=1))
        usage.add("1", "backfill", 7, november)
        usage.add("2", "cdc", 1, november)
        usage.add("1", "cdc", 100, december)
        assert usage.of_month(date(2026, 11, 5)) == {("1", "cdc"): 5, ("1", "backfill"): 7, ("2", "cdc"): 1}


def test_calls_are_told_by_day(tmp_path: Path) -> None:
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        usage = ApiUsage(store)
        for day in (1, 2, 2):
            usage.add("1", "cdc", day, datetime(2026, 11, day, 23, tzinfo=UTC))
        assert usage.by_day(date(2026, 11, 2)) == {("1", date(2026, 11, 2), "cdc"): 4}
