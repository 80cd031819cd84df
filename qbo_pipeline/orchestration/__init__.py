"""Dagster over all of it: assets, checks, jobs and sensors. Everything else of the product works without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import dagster as dg

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.checks import shipped_checks
from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.orchestration.assets import quickbooks_assets
from qbo_pipeline.orchestration.checks import quickbooks_checks
from qbo_pipeline.orchestration.connections import connected_companies, connection_checks
from qbo_pipeline.orchestration.finance_assets import finance_assets
from qbo_pipeline.orchestration.finance_checks import finance_checks
from qbo_pipeline.orchestration.jobs import full_refresh, sync_changes
from qbo_pipeline.orchestration.partitions import CompanyMonths
from qbo_pipeline.orchestration.power_bi_assets import power_bi_assets
from qbo_pipeline.orchestration.power_bi_checks import power_bi_checks
from qbo_pipeline.orchestration.publish_job import publish, publish_every_week, unpublished_changes
from qbo_pipeline.orchestration.reconcile_job import reconcile, reconcile_every_night
from qbo_pipeline.orchestration.report_assets import report_assets
from qbo_pipeline.orchestration.run_failure import run_failure
from qbo_pipeline.orchestration.run_retention import every_night, forget_runs
from qbo_pipeline.orchestration.sensors import change_data_capture, webhook_files
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.orchestration.tableau_assets import tableau_assets
from qbo_pipeline.orchestration.tableau_checks import tableau_checks
from qbo_pipeline.orchestration.tableau_events import events_of_tableau, tableau_events
from qbo_pipeline.orchestration.webhook_job import apply_webhooks
from qbo_pipeline.quickbooks.catalogue.model import Entity

__all__ = ["QuickBooksBooks", "build_definitions"]


def build_definitions(
    entities: Sequence[Entity], first_month: date, books: QuickBooksBooks | None = None
) -> dg.Definitions:
    """Everything Dagster is to know, for these entities and months from `first_month` to the current one."""
    months = CompanyMonths(first_month)
    models, checks = shipped(), shipped_checks()
    changes, told = sync_changes(entities, months, models), apply_webhooks(entities, months, models)
    reports, finance = report_assets(), finance_assets(models)
    power_bi, tableau = power_bi_assets(SEMANTIC_MODEL), tableau_assets(SEMANTIC_MODEL)
    proof = reconcile(models, checks)
    old_runs = forget_runs(
        [changes.name, told.name, proof.name, publish.name, tableau_events.name],
        [key for one in (reports, finance, power_bi, tableau) for key in sorted(one.keys)],
    )
    return dg.Definitions(
        assets=[
            quickbooks_assets(entities, months),
            reports,
            finance,
            power_bi,
            tableau,
        ],
        asset_checks=[
            quickbooks_checks(entities, months),
            connection_checks(),
            finance_checks(checks),
            power_bi_checks(),
            tableau_checks(),
        ],
        jobs=[full_refresh(entities, months, models, checks), changes, told, proof, publish, tableau_events, old_runs],
        schedules=[reconcile_every_night(proof), publish_every_week, every_night(old_runs)],
        sensors=[
            connected_companies(entities, months),
            change_data_capture(entities, changes),
            webhook_files(told),
            unpublished_changes,
            events_of_tableau,
            run_failure,
        ],
        resources={"books": books or QuickBooksBooks()},
        # A run is one or two steps that share a session: a process for each would only cost its start.
        executor=dg.in_process_executor,
    )
