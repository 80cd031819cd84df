"""The jobs about whole companies: one run, the fewest questions, every partition told."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from qbo_pipeline.finance.checks import shipped_checks
from qbo_pipeline.finance.errors import ModelError
from qbo_pipeline.finance.state import note_failure
from qbo_pipeline.ingestion.failures import LoadError
from qbo_pipeline.ingestion.reports.results import ReportPull, ReportPullError
from qbo_pipeline.ingestion.results import EntityLoad
from qbo_pipeline.orchestration import connections
from qbo_pipeline.orchestration.asset_identity import WAREHOUSE_WRITER
from qbo_pipeline.orchestration.checks import checks_of
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.orchestration.partitions import first_month
from qbo_pipeline.quickbooks.errors import AuthorizationError, RequestContext, UnreachableError
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, SessionOnPaper

CHECKS = sum(len(checks_of(one)) for one in FEW) + len(connections.CHECKS) + len(shipped_checks())

INVOICE = dg.AssetKey(["quickbooks", "invoice"])
CUSTOMER = dg.AssetKey(["quickbooks", "customer"])


def run(
    definitions: dg.Definitions, job: str, instance: dg.DagsterInstance, config: dict[str, Any] | None = None
) -> dg.ExecuteInProcessResult:
    wanted = definitions.resolve_job_def(job)
    return wanted.execute_in_process(instance=instance, raise_on_error=False, run_config=config)


def of_companies(op: str, *realm_ids: str) -> dict[str, Any]:
    return {"ops": {op: {"config": {"companies": list(realm_ids)}}}}


def test_full_refresh_asks_each_company_once_for_everything(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    result = run(definitions, "full_refresh", instance)

    every = tuple(entity.name for entity in FEW)
    assert result.success
    assert set(session.backfills) == {(LARKSPUR, every, None), (IRONBARK, every, None)}
    assert session.counts == []


def test_full_refresh_loads_the_companies_alone_that_were_chosen(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    result = run(definitions, "full_refresh", instance, of_companies("load_everything", IRONBARK))

    assert result.success
    assert [realm_id for realm_id, _, _ in session.backfills] == [IRONBARK]


@pytest.mark.parametrize("job", ["full_refresh", "sync_changes"])
def test_an_entity_that_broke_off_is_not_told_as_loaded_though_a_part_of_it_arrived(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    session: SessionOnPaper,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
) -> None:
    """Its partitions would count as whole in Dagster, as where one of many pages was not answered."""
    session.never_loaded = True
    method = "backfill" if job == "full_refresh" else "sync"
    load = getattr(SessionOnPaper, method)

    def breaks_off(on_paper: SessionOnPaper, realm_id: str, *rest: Any, **options: Any) -> list[EntityLoad]:
        loads: list[EntityLoad] = load(on_paper, realm_id, *rest, **options)
        if realm_id == IRONBARK:
            return loads
        request = RequestContext(realm_id, "GET", "query", "Invoice", "SELECT *", 5, 403, "1-abc")
        raise LoadError(realm_id, {"Invoice": AuthorizationError(request, "not allowed")}, loads)

    monkeypatch.setattr(SessionOnPaper, method, breaks_off)
    assert not run(definitions, job, instance).success

    assert {key.partition("|")[0] for key in instance.get_materialized_partitions(INVOICE)} == {IRONBARK}
    assert instance.get_materialized_partitions(CUSTOMER) == {LARKSPUR, IRONBARK}


@pytest.mark.parametrize(("job", "op"), [("full_refresh", "load_everything"), ("sync_changes", "load_changes")])
def test_a_company_that_was_chosen_and_is_not_connected_is_named(
    definitions: dg.Definitions, instance: dg.DagsterInstance, job: str, op: str
) -> None:
    failure = run(definitions, job, instance, of_companies(op, "77", LARKSPUR)).failure_data_for_node(op)

    assert failure is not None
    assert failure.user_failure_data is not None
    assert (failure.user_failure_data.description or "").startswith("Not connected: 77.")


@pytest.mark.parametrize("name", ["Invoice", "invoice"])
def test_the_entities_alone_that_were_chosen_are_asked_for(
    definitions: dg.Definitions, instance: dg.DagsterInstance, name: str
) -> None:
    result = run(definitions, "sync_changes", instance, of_entities(name))

    assert result.success
    told = {event.asset_key for event in result.get_asset_observation_events() if event.asset_key is not None}
    assert told == {dg.AssetKey(["quickbooks", "invoice"])}


def test_an_entity_that_was_chosen_and_is_none_is_named(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    failure = run(definitions, "sync_changes", instance, of_entities("Invoices")).failure_data_for_node("load_changes")

    assert failure is not None
    assert failure.user_failure_data is not None
    assert "Invoices" in (failure.user_failure_data.description or "")


def of_entities(*names: str) -> dict[str, Any]:
    return {"ops": {"load_changes": {"config": {"entities": list(names)}}}}


@pytest.mark.parametrize("job", ["full_refresh", "sync_changes", "asset"])
def test_a_connection_that_ends_soon_is_in_the_log_of_every_run_that_needs_it(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper, job: str
) -> None:
    session.token_ends_in = {LARKSPUR: timedelta(days=13, hours=1), IRONBARK: timedelta(days=15)}
    if job == "asset":
        wanted = definitions.resolve_implicit_global_asset_job_def().get_subset(asset_selection={CUSTOMER})
        result = wanted.execute_in_process(instance=instance, partition_key=LARKSPUR)
    else:
        result = run(definitions, job, instance)

    records = instance.all_logs(result.run_id)
    warned = [one.user_message for one in records if one.level == logging.WARNING]
    assert len(warned) == 1
    assert f"company {LARKSPUR}: the refresh token ends on" in warned[0]
    assert "in 13 days" in warned[0]
    assert "qbo-pipeline sync" in warned[0]


def test_full_refresh_tells_every_month_since_the_books_begin_and_no_earlier_one(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    run(definitions, "full_refresh", instance)

    months = {key for key in instance.get_materialized_partitions(INVOICE) if key.startswith(LARKSPUR)}
    assert min(months) == f"{LARKSPUR}|2024-02-01"
    today = datetime.now(UTC)
    assert len(months) == (today.year - 2024) * 12 + today.month - 1
    assert instance.get_materialized_partitions(CUSTOMER) == {LARKSPUR, IRONBARK}
    assert first_month(session.settings) == date(2024, 2, 1)


def test_full_refresh_makes_a_partition_of_a_company_just_connected(
    definitions: dg.Definitions, session: SessionOnPaper
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run(definitions, "full_refresh", instance)

        assert set(instance.get_dynamic_partitions("company")) == {LARKSPUR, IRONBARK}


def test_full_refresh_writes_the_results_of_the_checks_of_tables_connections_and_books(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    result = run(definitions, "full_refresh", instance)

    evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) == CHECKS
    assert all(evaluation.passed for evaluation in evaluations)


def test_full_refresh_fails_when_records_are_missing_and_names_the_table(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    session.unseen = 1

    result = run(definitions, "full_refresh", instance)

    failure = result.failure_data_for_node("check_everything")
    assert not result.success
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "customer: row_count_matches" in (failure.user_failure_data.description or "")


def test_a_full_refresh_that_fails_still_shows_what_its_checks_found_and_what_was_loaded(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    session.unseen = 1
    broken = run(definitions, "full_refresh", instance)
    session.refused = {IRONBARK: {"Bill"}}
    refused = run(definitions, "full_refresh", instance)

    assert len(broken.get_asset_check_evaluations()) == CHECKS
    assert not refused.success
    assert len(refused.get_asset_check_evaluations()) == CHECKS - len(connections.CHECKS)
    assert {event.materialization.asset_key for event in refused.get_asset_materialization_events()} >= {
        CUSTOMER,
        INVOICE,
        dg.AssetKey(["quickbooks", "bill"]),
    }


def test_what_a_try_counted_before_the_next_one_is_no_reason_to_fail(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One company does not answer at first; meanwhile a customer comes in another one, which is loaded again."""
    monkeypatch.setattr("qbo_pipeline.orchestration.failures.SECONDS_BETWEEN_TRIES", 0)
    backfill, tries = SessionOnPaper.backfill, list[str]()

    def answers_late(on_paper: SessionOnPaper, realm_id: str, *rest: Any, **options: Any) -> list[EntityLoad]:
        tries.append(realm_id)
        if realm_id == IRONBARK and tries.count(IRONBARK) == 1:
            request = RequestContext(realm_id, "GET", "query", "Invoice", "SELECT *", 5, None, None)
            raise UnreachableError(request, "no answer in time")
        if realm_id == LARKSPUR and tries.count(LARKSPUR) == 2:
            customers = on_paper.books_of[LARKSPUR]["Customer"]
            customers.append({**customers[0], "id": "another"})
        return backfill(on_paper, realm_id, *rest, **options)

    monkeypatch.setattr(SessionOnPaper, "backfill", answers_late)
    result = run(definitions, "full_refresh", instance)

    assert [one.description for one in result.get_asset_check_evaluations() if not one.passed and one.blocking] == []
    assert result.success


def test_a_company_that_was_never_loaded_is_told_whole_by_the_first_sync(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    session.never_loaded = True

    run(definitions, "sync_changes", instance)

    months = {key for key in instance.get_materialized_partitions(INVOICE) if key.startswith(LARKSPUR)}
    assert min(months) == f"{LARKSPUR}|2024-02-01"
    assert instance.get_materialized_partitions(CUSTOMER) == {LARKSPUR, IRONBARK}


WITHOUT_COMPUTE_LOGS = """
# Dagster's end by Ctrl-C, which processes ignore that were started in the background.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def test_changes_are_loaded_while_another_run_holds_the_place_of_those_that_write_the_warehouse(
    definitions: dg.Definitions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be about a company that QuickBooks lets wait."""
    monkeypatch.setenv("DAGSTER_HOME", "/nowhere")
    with (prepare_instance(settings) / "dagster.yaml").open("a") as configuration:
        configuration.write(WITHOUT_COMPUTE_LOGS)
    loaded = threading.Event()

    def load_changes() -> None:
        with dg.DagsterInstance.get() as instance:
            if run(definitions, "sync_changes", instance).success:
                loaded.set()

    with dg.DagsterInstance.get() as instance:
        instance.event_log_storage.initialize_concurrency_limit_to_default(WAREHOUSE_WRITER)
        instance.event_log_storage.claim_concurrency_slot(WAREHOUSE_WRITER, "another run", "load_everything")
    threading.Thread(target=load_changes, daemon=True).start()

    assert loaded.wait(60)


def test_without_a_connected_company_the_job_says_how_to_connect_one(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    session.companies_connected.clear()

    failure = run(definitions, "full_refresh", instance).failure_data_for_node("load_everything")

    assert failure is not None
    assert failure.user_failure_data is not None
    assert "qbo-pipeline connect" in (failure.user_failure_data.description or "")


def test_changes_are_told_on_the_months_they_lie_in_and_only_observed_where_the_month_was_never_loaded(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    instance.report_runless_asset_event(
        dg.AssetMaterialization(INVOICE, partition=dg.MultiPartitionKey({"company": LARKSPUR, "month": "2025-05-01"}))
    )

    result = run(definitions, "sync_changes", instance)

    assert result.success
    assert instance.get_materialized_partitions(INVOICE) == {f"{LARKSPUR}|2025-05-01"}
    observed = instance.fetch_observations(INVOICE, limit=100).records
    assert len(observed) == 12 + 12 - 1


def test_what_changed_is_held_against_the_closing_date_at_once(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    evaluations = run(definitions, "sync_changes", instance).get_asset_check_evaluations()

    assert {(one.asset_key.path[-1], one.check_name) for one in evaluations} == {
        ("invoice", "closed_periods_unchanged"),
        ("bill", "closed_periods_unchanged"),
    }
    assert all(one.passed for one in evaluations)


@pytest.mark.parametrize(("job", "op"), [("full_refresh", "load_everything"), ("reconcile", "pull_and_build")])
def test_reports_of_each_company_are_pulled_and_told(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper, job: str, op: str
) -> None:
    result = run(definitions, job, instance)

    assert result.success
    assert session.pulls == [LARKSPUR, IRONBARK]
    told = instance.get_materialized_partitions(dg.AssetKey(["reports", "posted_leg"]))
    assert told == {LARKSPUR, IRONBARK}


def test_a_company_whose_reports_cannot_be_had_fails_the_run_and_the_others_are_pulled(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    month = ReportPull(LARKSPUR, "run", datetime.now(UTC), 0, 1, 0, 1, (), (), 0)
    session.pull_error = ReportPullError(LARKSPUR, {"JournalReport 2026-10": OSError("too large")}, month)

    result = run(definitions, "reconcile", instance)
    failure = result.failure_data_for_node("pull_and_build")

    assert session.pulls == [LARKSPUR, IRONBARK]
    assert len(result.get_asset_check_evaluations()) == len(shipped_checks()), "the books of the others are judged"
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "JournalReport 2026-10" in (failure.user_failure_data.description or "")


@pytest.mark.parametrize(
    ("job", "op"),
    [("sync_changes", "load_changes"), ("full_refresh", "check_everything"), ("reconcile", "check_books")],
)
def test_a_model_that_cannot_be_built_fails_the_run_by_name_after_the_load(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper, job: str, op: str
) -> None:
    broken = ModelError("finance.profit_and_loss", None, "SELECT", "no such column")
    note_failure(session.database, broken, datetime.now(UTC))

    result = run(definitions, job, instance)

    failure = result.failure_data_for_node(op)
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "finance.profit_and_loss: no such column" in (failure.user_failure_data.description or "")
