"""The Dagster jobs with the real session, against the local QuickBooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import dagster as dg
import pytest

from qbo_pipeline.finance.build import Build
from qbo_pipeline.ingestion import Session, publishing
from qbo_pipeline.ingestion.publishing import build_models
from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.orchestration import QuickBooksBooks, build_definitions
from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.warehouse.warehouse import Warehouse
from qbo_pipeline_tests.end_to_end.conftest import company_in, session_of

pytestmark = pytest.mark.end_to_end

INVOICE = dg.AssetKey(["quickbooks", "invoice"])


class BooksOf(QuickBooksBooks):
    """The resource around the session of a test."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def session(self) -> Session:
        return self._session


@dataclass(frozen=True)
class Refreshed:
    """A company after its first full refresh."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    session: Session
    quickbooks: LocalQuickBooks
    result: dg.ExecuteInProcessResult
    requests: int
    """How many the refresh sent."""
    builds: int
    """How often it built the finance models."""


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory, small_company: GeneratedCompany) -> Iterator[Refreshed]:
    """Made once for the tests that look at it; the one that changes something comes last."""
    folder = tmp_path_factory.mktemp("refreshed")
    builds: list[Build | None] = []

    def counted(warehouse: Warehouse) -> Build | None:
        builds.append(build_models(warehouse))
        return builds[-1]

    with (
        pytest.MonkeyPatch.context() as patch,
        company_in(folder, small_company) as quickbooks,
        session_of(quickbooks, small_company.realm_id, folder) as session,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        patch.setattr(publishing, "build_models", counted)
        definitions = build_definitions(ENTITIES, date(2026, 8, 1), BooksOf(session))
        already = len(quickbooks.requests)
        result = run(definitions, "full_refresh", instance)
        sent = len(quickbooks.requests) - already
        yield Refreshed(definitions, instance, session, quickbooks, result, sent, len(builds))


def run(definitions: dg.Definitions, job: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    result = definitions.resolve_job_def(job).execute_in_process(instance=instance)
    assert result.success
    return result


def test_a_full_refresh_of_forty_entities_sends_the_fewest_requests_and_every_check_holds(
    refreshed: Refreshed, realm_id: str
) -> None:
    held = refreshed.quickbooks.store.counts(realm_id)
    pages = sum(-(-count // 1000) for count in held.values())
    assert refreshed.requests <= pages + len(ENTITIES)
    evaluations = refreshed.result.get_asset_check_evaluations()
    keys = refreshed.definitions.resolve_asset_graph().asset_check_keys
    every_check = {
        one for one in keys if one.asset_key.path[0] not in ("power_bi", "tableau")
    }  # these come with publications
    assert {one.asset_check_key for one in evaluations} == every_check
    assert len(evaluations) == len(every_check) > 5 * len(ENTITIES)
    assert [one for one in evaluations if not one.passed] == []


def test_a_full_refresh_builds_the_finance_models_once_on_documents_and_reports(refreshed: Refreshed) -> None:
    assert refreshed.builds == 1
    assert refreshed.session.warehouse_query("SELECT DISTINCT reason FROM finance.reconciliation") == [("ties",)]


def test_a_change_in_quickbooks_is_told_on_the_month_it_lies_in(refreshed: Refreshed, realm_id: str) -> None:
    [identity] = refreshed.session.warehouse_query(
        "SELECT id FROM quickbooks.invoice WHERE txn_date BETWEEN '2026-09-01' AND '2026-09-30' ORDER BY id LIMIT 1"
    )[0]
    refreshed.quickbooks.writer.touch(realm_id, "Invoice", identity, PrivateNote="Edited by a person")

    result = run(refreshed.definitions, "sync_changes", refreshed.instance)

    told = {
        event.materialization.partition
        for event in result.get_asset_materialization_events()
        if event.materialization.asset_key == INVOICE
    }
    assert f"{realm_id}|2026-09-01" in told
    note = "SELECT private_note FROM quickbooks.invoice WHERE id = ?"
    assert refreshed.session.warehouse_query(note, [identity]) == [("Edited by a person",)]


def test_a_quarantined_record_stops_the_run_before_anything_is_built_on_it(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    definitions = build_definitions([entity("Customer"), entity("Invoice")], date(2026, 8, 1), BooksOf(session))
    identity = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", identity, DueDate="the day after tomorrow")

    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions.resolve_job_def("full_refresh")
        result = job.execute_in_process(instance=instance, raise_on_error=False)

    assert not result.success
    broken = {(one.asset_key, one.check_name) for one in result.get_asset_check_evaluations() if not one.passed}
    assert (INVOICE, "nothing_quarantined") in broken
