"""Which runs are under way."""

from collections.abc import Mapping
from datetime import datetime

import dagster as dg

_NOT_BEGUN = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
_UNFINISHED = [*_NOT_BEGUN, dg.DagsterRunStatus.STARTED]


def is_under_way(instance: dg.DagsterInstance, job: str, tags: Mapping[str, str] | None = None) -> bool:
    """Whether a run of a job, with these tags, waits or works."""
    return instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=_UNFINISHED, tags=dict(tags or {}))) > 0


def is_about_to_begin(instance: dg.DagsterInstance, job: str, since: datetime) -> bool:
    """Whether a run of a job was asked for since then and has not begun."""
    return instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=_NOT_BEGUN, created_after=since)) > 0
