"""Dagster's launcher of runs, which also knows when the process of a run is gone.

A run is a process below the code server. When both are killed at once, by a power cut or with the whole of Dagster,
nobody is left who could tell, and Dagster's default launcher never asks: the run counts as started for ever, takes one
of the places for runs, and keeps change data capture, which waits for it, from asking about its company again. Run
monitoring fails such runs where the launcher can say that they are gone. Drop this when Dagster's can.
"""

from __future__ import annotations

from dagster import DagsterRun
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

_ANSWER_SECONDS = 20


class WatchedRunLauncher(DefaultRunLauncher):
    """Starts runs as Dagster does, and asks the code server that started one whether it still has it."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """How the process of a started run is. Runs of other launchers, as the listener's are, count as running."""
        client: DagsterGrpcClient | None = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if client is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "another process executes it and answers for it")
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=_ANSWER_SECONDS)
        except DagsterUserCodeUnreachableError as error:
            if _is_gone(error):
                return CheckRunHealthResult(WorkerStatus.FAILED, "the code server that executed it is gone")
            return CheckRunHealthResult(WorkerStatus.RUNNING, "the code server is slow to answer")
        if deserialize_value(answer, CanCancelExecutionResult).can_cancel:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "the code server does not execute it any more")


def _is_gone(error: DagsterUserCodeUnreachableError) -> bool:
    """Whether nobody listens where the server was, in contrast to an answer that is late."""
    code = getattr(error.__cause__, "code", None)
    return code is not None and code().name == "UNAVAILABLE"
