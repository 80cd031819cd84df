"""What waits to be published, of data sources of one name in two places that share a state store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.state.deliveries import Deliveries, Entry, Kind
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau.outbox import WORKBOOK, Outbox
from qbo_pipeline.tableau.publisher import DESTINATION


@pytest.fixture
def deliveries(tmp_path: Path) -> Iterator[Deliveries]:
    with StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store:
        yield Deliveries(store, DESTINATION)


@pytest.fixture
def ours(tmp_path: Path, deliveries: Deliveries) -> Outbox:
    return Outbox(tmp_path / "ours", "a", deliveries, "QuickBooks Online")


@pytest.fixture
def theirs(tmp_path: Path, deliveries: Deliveries) -> Outbox:
    return Outbox(tmp_path / "theirs", "b", deliveries, "QuickBooks Online")


def planned(outbox: Outbox) -> Entry:
    batch, path = outbox.new(".twbx")
    path.write_bytes(b"a workbook")
    return outbox.plan(batch, Kind.PUBLISH, path, 0, table=WORKBOOK)


def test_what_tableau_refused_of_another_place_waits_for_its_replay(ours: Outbox, theirs: Outbox) -> None:
    refused = planned(theirs)
    theirs.deliveries.refused(refused.batch, "the file is refused", None)
    planned(ours)

    assert [one.batch for one in theirs.failed(WORKBOOK)] == [refused.batch]


def test_what_another_place_sends_is_not_given_up_with_what_is_ours(ours: Outbox, theirs: Outbox) -> None:
    """Its process may die before it has the answer: the next one has to know that something is on its way."""
    sending = planned(theirs)
    theirs.deliveries.begin(sending.batch)
    planned(ours)
    ours.give_up(WORKBOOK)

    assert [one.batch for one in theirs.outstanding(WORKBOOK)] == [sending.batch]
    assert ours.outstanding(WORKBOOK) == []


def test_what_is_ours_and_failed_is_replaced_by_what_is_planned(ours: Outbox) -> None:
    refused = planned(ours)
    ours.deliveries.refused(refused.batch, "the file is refused", None)
    planned(ours)

    assert ours.failed(WORKBOOK) == []
