"""From QuickBooks to Power BI and back to the totals, through the jobs, over HTTP on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import httpx
import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.publishing import standing
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.end_to_end.test_dagster_jobs import BooksOf

pytestmark = pytest.mark.end_to_end

TOTALS = "totals_equal_three_ways"


@dataclass(frozen=True)
class Pipeline:
    """A company that was loaded and published by one run of `full_refresh`."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    session: Session
    quickbooks: LocalQuickBooks
    power_bi: LocalPowerBI
    company: GeneratedCompany
    first: dg.ExecuteInProcessResult

    def run(self, job: str) -> dg.ExecuteInProcessResult:
        """A run that succeeds."""
        result = self.definitions.resolve_job_def(job).execute_in_process(instance=self.instance)
        assert result.success
        return result

    def rows_of(self, kind: str, identity: str) -> list[dict[str, Any]]:
        """Rows of the ledger in Power BI that belong to a transaction, reversals among them."""
        [dataset] = httpx.get(f"{self.power_bi.url}/control/health").json()["datasets"]
        key = f"{self.company.realm_id}|{kind}|{identity}"
        rows = self.power_bi.rows(dataset["id"], "General Ledger Lines")
        return [row for row in rows if row["Transaction Key"] == key]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, small_company: GeneratedCompany) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("power_bi")
    with (
        LocalQuickBooks(folder / "quickbooks.sqlite") as quickbooks,
        LocalPowerBI(folder / "power_bi.duckdb") as power_bi,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        settings = settings_for(
            quickbooks,
            folder / "data",
            power_bi_workspace_id=None,
            power_bi_api_base_url_override=f"{power_bi.url}/v1.0/myorg",
            power_bi_authority_url_override=power_bi.url,
        )
        with open_session(settings, UNLIMITED) as session:
            quickbooks.add_company(small_company)
            connect(quickbooks, session, small_company.realm_id)
            definitions = build_definitions(ENTITIES, date(2026, 8, 1), BooksOf(session))
            first = definitions.resolve_job_def("full_refresh").execute_in_process(instance=instance)
            assert first.success
            yield Pipeline(definitions, instance, session, quickbooks, power_bi, small_company, first)


def published(result: dg.ExecuteInProcessResult) -> dict[str, int]:
    """Rows that a run sent, by table."""
    return {
        str(one.metadata["table"].value if "table" in one.metadata else one.asset_key.path[-1]): int(
            str(one.metadata["rows_sent"].value)
        )
        for event in result.get_asset_materialization_events()
        if (one := event.materialization).asset_key.path[0] == "power_bi"
    }


def totals(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    [found] = [one for one in result.get_asset_check_evaluations() if one.check_name == TOTALS]
    return found


def test_a_full_refresh_fills_the_dataset_and_every_total_is_equal(pipeline: Pipeline) -> None:
    sent = published(pipeline.first)

    [(legs,)] = pipeline.session.warehouse_query("SELECT count(*) FROM finance.general_ledger")
    assert sent["general_ledger_lines"] == legs > 1000
    assert len(sent) > 20
    evaluation = totals(pipeline.run("publish"))
    assert evaluation.passed, evaluation.description
    assert int(str(evaluation.metadata["compared"].value)) > 50
    assert standing.unpublished(pipeline.session.settings, "power_bi") is None


def test_where_nothing_changed_nothing_is_sent(pipeline: Pipeline) -> None:
    assert published(pipeline.run("publish")) == {}


def test_a_changed_invoice_sends_its_rows_and_no_others(pipeline: Pipeline) -> None:
    identity = pipeline.quickbooks.writer.oldest(pipeline.company.realm_id, "Invoice")
    pipeline.quickbooks.clock.advance(5)
    pipeline.quickbooks.writer.touch(pipeline.company.realm_id, "Invoice", identity, PrivateNote="Seen by a person")

    result = pipeline.run("sync_changes")

    sent = published(result)
    sent.pop("calendar", None)  # at midnight another day is today's
    assert 0 < sum(sent.values()) < 1000
    assert sent.get("general_ledger_lines", 0) < 50
    assert totals(pipeline.run("publish")).passed


def test_a_deleted_invoice_is_gone_from_every_sum(pipeline: Pipeline) -> None:
    realm_id = pipeline.company.realm_id
    [(identity, token)] = pipeline.session.warehouse_query(
        "SELECT id, sync_token FROM quickbooks.invoice WHERE NOT deleted AND balance = total_amt AND total_amt > 0 "
        "ORDER BY txn_date DESC, id LIMIT 1"
    )
    assert pipeline.rows_of("Invoice", identity)
    pipeline.quickbooks.clock.advance(5)
    pipeline.quickbooks.writer.delete(realm_id, "Invoice", {"Id": identity, "SyncToken": str(token)})

    pipeline.run("sync_changes")

    assert sum(row["Amount"] for row in pipeline.rows_of("Invoice", identity)) == 0
    assert sum(row["Row Sign"] for row in pipeline.rows_of("Invoice", identity)) == 0
    assert totals(pipeline.run("publish")).passed


def test_while_power_bi_does_not_answer_loads_succeed_and_the_next_publication_catches_up(pipeline: Pipeline) -> None:
    identity = pipeline.quickbooks.writer.oldest(pipeline.company.realm_id, "Invoice")
    pipeline.quickbooks.clock.advance(5)
    pipeline.quickbooks.writer.touch(pipeline.company.realm_id, "Invoice", identity, PrivateNote="While it was down")
    pipeline.power_bi.inject("server_error", times=10_000)

    assert published(pipeline.run("sync_changes")) == {}
    assert standing.last_failure(pipeline.session.settings, "power_bi") is not None
    assert standing.unpublished(pipeline.session.settings, "power_bi") is not None

    pipeline.power_bi.heal()
    assert totals(pipeline.run("publish")).passed
    assert standing.unpublished(pipeline.session.settings, "power_bi") is None


def test_the_audit_trail_has_every_delivery_and_publication_up_to_the_latest_load(pipeline: Pipeline) -> None:
    rows = pipeline.session.warehouse_query(
        "SELECT status, count(*), sum(rows)::BIGINT FROM audit.delivery WHERE kind <> 'clear' GROUP BY ALL"
    )
    assert [status for status, *_ in rows] == ["done"]
    assert rows[0][2] >= sum(published(pipeline.first).values())
    outcomes = pipeline.session.warehouse_query("SELECT outcome, unequal, totals FROM audit.publication")
    assert {outcome for outcome, *_ in outcomes} == {"done"}
    assert all(unequal == [] for _, unequal, _ in outcomes)


def test_one_table_of_one_company_is_published_by_its_asset(pipeline: Pipeline) -> None:
    key = dg.AssetKey(["power_bi", "customer"])
    result = pipeline.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=pipeline.instance, asset_selection=[key], partition_key=pipeline.company.realm_id
    )

    assert result.success
    [event] = result.get_asset_materialization_events()
    assert event.materialization.asset_key == key
    assert event.materialization.metadata["sent_as"].value == "unchanged"
