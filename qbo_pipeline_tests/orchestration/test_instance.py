"""The shipped instance folder."""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.runs import SqlRunStorage

from qbo_pipeline.orchestration.asset_identity import WAREHOUSE_WRITER
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.settings import Settings


def test_the_prepared_folder_is_an_instance_with_polls_by_the_second_and_pools_of_one(settings: Settings) -> None:
    home = prepare_instance(settings)

    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert home == settings.data.dagster_home
        assert instance.run_coordinator.dequeue_interval_seconds == 1  # type: ignore[attr-defined]
        assert not instance.telemetry_enabled
        assert isinstance(instance.run_storage, SqlRunStorage)
        assert instance.event_log_storage.initialize_concurrency_limit_to_default(WAREHOUSE_WRITER)
        (pool,) = instance.event_log_storage.get_pool_limits()
        assert (pool.name, pool.limit) == (WAREHOUSE_WRITER, 1)


def test_a_configuration_that_someone_changed_stays(settings: Settings) -> None:
    home = prepare_instance(settings)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    prepare_instance(settings)

    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"
