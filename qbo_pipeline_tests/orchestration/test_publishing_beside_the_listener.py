"""The process beside the listener that publishes whatever changes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from qbo_pipeline.orchestration import listening
from qbo_pipeline.publishing import snapshot, standing
from qbo_pipeline.settings import load_settings


class Destination:
    """What the warehouse and a destination show, and how often the destination's records were looked up."""

    def __init__(self) -> None:
        self.warehouse: str | None = None
        self.shown: str | None = None
        self.compared: str | None = None
        self.lookups = 0
        self.takes = True

    def unpublished(self, _: object, name: str) -> str | None:
        self.lookups += 1
        return None if self.shown == self.warehouse else self.warehouse

    def uncompared(self, _: object, name: str) -> str | None:
        self.lookups += 1
        return None if self.compared == self.warehouse else self.warehouse


@pytest.fixture
def destination(monkeypatch: pytest.MonkeyPatch) -> Destination:
    found = Destination()
    monkeypatch.setattr(snapshot, "warehouse_state", lambda _: found.warehouse)
    monkeypatch.setattr(standing, "unpublished", found.unpublished)
    monkeypatch.setattr(standing, "uncompared", found.uncompared)
    monkeypatch.setattr(listening, "LOOK_EVERY", 0.0)
    return found


def runs(destination: Destination, tmp_path: Path, go_on: Callable[[], bool]) -> Iterator[bool]:
    """Whether each run that was started succeeded."""

    @dg.op(config_schema={"compare_totals": bool})
    def publish_to_somewhere(context: dg.OpExecutionContext) -> None:
        if not destination.takes:
            raise RuntimeError("refused")
        destination.shown = destination.warehouse
        if context.op_config["compare_totals"]:
            destination.compared = destination.warehouse

    @dg.job
    def publish() -> None:
        publish_to_somewhere()

    with dg.DagsterInstance.ephemeral() as instance:
        settings = load_settings(data_dir=tmp_path)
        for one in listening.publish_changes(settings, "somewhere", publish, instance, go_on):
            yield one.success


def looks(count: int) -> Callable[[], bool]:
    left = iter(range(count))
    return lambda: next(left, None) is not None


def test_each_state_of_the_warehouse_is_published_once(destination: Destination, tmp_path: Path) -> None:
    destination.warehouse = "first"
    published = runs(destination, tmp_path, looks(50))
    assert next(published) is True
    destination.warehouse = "second"
    assert list(published) == [True]
    assert destination.shown == "second"


def test_while_nothing_changes_the_state_store_is_left_alone(destination: Destination, tmp_path: Path) -> None:
    destination.warehouse = destination.shown = destination.compared = "first"
    assert list(runs(destination, tmp_path, looks(100))) == []
    assert destination.lookups == 2


def test_what_failed_waits_and_what_is_new_does_not(destination: Destination, tmp_path: Path) -> None:
    destination.warehouse, destination.takes = "first", False
    published = runs(destination, tmp_path, looks(100))
    assert next(published) is False
    destination.warehouse, destination.takes = "second", True
    assert list(published) == [True]


def test_before_anything_is_loaded_nothing_is_published(destination: Destination, tmp_path: Path) -> None:
    assert list(runs(destination, tmp_path, looks(10))) == []
    assert destination.lookups == 0


def test_totals_are_compared_once_nothing_changes_any_more(
    destination: Destination, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "QUIET", 0.0)
    destination.warehouse = "first"
    assert list(runs(destination, tmp_path, looks(50))) == [True, True]
    assert destination.compared == "first"


def test_while_changes_keep_coming_rows_are_published_and_totals_wait(destination: Destination, tmp_path: Path) -> None:
    destination.warehouse = "first"
    published = runs(destination, tmp_path, looks(50))
    for state in ("first", "second", "third"):
        destination.warehouse = state
        assert next(published) is True
    assert (destination.shown, destination.compared) == ("third", None)


def test_totals_that_were_not_compared_for_long_wait_no_longer(
    destination: Destination, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "COMPARED_AT_LEAST_EVERY", 0.0)
    destination.warehouse = "first"
    assert list(runs(destination, tmp_path, looks(10))) == [True, True]
    assert destination.compared == "first"


def test_runs_that_a_publisher_left_when_it_was_killed_are_told_as_failed_by_the_next_one_of_its_destination(
    tmp_path: Path,
) -> None:
    @dg.job
    def publish() -> None: ...

    settings, started = load_settings(data_dir=tmp_path), dg.DagsterRunStatus.STARTED

    def begun(destination: str | None) -> str:
        """A run of a publisher beside the listener, or of the daemon."""
        tags = {} if destination is None else {
            listening.LISTENER_TAG: "yes", listening.DESTINATION_TAG: destination,
        }  # fmt: skip
        return instance.create_run_for_job(publish, tags=tags, status=started).run_id

    with dg.DagsterInstance.ephemeral() as instance:
        left, other, elsewhere = begun("tableau"), begun("power_bi"), begun(None)
        with listening.publishing(settings, instance, "tableau", "publish"):
            statuses = {run.run_id: run.status for run in instance.get_runs()}

    assert statuses == {left: dg.DagsterRunStatus.FAILURE, other: started, elsewhere: started}
