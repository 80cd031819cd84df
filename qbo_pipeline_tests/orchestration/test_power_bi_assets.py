"""The assets of the tables in Power BI, where nothing is published."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from qbo_pipeline.ingestion import open_session
from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.orchestration.power_bi_assets import NOT_CONFIGURED, power_bi_key, published_tables
from qbo_pipeline.power_bi.plan import Action, SchemaPlan
from qbo_pipeline.power_bi.publication import Publication, TablePublication
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.settings import load_settings
from qbo_pipeline.state.deliveries import Kind
from qbo_pipeline_tests.end_to_end.test_dagster_jobs import BooksOf


@pytest.mark.parametrize("tables", [["Customer"], ["_Measures", "General Ledger Lines"]])
def test_where_power_bi_is_not_configured_its_assets_say_so_and_nothing_fails(
    tmp_path: Path, tables: list[str]
) -> None:
    settings = load_settings(data_dir=tmp_path, power_bi_workspace_id="off")
    with open_session(settings) as session, dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("company", ["1"])
        job = build_definitions(ENTITIES, date(2026, 8, 1), BooksOf(session)).resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            instance=instance, asset_selection=[power_bi_key(name) for name in tables], partition_key="1"
        )

    assert result.success
    told = {
        event.materialization.asset_key: event.materialization.metadata["not_published"].value
        for event in result.get_asset_materialization_events()
    }
    assert told == dict.fromkeys([power_bi_key(name) for name in tables], NOT_CONFIGURED)


@pytest.mark.parametrize(
    ("companies", "told"),
    [({"1"}, {"1", "3"}), (set(), {"3"}), (None, {"1", "2", "3"})],
    ids=["rows of one company changed", "rows were sent again as they were", "rows are nobody's"],
)
def test_a_publication_is_told_of_companies_whose_rows_changed_and_of_those_never_told_of(
    companies: set[str] | None, told: set[str]
) -> None:
    table = TablePublication(
        "Customer", Kind.SIGNED, 0, 1, 0, 0, (), 2, 1, 1, 0, 0, 0.1, 0.0, True,
        None if companies is None else frozenset(companies),
    )  # fmt: skip
    schema = SchemaPlan(Action.NOTHING, (), (), (), 0, 0, 0.0)
    done = Publication("Books", "an-id", datetime.now(UTC), 0.1, schema, (table,), ())
    with dg.DagsterInstance.ephemeral() as instance:
        for realm_id in ("1", "2"):
            instance.report_runless_asset_event(dg.AssetMaterialization(power_bi_key("Customer"), partition=realm_id))

        events = list(published_tables(done, ["1", "2", "3"], instance))

    assert {one.partition for one in events} == told
