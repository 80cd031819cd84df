"""A short soak: one small company, every fault, the receiver and the listener killed; and that a soak would notice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.local.quickbooks.injection import KINDS
from qbo_pipeline.local.quickbooks.store import Store
from soak.bad_files import BAD_FILES
from soak.course import Soak
from soak.faults import FAULTS
from soak.outcome import Size
from soak.quickbooks import Shown
from soak.schedule import BadFile, Kill, Leap, schedule, undisturbed_from
from soak.verdict import events_are_applied, versions_are_kept

pytestmark = pytest.mark.end_to_end

OVERTAKEN_BY = re.compile(r": (5010|610) ")
"""Faults of a change to what a fault of the service had edited or deleted before."""

SHORT = Size(changes=120, seed=7, rate=12.0, companies=("ironbark",), scale=0.05, daemon=False)


def test_in_a_short_soak_nothing_is_lost_doubled_or_wrong(tmp_path: Path) -> None:
    said: list[str] = []

    outcome = Soak(SHORT, tmp_path, said.append).run()

    wrong = {one.question: one.wrong for one in outcome.findings if one.wrong}
    assert wrong == {}, [*said, *outcome.notes]
    assert [one for one in outcome.refused if not OVERTAKEN_BY.search(one)] == []
    assert outcome.kills["receiver"] > 0
    assert outcome.kills["listener"] > 0
    assert sum(outcome.struck.values()) > 0
    assert outcome.figures["events acknowledged"] > 0


def test_no_fault_of_the_local_service_is_left_out() -> None:
    assert {fault["kind"] for fault in FAULTS} == set(KINDS)


def test_a_seed_fixes_what_happens_and_when() -> None:
    assert schedule(20_000, 7) == schedule(20_000, 7)
    assert schedule(20_000, 7) != schedule(20_000, 8)


@pytest.mark.parametrize("changes", [100, 20_000])
def test_everybody_is_killed_and_every_kind_of_trouble_happens(changes: int) -> None:
    steps = schedule(changes, 7)

    assert {one.happening.victim for one in steps if isinstance(one.happening, Kill)} == {
        "receiver", "listener", "daemon", "run", "sync"
    }  # fmt: skip
    assert any(isinstance(one.happening, BadFile) for one in steps)
    assert any(isinstance(one.happening, Leap) for one in steps)
    assert all(0 < one.after < changes for one in steps)
    assert all(one.after < undisturbed_from(changes) for one in steps if isinstance(one.happening, Kill))


def test_bad_files_are_bad_in_different_ways() -> None:
    contents = [make(Random(7), "token") for make in BAD_FILES.values()]

    assert len(set(contents)) == len(BAD_FILES)


def answering(rows: Sequence[tuple[object, ...]]) -> Query:
    return lambda sql, parameters=(): list(rows)


@pytest.mark.parametrize(
    ("rows", "lost", "twice"),
    [
        ([("a", "applied")], 0, 0),
        ([("a", "applied"), ("a", "duplicate")], 0, 0),
        ([("a", "unknown entity")], 0, 0),
        ([], 1, 0),
        ([("a", "duplicate")], 1, 0),
        ([("a", "failed: HTTP 503")], 1, 0),
        ([("a", "applied"), ("a", "failed: HTTP 503")], 1, 0),
        ([("a", "applied"), ("a", "applied")], 0, 1),
    ],
)
def test_a_lost_event_and_one_applied_twice_would_be_noticed(
    rows: list[tuple[str, str]], lost: int, twice: int
) -> None:
    nothing_lost, nothing_twice = events_are_applied(answering(rows), {"a"})

    assert (len(nothing_lost.wrong), len(nothing_twice.wrong)) == (lost, twice)


def shown(by: str = "query", *, deleted: bool = False) -> Shown:
    return Shown("1", "Invoice", "7", None if deleted else "0", "2026-11-21T00:00:00+00:00", deleted, by)


KEPT = ("1", "Invoice", "7", 0, datetime(2026, 11, 21), False)
OVERTAKEN = ("1", "Invoice", "7", 1, datetime(2026, 11, 21, 1), False)


@pytest.mark.parametrize(
    ("versions", "told", "undisturbed", "wrong"),
    [
        ([KEPT], shown(), 0, 0),
        ([], shown(), 0, 1),
        ([OVERTAKEN], shown(), 0, 1),
        ([OVERTAKEN], shown(), 1, 0),
        ([], shown(), 1, 1),
        ([OVERTAKEN], shown("cdc"), 0, 0),
        ([], shown("cdc"), 0, 1),
        ([KEPT], shown("cdc", deleted=True), 0, 1),
    ],
)
def test_a_version_that_was_served_and_is_not_in_the_history_would_be_noticed(
    tmp_path: Path, versions: list[tuple[object, ...]], told: Shown, undisturbed: int, wrong: int
) -> None:
    with closing(Store(tmp_path / "quickbooks.sqlite")) as store:
        store.rows("INSERT INTO deletion VALUES ('1', 'Invoice', '7', 0)")

        assert len(versions_are_kept(store, answering(versions), [told], undisturbed).wrong) == wrong


def test_a_deletion_that_was_served_and_is_not_true_need_not_be_kept(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "quickbooks.sqlite")) as store:
        assert versions_are_kept(store, answering([]), [shown("cdc", deleted=True)], 0).wrong == ()
