"""Waiting for asynchronous jobs, and finding the one whose answer got lost.

A job is judged by `completedAt` alone: the first answer of a job that has not begun can carry a finish code. It is
asked after less and less often, and rarely once most of the day's 20,000 questions are spent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from qbo_pipeline.tableau.answers import Job
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import ForbiddenError, JobFailedError, JobTimeoutError, NotFoundError
from qbo_pipeline.tableau.limits import Limited
from qbo_pipeline.tableau.manner import JobPatience

logger = logging.getLogger(__name__)

_CLOCKS_APART = timedelta(minutes=5)
"""How far Tableau's clock may be behind ours."""
_ASKED_AT_MOST = 20


def wait_for_job(
    client: TableauClient,
    job_id: str,
    told: str,
    patience: JobPatience,
    *,
    sleep: Callable[[float], None] = time.sleep,
    tell: Callable[[Job], None] = lambda _: None,
) -> Job:
    """The job, ended well.

    Args:
        client: of the site.
        job_id: which one.
        told: what it does, in words, for errors.
        patience: how often it is asked after, and for how long.
        sleep: waits.
        tell: is told of every answer; for progress, and to go on holding what is held meanwhile.

    Raises:
        JobFailedError: it failed or was cancelled. JobTimeoutError: it did not end in time.
        NotFoundError: Tableau does not know it. RequestError, SignInError: Tableau cannot be asked.
    """
    waited, pause = 0.0, patience.first
    while True:
        if client.windows.usage(Limited.JOB_STATUS).nearly_spent:
            pause = patience.longest
        sleep(pause)
        waited += pause
        job = client.job(job_id)
        tell(job)
        if job.completed_at is not None:
            if job.succeeded:
                return job
            raise JobFailedError(told, job_id, job.notes, cancelled=job.cancelled)
        if waited >= patience.within:
            raise JobTimeoutError(told, job_id, waited)
        pause = min(pause * patience.factor, patience.longest)


def lost_jobs(
    client: TableauClient, kind: str, sent_at: datetime, known: Collection[str], luid: str | None, name: str,
    until: datetime | None = None,
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Jobs that a request without an answer may have made: those that say they are about it, and those that do not say.

    Args:
        client: of the site.
        kind: of the job, `PublishDatasource`.
        sent_at: when the request left, by our clock.
        known: ids of jobs that were made by other requests.
        luid: of what it publishes, where it was there before.
        name: its name.
        until: those that were made later are others', where an instant is given.

    Raises:
        ForbiddenError: jobs may not be listed. Others: see `TableauClient.call`.
    """
    wanted = _plain(kind)
    found = [
        one for one in client.jobs_since(sent_at - _CLOCKS_APART) if _plain(one.kind) == wanted and one.id not in known
    ]
    if until is not None:
        found = [one for one in found if one.created_at is None or one.created_at <= until]
    found.sort(key=lambda one: one.created_at or sent_at, reverse=True)
    ours: list[str] = []
    unsure: list[str] = []
    for one in found[:_ASKED_AT_MOST]:
        if one.title:
            ours += [one.id] if one.title == name else []
            continue
        try:
            job = client.job(one.id)
        except (NotFoundError, ForbiddenError):
            continue
        if (luid is not None and luid in job.about) or (luid is None and name in job.about):
            ours.append(one.id)
        elif not job.about:
            unsure.append(one.id)
    return ours, unsure


def _plain(kind: str) -> str:
    return kind.lower().replace("_", "").replace(" ", "")
