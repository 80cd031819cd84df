"""Publishing by itself: the step that follows a load, the job that does nothing else, and what starts it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.failures import is_ours, told_in_dagster
from qbo_pipeline.orchestration.listening import is_published_for
from qbo_pipeline.orchestration.power_bi_assets import in_short, published_tables
from qbo_pipeline.orchestration.power_bi_checks import totals_evaluation
from qbo_pipeline.orchestration.runs import is_under_way
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks

if TYPE_CHECKING:
    from qbo_pipeline.power_bi.publish import Publication

HURRIED_SECONDS = 20.0
"""How long a run that brought changes waits for Power BI's limits; what is left then is published by the job."""

AFTER_A_FAILURE = timedelta(minutes=5)
"""How long the sensor waits before it has what failed tried again."""

Published = Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]]


@dg.op(ins={"loaded": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
def publish_changes(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> Published:
    """Bring what was loaded to Power BI at once. What holds it up fails no load: the job `publish` sees to the rest."""
    settings = books.session().settings
    if settings.power_bi is not None and settings.data.warehouse.exists() and not is_published_for(settings):
        try:
            done = _publish(books, HURRIED_SECONDS)
        except Exception as error:
            if not is_ours(error):
                raise
            context.log.warning(f"Not published yet: {error}")
        else:
            yield from _told(context, books, done)
    yield dg.Output(None)


@dg.op(out=dg.Out(dg.Nothing))
def publish_what_changed(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> Published:
    """Bring everything that Power BI does not show yet there, as patiently as its limits ask for."""
    settings = books.session().settings
    if settings.power_bi is not None:
        with told_in_dagster("The books could not be published to Power BI", context.retry_number):
            done = _publish(books, None)
        yield from _told(context, books, done)
    yield dg.Output(None)


@dg.job(description="Publish to Power BI what it does not show yet, and compare all totals three ways.")
def publish() -> None:
    """The job."""
    publish_what_changed()


@dg.schedule(
    job=publish,
    name="publish_every_week",
    cron_schedule="20 5 * * 0",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks through every table and compares every total, whether anything is known to have changed or not.",
)
def publish_every_week(books: dg.ResourceParam[QuickBooksBooks]) -> dg.RunRequest | dg.SkipReason:
    """Once a week."""
    if books.session().settings.power_bi is None:
        return dg.SkipReason("Power BI is not configured.")
    return dg.RunRequest()


@dg.sensor(
    name="unpublished_changes",
    description="Publishes what the warehouse shows and Power BI does not: after loads from anywhere, after failures.",
    job_name=publish.name,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def unpublished_changes(
    context: dg.SensorEvaluationContext, books: dg.ResourceParam[QuickBooksBooks]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run of the job when there is something to publish and nobody about to do it."""
    settings = books.session().settings
    try:
        configured = settings.power_bi is not None
    except Exception as error:
        if not is_ours(error):
            raise
        return dg.SkipReason(str(error))
    if not configured:
        return dg.SkipReason("Power BI is not configured.")
    from qbo_pipeline.power_bi.recorded import last_failure, unpublished

    state = unpublished(settings)
    if state is None:
        return dg.SkipReason("Power BI shows what the warehouse shows.")
    now = datetime.now(UTC)
    failed = last_failure(settings)
    if failed is not None and now - failed.finished_at < AFTER_A_FAILURE:
        return dg.SkipReason(f"Tried again later: {failed.told}")
    if _under_way(context.instance) or (failed is None and is_published_for(settings)):
        return dg.SkipReason("It is being published.")
    return dg.RunRequest(run_key=f"{state} {0 if failed is None else failed.started_at.timestamp():.0f}")


def _publish(books: QuickBooksBooks, within: float | None) -> "Publication":
    from qbo_pipeline.power_bi.recorded import publish_recorded

    return publish_recorded(books.session().settings, within=within)


def _told(context: dg.OpExecutionContext, books: QuickBooksBooks, done: "Publication") -> Published:
    context.log.info(in_short(done))
    yield from published_tables(done, [one.realm_id for one in books.session().companies()])
    yield totals_evaluation(done)


def _under_way(instance: dg.DagsterInstance) -> bool:
    """Whether a run that will publish is loading or publishing right now."""
    return any(
        is_under_way(instance, name) for name in (publish.name, "apply_webhooks", "sync_changes", "full_refresh")
    )
