from __future__ import annotations

import pytest

from qbo_pipeline.settings import Settings
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.command_line.conftest import Run

CALL = (
    "INSERT INTO audit.api_call BY NAME SELECT 'r' AS run_id, '1' AS realm_id, 'GET' AS method, 'query' AS endpoint, "
    "now()::TIMESTAMP - INTERVAL (days) DAY AS started_at, 1 AS seconds, 0 AS bytes_received, 1 AS attempt, "
    "'ok' AS outcome FROM range(0, 600, 100) AS one(days)"
)


def test_what_is_older_than_the_settings_keep_is_told_and_removed(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = settings.data
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        warehouse.rows(CALL)
        warehouse.publish()
    processed = data.webhooks / "processed" / "2020-01-01"
    processed.mkdir(parents=True)

    told = run("prune", "--dry-run", "--json").json
    assert (told["rows"]["api_call"], told["webhook_days"], processed.exists()) == (2, ["2020-01-01"], True)
    assert "would be removed: 2 of audit.api_call" in run("prune", "--dry-run").output

    monkeypatch.setenv("QBO_WEBHOOK_RETENTION_DAYS", "0")
    answer = run("prune")
    assert "removed: 2 of audit.api_call" in answer.output
    assert "Webhook files are kept for ever" in answer.output
    assert processed.exists()

    monkeypatch.setenv("QBO_AUDIT_RETENTION_DAYS", "150")
    monkeypatch.setenv("QBO_WEBHOOK_RETENTION_DAYS", "30")
    told = run("prune", "--json").json
    assert (told["rows"]["api_call"], told["webhook_days"], processed.exists()) == (2, ["2020-01-01"], False)


def test_days_of_tableaus_events_are_removed_with_those_of_webhooks(run: Run, settings: Settings) -> None:
    days = [
        settings.data.webhooks / "processed" / "2020-01-01",
        settings.data.webhooks / "tableau" / "processed" / "2020-01-02",
    ]
    for day in days:
        day.mkdir(parents=True)

    assert run("prune", "--json").json["webhook_days"] == ["2020-01-01", "2020-01-02"]
    assert [day.exists() for day in days] == [False, False]


def test_where_nothing_was_loaded_there_is_nothing_to_remove_and_nothing_is_made(run: Run, settings: Settings) -> None:
    told = run("prune", "--json").json
    assert (told["rows"], told["webhook_days"]) == ({}, [])
    assert not settings.data.build.exists()


def test_a_time_before_now_must_be_positive(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_AUDIT_RETENTION_DAYS", "-1")
    answer = run("prune")
    assert answer.exit_code == 1
    assert "QBO_AUDIT_RETENTION_DAYS" in answer.told
