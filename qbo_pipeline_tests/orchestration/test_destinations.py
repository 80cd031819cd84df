"""Publishing to several destinations at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Event
from time import sleep

import pytest

from qbo_pipeline.orchestration.destinations import Compare, Destination, Told, publish_staggered
from qbo_pipeline.power_bi.errors import NotConfiguredError
from qbo_pipeline.publishing.snapshot import warehouse_state
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore


def destination(name: str, does: Callable[[], None]) -> Destination:
    def publish(settings: Settings, within: float | None, compare: Compare, everything: bool) -> Told:
        does()
        return Told(f"{name}: done", lambda *_: iter(()))

    return Destination(name, name.title(), lambda _: True, publish, 0)


def _broken() -> None:
    raise ZeroDivisionError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = load_settings(data_dir=tmp_path)
    found.data.warehouse.write_bytes(b"the books")
    return found


def told(settings: Settings, *destinations: Destination, head_start: float = 0.1) -> list[str]:
    found = publish_staggered(settings, destinations, 1.0, head_start)
    return [done.line if isinstance(done, Told) else type(done).__name__ for _, done in found]


def test_the_first_has_the_process_for_itself(settings: Settings) -> None:
    done: list[str] = []

    def slow() -> None:
        sleep(0.3)
        done.append("first")

    told(settings, destination("first", slow), destination("second", lambda: done.append("second")), head_start=30)
    assert done == ["first", "second"]


def test_none_waits_for_another_that_is_held_up(settings: Settings) -> None:
    both = Barrier(2)

    def meet() -> None:
        both.wait(30)

    found = told(settings, destination("first", meet), destination("second", meet))
    assert found == ["first: done", "second: done"]


def test_one_that_fails_holds_no_other_up(settings: Settings) -> None:
    def fail() -> None:
        raise NotConfiguredError

    found = told(settings, destination("first", fail), destination("second", lambda: None))
    assert found == ["NotConfiguredError", "second: done"]


def test_a_bug_is_no_reason_to_go_on(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError):
        told(settings, destination("first", _broken))


def test_where_there_is_no_destination_nothing_is_done(settings: Settings) -> None:
    assert told(settings) == []


def test_of_runs_that_publish_the_same_one_does(settings: Settings) -> None:
    began, published = Event(), []

    def publish() -> None:
        published.append(1)
        began.set()
        sleep(0.5)
        with StateStore(settings.state_url) as store:
            state = warehouse_state(settings.data.warehouse)
            Publications(store, "first").record(datetime.now(UTC), dataset="1", warehouse=state, rows=1)

    with ThreadPoolExecutor(2) as runs:
        first = runs.submit(told, settings, destination("first", publish))
        began.wait(30)
        second = runs.submit(told, settings, destination("first", publish))

    assert (first.result(), second.result()) == (["first: done"], ["NoneType"])
    assert len(published) == 1
