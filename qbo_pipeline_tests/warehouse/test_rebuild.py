"""A warehouse made anew has the audit trail of the one before, whatever that one's file has been through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from errno import ENOSPC
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse import rebuild as rebuilding
from qbo_pipeline.warehouse.records import RunRecord
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse
from qbo_pipeline_tests.lake.pages import REALM, page, record
from qbo_pipeline_tests.warehouse.loading import Place

AT = datetime(2026, 11, 1, tzinfo=UTC)
RUN = RunRecord("first", REALM, "Invoice", "backfill", AT, 1.0, 1, 1, 0, 0, 0, 0, 1, 1, 100, {}, None)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path, (entity("Invoice"),))
    place.merge(page("Invoice", record("1")))
    with place.open() as warehouse:
        warehouse.record_runs([RUN])
        warehouse.publish()
    return place


def runs(place: Place) -> list[str]:
    return [run_id for (run_id,) in place.query("SELECT run_id FROM audit.sync_run")]


def test_the_trail_is_taken_over(place: Place) -> None:
    assert place.rebuild().audit_kept
    assert runs(place) == ["first"]


def test_a_trail_of_which_only_a_part_can_be_taken_over_is_taken_from_what_was_published(place: Place) -> None:
    with place.open() as warehouse:
        warehouse.rows("ALTER TABLE audit.api_call ADD COLUMN of_a_later_release INTEGER")
    assert place.rebuild().audit_kept
    assert runs(place) == ["first"]


def test_where_neither_can_be_read_a_part_of_a_trail_is_none(place: Place) -> None:
    with place.open() as warehouse:
        warehouse.rows("ALTER TABLE audit.api_call ADD COLUMN of_a_later_release INTEGER")
        warehouse.publish()
    assert not place.rebuild().audit_kept
    assert runs(place) == []


def test_a_rebuild_that_fails_leaves_nothing_on_the_disk(place: Place) -> None:
    """It may have failed because the disk is full: what it had made would keep the next load from writing."""

    def disk_is_full(_: Warehouse) -> None:
        raise OSError(ENOSPC, "No space left on device")

    narrowed = patch.object(rebuilding, "open_warehouse", partial(open_warehouse, entities=place.entities))
    with narrowed, pytest.raises(OSError, match="No space left"):
        rebuilding.rebuild(place.build, place.target, place.lake, lambda *_: None, disk_is_full)
    assert {file.name for file in place.build.parent.iterdir()} == {place.build.name, "writer.lock"}
    assert runs(place) == ["first"]


def test_whoever_ends_it_while_the_trail_is_taken_over_has_ended_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB said that nothing is detached in a transaction, and that was what the command told."""
    rows = Warehouse.rows

    def ended(warehouse: Warehouse, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        if sql.startswith("INSERT INTO audit.sync_run"):
            raise KeyboardInterrupt
        return rows(warehouse, sql, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "rows", ended)
        with pytest.raises(KeyboardInterrupt):
            place.rebuild()

    assert place.rebuild().audit_kept
