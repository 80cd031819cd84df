"""The record of what is published: a batch that is on its way is found again, whatever became of its sender."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.model.definition import Column, DataType, SemanticModel, Table
from qbo_pipeline.publishing.record_file import HeldRows
from qbo_pipeline.tableau.extract.record import BatchError, Differences, PublishedRecord, model_digest
from qbo_pipeline_tests.tableau.extract.ledger import CALENDAR, LINES, MERIDIAN, MODEL, Ledger, Line

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])

OLD = Ledger({"1": Line(), "2": Line(MERIDIAN), "gone": Line()})
NEW = Ledger({"1": Line(), "2": Line(MERIDIAN, memo="new"), "added": Line()}, {})


def compared(record: PublishedRecord, ledger: Ledger, model: SemanticModel = MODEL) -> Differences:
    """What a ledger has otherwise than what is published."""
    with ledger.attached(record.connection):
        return record.compare(model)


def _without(table: Table, column: str) -> Table:
    return replace(table, columns=tuple(one for one in table.columns if one.name != column))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A record by which the old extract is published."""
    found = tmp_path / "record.duckdb"
    with PublishedRecord(found) as record:
        compared(record, OLD)
        record.plan("old", whole=True)
        record.in_place("old")
        record.note("luid", "2026-11-26T22:00:00Z")
    return found


def test_of_a_new_record_nothing_is_known_and_everything_differs(tmp_path: Path) -> None:
    with PublishedRecord(tmp_path / "record.duckdb") as record:
        differences = compared(record, OLD)

        assert (record.known, record.model, record.pending, record.luid, record.updated_at) == (False, *[None] * 4)
        assert (differences.rows, differences.comparable, differences.nothing) == (4, False, False)


def test_an_extract_that_is_published_does_not_differ(path: Path) -> None:
    with PublishedRecord(path) as record:
        assert compared(record, OLD).nothing
        assert (record.known, record.model, record.pending) == (True, model_digest(MODEL), None)
        assert (record.luid, record.updated_at) == ("luid", "2026-11-26T22:00:00Z")


def test_differences_are_counted_table_by_table(path: Path) -> None:
    with PublishedRecord(path) as record:
        differences = compared(record, NEW)

        assert [(one.name, one.added, one.changed, one.removed) for one in differences.tables] == [
            ("Ledger Lines", 1, 1, 1), ("Calendar", 0, 0, 1),
        ]  # fmt: skip
        assert (differences.rows, differences.nothing) == (4, False)


def test_rows_of_the_version_that_was_compared_are_not_looked_at_again(path: Path) -> None:
    with PublishedRecord(path) as record:
        assert compared(record, replace(OLD, lines_of=2025)).nothing

        assert compared(record, replace(OLD, lines=NEW.lines, lines_of=2025)).nothing
        assert compared(record, replace(OLD, lines=NEW.lines, lines_of=2026)).rows == 3


def test_rows_that_differed_are_compared_again(path: Path) -> None:
    with PublishedRecord(path) as record:
        assert compared(record, replace(NEW, lines_of=2025)).rows == 4
        assert compared(record, replace(NEW, lines_of=2025)).rows == 4


def test_in_doubt_everything_is_compared_whatever_its_version(path: Path) -> None:
    with PublishedRecord(path) as record:
        compared(record, replace(OLD, lines_of=2025))
        record.doubt()

        assert compared(record, replace(OLD, lines_of=2025)).rows == 4


def test_another_model_is_compared_whatever_its_version(path: Path) -> None:
    fewer = replace(MODEL, tables=tuple(_without(table, "Tax") for table in MODEL.tables))
    with PublishedRecord(path) as record:
        compared(record, replace(OLD, lines_of=2025))

        assert not compared(record, replace(OLD, lines_of=2025), fewer).comparable


@pytest.mark.parametrize("whole", [False, True])
def test_a_batch_in_place_is_what_is_held(path: Path, whole: bool) -> None:
    with PublishedRecord(path) as record:
        compared(record, NEW)
        record.plan("new", whole=whole)
        assert (record.pending, record.pending_whole) == ("new", whole)
        record.in_place("new")

        assert record.pending is None
        assert compared(record, NEW).nothing
        assert record.tables_of("coming") == []


def test_a_batch_that_never_was_changes_nothing(path: Path) -> None:
    with PublishedRecord(path) as record:
        compared(record, NEW)
        record.plan("new", whole=False)
        record.never("new")

        assert record.pending is None
        assert compared(record, OLD).nothing
        assert record.tables_of("coming") == []


@pytest.mark.parametrize("end", ["in_place", "never"])
def test_the_end_of_another_batch_changes_nothing(path: Path, end: str) -> None:
    with PublishedRecord(path) as record:
        compared(record, NEW)
        record.plan("new", whole=False)
        getattr(record, end)("old")

        assert record.pending == "new"
        assert compared(record, OLD).nothing


def test_in_doubt_only_a_whole_extract_follows(path: Path) -> None:
    with PublishedRecord(path) as record:
        record.doubt()
        differences = compared(record, OLD)

        assert (record.known, record.model, differences.comparable, differences.rows) == (False, None, False, 4)
        with pytest.raises(BatchError, match="only a whole extract"):
            record.plan("again", whole=False)
        record.plan("again", whole=True)
        record.in_place("again")
        assert compared(record, OLD).nothing


def test_doubt_after_a_comparison_does_not_let_a_part_through(path: Path) -> None:
    with PublishedRecord(path) as record:
        compared(record, NEW)
        record.doubt()

        with pytest.raises(BatchError, match="only a whole extract"):
            record.plan("new", whole=False)
        record.plan("new", whole=True)
        record.in_place("new")
        assert compared(record, NEW).nothing


def test_a_batch_does_not_hide_another_one(path: Path) -> None:
    with PublishedRecord(path) as record:
        compared(record, NEW)
        record.plan("new", whole=False)

        with pytest.raises(BatchError, match="new is on its way"):
            record.plan("newer", whole=True)


def test_a_batch_without_a_comparison_is_refused(path: Path) -> None:
    with PublishedRecord(path) as record, pytest.raises(BatchError, match="nothing was compared"):
        record.plan("new", whole=True)


def test_another_model_is_not_compared_row_by_row(path: Path) -> None:
    more = replace(LINES, columns=(*LINES.columns, Column("Memo Again", "memo", DataType.TEXT, "")))
    model = SemanticModel("Ledger", (more,), (), ())
    with PublishedRecord(path) as record:
        differences = compared(record, OLD, model)
        assert (differences.comparable, differences.rows) == (False, 3)

        record.plan("wider", whole=True)
        record.in_place("wider")
        assert compared(record, OLD, model).nothing
        assert record.model == model_digest(model) != model_digest(MODEL)
        # A table that the model has no more is not held any more.
        assert record.tables_of("held") == ["Ledger Lines"]


def test_what_people_read_does_not_change_the_digest_of_the_model() -> None:
    described = SemanticModel("Ledger", (replace(LINES, description="Others."), CALENDAR), (), ())

    assert model_digest(described) == model_digest(SemanticModel("Ledger", (LINES, CALENDAR), MODEL.relationships, ()))
    assert model_digest(described) != model_digest(SemanticModel("Ledger", (LINES,), (), ()))


def test_another_version_of_duckdb_makes_the_model_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = model_digest(MODEL)
    monkeypatch.setattr(duckdb, "__version__", "99.0")

    assert model_digest(MODEL) != before


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("end", ["in_place", "never", "doubt"])
def test_a_process_killed_at_any_step_leaves_the_record_before_or_after_it(
    tmp_path: Path, path: Path, whole: bool, end: str
) -> None:
    seen = set()
    for step in range(1_000):
        copy = tmp_path / f"{step}.duckdb"
        shutil.copy(path, copy)
        alive = not _killed(copy, whole, end, step)
        with PublishedRecord(copy) as record:
            shows = (compared(record, OLD).nothing, compared(record, NEW).nothing)
            seen.add((record.pending, record.known, *shows))
            # Whoever comes next finds out what became of the batch, and goes on.
            if record.pending is not None:
                record.in_place("new")
            if not compared(record, NEW).nothing:
                record.plan("again", whole=not record.known)
                record.in_place("again")
            assert compared(record, NEW).nothing, f"killed at step {step}"
            assert record.tables_of("coming") == []
        if alive:
            break
    before, planned = (None, True, True, False), ("new", True, True, False)
    after = {"in_place": (None, True, False, True), "never": before, "doubt": (None, False, False, False)}[end]
    assert seen == {before, planned, after}


def _killed(path: Path, whole: bool, end: str, step: int) -> bool:
    """Have a process kill itself at a step of a batch; False where it ended before it came there."""
    process = _processes.Process(target=_batch, args=(path, whole, end, step))
    process.start()
    process.join(60.0)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _batch(path: Path, whole: bool, end: str, step: int) -> None:
    steps = iter(range(1_000))

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any, **more: Any) -> Any:
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            result = do(*given, **more)
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counting

    with PublishedRecord(path) as record:
        compared(record, NEW)
        changes: list[tuple[Any, str]] = [
            (HeldRows, "bring"), (HeldRows, "take_over"), (HeldRows, "forget_coming"), (PublishedRecord, "_set"),
            (PublishedRecord, "plan"), (PublishedRecord, end),
        ]  # fmt: skip
        for owner, name in changes:
            setattr(owner, name, counted(getattr(owner, name)))
        record.plan("new", whole=whole)
        getattr(record, end)(*([] if end == "doubt" else ["new"]))


def test_one_process_has_the_record_at_a_time(path: Path) -> None:
    with PublishedRecord(path):
        process = _processes.Process(target=_open, args=(path,))
        process.start()
        process.join(60.0)
        assert process.exitcode == 0


def _open(path: Path) -> None:
    with pytest.raises(duckdb.IOException):
        PublishedRecord(path)


def test_keys_of_any_type_are_compared(path: Path) -> None:
    later = Ledger(OLD.lines, {**OLD.days, date(9999, 12, 31): "the very last"})
    with PublishedRecord(path) as record:
        assert [(one.added, one.changed, one.removed) for one in compared(record, later).tables] == [
            (0, 0, 0), (1, 0, 0),
        ]  # fmt: skip
