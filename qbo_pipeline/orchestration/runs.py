"""Which runs are under way, and on which machine those are that a process executes itself."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

import dagster as dg

_NOT_BEGUN = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
_UNFINISHED = [*_NOT_BEGUN, dg.DagsterRunStatus.STARTED]

MACHINE_TAG = "qbo_pipeline/machine"
"""Tag of the runs that the process which made them executes: where its number means that process."""


def of_this_machine() -> dict[str, str]:
    """The tag of runs that this process executes itself: when it is gone, run monitoring can tell."""
    return {MACHINE_TAG: _machine()}


def is_of_this_machine(tags: Mapping[str, str]) -> bool:
    """Whether a run with these tags is executed by a process whose number means the same here."""
    return tags.get(MACHINE_TAG) == _machine()


def _machine() -> str:
    """The machine, and on Linux the container: each counts its processes anew."""
    container = ""
    with suppress(OSError, AttributeError):
        container = os.readlink("/proc/self/ns/pid")
    return f"{socket.gethostname()} {container}".strip()


def is_under_way(instance: dg.DagsterInstance, job: str, tags: Mapping[str, str] | None = None) -> bool:
    """Whether a run of a job, with these tags, waits or works."""
    return instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=_UNFINISHED, tags=dict(tags or {}))) > 0


def is_about_to_begin(instance: dg.DagsterInstance, job: str, since: datetime) -> bool:
    """Whether a run of a job was asked for since then and has not begun, or waits in the queue, however long."""
    queued = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.QUEUED])
    lately = dg.RunsFilter(job_name=job, statuses=_NOT_BEGUN, created_after=since)
    return any(instance.get_runs_count(one) > 0 for one in (queued, lately))
