"""Every batch a killed process left in the lake is merged, and finding it does not get slower as the lake grows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.lake import layout
from qbo_pipeline.lake.layout import MAKING, sweep
from qbo_pipeline.lake.waiting import committed, waiting
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse import rebuild
from qbo_pipeline.warehouse import warehouse as warehouse_module
from qbo_pipeline.warehouse.merges import MergedRecord
from qbo_pipeline.warehouse.records import RunRecord
from qbo_pipeline_tests.lake.pages import REALM, page, record
from qbo_pipeline_tests.warehouse.loading import Place

AT = datetime(2026, 11, 1, tzinfo=UTC)


def invoices(first: int, version: int = 1) -> Page:
    return page("Invoice", *(record(str(first + n), version, "2026-05-05T03:00:01-07:00") for n in range(3)))


def ids(place: Place) -> list[str]:
    return [row[0] for row in place.query("SELECT id FROM quickbooks.invoice ORDER BY id")]


def catch_up(place: Place) -> int:
    with place.open() as warehouse:
        caught = warehouse.catch_up()
        warehouse.publish()
    return caught


def refuse(*_: Any) -> Any:
    raise AssertionError("the whole lake was looked through")


def test_what_is_merged_waits_no_longer(place: Place) -> None:
    batch = place.write(invoices(1))
    assert [one.number for one in waiting(place.lake)] == [batch.manifest.batch]
    with place.open() as warehouse:
        warehouse.merge(entity("Invoice"), [batch])
    assert waiting(place.lake) == []
    assert [one.number for one in committed(place.lake)] == [batch.manifest.batch]


def test_a_batch_left_behind_is_found_without_looking_through_the_lake(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.merge(invoices(1))
    assert catch_up(place) == 0
    place.write(invoices(4))
    monkeypatch.setattr(warehouse_module, "committed", refuse)
    assert catch_up(place) == 1
    assert catch_up(place) == 0
    assert ids(place) == ["1", "2", "3", "4", "5", "6"]


def test_a_batch_whose_merge_was_committed_and_not_noted_is_not_merged_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.merge(invoices(1))
    assert catch_up(place) == 0
    with monkeypatch.context() as patched:
        patched.setattr(warehouse_module, "settle", lambda *_: None)
        place.merge(invoices(4))
    assert len(waiting(place.lake)) == 1
    assert catch_up(place) == 0
    assert waiting(place.lake) == []


@pytest.mark.parametrize("lost", ["the note", "the build database"])
def test_without_the_note_of_the_last_writer_the_whole_lake_is_looked_through(place: Place, lost: str) -> None:
    for first in (1, 4):
        place.merge(invoices(first))
        catch_up(place)
    build = place.root / "build" / "warehouse.duckdb"
    left = place.write(invoices(7))
    layout.waiting_note(place.lake, left.manifest.batch, left.manifest.realm_id, "invoice").unlink()
    (build if lost == "the build database" else build.with_name("warehouse.duckdb.published.json")).unlink()
    assert catch_up(place) == (3 if lost == "the build database" else 1)
    assert ids(place) == [str(number) for number in range(1, 10)]


def test_a_build_database_from_a_backup_catches_up_with_the_lake(place: Place) -> None:
    place.merge(invoices(1))
    catch_up(place)
    shutil.copytree(place.root / "build", place.root / "backup")
    place.merge(invoices(4))
    catch_up(place)
    shutil.rmtree(place.root / "build")
    shutil.copytree(place.root / "backup", place.root / "build")
    assert catch_up(place) == 1
    assert ids(place) == ["1", "2", "3", "4", "5", "6"]


def test_a_build_database_that_was_lost_has_the_audit_trail_of_what_was_published(place: Place) -> None:
    """The lake has no trail of runs and requests, nor of what webhooks told of merges; that went without a word."""
    place.merge(page("Customer", record("1"), record("2")))
    with place.open() as warehouse:
        warehouse.record_runs(
            [RunRecord("first", REALM, "Customer", "cdc", AT, 1.0, 2, 2, 0, 0, 0, 0, 2, 1, 9, {}, None)]
        )
        warehouse.record_merges(REALM, entity("Customer"), [MergedRecord("2", "1", AT)], "first")
        warehouse.publish()
    place.build.unlink()

    with place.open():
        pass  # killed before it brought anything in, it is not made a second time
    for _ in range(2):
        catch_up(place)

    assert place.query("SELECT run_id FROM audit.sync_run") == [("first",)]
    assert place.query("SELECT deleted_id, into_id, source FROM audit.merged_record") == [("1", "2", "webhook")]
    assert place.query("SELECT id FROM quickbooks.customer ORDER BY id") == [("1",), ("2",)]


@pytest.mark.skipif(os.name == "nt", reason="there the file could not be replaced either")
def test_what_was_published_is_not_replaced_while_its_audit_trail_cannot_be_read(place: Place) -> None:
    """As while DuckDB's shell has it open for writing, as it has unless told otherwise."""
    with place.open() as warehouse:
        warehouse.record_runs(
            [RunRecord("first", REALM, "Customer", "cdc", AT, 1.0, 2, 2, 0, 0, 0, 0, 2, 1, 9, {}, None)]
        )
        warehouse.publish()
    place.build.unlink()
    holding = "import duckdb, sys\nheld = duckdb.connect(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.read()\n"
    command = [sys.executable, "-c", holding, str(place.target)]

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == "open\n"
        with pytest.raises(duckdb.IOException, match="Could not set lock"):
            catch_up(place)
        shell.communicate()
    catch_up(place)

    assert place.query("SELECT run_id FROM audit.sync_run") == [("first",)]


def test_batches_that_somebody_copied_into_the_lake_are_found_within_a_day(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.merge(invoices(1))
    catch_up(place)
    copied = place.write(invoices(4))
    layout.waiting_note(place.lake, copied.manifest.batch, copied.manifest.realm_id, "invoice").unlink()
    assert catch_up(place) == 0
    tomorrow = time.time() + 86_401
    monkeypatch.setattr("qbo_pipeline.warehouse.warehouse.time.time", lambda: tomorrow)
    assert catch_up(place) == 1


def test_a_rebuild_cut_short_hides_nothing_from_the_next_writer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.merge(invoices(1))
    catch_up(place)
    place.write(invoices(4))
    with monkeypatch.context() as patched:
        patched.setattr(rebuild, "wards", refuse)
        with pytest.raises(AssertionError):
            place.rebuild()
    assert waiting(place.lake) == []
    assert catch_up(place) == 1


def test_a_batch_that_never_came_to_be_waits_for_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        patched.setattr(layout.BatchFolder, "discard", lambda _: None)  # killed
        with pytest.raises(AssertionError):
            place.write(invoices(1))
    assert len(waiting(place.lake)) == 1
    assert catch_up(place) == 0
    [left] = (place.lake / MAKING).iterdir()
    os.utime(left, (time.time() - 7200,) * 2)
    assert sweep(place.lake, datetime.now(UTC)) == 1
    assert waiting(place.lake) == []
