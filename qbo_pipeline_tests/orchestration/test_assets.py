"""Materializing from Dagster: which questions reach QuickBooks, and what the asset then shows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from qbo_pipeline.finance.model import Relation
from qbo_pipeline.ingestion.results import Period
from qbo_pipeline.orchestration import build_definitions, connections
from qbo_pipeline.orchestration.asset_identity import REPORTS, relation_key
from qbo_pipeline.orchestration.power_bi_assets import power_bi_key
from qbo_pipeline.orchestration.report_assets import report_tables
from qbo_pipeline.quickbooks.errors import ConnectionRevokedError
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, BooksOnPaper, SessionOnPaper

INVOICE = dg.AssetKey(["quickbooks", "invoice"])
BILL = dg.AssetKey(["quickbooks", "bill"])
CUSTOMER = dg.AssetKey(["quickbooks", "customer"])
ITEM = dg.AssetKey(["quickbooks", "item"])
COMPANY_INFO = dg.AssetKey(["quickbooks", "company_info"])


def materialize(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    keys: list[dg.AssetKey],
    first: str,
    last: str | None = None,
) -> dg.ExecuteInProcessResult:
    span = {} if last is None else {"start": first, "end": last}
    return definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=keys,
        partition_key=first if last is None else None,
        tags={f"dagster/asset_partition_range_{side}": key for side, key in span.items()},
        raise_on_error=False,
    )


def test_one_list_of_one_company_is_one_question(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    result = materialize(definitions, instance, [CUSTOMER], LARKSPUR)

    assert result.success
    assert session.backfills == [(LARKSPUR, ("Customer",), None)]
    assert instance.get_materialized_partitions(CUSTOMER) == {LARKSPUR}


def test_twelve_months_of_two_transactions_are_one_question_and_twelve_partitions_each(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    result = materialize(definitions, instance, [INVOICE, BILL], f"{LARKSPUR}|2025-01-01", f"{LARKSPUR}|2025-12-01")

    assert result.success
    assert session.backfills == [(LARKSPUR, ("Invoice", "Bill"), Period(date(2025, 1, 1), date(2025, 12, 31)))]
    assert len(instance.get_materialized_partitions(INVOICE)) == 12
    assert len(instance.get_materialized_partitions(BILL)) == 12


def test_a_range_over_two_companies_asks_each_once(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    materialize(definitions, instance, [INVOICE], f"{LARKSPUR}|2025-03-01", f"{IRONBARK}|2025-04-01")

    spring = Period(date(2025, 3, 1), date(2025, 4, 30))
    assert set(session.backfills) == {(LARKSPUR, ("Invoice",), spring), (IRONBARK, ("Invoice",), spring)}


def test_checks_after_a_load_ask_quickbooks_nothing_more(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    result = materialize(definitions, instance, [CUSTOMER, ITEM, COMPANY_INFO], LARKSPUR)

    passed = [check.passed for check in result.get_asset_check_evaluations()]
    assert passed == [True] * (3 * 5 + len(connections.CHECKS))
    assert session.counts == []


def test_the_last_partition_of_a_range_shows_sample_schema_and_figures_with_money_in_full(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    materialize(definitions, instance, [INVOICE], f"{LARKSPUR}|2025-01-01", f"{LARKSPUR}|2025-12-01")

    by_partition = {
        event.asset_materialization.partition: event.asset_materialization.metadata
        for event in instance.fetch_materializations(INVOICE, limit=50).records
        if event.asset_materialization is not None
    }
    last, first = by_partition[f"{LARKSPUR}|2025-12-01"], by_partition[f"{LARKSPUR}|2025-01-01"]
    assert {name: last[name].value for name in ("records", "inserted", "rejected", "api_calls", "bytes_received")} == {
        "records": 12,
        "inserted": 12,
        "rejected": 0,
        "api_calls": 2,
        "bytes_received": 12_000,
    }
    assert last["dagster/row_count"].value == 12
    assert first["dagster/partition_row_count"].value == last["dagster/partition_row_count"].value == 1
    sample = last["sample"]
    assert isinstance(sample, dg.TableMetadataValue)
    assert len(sample.records) == 5
    assert sample.records[0].data == {
        "realm_id": LARKSPUR,
        "id": "1",
        "updated_at": sample.records[0].data["updated_at"],
        "txn_date": "2025-01-15",
        "customer_id": "2",
        "total_amt": "1234567890.1200",
    }
    assert "dagster/column_schema" in last
    assert Path(str(last["parquet_folder"].value)) == Path("/books/lake/customer")
    assert "sample" not in first


def test_unknown_fields_are_shown_as_a_table(definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
    result = materialize(definitions, instance, [CUSTOMER], LARKSPUR)

    (event,) = result.get_asset_materialization_events()
    unknown = event.materialization.metadata["unknown_fields"]
    assert isinstance(unknown, dg.TableMetadataValue)
    assert [record.data for record in unknown.records] == [{"field": "Colour", "times": 2}]


def test_loading_the_same_rows_again_leaves_the_data_version_as_it_was(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    def version() -> str:
        (event,) = materialize(definitions, instance, [CUSTOMER], LARKSPUR).get_asset_materialization_events()
        return (event.materialization.tags or {})["dagster/data_version"]

    first, again = version(), version()
    session.books_of[LARKSPUR]["Customer"].append({"id": "4", "display_name": "New"})

    assert first == again
    assert version() != first


def test_a_typed_error_becomes_a_failure_that_says_what_to_do_and_is_not_retried(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    session.error = ConnectionRevokedError(LARKSPUR, "access was revoked")

    result = materialize(definitions, instance, [CUSTOMER], LARKSPUR)

    failure = result.failure_data_for_node("load_quickbooks")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "Connect the company again" in (failure.user_failure_data.description or "")
    assert failure.user_failure_data.metadata["company"].value == LARKSPUR
    assert len(session.backfills) == 1


def test_what_one_company_refuses_does_not_hide_what_was_loaded(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: SessionOnPaper
) -> None:
    session.refused = {IRONBARK: {"Item"}}

    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=[CUSTOMER, ITEM],
        tags={
            "dagster/asset_partition_range_start": LARKSPUR,
            "dagster/asset_partition_range_end": IRONBARK,
        },
        raise_on_error=False,
    )

    failure = result.failure_data_for_node("load_quickbooks")
    assert not result.success
    assert failure is not None
    assert failure.user_failure_data is not None
    assert failure.user_failure_data.metadata["entity"].value == "Item"
    assert instance.get_materialized_partitions(CUSTOMER) == {LARKSPUR, IRONBARK}
    assert instance.get_materialized_partitions(ITEM) == {LARKSPUR}


def test_what_one_company_refuses_does_not_hide_the_reports_of_another(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    session: SessionOnPaper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pulled = session.pull_all([LARKSPUR], "run")
    refused = ConnectionRevokedError(IRONBARK, "invalid_grant")
    monkeypatch.setattr(SessionOnPaper, "pull_all", lambda *_: {**pulled, IRONBARK: refused})
    keys = [relation_key(Relation(REPORTS, table.name)) for table in report_tables()]

    result = materialize(definitions, instance, keys, LARKSPUR, IRONBARK)

    assert not result.success
    assert [instance.get_materialized_partitions(key) for key in keys] == [{LARKSPUR}] * len(keys)


@pytest.mark.parametrize(
    ("assets", "step", "job"),
    [
        ([CUSTOMER], "load_quickbooks", "full_refresh"),
        ([relation_key(Relation(REPORTS, table.name)) for table in report_tables()], "pull_reports", "reconcile"),
        ([power_bi_key("Customer")], "publish_power_bi", "publish"),
    ],
)
def test_picking_no_partition_is_refused_with_advice(
    tmp_path: Path, instance: dg.DagsterInstance, assets: list[dg.AssetKey], step: str, job: str
) -> None:
    session = SessionOnPaper(
        load_settings(
            data_dir=tmp_path, power_bi_tenant_id="tenant", power_bi_client_id="client",
            power_bi_client_secret="secret", power_bi_workspace_id="a-workspace",
        )
    )  # fmt: skip
    told = refused(session, instance, assets, step, {})

    assert told.startswith("No partition was picked")
    assert f"run the job {job} to" in told
    assert (session.backfills, session.pulls) == ([], [])


def test_a_company_that_is_no_partition_any_more_is_named(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    instance.delete_dynamic_partition("company", IRONBARK)
    told = refused(session, instance, [CUSTOMER], "load_quickbooks", {"dagster/partition": IRONBARK})

    assert told.startswith(f"This run is about partitions that are not there any more: {IRONBARK}.")
    assert session.backfills == []


def refused(
    session: SessionOnPaper, instance: dg.DagsterInstance, assets: list[dg.AssetKey], step: str, tags: dict[str, str]
) -> str:
    """What a run of these assets is refused with."""
    job = build_definitions(FEW, date(2024, 1, 1), BooksOnPaper(session)).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, asset_selection=assets, tags=tags, raise_on_error=False)
    failure = result.failure_data_for_node(step)
    assert failure is not None
    assert failure.user_failure_data is not None
    return failure.user_failure_data.description or ""
