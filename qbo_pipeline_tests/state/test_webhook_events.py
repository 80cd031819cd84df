"""What is remembered of webhook events and of the deliveries that brought them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from qbo_pipeline.state import StateStore
from qbo_pipeline.state.schema import webhook_events, webhook_files
from qbo_pipeline.state.webhook_events import REMEMBERED_SECONDS, Trouble, WebhookEvents

ONE, TWO, THREE = (bytes([number]) * 16 for number in (1, 2, 3))


def there(_: str) -> bool:
    return True


def gone(_: str) -> bool:
    return False


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as opened:
        yield opened


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def events(store: StateStore, now: list[float]) -> WebhookEvents:
    return WebhookEvents(store, lambda: now[0])


def test_the_delivery_that_asks_first_owns_an_event(events: WebhookEvents) -> None:
    assert events.own({ONE: "a", TWO: "a"}, there) == {ONE: ("a", False), TWO: ("a", False)}
    assert events.own({TWO: "b", THREE: "b"}, there) == {TWO: ("a", False), THREE: ("b", False)}


def test_an_event_of_a_delivery_that_is_gone_changes_hands(events: WebhookEvents) -> None:
    events.own({ONE: "a"}, there)

    assert events.own({ONE: "b"}, gone) == {ONE: ("b", False)}
    assert events.own({ONE: "a"}, there) == {ONE: ("b", False)}


def test_an_applied_event_never_changes_hands(events: WebhookEvents) -> None:
    events.own({ONE: "a", TWO: "a"}, there)
    events.applied([ONE])

    assert events.own({ONE: "b", TWO: "b"}, gone) == {ONE: ("a", True), TWO: ("b", False)}
    assert events.which_are_applied([ONE, TWO, THREE]) == {ONE}


def test_each_owner_is_looked_for_once_and_the_asking_delivery_never(events: WebhookEvents) -> None:
    keys = [number.to_bytes(16, "big") for number in range(1200)]
    events.own(dict.fromkeys(keys, "a"), there)
    looked_for: list[str] = []

    def look(name: str) -> bool:
        looked_for.append(name)
        return False

    events.own(dict.fromkeys(keys, "a"), look)
    taken = events.own(dict.fromkeys(keys, "b"), look)

    assert looked_for == ["a"]
    assert set(taken.values()) == {("b", False)}


def test_asking_for_nothing_answers_nothing(events: WebhookEvents) -> None:
    assert events.own({}, gone) == {}
    assert events.which_are_applied([]) == set()
    events.applied([])
    events.postpone({})
    events.died([], lambda deaths: 1.0)
    events.settled([])


def test_an_event_is_applied_when_it_was_first(events: WebhookEvents, store: StateStore, now: list[float]) -> None:
    events.own({ONE: "a"}, there)
    for now[0] in (2000.0, 3000.0):
        events.applied([ONE, ONE])

    with store.transaction() as connection:
        assert connection.execute(sa.select(webhook_events.c.applied_at)).scalars().all() == [2000.0]


def test_that_events_were_applied_outlives_a_power_cut(events: WebhookEvents, store: StateStore) -> None:
    waits: list[object] = []
    for engine, durable in ((store._durable, True), (store._quick, False)):
        sa.event.listen(engine, "commit", lambda _, durable=durable: waits.append(durable))

    events.own({ONE: "a"}, there)
    events.applied([ONE])

    assert waits == [False, True]


def test_what_was_applied_or_noted_long_ago_is_forgotten(events: WebhookEvents, now: list[float]) -> None:
    events.own({ONE: "a", TWO: "a", THREE: "never applied"}, there)
    events.applied([ONE])
    now[0] += REMEMBERED_SECONDS
    events.applied([TWO])
    events.forget()
    assert events.which_are_applied([ONE, TWO]) == {ONE, TWO}

    now[0] += 1
    events.forget()

    assert events.which_are_applied([ONE, TWO]) == {TWO}
    assert events.own({THREE: "b"}, there) == {THREE: ("b", False)}


def test_deaths_are_counted_and_each_says_how_long_nobody_claims_the_delivery(
    events: WebhookEvents, now: list[float]
) -> None:
    events.died(["a"], lambda deaths: 10.0 * deaths)
    now[0] = 2000.0
    events.died(["a", "b"], lambda deaths: 10.0 * deaths)

    assert events.troubles() == {"a": Trouble(2, 2020.0), "b": Trouble(1, 2010.0)}


def test_a_delivery_that_is_put_off_keeps_its_deaths(events: WebhookEvents) -> None:
    events.died(["a"], lambda deaths: 0.0)
    events.postpone({"a": 1500.0, "b": 1500.0})

    assert events.troubles() == {"a": Trouble(1, 1500.0), "b": Trouble(0, 1500.0)}


def test_troubles_end_with_the_delivery_or_are_forgotten_with_its_events(
    events: WebhookEvents, store: StateStore, now: list[float]
) -> None:
    events.postpone(dict.fromkeys(("done", "lost", "recent"), now[0]))
    events.settled(["done"])
    now[0] += REMEMBERED_SECONDS + 1
    events.postpone({"recent": now[0]})
    assert set(events.troubles()) == {"lost", "recent"}

    events.forget()

    with store.transaction() as connection:
        assert connection.execute(sa.select(webhook_files.c.name)).scalars().all() == ["recent"]
