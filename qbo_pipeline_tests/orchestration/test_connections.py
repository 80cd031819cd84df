"""What Dagster shows of connected companies: a partition, how long the connection lasts, and the first backfill."""

from __future__ import annotations

import json
import logging
from contextlib import nullcontext
from datetime import date, timedelta
from types import SimpleNamespace
from typing import cast

import dagster as dg

from qbo_pipeline.ingestion.webhook_files import Applied, WebhookFiles
from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.orchestration.connections import COMPANY_INFO, connected_companies
from qbo_pipeline.orchestration.partitions import CompanyMonths
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, BooksOnPaper, SessionOnPaper


def tick(session: SessionOnPaper, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"books": BooksOnPaper(session)})
    result = connected_companies(FEW, CompanyMonths(date(2024, 1, 1)))(context)
    assert isinstance(result, dg.SensorResult)
    return result


def evaluations(result: dg.SensorResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {one.check_name: one for one in result.asset_events if isinstance(one, dg.AssetCheckEvaluation)}


def why(result: dg.SensorResult) -> str:
    assert result.skip_reason is not None
    return result.skip_reason.skip_message or ""


def checked(definitions: dg.Definitions, instance: dg.DagsterInstance, name: str) -> dg.AssetCheckEvaluation:
    job = definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={dg.AssetCheckKey(COMPANY_INFO, name)}
    )
    (evaluation,) = job.execute_in_process(instance=instance).get_asset_check_evaluations()
    return evaluation


def test_a_company_that_was_just_connected_becomes_a_partition(session: SessionOnPaper) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("company", [LARKSPUR])
        result = tick(session, instance)

    assert [list(request.partition_keys) for request in result.dynamic_partitions_requests or []] == [[IRONBARK]]


def test_its_first_backfill_is_proposed_with_the_configuration_that_loads_it_alone_and_not_started(
    session: SessionOnPaper, instance: dg.DagsterInstance, definitions: dg.Definitions
) -> None:
    session.unloaded = {IRONBARK}

    result = tick(session, instance)

    assert not result.run_requests
    assert "The history of Ironbark Fabrication (9341452000000002) is not loaded yet" in why(result)
    proposal = evaluations(result)["history_is_loaded"]
    assert (proposal.passed, proposal.severity) == (False, dg.AssetCheckSeverity.WARN)
    told = {name: str(one.value) for name, one in proposal.metadata.items()}
    assert told["or in a terminal"] == f"qbo-pipeline backfill --company {IRONBARK}"
    config = json.loads(told["configuration for it alone"])
    loaded = definitions.resolve_job_def("full_refresh").execute_in_process(instance=instance, run_config=config)
    assert loaded.success
    assert {realm_id for realm_id, _, _ in session.backfills} == {IRONBARK}


def test_what_the_first_backfill_could_not_bring_is_proposed_again(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    session.lacking = {IRONBARK: ["Bill", "Invoice"]}

    proposal = evaluations(tick(session, instance))["history_is_loaded"]

    assert not proposal.passed
    assert (proposal.description or "").startswith(
        "Of Ironbark Fabrication (9341452000000002) Bill, Invoice could not be loaded."
    )
    told = {name: str(one.value) for name, one in proposal.metadata.items()}
    assert told["or in a terminal"] == f"qbo-pipeline backfill --company {IRONBARK}"


def test_all_is_well_while_every_company_has_its_partition_and_its_history(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    result = tick(session, instance)

    assert not result.dynamic_partitions_requests
    assert why(result) == "Every connected company has a partition, and its history is loaded."
    assert {name: one.passed for name, one in evaluations(result).items()} == {
        "connection_lasts": True,
        "history_is_loaded": True,
    }


def test_what_was_told_is_not_told_again_until_it_changes(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    session.unloaded = {IRONBARK}
    first = tick(session, instance)
    second = tick(session, instance, first.cursor)
    session.unloaded.clear()
    third = tick(session, instance, second.cursor)

    assert [set(evaluations(one)) for one in (first, second, third)] == [
        {"connection_lasts", "history_is_loaded"},
        set(),
        {"history_is_loaded"},
    ]


def test_a_connection_that_ends_within_14_days_warns_and_one_that_has_ended_is_an_error(
    session: SessionOnPaper, instance: dg.DagsterInstance, definitions: dg.Definitions
) -> None:
    def lasting(days: int) -> dg.AssetCheckEvaluation:
        session.token_ends_in[IRONBARK] = timedelta(days=days, hours=-1)
        return checked(definitions, instance, "connection_lasts")

    assert lasting(16).passed
    ending, ended = lasting(14), lasting(0)

    assert (ending.passed, ending.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "Ironbark Fabrication (9341452000000002): the refresh token ends on" in (ending.description or "")
    assert "qbo-pipeline sync" in (ending.description or "")
    assert (ended.passed, ended.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "qbo-pipeline connect" in (ended.description or "")


def test_a_company_whose_connection_ended_is_not_proposed_for_a_backfill(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    session.unloaded = {IRONBARK}
    session.token_ends_in = {IRONBARK: timedelta(days=-1)}

    told = evaluations(tick(session, instance))

    assert told["history_is_loaded"].passed
    assert not told["connection_lasts"].passed


def test_the_ticks_reach_the_checks_of_the_instance(session: SessionOnPaper, instance: dg.DagsterInstance) -> None:
    session.unloaded = {LARKSPUR, IRONBARK}
    for event in tick(session, instance).asset_events:
        instance.report_runless_asset_event(event)

    key = dg.AssetCheckKey(COMPANY_INFO, "history_is_loaded")
    [record] = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
    assert record.status.value == "FAILED"


def test_without_a_company_nothing_is_wrong_and_the_way_to_one_is_told(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    session.companies_connected = []

    told = evaluations(tick(session, instance))

    assert all(one.passed for one in told.values())
    assert "qbo-pipeline connect" in (told["connection_lasts"].description or "")


class BooksWithNews(BooksOnPaper):
    """Webhooks told of a customer of Ironbark."""

    def webhooks(self) -> WebhookFiles:
        loads = self.session().changes.sync(IRONBARK, [FEW[1]], "run")
        files = SimpleNamespace(apply_all=lambda _: [Applied(files=1, events=1, loads=loads)])
        return cast("WebhookFiles", nullcontext(files))


def test_a_connection_that_ends_soon_is_in_the_log_of_runs_that_webhooks_start(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    session.token_ends_in = {IRONBARK: timedelta(days=13, hours=1), LARKSPUR: timedelta(days=3)}
    definitions = build_definitions(FEW, date(2024, 1, 1), BooksWithNews(session))

    result = definitions.resolve_job_def("apply_webhooks").execute_in_process(instance=instance)

    warned = [one.user_message for one in instance.all_logs(result.run_id) if one.level == logging.WARNING]
    assert len(warned) == 1
    assert f"company {IRONBARK}: the refresh token ends on" in warned[0]
