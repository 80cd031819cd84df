"""Publishing to several destinations at once."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier

import pytest

from qbo_pipeline.orchestration.destinations import Compare, Destination, Told, publish_side_by_side
from qbo_pipeline.power_bi.errors import NotConfiguredError
from qbo_pipeline.settings import Settings, load_settings


def destination(name: str, does: Callable[[], None]) -> Destination:
    def publish(settings: Settings, within: float | None, compare: Compare, everything: bool) -> Told:
        does()
        return Told(f"{name}: done", lambda _: iter(()))

    return Destination(name, name.title(), lambda _: True, publish)


def _broken() -> None:
    raise ZeroDivisionError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


def told(settings: Settings, *destinations: Destination) -> list[str]:
    found = publish_side_by_side(settings, destinations, 1.0)
    return [done.line if isinstance(done, Told) else type(done).__name__ for _, done in found]


def test_none_waits_for_another(settings: Settings) -> None:
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
