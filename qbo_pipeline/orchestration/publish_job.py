"""Publishing by itself: the step that follows a load, the job that does nothing else, and what starts it."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.destinations import (
    DESTINATIONS,
    Compare,
    Destination,
    Told,
    publish_staggered,
)
from qbo_pipeline.orchestration.failures import is_ours, told_in_dagster
from qbo_pipeline.orchestration.listening import QUIET, is_published_for
from qbo_pipeline.orchestration.runs import is_under_way
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings

HURRIED_SECONDS = 20.0
"""How long a run that brought changes waits for a destination's limits; what is left is published by the job."""

AFTER_A_FAILURE = timedelta(minutes=5)
"""How long the sensor waits before it has what failed tried again."""

WANTED_TAG = "qbo_pipeline/wanted"
"""Tag of the runs that the sensor asks for: what of which state is to be published where."""

Published = Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]]


@dg.op(ins={"loaded": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
def publish_changes(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> Published:
    """Bring what was loaded to the destinations at once. What holds it up fails no load: the job `publish` sees to it.

    Totals are compared by that job, too, as soon as nothing newer waits.
    """
    settings = books.session().settings
    if settings.data.warehouse.exists():
        waiting = [one for one in _configured(settings) if not is_published_for(settings, one.name)]
        for destination, done in publish_staggered(settings, waiting, HURRIED_SECONDS):
            if done is None:
                context.log.info(f"{destination.title} shows all of it.")
            elif isinstance(done, Exception):
                context.log.warning(f"Not published to {destination.title} yet: {done}")
            else:
                yield from _told(context, books, done)
    yield dg.Output(None)


def _publish_to(destination: Destination) -> dg.OpDefinition:
    """The step that publishes to one destination."""

    @dg.op(
        name=f"publish_to_{destination.name}",
        description=f"Bring everything that {destination.title} does not show yet there, as patiently as its limits "
        "ask for; then compare all totals, unless something newer waits.",
        out=dg.Out(dg.Nothing),
        config_schema={
            "compare_totals": dg.Field(bool, default_value=True, description="Whether totals are compared afterwards."),
            "everything": dg.Field(bool, default_value=False, description="Whether all is sent, changed or not."),
        },
    )
    def publish_to(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> Published:
        settings = books.session().settings
        if destination.is_configured(settings):
            with told_in_dagster(f"The books could not be published to {destination.title}", context.retry_number):
                done = destination.publish(
                    settings,
                    None,
                    _compare(settings, destination, asked=context.op_config["compare_totals"]),
                    context.op_config["everything"],
                )
            yield from _told(context, books, done)
        yield dg.Output(None)

    return publish_to


_STEPS = [_publish_to(destination) for destination in DESTINATIONS]


@dg.job(description="Publish to each destination what it does not show yet, and compare all totals.")
def publish() -> None:
    """The job."""
    for step in _STEPS:
        step()


@dg.schedule(
    job=publish,
    name="publish_every_week",
    cron_schedule="20 5 * * 0",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks through every table and compares every total, whether anything is known to have changed or not; "
    "publishes Tableau's data source as a whole.",
)
def publish_every_week(books: dg.ResourceParam[QuickBooksBooks]) -> dg.RunRequest | dg.SkipReason:
    """Once a week."""
    if not _configured(books.session().settings):
        return dg.SkipReason("No destination is configured.")
    steps = {step.name: {"config": {"everything": True}} for step in _STEPS}
    return dg.RunRequest(run_config={"ops": steps})


@dg.sensor(
    name="unpublished_changes",
    description="Publishes what the warehouse shows and a destination does not: after loads from anywhere, after "
    "failures; and has totals compared once nothing changes any more.",
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
        configured = _configured(settings)
    except Exception as error:
        if not is_ours(error):
            raise
        return dg.SkipReason(str(error))
    if not configured:
        return dg.SkipReason("No destination is configured.")
    reasons: list[str] = []
    for destination in configured:
        wanted = _wanted(context, settings, destination)
        if isinstance(wanted, dg.RunRequest):
            return wanted
        reasons.append(str(wanted.skip_message))
    return dg.SkipReason(" ".join(reasons))


def _wanted(
    context: dg.SensorEvaluationContext, settings: "Settings", destination: Destination
) -> dg.RunRequest | dg.SkipReason:
    """The run that one destination needs, or why it needs none."""
    from qbo_pipeline.publishing.standing import is_overdue, last_failure, last_publication, uncompared, unpublished

    now, overdue = datetime.now(UTC), is_overdue(settings, destination.name)
    state, comparing = unpublished(settings, destination.name), False
    if state is None:
        state, comparing = uncompared(settings, destination.name), True
        last = last_publication(settings, destination.name)
        if state is None or last is None:
            return dg.SkipReason(f"{destination.title} shows what the warehouse shows.")
        if now - last.finished_at < timedelta(seconds=QUIET) and not overdue:
            return dg.SkipReason(f"{destination.title} shows what the warehouse shows; totals are compared soon.")
    failed = last_failure(settings, destination.name)
    if failed is not None and now - failed.finished_at < AFTER_A_FAILURE:
        return dg.SkipReason(f"Tried again later: {failed.told}")
    if _under_way(context.instance, overdue=overdue) or (
        failed is None and is_published_for(settings, destination.name)
    ):
        return dg.SkipReason("It is being published.")
    since = f"{0 if failed is None else failed.started_at.timestamp():.0f}"
    place = hashlib.sha256(str(settings.place_of(destination.name)).encode()).hexdigest()[:8]
    wanted = f"{destination.name} {place} {state} {'compare' if comparing else 'publish'} {since}"
    return _run_for(context.instance, wanted, now)


def _run_for(instance: dg.DagsterInstance, wanted: str, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """One run for what is wanted, and another, after a pause, where that was ended before it could tell what came of
    it: killed, or cancelled. Dagster starts none for a key that it has seen, however the run with it ended."""
    ended = dg.RunsFilter(
        tags={WANTED_TAG: wanted}, statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    )
    tries = instance.get_runs_count(ended)
    if tries and instance.get_run_records(ended, limit=1)[0].update_timestamp > now - AFTER_A_FAILURE:
        return dg.SkipReason("Tried again later: the run that was to publish it was ended.")
    return dg.RunRequest(run_key=f"{wanted} {tries}", tags={WANTED_TAG: wanted})


def _configured(settings: "Settings") -> list[Destination]:
    return [one for one in DESTINATIONS if one.is_configured(settings)]


def _compare(settings: "Settings", destination: Destination, *, asked: bool) -> Compare:
    from qbo_pipeline.publishing.standing import unless_newer

    return unless_newer(settings, destination.name) if asked else lambda: False


def _told(context: dg.OpExecutionContext, books: QuickBooksBooks, done: Told) -> Published:
    context.log.info(done.line)
    yield from done.events([one.realm_id for one in books.session().companies()], context.instance)


def _under_way(instance: dg.DagsterInstance, *, overdue: bool) -> bool:
    """Whether a run that will publish is loading or publishing right now.

    Runs that bring changes may follow one another without a pause, and what they leave, as totals, is left to the job:
    once it is overdue it waits for them no longer. In the middle of a load of everything nothing is published.
    """
    jobs = [publish.name, "full_refresh", *(() if overdue else ("apply_webhooks", "sync_changes"))]
    return any(is_under_way(instance, name) for name in jobs)
