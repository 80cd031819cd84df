"""Failed runs are told in one place, whatever started them."""

from __future__ import annotations

import dagster as dg

from qbo_pipeline.orchestration.jobs import COMPANY_TAG


@dg.run_failure_sensor(
    name="run_failure",
    description="Tells of every failed run what ended it: an error in the log of this sensor and in the daemon's "
    "output, for whoever watches logs. It begins with FAILED.",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def run_failure(context: dg.RunFailureSensorContext) -> None:
    """Write one error for the run."""
    run = context.dagster_run
    realm_id = run.tags.get(COMPANY_TAG)
    causes = [cause_of(event) for event in context.get_step_failure_events()]
    context.log.error(
        f"FAILED: {run.job_name}{f' of company {realm_id}' if realm_id else ''}, run {run.run_id}: "
        + ("\n".join(causes) or context.failure_event.message or "its process ended without a word")
    )


def cause_of(event: dg.DagsterEvent) -> str:
    """What ended a step: what our own errors say of themselves, or a bug with its traceback."""
    told = event.step_failure_data
    if told.user_failure_data is not None and told.user_failure_data.description:
        return told.user_failure_data.description
    return told.error_display_string.strip()
