"""The job that proves the books: QuickBooks' own reports are pulled, the models built, their invariants judged."""

from collections.abc import Iterator, Sequence

import dagster as dg

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.check_files import Check
from qbo_pipeline.orchestration.asset_identity import WAREHOUSE_WRITER
from qbo_pipeline.orchestration.connections import warn_of_endings
from qbo_pipeline.orchestration.failures import are_final, raise_in_dagster
from qbo_pipeline.orchestration.finance_assets import all_models
from qbo_pipeline.orchestration.finance_checks import fail_on, judge_books
from qbo_pipeline.orchestration.jobs import COMPANIES_CHOSEN, connected_companies
from qbo_pipeline.orchestration.publish_job import publish_changes
from qbo_pipeline.orchestration.report_assets import pulled_reports, told
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks


def reconcile(models: Models, checks: Sequence[Check]) -> dg.JobDefinition:
    """The job that pulls the reports of every connected company, builds the models and judges the books."""

    @dg.op(pool=WAREHOUSE_WRITER, out=dg.Out(dg.Nothing), config_schema={"companies": COMPANIES_CHOSEN})
    def pull_and_build(
        context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]]:
        """Ask for the statements of every month and for the legs of those that changed, and build on them."""
        session = books.session()
        realm_ids = connected_companies(session, context.instance, context.op_config["companies"])
        warn_of_endings(context.log, session, realm_ids)
        pulled = told(context, session.reports.pull_all(realm_ids, context.run_id))
        yield from pulled_reports(pulled)
        if session.settings.data.warehouse.exists():
            yield from all_models(models, session)
        if pulled.errors:
            if are_final(pulled.errors, context.retry_number):
                # No step comes after one that fails. The books of all are judged even so: one company whose connection
                # ended must not leave the others unproven.
                yield from judge_books(checks, books, {})
            raise_in_dagster("Not all reports could be pulled", pulled.errors, context.retry_number)
        yield dg.Output(None)

    @dg.op(ins={"built": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
    def check_books(
        context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
        """Judge every invariant of the books; fail when one that blocks does not hold."""
        broken: dict[str, str] = {}
        yield from judge_books(checks, books, broken)
        fail_on(broken)
        yield dg.Output(None)

    @dg.job(description="Pull QuickBooks' own reports, build the finance models and prove the books against them.")
    def reconcile() -> None:
        publish_changes(loaded=check_books(built=pull_and_build()))

    return reconcile


def reconcile_every_night(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The schedule of that job. It is on: who comes in the morning finds the books proven, for few calls a company."""

    @dg.schedule(
        job=job,
        name="reconcile_every_night",
        cron_schedule="40 4 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Proves the books of every company against QuickBooks' own reports.",
    )
    def every_night(books: dg.ResourceParam[QuickBooksBooks]) -> dg.RunRequest | dg.SkipReason:
        if not books.session().companies():
            return dg.SkipReason("No company is connected.")
        return dg.RunRequest()

    return every_night
