"""What Tableau tells by webhook: the job that confirms and applies it, and the sensor that starts it."""

from datetime import UTC, datetime

import dagster as dg

from qbo_pipeline.orchestration.failures import is_ours, told_in_dagster
from qbo_pipeline.orchestration.runs import is_under_way
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.tableau.installed import unpublished_because

_ASKED_AGAIN_EVERY = 60
"""Seconds after which another run is asked for while the same still waits."""


@dg.op(out=dg.Out(dg.Nothing))
def apply_what_tableau_tells(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> None:
    """Confirm each event at Tableau, go on with ordered refreshes, and tell of those that failed.

    The step fails where a refresh failed that nobody was told of yet: that is how people see it, once.
    """
    settings = books.session().settings
    if unpublished_because(settings) is not None:
        return
    from qbo_pipeline.state.store import StateStore
    from qbo_pipeline.tableau.webhooks.apply import apply_waiting, reported

    with told_in_dagster("What Tableau tells could not be confirmed", context.retry_number):
        done = apply_waiting(settings)
    for event in done.events:
        context.log.info(
            f"{event.file}: {event.event or 'no event'} of {event.resource}: {event.outcome.value}, {event.told}"
        )
    for refresh in done.refreshes:
        context.log.info(f"Workbook {refresh.name}: {refresh.outcome.value}. {refresh.told or ''}")
    if done.alerts:
        with StateStore(settings.state_url) as store:
            reported(store, done.alerts)
        told = "\n".join(
            f"Workbook {one.name}: its refresh failed, {one.failures} in a row, job {one.job}: {one.told} "
            + ("It is not tried again by itself." if one.again_at is None else f"Tried again {one.again_at:%H:%M} UTC.")
            for one in done.alerts
        )
        raise dg.Failure(f"Refreshes at Tableau failed:\n{told}", allow_retries=False)


@dg.job(
    description="Confirm at Tableau what its webhooks tell, refresh what is due, and tell of refreshes that failed."
)
def tableau_events() -> None:
    """The job."""
    apply_what_tableau_tells()


@dg.sensor(
    name="events_of_tableau",
    description="Starts a run when an event of Tableau waits, a refresh is ordered, or one failed unseen.",
    job_name=tableau_events.name,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def events_of_tableau(
    context: dg.SensorEvaluationContext, books: dg.ResourceParam[QuickBooksBooks]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run of the job when there is something to do."""
    settings = books.session().settings
    try:
        if (reason := unpublished_because(settings)) is not None:
            return dg.SkipReason(reason)
    except Exception as error:
        if not is_ours(error):
            raise
        return dg.SkipReason(str(error))
    from qbo_pipeline.tableau.webhooks.apply import something_waits

    if not something_waits(settings):
        return dg.SkipReason("Nothing waits.")
    if is_under_way(context.instance, tableau_events.name):
        return dg.SkipReason("It is being applied.")
    return dg.RunRequest(run_key=f"{datetime.now(UTC).timestamp() // _ASKED_AGAIN_EVERY:.0f}")
