"""Runs that start by themselves do not pile up."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.orchestration.asset_identity import asset_key
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.orchestration.power_bi_assets import power_bi_key
from qbo_pipeline.orchestration.tableau_assets import DATA_SOURCE
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, BooksOnPaper, SessionOnPaper


@pytest.fixture
def kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The shipped instance, with its files."""
    monkeypatch.setenv("DAGSTER_HOME", "/nowhere")
    prepare_instance(settings)
    with dg.DagsterInstance.get() as instance:
        yield instance


def forget(settings: Settings, instance: dg.DagsterInstance) -> None:
    definitions = build_definitions(FEW, date(2026, 1, 1), BooksOnPaper(SessionOnPaper(settings)))
    assert definitions.resolve_job_def("forget_runs").execute_in_process(instance=instance).success


def ended(instance: dg.DagsterInstance, job: str, days_ago: float, told: Sequence[dg.AssetMaterialization] = ()) -> str:
    """A run that loaded something, or told of something, and ended so long ago."""

    @dg.op
    def load(context: dg.OpExecutionContext) -> None:
        context.log_event(dg.AssetObservation(dg.AssetKey("table")))
        for one in told:
            context.log_event(one)

    @dg.job(name=job)
    def started_by_itself() -> None:
        load()

    result = started_by_itself.execute_in_process(instance=instance)
    let_pass(instance, result.run_id, days_ago)
    return result.run_id


def let_pass(instance: dg.DagsterInstance, run_id: str, days: float) -> None:
    """As if the run had ended so many days ago."""
    then = datetime.now(UTC) - timedelta(days=days)
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql(
            "UPDATE runs SET update_timestamp = ? WHERE run_id = ?", (f"{then:%Y-%m-%d %H:%M:%S.%f}", run_id)
        )


def test_old_runs_go_with_their_events_and_files_and_the_others_stay(
    settings: Settings, kept: dg.DagsterInstance
) -> None:
    old = ended(kept, "apply_webhooks", 31)
    young = ended(kept, "apply_webhooks", 29)
    by_hand = ended(kept, "full_refresh", 400)

    forget(settings, kept)

    assert {young, by_hand} <= set(kept.get_run_ids())
    assert old not in kept.get_run_ids()
    assert [path for path in _files(settings) if old in path.name] == []
    assert kept.all_logs(old) == []
    assert any(young in path.name for path in _files(settings))


def test_a_run_that_loaded_partitions_whole_stays_so_that_they_do_not_count_as_never_loaded(
    settings: Settings, kept: dg.DagsterInstance
) -> None:
    session = SessionOnPaper(settings, never_loaded=True)
    job = build_definitions(FEW, date(2026, 1, 1), BooksOnPaper(session)).resolve_job_def("sync_changes")
    before = ended(kept, "sync_changes", 31)
    first = job.execute_in_process(instance=kept)
    let_pass(kept, first.run_id, 31)
    after = ended(kept, "sync_changes", 31)
    loaded = kept.get_materialized_partitions(asset_key(FEW[-1]))

    forget(settings, kept)

    assert loaded
    assert kept.get_materialized_partitions(asset_key(FEW[-1])) == loaded
    assert {before, after}.isdisjoint(kept.get_run_ids())


@pytest.mark.parametrize(
    "job", ["sync_changes", "apply_webhooks", "reconcile", "publish", "tableau_events", "forget_runs"]
)
def test_every_job_that_sensors_schedules_and_the_listener_start_is_forgotten(
    settings: Settings, kept: dg.DagsterInstance, job: str
) -> None:
    old, young = ended(kept, job, 31), ended(kept, job, 29)

    forget(settings, kept)

    assert old not in kept.get_run_ids()
    assert young in kept.get_run_ids()


def test_a_run_that_told_last_of_what_is_published_stays_so_that_it_does_not_count_as_never_published(
    settings: Settings, kept: dg.DagsterInstance
) -> None:
    customer, vendor = power_bi_key("Customer"), power_bi_key("Vendor")
    first = ended(kept, "publish", 90, [dg.AssetMaterialization(vendor, partition=one) for one in (LARKSPUR, IRONBARK)])
    second = ended(kept, "publish", 80, [dg.AssetMaterialization(customer, partition=LARKSPUR)])
    third = ended(kept, "publish", 70, [dg.AssetMaterialization(one, partition=LARKSPUR) for one in (customer, vendor)])
    whole = ended(kept, "publish", 60, [dg.AssetMaterialization(DATA_SOURCE)])

    forget(settings, kept)

    assert {first, third, whole} <= set(kept.get_run_ids())
    assert second not in kept.get_run_ids()
    assert kept.get_materialized_partitions(vendor) == {LARKSPUR, IRONBARK}


def test_reports_of_a_company_that_was_disconnected_do_not_count_as_never_pulled(
    settings: Settings, kept: dg.DagsterInstance
) -> None:
    legs, ledger = dg.AssetKey(["reports", "posted_leg"]), dg.AssetKey(["finance", "general_ledger"])
    of_both = [dg.AssetMaterialization(legs, partition=one) for one in (LARKSPUR, IRONBARK)]
    with_ironbark = ended(kept, "reconcile", 90, of_both)
    between = ended(kept, "reconcile", 80, [dg.AssetMaterialization(legs, partition=LARKSPUR)])
    latest = ended(
        kept, "reconcile", 70, [dg.AssetMaterialization(legs, partition=LARKSPUR), dg.AssetMaterialization(ledger)]
    )

    forget(settings, kept)

    assert {with_ironbark, latest} <= set(kept.get_run_ids())
    assert between not in kept.get_run_ids()
    assert kept.get_materialized_partitions(legs) == {LARKSPUR, IRONBARK}


def test_zero_days_keeps_them_for_ever(tmp_path: Path, kept: dg.DagsterInstance) -> None:
    old = ended(kept, "apply_webhooks", 4000)
    forget(load_settings(data_dir=tmp_path, run_retention_days=0), kept)
    assert old in kept.get_run_ids()


def _files(settings: Settings) -> list[Path]:
    return list(settings.data.dagster_home.rglob("*"))
