"""Dagster's launcher of runs, which also knows when the process of a run is gone.

A run is a process below the code server. When both are killed at once, by a power cut or with the whole of Dagster,
nobody is left who could tell, and Dagster's default launcher never asks: the run counts as started for ever, takes one
of the places for runs, and keeps change data capture, which waits for it, from asking about its company again. Run
monitoring fails such runs where the launcher can say that they are gone. So it is with runs that a process executes
itself, as the listener and the demo do, and that no code server ever had. Drop this when Dagster's can.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, DagsterRun, MetadataValue
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

from qbo_pipeline.orchestration.runs import is_of_this_machine

_ANSWER_SECONDS = 20
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104  nothing is bound to


class WatchedRunLauncher(DefaultRunLauncher):
    """Starts runs as Dagster does, and asks the code server that started one whether it still has it."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """How the process of a started run is. Runs of other machines that nobody launched count as running."""
        client: DagsterGrpcClient | None = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if client is None:
            if is_of_this_machine(run.tags) and _has_lost_its_process(self._instance, run):
                return CheckRunHealthResult(WorkerStatus.FAILED, "the process that executed it is gone")
            return CheckRunHealthResult(WorkerStatus.RUNNING, "another process executes it and answers for it")
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=_ANSWER_SECONDS)
        except DagsterUserCodeUnreachableError as error:
            if _is_gone(error):
                return CheckRunHealthResult(WorkerStatus.FAILED, "the code server that executed it is gone")
            return CheckRunHealthResult(WorkerStatus.RUNNING, "the code server is slow to answer")
        if deserialize_value(answer, CanCancelExecutionResult).can_cancel:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        # Where definitions were reloaded the new server is asked, and the one before goes on with its runs.
        is_here = client.socket is not None or client.host in _THIS_MACHINE
        if is_here and _has_process(self._instance, run):
            return CheckRunHealthResult(WorkerStatus.RUNNING, "a code server before a reload executes it")
        return CheckRunHealthResult(WorkerStatus.FAILED, "the code server does not execute it any more")


def _is_gone(error: DagsterUserCodeUnreachableError) -> bool:
    """Whether nobody listens where the server was, in contrast to an answer that is late."""
    code = getattr(error.__cause__, "code", None)
    return code is not None and code().name == "UNAVAILABLE"


def _has_process(instance: DagsterInstance, run: DagsterRun) -> bool:
    """Whether the process that wrote down that it executes a run is there; never on Windows, which cannot be asked so.

    It was born after the run was asked for and before it wrote that, or it is another that has its number by now.
    """
    record, noted = instance.get_run_record_by_id(run.run_id), _process_of(instance, run)
    if record is None or noted is None or sys.platform == "win32":
        return False
    pid, written = noted
    return _is_alive(pid, record.create_timestamp.timestamp() - _CLOCKS_DIFFER, written + _CLOCKS_DIFFER)


def _has_lost_its_process(instance: DagsterInstance, run: DagsterRun) -> bool:
    """Whether the process that made a run to execute it, as the listener and the demo do, is there no more.

    It was born before it made the run.
    """
    noted = _process_of(instance, run)
    if noted is None or sys.platform == "win32":
        return False
    pid, written = noted
    return not _is_alive(pid, 0, written + _CLOCKS_DIFFER)


def _process_of(instance: DagsterInstance, run: DagsterRun) -> tuple[int, float] | None:
    """The process that wrote down that it executes a run, and when it wrote that."""
    for entry in instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
        pid = None if entry.dagster_event is None else entry.dagster_event.engine_event_data.metadata.get("pid")
        if isinstance(pid, MetadataValue) and str(pid.value).isdigit():
            return int(str(pid.value)), entry.timestamp
    return None


_CLOCKS_DIFFER = 2.0
"""Seconds by which the kernel's notion of when something began may differ from the clock's."""


def _is_alive(pid: int, earliest: float, latest: float) -> bool:
    """Whether a process lives that was born between two instants, where the system tells that."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        booted = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    except (OSError, StopIteration):
        return not Path("/proc/self/stat").exists() and _answers(pid)
    state, *fields = stat.rpartition(")")[2].split()
    born = int(booted.split()[1]) + int(fields[18]) / os.sysconf("SC_CLK_TCK")
    return state != "Z" and earliest <= born <= latest


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
