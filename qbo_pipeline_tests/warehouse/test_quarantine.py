"""A quarantined record that fits after a fix comes in, once, and its place in quarantine says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from qbo_pipeline.lake.layout import batches
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.catalogue.model import Field, Type
from qbo_pipeline.warehouse.quarantine import Resolved, resolve, wards
from qbo_pipeline_tests.lake.pages import RECEIVED_AT, deletion, page, record
from qbo_pipeline_tests.warehouse.loading import Place

INVOICE = entity("Invoice")
TODAY = "2026-05-05T03:00:02-07:00"
"""When the quarantined version was made."""


STRICT = replace(
    INVOICE,
    members=tuple(
        Field("DueDate", Type.INTEGER, "A date, wrongly declared.") if one.name == "DueDate" else one
        for one in INVOICE.members
    ),
)


def receive(place: Place, *records: Any, source: str = "cdc") -> None:
    """Records come while the declaration is wrong."""
    place.merge(replace(page("Invoice", *records, source=source), entity=STRICT))


def second_chance(place: Place, run_id: str = "fix", *, dry_run: bool = False) -> list[Resolved]:
    with place.open() as warehouse:
        warehouse.catch_up()
        done = [resolve(warehouse, place.lake, ward, run_id, dry_run=dry_run) for ward in wards(warehouse)]
        warehouse.publish()
    return done


def quarantine(place: Place) -> list[tuple[Any, ...]]:
    return place.query("SELECT id, resolved_by, resolved_at IS NOT NULL FROM audit.rejected_record ORDER BY version_id")


def invoices(place: Place) -> list[tuple[Any, ...]]:
    return place.query("SELECT id, sync_token, due_date::VARCHAR, deleted, source FROM quickbooks.invoice ORDER BY id")


@pytest.fixture
def fixed(place: Place) -> Place:
    """Invoice 1 was good and is quarantined in its second version, invoice 2 was never good, invoice 3 never will."""
    receive(place, record("1", 0, "2026-05-05T03:00:01-07:00"), source="backfill")
    receive(place, record("1", 1, TODAY, DueDate="2026-06-01"), record("2", 0, TODAY, DueDate="2026-06-02"))
    receive(place, record("3", 0, TODAY, DueDate="soon"))
    return place


def test_what_fits_after_a_fix_comes_in_and_is_marked_as_resolved(fixed: Place) -> None:
    assert invoices(fixed) == [("1", 0, None, False, "backfill")]

    [done] = second_chance(fixed)

    assert (done.versions, done.merged.inserted, done.merged.updated) == (2, 1, 1)
    assert [reason[:13] for reason in done.reasons] == ["3: DueDate is"]
    assert invoices(fixed) == [("1", 1, "2026-06-01", False, "replay"), ("2", 0, "2026-06-02", False, "replay")]
    assert quarantine(fixed) == [("1", "fix", True), ("2", "fix", True), ("3", None, False)]
    events = fixed.query("SELECT id, source, outcome FROM audit.record_event ORDER BY version_id")
    assert events == [
        ("1", "backfill", "superseded"),
        ("1", "cdc", "resolved"),
        ("2", "cdc", "resolved"),
        ("3", "cdc", "rejected"),
        ("1", "replay", "current"),
        ("2", "replay", "current"),
    ]


def test_it_is_in_the_history_as_when_it_was_received_from_quickbooks(fixed: Place) -> None:
    second_chance(fixed)
    joined = fixed.query(
        "SELECT raw->>'DueDate', record.source, record.received_at FROM quickbooks.invoice "
        "JOIN history.record USING (version_id) ORDER BY ALL"
    )
    assert joined == [(due, "replay", RECEIVED_AT.replace(tzinfo=None)) for due in ("2026-06-01", "2026-06-02")]


def test_a_second_time_nothing_happens(fixed: Place) -> None:
    second_chance(fixed)
    before = len(list(batches(fixed.lake))), invoices(fixed), quarantine(fixed)
    [again] = second_chance(fixed, "again")
    assert again.versions == 0
    assert (len(list(batches(fixed.lake))), invoices(fixed), quarantine(fixed)) == before


def test_a_dry_run_tells_and_writes_nothing(fixed: Place) -> None:
    before = len(list(batches(fixed.lake))), invoices(fixed), quarantine(fixed)
    [done] = second_chance(fixed, dry_run=True)
    assert (done.versions, len(done.reasons)) == (2, 1)
    assert (len(list(batches(fixed.lake))), invoices(fixed), quarantine(fixed)) == before


def test_what_changed_since_then_is_not_brought_back(fixed: Place) -> None:
    fixed.merge(page("Invoice", record("1", 2, "2026-05-05T03:00:03-07:00", DueDate="2026-07-01")))
    fixed.merge(page("Invoice", deletion("2", "2026-05-05T03:00:03-07:00"), source="webhook"))
    second_chance(fixed)
    assert invoices(fixed) == [("1", 2, "2026-07-01", False, "backfill"), ("2", 0, "2026-06-02", True, "webhook")]
    versions = fixed.query("SELECT id, sync_token FROM history.record ORDER BY id, updated_at")
    assert versions == [("1", 0), ("1", 1), ("1", 2), ("2", 0), ("2", None)]


def test_only_what_is_asked_for_gets_a_second_chance(fixed: Place) -> None:
    with fixed.open() as warehouse:
        assert [len(ward.quarantined) for ward in wards(warehouse)] == [3]
        assert [len(ward.quarantined) for ward in wards(warehouse, "Invoice", ids=["2", "404"])] == [1]
        assert wards(warehouse, "Bill") == []
        last = list(batches(fixed.lake))[-1].manifest.batch
        [ward] = wards(warehouse, batches=[last])
        assert [one.received_at for one in ward.quarantined] == [RECEIVED_AT]


KILLED = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline.lake import layout, resolution
from qbo_pipeline.warehouse import merge, publish
from qbo_pipeline_tests.warehouse.loading import Place
from qbo_pipeline_tests.warehouse.test_quarantine import second_chance

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

exec(sys.argv[2])
second_chance(Place(Path(sys.argv[1])), "killed")
"""

POINTS = {
    "before the new batch has its name": "Path.rename = die",
    "after the lake has it, before the merge": "merge.apply = die",
    "in the merge, before it is marked": "merge._note = die",
    "merged and not shown yet": "publish.os.replace = die",
}


@pytest.mark.parametrize("point", POINTS, ids=lambda one: one)
def test_killed_and_run_again_it_came_in_once(fixed: Place, point: str) -> None:
    arguments = [sys.executable, "-c", KILLED, str(fixed.root), POINTS[point]]
    assert subprocess.run(arguments, env=dict(os.environ), check=False).returncode == -signal.SIGKILL

    second_chance(fixed, "again")

    assert invoices(fixed) == [("1", 1, "2026-06-01", False, "replay"), ("2", 0, "2026-06-02", False, "replay")]
    assert [mark for _, _, mark in quarantine(fixed)] == [True, True, False]
    resolving = [one.manifest.resolves for one in batches(fixed.lake) if one.manifest.resolves]
    assert [len(one) for one in resolving] == [2]


def test_making_the_warehouse_anew_is_a_second_chance_and_keeps_the_marks(fixed: Place) -> None:
    assert fixed.rebuild().resolved == 2

    assert quarantine(fixed) == [("1", "rebuild", True), ("2", "rebuild", True), ("3", None, False)]
    assert len(fixed.query("SELECT raw FROM quickbooks.invoice JOIN history.record USING (version_id)")) == 2
    seen = ("audit.rejected_record", "quickbooks.invoice", "history.record")
    before = [fixed.query(f"FROM {one} ORDER BY ALL") for one in seen]
    assert fixed.rebuild().resolved == 0
    assert [fixed.query(f"FROM {one} ORDER BY ALL") for one in seen] == before
