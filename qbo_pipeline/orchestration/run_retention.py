"""The job that lets go of old runs of the jobs that start by themselves: each leaves some 150 KB, and there are many;
the one that proves the books, each night, leaves 3 MB.

What the warehouse keeps of them, in `audit.sync_run` and beside it, stays for as long as that is kept.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from qbo_pipeline.orchestration.jobs import WHOLE_TAG
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks

_AT_ONCE = 100
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_runs(jobs: Sequence[str], told: Sequence[dg.AssetKey]) -> dg.JobDefinition:
    """The job that forgets ended runs of `jobs`, and of its own.

    Of the assets `told` the run stays that told of a partition last: hardly another job tells of them, and a table that
    seldom changes would count as never published, reports of a company that was disconnected as never pulled.
    """
    forgotten = (*jobs, "forget_runs")

    @dg.op(out=dg.Out(dg.Nothing))
    def forget_ended_runs(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> None:
        """Remove ended runs with their events and logs, once they are older than QBO_RUN_RETENTION_DAYS."""
        days = books.session().settings.run_retention_days
        if not days:
            context.log.info("Runs are kept for ever (QBO_RUN_RETENTION_DAYS=0).")
            return
        before = datetime.now(UTC) - timedelta(days=days)
        last = _told_last(context.instance, told)
        removed = sum(1 for job in forgotten for _ in _forget(context.instance, job, before, last))
        context.log.info(f"{removed:,} runs from before {before:%Y-%m-%d %H:%M} UTC removed.")

    @dg.job(description="Remove old runs of the jobs that start by themselves.")
    def forget_runs() -> None:
        forget_ended_runs()

    return forget_runs


def every_night(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The schedule of that job."""
    return dg.ScheduleDefinition(
        name="forget_runs_every_night",
        job_name=job.name,
        cron_schedule="20 3 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Removes old runs of the jobs that start by themselves.",
    )


def _told_last(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> set[str]:
    """The runs that told last of each asset, or of each of its partitions."""
    runs = set()
    for key in keys:
        latest = instance.event_log_storage.get_latest_storage_id_by_partition(
            key, dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        newest = instance.get_latest_materialization_event(key)
        if newest is not None:
            runs.add(newest.run_id)
        if latest:
            records = dg.AssetRecordsFilter(key, storage_ids=list(latest.values()))
            runs |= {one.run_id for one in instance.fetch_materializations(records, limit=len(latest)).records}
    return runs


def _forget(instance: dg.DagsterInstance, job: str, before: datetime, last: Collection[str]) -> Iterator[str]:
    old = dg.RunsFilter(job_name=job, statuses=_ENDED, updated_before=before)
    last_kept: str | None = None
    while runs := instance.get_runs(old, cursor=last_kept, limit=_AT_ONCE):
        for run in runs:
            # Its partitions would count as never loaded, and be checked no more, or as never published.
            if WHOLE_TAG in run.tags or run.run_id in last:
                last_kept = run.run_id
                continue
            instance.compute_log_manager.delete_logs(prefix=[run.run_id])
            instance.delete_run(run.run_id)
            yield run.run_id
