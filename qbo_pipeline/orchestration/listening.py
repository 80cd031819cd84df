"""`qbo-pipeline listen`: a warm process that applies webhooks the moment they arrive, as runs of the same job.

Its runs are executed in this process, on the instance that the UI shows. A run that the daemon starts needs seconds
before its first line of ours: a process, Dagster, the definitions. Here all of that is there already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from qbo_pipeline.orchestration.runs import of_this_machine
from qbo_pipeline.settings import Settings

if TYPE_CHECKING:
    from qbo_pipeline.ingestion.webhook_files import WebhookFiles

LISTENER_TAG = "qbo_pipeline/listener"
"""Tag of the runs a listener, or a publisher beside it, executes itself."""
DESTINATION_TAG = "qbo_pipeline/destination"
"""Tag of such a publisher's runs: where it publishes to."""

LOOK_EVERY = 0.1
"""Seconds between two looks at the inbox; each lists one folder."""

APPLIES_FOR = 5.0
"""Seconds for which a run goes on to take what arrives; then what it brought goes on to the dashboards."""

LONGEST_PAUSE = 30.0
"""Seconds that a listener which can do nothing waits at most until it tries again."""

AFTER_A_FAILURE = 60.0
"""Seconds before a publication that failed is tried again, unless there is something new."""

QUIET = 60.0
"""Seconds without a change after which totals are compared, here and by the sensor.

What that takes, the next change would have to wait for.
"""

_QUIETLY: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


class AlreadyListeningError(Exception):
    """Another listener works on this data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"A listener works on {folder} already; a second one would only wait for it.")


def is_listened_to(settings: Settings) -> bool:
    """Whether a listener lives, which takes deliveries faster than any run that is yet to start."""
    from qbo_pipeline.state.process_lock import is_held

    return is_held(settings.data.listener_lock)


@contextmanager
def applying(settings: Settings) -> Iterator[None]:
    """While a run takes whatever arrives. Two that do so do no harm: each delivery is claimed by one."""
    from qbo_pipeline.state.process_lock import held

    with held(settings.data.applying_lock):
        yield


def is_being_applied(settings: Settings) -> bool:
    """Whether a run takes whatever arrives, sooner than any that is yet to start."""
    from qbo_pipeline.state.process_lock import is_held

    return is_held(settings.data.applying_lock)


def is_published_for(settings: Settings, destination: str) -> bool:
    """Whether a process lives that publishes whatever changes there, faster than any run that is yet to start."""
    from qbo_pipeline.state.process_lock import is_held

    return is_held(settings.data.publisher_lock(destination))


@contextmanager
def listening(settings: Settings, instance: dg.DagsterInstance, job: str) -> Iterator[None]:
    """Be the listener of the data folder until the block ends, or the process.

    Runs that a listener which died left unfinished are told as failed: what they had claimed is back in the inbox.

    Raises:
        AlreadyListeningError: there is one.
    """
    from qbo_pipeline.state.process_lock import held

    # The wait is for those who only look whether it is held.
    with held(settings.data.listener_lock, wait_seconds=1.0) as lock:
        if lock is None:
            raise AlreadyListeningError(settings.data.webhooks)
        _end_runs(
            instance, job, {LISTENER_TAG: "yes"},
            "The listener that executed this run was ended. Its deliveries wait again.",
        )  # fmt: skip
        yield


def _end_runs(instance: dg.DagsterInstance, job: str, tags: Mapping[str, str], why: str) -> None:
    """Tell runs that nobody executes any more as failed."""
    for run in instance.get_runs(dg.RunsFilter(job_name=job, tags=dict(tags), statuses=_IN_EXECUTION)):
        instance.report_run_failed(run, why)


def listen(
    files: WebhookFiles,
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    go_on: Callable[[], bool],
    told: Callable[[Exception], None],
) -> Iterator[dg.ExecuteInProcessResult]:
    """Execute the job whenever something waits, while `go_on`; yields each run when it is over.

    What keeps the inbox, the state store or Dagster's own from being used, such as a full disk or a database that
    starts anew, is `told` and waited for: nobody else may be there to apply what arrives. So is what keeps a run from
    claiming anything at all, which would be tried ten times a second.
    """
    pause, interrupted = 0.0, False
    while go_on():
        run, stuck = None, False
        try:
            if interrupted:
                _end_runs(instance, job.name, {LISTENER_TAG: "yes"}, "What this run did could not be noted.")
                interrupted = False
            waiting = files.waiting()
            if waiting.files:
                run = job.execute_in_process(
                    instance=instance, run_config=_QUIETLY, raise_on_error=False,
                    tags={LISTENER_TAG: "yes", **of_this_machine()},
                )  # fmt: skip
                stuck = not run.success and files.waiting() == waiting
        except Exception as error:
            if not _is_of_a_store(error):
                raise
            told(error)
            stuck = interrupted = True
        if run is not None:
            yield run
        pause = min(max(2 * pause, 1.0), LONGEST_PAUSE) if stuck else 0.0
        until = time.monotonic() + pause
        while time.monotonic() < until and go_on():
            time.sleep(LOOK_EVERY)
        if run is None and not stuck:
            time.sleep(LOOK_EVERY)


def _is_of_a_store(error: BaseException | None) -> bool:
    """Whether an error says, by itself or by what caused it, that a disk or a database cannot be used now.

    Dagster's storage on Postgres raises one of its own once it has tried several times.
    """
    while error is not None:
        if isinstance(error, OSError | SQLAlchemyError):
            return True
        error = error.__cause__
    return False


@contextmanager
def publishing(settings: Settings, instance: dg.DagsterInstance, destination: str, job: str) -> Iterator[None]:
    """Be the one who publishes to a destination whatever changes until the block ends, or the process.

    Runs that a publisher which died left unfinished are told as failed: what they had begun is in the outbox.

    Raises:
        AlreadyListeningError: there is one.
    """
    from qbo_pipeline.state.process_lock import held

    with held(settings.data.publisher_lock(destination), wait_seconds=1.0) as lock:
        if lock is None:
            raise AlreadyListeningError(settings.data.warehouse)
        _end_runs(
            instance, job, {LISTENER_TAG: "yes", DESTINATION_TAG: destination},
            "The process that executed this run was ended. The next one goes on with what it had begun.",
        )  # fmt: skip
        yield


def publish_changes(
    settings: Settings, destination: str, job: dg.JobDefinition, instance: dg.DagsterInstance, go_on: Callable[[], bool]
) -> Iterator[dg.ExecuteInProcessResult]:
    """Execute a destination's step of the job whenever it does not show the warehouse, while `go_on`; yields each run.

    Rows go at once. Totals are compared once nothing changed for a while, or where they were not for long. What failed
    is tried again after a pause, or as soon as there is something new.
    """
    from qbo_pipeline.publishing.snapshot import warehouse_state
    from qbo_pipeline.publishing.standing import COMPARED_AT_LEAST_EVERY, uncompared, unpublished

    def run(*, compare: bool) -> dg.ExecuteInProcessResult:
        step = f"publish_to_{destination}"
        config = {**_QUIETLY, "ops": {step: {"config": {"compare_totals": compare}}}}
        return job.execute_in_process(
            instance=instance, op_selection=[step], run_config=config, raise_on_error=False,
            tags={LISTENER_TAG: "yes", DESTINATION_TAG: destination, **of_this_machine()},
        )  # fmt: skip

    shown, compared, failed, again_at = None, None, None, 0.0
    shown_at, compared_at = 0.0, time.monotonic()
    while go_on():
        # The state store is opened for a state that is not known to be published, not with every look.
        state, now = warehouse_state(settings.data.warehouse), time.monotonic()
        if state is None or state == compared or (state == failed and now < again_at):
            time.sleep(LOOK_EVERY)
        elif state != shown and unpublished(settings, destination) is not None:
            done = run(compare=False)
            shown, shown_at = (state, time.monotonic()) if done.success else (shown, shown_at)
            failed, again_at = (None, 0.0) if done.success else (state, time.monotonic() + AFTER_A_FAILURE)
            yield done
        elif now - shown_at < QUIET and now - compared_at < COMPARED_AT_LEAST_EVERY:
            shown = state
            time.sleep(LOOK_EVERY)
        elif uncompared(settings, destination) is None:
            shown = compared = state
        else:
            done = run(compare=True)
            shown, compared_at = state, time.monotonic()
            if uncompared(settings, destination) is None:
                compared = state
            elif not done.success:
                failed, again_at = state, time.monotonic() + AFTER_A_FAILURE
            yield done


_IN_EXECUTION = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
"""A listener's runs are never queued, and one that was to be cancelled is nobody's either when the listener is gone."""
