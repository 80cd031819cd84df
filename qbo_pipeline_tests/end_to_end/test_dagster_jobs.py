"""The Dagster jobs with the real session, against the local QuickBooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import dagster as dg
import pytest

from qbo_pipeline.finance.build import Build
from qbo_pipeline.ingestion import Session, publishing
from qbo_pipeline.ingestion.publishing import build_models
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.orchestration import QuickBooksBooks, build_definitions
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.warehouse.warehouse import Warehouse

pytestmark = pytest.mark.end_to_end

INVOICE = dg.AssetKey(["quickbooks", "invoice"])


class BooksOf(QuickBooksBooks):
    """The resource around the session of a test."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def session(self) -> Session:
        return self._session


@pytest.fixture
def definitions(session: Session) -> dg.Definitions:
    return build_definitions(ENTITIES, date(2026, 8, 1), BooksOf(session))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(definitions: dg.Definitions, job: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    result = definitions.resolve_job_def(job).execute_in_process(instance=instance)
    assert result.success
    return result


def test_a_full_refresh_of_forty_entities_sends_the_fewest_requests_and_every_check_holds(
    definitions: dg.Definitions, instance: dg.DagsterInstance, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    already = len(quickbooks.requests)

    result = run(definitions, "full_refresh", instance)

    held = quickbooks.store.counts(realm_id)
    pages = sum(-(-count // 1000) for count in held.values())
    assert len(quickbooks.requests) - already <= pages + len(ENTITIES)
    evaluations = result.get_asset_check_evaluations()
    keys = definitions.resolve_asset_graph().asset_check_keys
    every_check = {
        one for one in keys if one.asset_key.path[0] not in ("power_bi", "tableau")
    }  # these come with publications
    assert {one.asset_check_key for one in evaluations} == every_check
    assert len(evaluations) == len(every_check) > 5 * len(ENTITIES)
    assert [one for one in evaluations if not one.passed] == []


def test_a_full_refresh_builds_the_finance_models_once_on_documents_and_reports(
    definitions: dg.Definitions, instance: dg.DagsterInstance, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Build | None] = []

    def counted(warehouse: Warehouse) -> Build | None:
        built.append(build_models(warehouse))
        return built[-1]

    monkeypatch.setattr(publishing, "build_models", counted)

    run(definitions, "full_refresh", instance)

    assert len(built) == 1
    assert session.warehouse_query("SELECT DISTINCT reason FROM finance.reconciliation") == [("ties",)]


def test_a_change_in_quickbooks_is_told_on_the_month_it_lies_in(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    quickbooks: LocalQuickBooks,
    session: Session,
    realm_id: str,
) -> None:
    run(definitions, "full_refresh", instance)
    rows = session.warehouse_query(
        "SELECT id FROM quickbooks.invoice WHERE txn_date BETWEEN '2026-09-01' AND '2026-09-30'"
    )
    identity = rows[0][0]
    quickbooks.writer.touch(realm_id, "Invoice", identity, PrivateNote="Edited by a person")

    result = run(definitions, "sync_changes", instance)

    told = {
        event.materialization.partition
        for event in result.get_asset_materialization_events()
        if event.materialization.asset_key == INVOICE
    }
    assert f"{realm_id}|2026-09-01" in told
    assert session.warehouse_query("SELECT private_note FROM quickbooks.invoice WHERE id = ?", [identity]) == [
        ("Edited by a person",)
    ]


def test_a_quarantined_record_stops_the_run_before_anything_is_built_on_it(
    definitions: dg.Definitions, instance: dg.DagsterInstance, quickbooks: LocalQuickBooks, realm_id: str
) -> None:
    identity = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", identity, DueDate="the day after tomorrow")

    result = definitions.resolve_job_def("full_refresh").execute_in_process(instance=instance, raise_on_error=False)

    assert not result.success
    broken = {(one.asset_key, one.check_name) for one in result.get_asset_check_evaluations() if not one.passed}
    assert (INVOICE, "nothing_quarantined") in broken
