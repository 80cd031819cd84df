from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qbo_pipeline.settings import load_settings
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.command_line.conftest import REALM, Run


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The warehouse is shared with other tests; what was spent is not."""
    monkeypatch.setenv("QBO_STATE_URL", f"sqlite:///{tmp_path / 'state.sqlite'}")


def spend(**calls: int) -> None:
    with StateStore(load_settings().state_url) as store:
        for purpose, count in calls.items():
            ApiUsage(store).add(REALM, purpose, count, datetime.now(UTC))


@pytest.mark.usefixtures("warehouse")
def test_status_counts_living_deleted_and_quarantined_and_tells_the_last_run(run: Run) -> None:
    entities = {one["entity"]: one for one in run("status", "--json").json["entities"]}

    assert entities["Invoice"] == {
        "realm_id": REALM,
        "company": "Larkspur [Advisory]",
        "entity": "Invoice",
        "rows": 6,
        "deleted": 4,
        "rejected": 0,
        "newest_change": "2026-11-01T17:00:00Z",
        "last_run": "2026-11-03T04:05:00Z",
        "last_source": "cdc",
        "last_calls": 2,
        "all_calls": 7,
    }
    assert entities["Bill"]["rejected"] == 1
    assert list(entities) == ["CompanyInfo", "Invoice", "Bill"]


@pytest.mark.usefixtures("warehouse")
def test_status_is_a_table_a_company_with_totals(run: Run) -> None:
    output = run("status").output

    assert f"Larkspur [Advisory] ({REALM})" in output
    assert "2026-11-03 04:05" in output
    total = next(line for line in output.splitlines() if line.strip().startswith("total"))
    assert total.split()[1:4] == ["7", "4", "1"]


def test_status_of_nothing_says_how_to_begin(run: Run) -> None:
    answer = run("status")

    assert answer.exit_code == 1
    assert "qbo-pipeline backfill" in answer.told


@pytest.mark.usefixtures("warehouse")
def test_status_tells_the_calls_of_the_month_by_company_and_purpose(run: Run, connected: Callable[..., None]) -> None:
    connected(REALM, environment="local")
    spend(backfill=1200, cdc=30, webhook=4, report=5)

    calls = run("status", "--json").json["api_calls"]

    assert (calls["spent"], calls["budget"], calls["month"]) == (1239, 500_000, f"{datetime.now(UTC):%Y-%m}")
    assert calls["forecast"] >= 1239
    assert calls["companies"] == [
        {
            "realm_id": REALM,
            "company": "Larkspur Advisory",
            "by_purpose": {"backfill": 1200, "cdc": 30, "webhook": 4, "report": 5},
            "asked_every_seconds": 300,
        }
    ]
    output = run("status").output
    [row] = [line for line in output.splitlines() if line.strip().startswith("Larkspur Advisory")]
    assert row.split()[2:] == ["1,200", "30", "4", "0", "5", "0", "1,239", "0:05:00"]
    assert "1,239 of 500,000 calls are spent" in output


@pytest.mark.usefixtures("warehouse")
def test_status_warns_when_the_months_calls_will_not_do(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(REALM, environment="local")
    spend(cdc=900)
    assert "will not do" not in run("status").told
    monkeypatch.setenv("QBO_CALL_BUDGET_PER_MONTH", "850")
    answer = run("status")
    assert "QBO_CALL_BUDGET_PER_MONTH allows 850" in answer.told
    [row] = [line for line in answer.output.splitlines() if line.strip().startswith("Larkspur Advisory")]
    assert row.split()[-1] == "-"
