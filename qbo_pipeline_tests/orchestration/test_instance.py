"""The shipped instance folder."""

import os
import threading

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType

from qbo_pipeline.orchestration.asset_identity import WAREHOUSE_WRITER
from qbo_pipeline.orchestration.event_log import OPEN_DATABASES, OpenEventLog
from qbo_pipeline.orchestration.instance import instance_for_runs_of_this_process, prepare_instance
from qbo_pipeline.settings import Settings


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "/nowhere")


def test_the_prepared_folder_is_an_instance_with_polls_by_the_second_and_pools_of_one(settings: Settings) -> None:
    home = prepare_instance(settings)

    with dg.DagsterInstance.get() as instance:
        assert instance.root_directory == str(home) == str(settings.data.dagster_home)
        assert instance.run_coordinator.dequeue_interval_seconds == 1  # type: ignore[attr-defined]
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert isinstance(instance.event_log_storage, OpenEventLog)
        assert instance.event_log_storage.initialize_concurrency_limit_to_default(WAREHOUSE_WRITER)
        (pool,) = instance.event_log_storage.get_pool_limits()
        assert (pool.name, pool.limit) == (WAREHOUSE_WRITER, 1)


def test_looks_of_sensors_are_forgotten_those_that_found_nothing_to_do_after_a_day(settings: Settings) -> None:
    prepare_instance(settings)

    with dg.DagsterInstance.get() as instance:
        kept = instance.get_tick_retention_settings(InstigatorType.SENSOR)

    days = {status.value: days for status, days in kept.items()}
    assert days == {"SKIPPED": 1, "SUCCESS": 30, "FAILURE": 30, "STARTED": -1}


def test_a_configuration_that_someone_changed_stays(settings: Settings) -> None:
    home = prepare_instance(settings)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    prepare_instance(settings)

    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_dagsters_own_storage_reads_what_was_written_with_connections_kept_open(settings: Settings) -> None:
    home = prepare_instance(settings)
    key = dg.AssetKey("table")
    with dg.DagsterInstance.get() as instance:
        for number in range(3):
            instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=str(number)))

    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    with dg.DagsterInstance.get() as instance:
        assert not isinstance(instance.event_log_storage, OpenEventLog)
        assert instance.get_materialized_partitions(key) == {"0", "1", "2"}


def test_more_runs_than_databases_stay_open_keep_all_their_events(settings: Settings) -> None:
    prepare_instance(settings)

    @dg.op
    def say(context: dg.OpExecutionContext) -> None:
        context.log_event(dg.AssetMaterialization("table", partition=context.run_id))

    @dg.job(executor_def=dg.in_process_executor)
    def saying() -> None:
        say()

    runs = OPEN_DATABASES + 2
    with dg.DagsterInstance.get() as instance:
        for _ in range(runs):
            saying.execute_in_process(instance=instance)

        assert len(instance.get_materialized_partitions(dg.AssetKey("table"))) == runs
        for record in instance.get_run_records():
            kinds = {entry.dagster_event_type for entry in instance.all_logs(record.dagster_run.run_id)}
            assert dg.DagsterEventType.RUN_SUCCESS in kinds


def test_threads_that_write_at_once_lose_nothing(settings: Settings) -> None:
    prepare_instance(settings)
    key = dg.AssetKey("table")

    with dg.DagsterInstance.get() as instance:

        def report(thread: int) -> None:
            for number in range(10):
                instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=f"{thread}-{number}"))

        threads = [threading.Thread(target=report, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(instance.get_materialized_partitions(key)) == 40


def test_what_runs_of_this_process_print_goes_where_it_always_goes(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    home = prepare_instance(settings)

    @dg.op
    def say() -> None:
        os.write(1, b"said\n")

    @dg.job
    def speech() -> None:
        say()

    with instance_for_runs_of_this_process() as instance:
        run = speech.execute_in_process(instance=instance)

    assert capfd.readouterr().out == "said\n"
    assert list(home.rglob("*.out")) == []
    with dg.DagsterInstance.get() as shown:
        assert shown.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.SUCCESS  # type: ignore[union-attr]


def test_a_place_in_a_pool_that_a_killed_run_left_keeps_no_run_of_this_process_waiting(settings: Settings) -> None:
    prepare_instance(settings)
    with dg.DagsterInstance.get() as instance:
        events = instance.event_log_storage
        events.initialize_concurrency_limit_to_default(WAREHOUSE_WRITER)
        events.claim_concurrency_slot(WAREHOUSE_WRITER, "a run that was killed", "load_everything")

    @dg.op(pool=WAREHOUSE_WRITER)
    def load() -> None:
        """Writes the warehouse."""

    @dg.job
    def loading() -> None:
        load()

    loaded = threading.Event()

    def load_here() -> None:
        with instance_for_runs_of_this_process() as instance:
            if loading.execute_in_process(instance=instance).success:
                loaded.set()

    threading.Thread(target=load_here, daemon=True).start()

    assert loaded.wait(60)
