"""Old rows of the audit trail go; what says that something was loaded, or is wrong, stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qbo_pipeline.ingestion.retention import prune_once_a_day
from qbo_pipeline.settings import load_settings
from qbo_pipeline.warehouse.records import RunRecord
from qbo_pipeline.warehouse.retention import last_pruned, old_rows, prune_trail
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.warehouse.loading import Place

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AGES = (1, 399, 401, 800)
"""Days."""


def run_of(days_ago: int, entity: str) -> RunRecord:
    at = NOW - timedelta(days=days_ago)
    return RunRecord(f"{days_ago}", "1000", entity, "cdc", at, 1.0, 0, 0, 0, 0, 0, 0, None, 1, 9, {}, None)


@pytest.fixture
def aged(place: Place) -> Place:
    """A trail of two years, of a customer list that was loaded only at its beginning, and a record in quarantine."""
    place.merge(page("Invoice", record("1"), record("2", DueDate="soon")))
    with place.open() as warehouse:
        warehouse.record_runs([*(run_of(days, "Invoice") for days in AGES), run_of(800, "Customer")])
        for days in AGES:
            at = (NOW - timedelta(days=days)).replace(tzinfo=None)
            warehouse.rows(
                "INSERT INTO audit.api_call BY NAME SELECT ? AS run_id, '1000' AS realm_id, 'GET' AS method, "
                "'query' AS endpoint, ? AS started_at, 1 AS seconds, 0 AS bytes_received, 1 AS attempt, "
                "'ok' AS outcome",
                [str(days), at],
            )
            warehouse.rows(
                "INSERT INTO audit.webhook_event BY NAME SELECT 'f' AS file, 1 AS position, '1000' AS realm_id, "
                "'Invoice' AS entity, '1' AS id, 'Update' AS operation, ? AS arrived_at, ? AS claimed_at, "
                "? AS run_id, 'applied' AS outcome",
                [at, at, str(days)],
            )
            for status in ("done", "failed"):
                warehouse.rows(
                    "INSERT INTO audit.delivery BY NAME "
                    "SELECT ? AS batch, 'power_bi' AS destination, 'd' AS dataset_id, 'Customer' AS table_name, "
                    "'append' AS kind, 'x' AS digest, 1 AS rows, 1 AS bytes, 1 AS attempts, "
                    "? AS status, ? AS planned_at",
                    [f"{status} {days}", status, at],
                )
        warehouse.rows("UPDATE audit.rejected_record SET received_at = TIMESTAMP '2020-01-01'")
        warehouse.publish()
    return place


def prune(place: Place, days: int | None, now: datetime = NOW) -> dict[str, int]:
    with place.open() as warehouse:
        removed = prune_trail(warehouse, None if days is None else now - timedelta(days=days), now)
        warehouse.publish()
    return removed


def test_rows_older_than_what_is_kept_go(aged: Place) -> None:
    removed = {"api_call": 2, "webhook_event": 2, "delivery": 2, "publication": 0, "sync_run": 2}
    assert prune(aged, 400) == removed
    for table in ("api_call", "webhook_event"):
        assert aged.query(f"SELECT run_id FROM audit.{table} ORDER BY run_id") == [("1",), ("399",)]
    assert aged.query("SELECT count(*) FROM audit.delivery WHERE status = 'failed'") == [(4,)]
    assert prune(aged, 400) == dict.fromkeys(removed, 0)


def test_the_last_run_of_each_company_and_entity_stays(aged: Place) -> None:
    prune(aged, 400)
    runs = aged.query("SELECT entity, run_id FROM audit.sync_run ORDER BY ALL")
    assert runs == [("Customer", "800"), ("Invoice", "1"), ("Invoice", "399")]


def test_lake_history_and_quarantine_stay(aged: Place) -> None:
    kept = ("history.record", "audit.rejected_record", "audit.lake_batch", "quickbooks.invoice")
    before = [aged.query(f"FROM {one} ORDER BY ALL") for one in kept]
    prune(aged, 1)
    assert [aged.query(f"FROM {one} ORDER BY ALL") for one in kept] == before
    assert all(before)


def test_what_would_go_can_be_asked(aged: Place) -> None:
    with aged.open() as warehouse:
        old = old_rows(warehouse, NOW - timedelta(days=400))
        assert old == {"api_call": 2, "webhook_event": 2, "delivery": 2, "publication": 0, "sync_run": 2}
        assert last_pruned(warehouse) is None
    assert aged.query("SELECT count(*) FROM audit.api_call") == [(4,)]


def test_for_ever_is_for_ever(aged: Place) -> None:
    assert set(prune(aged, None).values()) == {0}
    assert aged.query("SELECT DISTINCT kept_from, removed FROM audit.pruning") == [(None, 0)]


def test_it_is_noted_when_it_was_done_and_what_went(aged: Place) -> None:
    prune(aged, 400)
    noted = aged.query("SELECT relation, pruned_at, kept_from::DATE::VARCHAR, removed FROM audit.pruning ORDER BY 1")
    at = NOW.replace(tzinfo=None)
    removed = {"api_call": 2, "delivery": 2, "publication": 0, "sync_run": 2, "webhook_event": 2}
    assert noted == [(table, at, "2025-10-17", rows) for table, rows in removed.items()]


def test_the_first_write_of_a_day_does_it_and_no_other(aged: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(aged.root)
    settings = load_settings(data_dir=aged.root, audit_retention_days=400, webhook_retention_days=90)
    old, young = (aged.root / "webhooks" / "processed" / day for day in ("2026-08-01", "2026-11-01"))
    old.mkdir(parents=True)
    young.mkdir()

    def rows_after(now: datetime) -> int:
        with aged.open() as warehouse:
            prune_once_a_day(settings, warehouse, now)
            [(count,)] = warehouse.connection.execute("SELECT count(*) FROM audit.api_call").fetchall()
            return int(count)

    assert rows_after(NOW) == 2
    assert (old.exists(), young.exists()) == (False, True)
    assert rows_after(NOW + timedelta(hours=11)) == 2
    assert rows_after(NOW + timedelta(days=2)) == 1


def test_files_that_cannot_be_removed_hold_up_no_load(
    aged: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(aged.root)
    monkeypatch.setattr("qbo_pipeline.ingestion.retention.prune", refuse)
    with aged.open() as warehouse:
        prune_once_a_day(load_settings(data_dir=aged.root), warehouse, NOW)
    assert "cannot be removed" in caplog.text
