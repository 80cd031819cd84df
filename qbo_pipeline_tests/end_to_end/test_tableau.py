"""From QuickBooks to the data source in Tableau, through the jobs, over HTTP on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import httpx
import pytest

pytest.importorskip("tableauhyperapi", reason="Tableau's libraries are not installed")

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.publishing import standing
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.end_to_end.test_dagster_jobs import BooksOf

pytestmark = pytest.mark.end_to_end

DATA_SOURCE = dg.AssetKey(["tableau", "quickbooks_online"])
WORKBOOK = dg.AssetKey(["tableau", "quickbooks_online_workbook"])
EQUAL = "published_equals_warehouse"


@dataclass(frozen=True)
class Pipeline:
    """A company that was loaded and published by one run of `full_refresh`."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    session: Session
    quickbooks: LocalQuickBooks
    tableau: LocalTableau
    company: GeneratedCompany
    first: dg.ExecuteInProcessResult

    def run(self, job: str) -> dg.ExecuteInProcessResult:
        """A run that succeeds."""
        result = self.definitions.resolve_job_def(job).execute_in_process(instance=self.instance)
        assert result.success
        return result

    def rows(self) -> int:
        """Of all tables, as the site has them."""
        [found] = httpx.get(f"{self.tableau.url}/control/health").json()["data_sources"]
        return sum(found["rows"].values())


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, small_company: GeneratedCompany) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("tableau")
    with (
        LocalQuickBooks(folder / "quickbooks.sqlite") as quickbooks,
        LocalTableau(folder / "site") as tableau,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        settings = settings_for(quickbooks, folder / "data", tableau_server_url=tableau.url)
        with open_session(settings, UNLIMITED) as session:
            quickbooks.add_company(small_company)
            connect(quickbooks, session, small_company.realm_id)
            definitions = build_definitions(ENTITIES, date(2026, 8, 1), BooksOf(session))
            first = definitions.resolve_job_def("full_refresh").execute_in_process(instance=instance)
            assert first.success
            yield Pipeline(definitions, instance, session, quickbooks, tableau, small_company, first)


def published(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """What a run sent of the data source; nothing where it sent nothing."""
    for event in result.get_asset_materialization_events():
        if event.materialization.asset_key == DATA_SOURCE:
            return {name: one.value for name, one in event.materialization.metadata.items()}
    return {}


def equality(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    [found] = [one for one in result.get_asset_check_evaluations() if one.check_name == EQUAL]
    return found


def test_a_full_refresh_publishes_the_data_source_and_its_workbook(pipeline: Pipeline) -> None:
    sent = published(pipeline.first)

    assert sent["sent_as"] == "full"
    assert sent["rows_sent"] == pipeline.rows() > 1000
    keys = {event.asset_key for event in pipeline.first.get_asset_materialization_events()}
    assert WORKBOOK in keys
    assert standing.unpublished(pipeline.session.settings, "tableau") is None


def test_the_files_for_tableau_desktop_lie_in_the_data_folder(pipeline: Pipeline) -> None:
    names = {path.name for path in pipeline.session.settings.data.tableau.iterdir()}
    assert names == {f"QuickBooks Online.{kind}" for kind in ("hyper", "tdsx", "twbx")}


def test_where_nothing_changed_nothing_is_sent_and_what_is_published_equals_the_warehouse(pipeline: Pipeline) -> None:
    result = pipeline.run("publish")

    assert published(result) == {}
    evaluation = equality(result)
    assert evaluation.passed, evaluation.description
    assert int(str(evaluation.metadata["compared"].value)) > 50


def test_a_changed_invoice_is_an_update_of_its_rows(pipeline: Pipeline) -> None:
    identity = pipeline.quickbooks.writer.oldest(pipeline.company.realm_id, "Invoice")
    pipeline.quickbooks.clock.advance(5)
    pipeline.quickbooks.writer.touch(pipeline.company.realm_id, "Invoice", identity, PrivateNote="Seen by a person")

    sent = published(pipeline.run("sync_changes"))

    assert sent["sent_as"] == "update"
    assert 0 < sent["rows_sent"] < pipeline.rows() / 4  # at midnight all days of the calendar are other ones
    assert equality(pipeline.run("publish")).passed


def test_a_deleted_invoice_is_gone(pipeline: Pipeline) -> None:
    [(identity, token)] = pipeline.session.warehouse_query(
        "SELECT id, sync_token FROM quickbooks.invoice WHERE NOT deleted AND balance = total_amt AND total_amt > 0 "
        "ORDER BY txn_date DESC, id LIMIT 1"
    )
    before = pipeline.rows()
    pipeline.quickbooks.clock.advance(5)
    pipeline.quickbooks.writer.delete(pipeline.company.realm_id, "Invoice", {"Id": identity, "SyncToken": str(token)})

    assert published(pipeline.run("sync_changes"))["sent_as"] == "update"
    assert pipeline.rows() < before
    assert equality(pipeline.run("publish")).passed


def test_while_tableau_does_not_answer_loads_succeed_and_the_next_publication_catches_up(pipeline: Pipeline) -> None:
    identity = pipeline.quickbooks.writer.oldest(pipeline.company.realm_id, "Invoice")
    pipeline.quickbooks.clock.advance(5)
    pipeline.quickbooks.writer.touch(pipeline.company.realm_id, "Invoice", identity, PrivateNote="While it was down")
    pipeline.tableau.inject("server_error", times=10_000)

    assert published(pipeline.run("sync_changes")) == {}
    assert standing.last_failure(pipeline.session.settings, "tableau") is not None
    assert standing.unpublished(pipeline.session.settings, "tableau") is not None

    pipeline.tableau.heal()
    assert equality(pipeline.run("publish")).passed
    assert standing.unpublished(pipeline.session.settings, "tableau") is None


def test_the_audit_trail_has_every_publication_up_to_the_latest_load(pipeline: Pipeline) -> None:
    kinds = pipeline.session.warehouse_query(
        "SELECT DISTINCT kind FROM audit.delivery WHERE destination = 'tableau' AND status = 'done' ORDER BY kind"
    )
    assert {"publish", "update"} <= {kind for (kind,) in kinds}
    [(publications,)] = pipeline.session.warehouse_query(
        "SELECT count(*) FROM audit.publication WHERE destination = 'tableau' AND outcome = 'done'"
    )
    assert publications >= 3


def test_both_are_published_by_their_assets(pipeline: Pipeline) -> None:
    result = pipeline.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=pipeline.instance, asset_selection=[DATA_SOURCE, WORKBOOK]
    )

    assert result.success
    assert published(result)["sent_as"] == "nothing"
