"""What the sensor asks for until a destination shows what the warehouse shows, however the runs for it end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from qbo_pipeline.orchestration import publish_job
from qbo_pipeline.orchestration.publish_job import unpublished_changes
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.orchestration.books_on_paper import BooksOnPaper, SessionOnPaper

SERVICE_PRINCIPAL = {
    "power_bi_tenant_id": "tenant", "power_bi_client_id": "client", "power_bi_client_secret": "secret",
    "power_bi_workspace_id": "a-workspace",
}  # fmt: skip


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def settings_of(data: Path, **changed: str) -> Settings:
    """Power BI is configured, Tableau is not."""
    return load_settings(data_dir=data, _env_file=None, tableau_server_url="off", **{**SERVICE_PRINCIPAL, **changed})


def asked(settings: Settings, instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    books = BooksOnPaper(SessionOnPaper(settings))
    settings.data.warehouse.write_bytes(b"the books")
    found = unpublished_changes(dg.build_sensor_context(instance=instance, resources={"books": books}))
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def wanted(settings: Settings, instance: dg.DagsterInstance) -> dg.RunRequest:
    found = asked(settings, instance)
    assert isinstance(found, dg.RunRequest)
    return found


def end_before_it_could_tell(request: dg.RunRequest, instance: dg.DagsterInstance) -> None:
    """A run that was killed: nothing of it is in the state store."""

    @dg.op
    def killed() -> None:
        raise SystemError

    @dg.job(name="publish")
    def publish() -> None:
        killed()

    publish.execute_in_process(instance=instance, tags=dict(request.tags), raise_on_error=False)


def under_way(instance: dg.DagsterInstance, name: str) -> None:
    """A run of a job that works right now."""

    @dg.job(name=name)
    def job() -> None: ...

    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)


def published(settings: Settings, *, minutes_ago: int, totals: int) -> None:
    """A publication that ended then: with totals of the state before, without of the one there is."""
    ended = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    state = "1-2-2" if totals else "1-2-3"
    with StateStore(settings.state_url) as store:
        records = Publications(store, "power_bi", ended.timestamp, place=settings.place_of("power_bi"))
        records.record(ended - timedelta(seconds=1), warehouse=state, totals=totals)


@pytest.fixture
def one_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes in the warehouse."""
    monkeypatch.setattr("qbo_pipeline.publishing.standing.warehouse_state", lambda _: "1-2-3")


@pytest.mark.usefixtures("one_state")
def test_a_state_is_asked_for_once_while_nothing_ended(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    settings = settings_of(tmp_path)
    assert wanted(settings, instance).run_key == wanted(settings, instance).run_key


@pytest.mark.usefixtures("one_state")
def test_a_run_that_was_killed_is_followed_by_another_though_nothing_changed_since(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
    first = wanted(settings, instance)
    end_before_it_could_tell(first, instance)

    assert isinstance(asked(settings, instance), dg.SkipReason)  # not at once: it may be what kills it
    monkeypatch.setattr(publish_job, "AFTER_A_FAILURE", timedelta(0))
    assert wanted(settings, instance).run_key != first.run_key


@pytest.mark.usefixtures("one_state")
def test_the_same_state_is_asked_for_again_at_another_place(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    here = wanted(settings_of(tmp_path), instance)
    there = wanted(settings_of(tmp_path, power_bi_dataset="Books"), instance)
    assert here.run_key != there.run_key


@pytest.mark.usefixtures("one_state")
@pytest.mark.parametrize("job", ["sync_changes", "apply_webhooks"])
def test_totals_are_compared_every_five_minutes_though_runs_that_bring_changes_follow_one_another(
    tmp_path: Path, instance: dg.DagsterInstance, job: str
) -> None:
    settings = settings_of(tmp_path)
    under_way(instance, job)
    published(settings, minutes_ago=6, totals=90)
    published(settings, minutes_ago=0, totals=0)

    assert isinstance(asked(settings, instance), dg.RunRequest)


@pytest.mark.usefixtures("one_state")
@pytest.mark.parametrize("job", ["sync_changes", "apply_webhooks"])
def test_what_was_compared_a_moment_ago_waits_for_the_runs_that_bring_more(
    tmp_path: Path, instance: dg.DagsterInstance, job: str
) -> None:
    settings = settings_of(tmp_path)
    under_way(instance, job)
    published(settings, minutes_ago=4, totals=90)
    published(settings, minutes_ago=2, totals=0)

    assert isinstance(asked(settings, instance), dg.SkipReason)


@pytest.mark.usefixtures("one_state")
@pytest.mark.parametrize("job", ["publish", "full_refresh"])
def test_a_publication_under_way_and_a_load_of_everything_are_let_finish(
    tmp_path: Path, instance: dg.DagsterInstance, job: str
) -> None:
    settings = settings_of(tmp_path)
    published(settings, minutes_ago=60, totals=0)
    under_way(instance, job)

    assert isinstance(asked(settings, instance), dg.SkipReason)
