"""The journal of changes of reference data: what was begun is never forgotten, and never begun twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.state.reference_changes import ChangeOutcome, Intent, ReferenceChanges
from qbo_pipeline.state.store import StateStore

INTENT = Intent("d" * 64, "9341", "Class", None, "create", "[]", "ann")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[ReferenceChanges]:
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        yield ReferenceChanges(store)


def test_what_has_no_outcome_is_begun_again_under_its_id(journal: ReferenceChanges) -> None:
    first = journal.begin(INTENT)
    journal.settle(first.request_id, None, told="no answer in time")
    again = journal.begin(INTENT)

    assert len(first.request_id) <= 50
    assert (again.request_id, again.attempts, again.outcome) == (first.request_id, 2, None)


def test_what_was_applied_and_is_not_in_the_warehouse_is_not_begun_again(journal: ReferenceChanges) -> None:
    first = journal.begin(INTENT)
    journal.settle(first.request_id, ChangeOutcome.APPLIED, record_id="12", intuit_tid="1-x")
    again = journal.begin(INTENT)

    assert (again.request_id, again.outcome, again.record_id) == (first.request_id, ChangeOutcome.APPLIED, "12")
    assert [one.attempts for one in journal.of("9341")] == [1]


def test_what_was_applied_and_undone_since_is_another_change(journal: ReferenceChanges) -> None:
    first = journal.begin(INTENT)
    journal.settle(first.request_id, ChangeOutcome.APPLIED, record_id="12")
    journal.loaded([first.request_id])
    second = journal.begin(INTENT)

    assert second.request_id != first.request_id
    assert second.outcome is None


@pytest.mark.parametrize("outcome", [ChangeOutcome.REFUSED, ChangeOutcome.CONFLICT])
def test_what_was_refused_may_be_asked_for_again_under_another_id(
    journal: ReferenceChanges, outcome: ChangeOutcome
) -> None:
    first = journal.begin(INTENT)
    journal.settle(first.request_id, outcome, told="6000")

    assert journal.begin(INTENT).request_id != first.request_id
    assert [(one.outcome, one.told) for one in journal.of("9341")] == [(outcome, "6000"), (None, None)]


def test_companies_are_apart(journal: ReferenceChanges) -> None:
    journal.begin(INTENT)

    assert journal.of("1") == []
