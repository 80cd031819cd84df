from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.state.deliveries import Batch, Deliveries, Kind, QuarantinedRow, Status
from qbo_pipeline.state.store import StateStore


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock) -> Iterator[Deliveries]:
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        yield Deliveries(store, "power_bi", clock)


def batch(name: str, number: int, table: str = "Lines") -> Batch:
    return Batch(name, number, "dataset", table, None, Kind.APPEND, "digest", 1, 10, f"{name}.rows")


def statuses(outbox: Deliveries) -> dict[str, Status]:
    return {entry.batch: entry.status for entry in outbox.entries("dataset")}


def test_numbers_rise_even_when_the_clock_is_set_back(outbox: Deliveries, clock: Clock) -> None:
    first = outbox.next_number("dataset")
    outbox.plan([batch("a", first)])
    outbox.begin("a", first + 5)
    clock.now -= 3600

    assert outbox.next_number("dataset") == first + 6


def test_numbers_of_an_outbox_that_was_lost_are_above_those_it_gave(tmp_path: Path, clock: Clock) -> None:
    numbers = []
    for name in ("first", "second"):
        with StateStore(f"sqlite:///{tmp_path / name}.sqlite") as store:
            numbers.append(Deliveries(store, "power_bi", clock).next_number("dataset"))
        clock.now += 1

    assert numbers[1] > numbers[0]


def test_a_batch_is_outstanding_until_it_is_recorded(outbox: Deliveries) -> None:
    outbox.plan([batch("b", 2), batch("a", 1)])
    assert [entry.batch for entry in outbox.outstanding("dataset")] == ["a", "b"]

    outbox.begin("a", 7)
    outbox.confirmed("a", "request")
    assert [entry.batch for entry in outbox.outstanding("dataset")] == ["a", "b"]

    outbox.done("a")
    assert [entry.batch for entry in outbox.outstanding("dataset")] == ["b"]


def test_a_later_plan_of_a_table_takes_the_place_of_what_was_refused(outbox: Deliveries) -> None:
    outbox.plan([batch("a", 1), batch("b", 2, "Accounts")])
    outbox.refused("a", "no", None)
    outbox.refused("b", "no", None)

    outbox.plan([batch("c", 3)])

    assert statuses(outbox) == {"a": Status.SUPERSEDED, "b": Status.FAILED, "c": Status.PLANNED}
    assert outbox.retry("dataset") == 1
    assert statuses(outbox)["b"] is Status.PLANNED


def test_a_divided_batch_leaves_what_else_was_refused(outbox: Deliveries) -> None:
    outbox.plan([batch("a", 1), batch("b", 2)])
    outbox.refused("a", "no", None)

    outbox.divide("b", [batch("c", 3), batch("d", 4)])

    assert statuses(outbox) == {
        "a": Status.FAILED,
        "b": Status.SUPERSEDED,
        "c": Status.PLANNED,
        "d": Status.PLANNED,
    }


def test_quarantine_is_that_of_the_latest_publish_of_each_company(outbox: Deliveries) -> None:
    one, two = QuarantinedRow("Lines", "1", "a", "too long"), QuarantinedRow("Lines", "2", "b", "too long")
    outbox.quarantine("dataset", "Lines", None, [one, two])

    outbox.quarantine("dataset", "Lines", ["1"], [])

    assert outbox.quarantined("dataset") == [two]
