"""`qbo-pipeline replay`: whatever is chosen comes from the lake, and the audit trail says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.lake.layout import Batch, batches
from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.settings import DataFolder, Settings
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse
from qbo_pipeline_tests.command_line.conftest import Run, on_terminal
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.warehouse.test_quarantine import STRICT


def write(data: DataFolder, received: Page) -> Batch:
    writer = LakeWriter(data.lake, received.entity, received.realm_id, "first")
    writer.add(received)
    written = writer.flush()
    assert written is not None
    return written.batch


def load(data: DataFolder) -> None:
    """Two invoices and a customer of the 1st of November, an invoice of another company of the 2nd, two in quarantine.

    Every row of the warehouse is overwritten afterwards.
    """
    quarantined = page("Invoice", record("8", DueDate="2026-06-08"), record("9", DueDate="2026-06-09"))
    elsewhere = page("Invoice", record("1", TotalAmt=5), realm_id="2000")
    received = (
        page("Invoice", record("1", TotalAmt=1), record("2", TotalAmt=2)),
        page("Customer", record("7", DisplayName="Amy")),
        replace(elsewhere, received_at=datetime(2026, 11, 2, tzinfo=UTC)),
        replace(quarantined, entity=STRICT),
    )
    written = [write(data, one) for one in received]
    with open_warehouse(data.build, data.warehouse, data.lake) as warehouse:
        for batch in written:
            warehouse.merge(entity(batch.manifest.entity), [batch])
        overwrite(warehouse)


def overwrite(warehouse: Warehouse) -> None:
    warehouse.rows("UPDATE stored.invoice SET total_amt = 0")
    warehouse.rows("UPDATE stored.customer SET display_name = 'Bob'")
    warehouse.publish()


@pytest.fixture
def fresh(settings: Settings) -> DataFolder:
    """For tests that write into the lake."""
    load(settings.data)
    return settings.data


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    data = DataFolder(tmp_path_factory.mktemp("loaded"))
    load(data)
    return data


@pytest.fixture
def data(loaded: DataFolder, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """The same for the others, with the rows overwritten again."""
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(loaded.root))
    with open_warehouse(loaded.build, loaded.warehouse, loaded.lake) as warehouse:
        warehouse.rows("DELETE FROM audit.sync_run")
        overwrite(warehouse)
    return loaded


def query(data: DataFolder, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(data.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def amounts(data: DataFolder) -> list[int]:
    rows = query(data, "SELECT total_amt FROM quickbooks.invoice WHERE id < '8' ORDER BY realm_id, id")
    return [int(amount) for (amount,) in rows]


def batch_folder(data: DataFolder) -> Path:
    return next(one.folder for one in batches(data.lake) if one.manifest.realm_id == "2000")


CHOSEN = {
    "a record, of every company that has it": (["--entity", "invoice", "--id", "1"], [1, 0, 5]),
    "a record of one company": (["--entity", "Invoice", "--id", "1", "--company", "2000"], [0, 0, 5]),
    "several records": (["--entity", "Invoice", "--id", "1", "--id", "2", "--company", "1000"], [1, 2, 0]),
    "what came from a day on": (["--since", "2026-11-02"], [0, 0, 5]),
    "what came until a day, of a company": (["--until", "2026-11-02", "--company", "2000"], [0, 0, 5]),
    "an entity of a time": (["--since", "2026-10-01", "--entity", "Customer"], [0, 0, 0]),
    "a batch": (["--file", "{batch}"], [0, 0, 5]),
    "a batch, by a file in it": (["--file", "{batch}/invoice.parquet"], [0, 0, 5]),
}


@pytest.mark.parametrize("chosen", CHOSEN)
def test_what_can_be_replayed_is(run: Run, data: DataFolder, chosen: str) -> None:
    arguments, expected = CHOSEN[chosen]
    answer = run("replay", *(one.format(batch=batch_folder(data)) for one in arguments))
    assert answer.exit_code == 0, answer.told
    assert amounts(data) == expected


def test_each_run_is_in_the_audit_trail_and_the_second_changes_nothing(run: Run, data: DataFolder) -> None:
    replay = ("replay", "--entity", "Invoice", "--id", "1", "--id", "2", "--json")
    first = run(*replay).json
    assert [(one["realm_id"], one["records"], one["updated"]) for one in first] == [("1000", 2, 2), ("2000", 1, 1)]
    before = query(data, "FROM quickbooks.invoice ORDER BY ALL"), query(data, "FROM history.record ORDER BY ALL")
    second = run(*replay).json
    assert all(one["records"] == one["unchanged"] for one in second)
    assert (
        query(data, "FROM quickbooks.invoice ORDER BY ALL"),
        query(data, "FROM history.record ORDER BY ALL"),
    ) == before
    runs = query(data, "SELECT realm_id, entity, records, updated, unchanged, api_calls, source FROM audit.sync_run")
    assert runs == [
        ("1000", "Invoice", 2, 2, 0, 0, "replay"),
        ("2000", "Invoice", 1, 1, 0, 0, "replay"),
        ("1000", "Invoice", 2, 0, 2, 0, "replay"),
        ("2000", "Invoice", 1, 0, 1, 0, "replay"),
    ]


def test_the_quarantine_is_emptied_after_a_fix_by_record_and_as_a_whole(run: Run, fresh: DataFolder) -> None:
    resolved = "SELECT id, due_date::VARCHAR FROM quickbooks.invoice JOIN audit.rejected_record USING (realm_id, id)"

    [planned] = run("replay", "--rejected", "--dry-run", "--json").json
    assert (planned["entity"], planned["resolved"], planned["inserted"]) == ("Invoice", 2, 0)
    assert query(fresh, resolved) == []

    [done] = run("replay", "--entity", "Invoice", "--id", "9", "--json").json
    assert (done["records"], done["resolved"], done["inserted"]) == (1, 1, 1)
    assert query(fresh, resolved) == [("9", "2026-06-09")]

    [done] = run("replay", "--rejected", "--json").json
    assert (done["records"], done["resolved"], done["inserted"]) == (1, 1, 1)
    assert sorted(query(fresh, resolved)) == [("8", "2026-06-08"), ("9", "2026-06-09")]

    assert "Nothing is in quarantine" in run("replay", "--rejected").told
    life = [one["what"] for one in run("audit", "Invoice", "9", "--json").json]
    assert {"left the quarantine", "received by replay, shown now"} <= set(life)
    runs = query(fresh, "SELECT run_id, note FROM audit.sync_run")
    assert [note for _, note in runs] == ["records that left the quarantine: 1"] * 2
    marks = query(fresh, "SELECT resolved_by FROM audit.rejected_record")
    assert sorted(marks) == sorted((run_id,) for run_id, _ in runs)


def test_a_dry_run_says_so_and_leaves_no_trace(run: Run, data: DataFolder) -> None:
    answer = run("replay", "--since", "2026-10-01", "--dry-run")
    assert "nothing was changed" in answer.output
    assert amounts(data) == [0, 0, 0]
    assert query(data, "SELECT * FROM audit.sync_run") == []
    assert len(list(batches(data.lake))) == 4


@pytest.mark.usefixtures("data")
def test_realm_ids_and_entities_are_whole_on_a_narrow_terminal() -> None:
    shown = on_terminal("replay", "--since", "2026-10-01", "--dry-run", columns=40)

    for told in ("2000", "Customer", "unchanged", "resolved"):
        assert told in shown
    assert "…" not in shown


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--entity", "Invoice", "--id", "404"], "The lake has no Invoice 404"),
        (["--entity", "Invoice", "--id", "2", "--company", "2000"], "of company 2000"),
        (["--file", "elsewhere.parquet"], "is no batch of the lake"),
    ],
)
def test_what_the_lake_does_not_have_is_a_failure(run: Run, arguments: list[str], told: str) -> None:
    answer = run("replay", *arguments)
    assert answer.exit_code == 1
    assert told in answer.told


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--entity", "Invoice"],
        ["--id", "1"],
        ["--rejected", "--since", "7d"],
        ["--rejected", "--entity", "Nonsense"],
        ["--since", "2026-10-02", "--until", "2026-10-01"],
        ["--since", "someday"],
        ["--until", "someday"],
    ],
)
def test_misuse_ends_with_2(run: Run, arguments: list[str]) -> None:
    assert run("replay", *arguments).exit_code == 2


@pytest.mark.usefixtures("data")
def test_of_a_company_that_is_not_there_it_is_not_said_that_nothing_came(run: Run) -> None:
    answer = run("replay", "--since", "2026-10-01", "--company", "3000")
    assert answer.exit_code == 2
    assert "1000" in answer.told


def test_without_a_lake_it_says_what_to_do(run: Run) -> None:
    answer = run("replay", "--rejected")
    assert answer.exit_code == 1
    assert "qbo-pipeline backfill" in answer.told
