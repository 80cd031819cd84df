"""A run whose process is gone does not count as running for ever."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._daemon.monitoring.run_monitoring import monitor_started_run
from dagster._grpc.types import CanCancelExecutionResult
from dagster._serdes import serialize_value

from qbo_pipeline.orchestration import run_launcher
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.orchestration.run_launcher import WatchedRunLauncher
from qbo_pipeline.orchestration.runs import MACHINE_TAG, of_this_machine
from qbo_pipeline.settings import load_settings

GRPC_INFO = ".dagster/grpc_info"
"""The tag that says which code server executes a run."""


@dg.job
def nothing() -> None:
    """A job without steps."""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance as the commands prepare it."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare_instance(load_settings(data_dir=tmp_path))
    with dg.DagsterInstance.get() as instance:
        yield instance


def started(instance: dg.DagsterInstance, **server: object) -> dg.DagsterRun:
    """A run that a code server at this address is said to execute; without one, somebody else does."""
    tags = {GRPC_INFO: json.dumps(server)} if server else {}
    return instance.create_run_for_job(nothing, tags=tags, status=dg.DagsterRunStatus.STARTED)


def health(instance: dg.DagsterInstance, run: dg.DagsterRun) -> WorkerStatus:
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    assert launcher.supports_check_run_worker_health
    return launcher.check_run_worker_health(run).status


def test_a_run_whose_code_server_is_gone_has_failed(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run = started(instance, host="localhost", socket=str(tmp_path / "gone"))

    assert health(instance, run) is WorkerStatus.FAILED


def test_run_monitoring_tells_it_so_that_change_data_capture_goes_on(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    run = started(instance, host="localhost", socket=str(tmp_path / "gone"))
    [record] = instance.get_run_records()

    monitor_started_run(instance, mock.Mock(), record, logging.getLogger(__name__))

    told = instance.get_run_by_id(run.run_id)
    assert told is not None
    assert told.status is dg.DagsterRunStatus.FAILURE


def test_a_code_server_that_is_slow_to_answer_is_believed_to_work(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_launcher, "_ANSWER_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as busy:
        run = started(instance, host="127.0.0.1", port=busy.getsockname()[1])

        assert health(instance, run) is WorkerStatus.RUNNING


def test_the_listener_answers_for_its_runs_itself(instance: dg.DagsterInstance) -> None:
    assert health(instance, started(instance)) is WorkerStatus.RUNNING


def executed(instance: dg.DagsterInstance, tags: dict[str, str], pid: int) -> dg.DagsterRun:
    """A run that a process executes itself, which has just said so."""
    run = instance.create_run_for_job(nothing, tags=tags, status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("Executing steps in process", run, EngineEventData.in_process(pid))
    return run


def test_a_run_of_a_demo_or_listener_that_was_killed_has_failed(instance: dg.DagsterInstance) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        run = executed(instance, of_this_machine(), process.pid)
        before = health(instance, run)
        process.kill()

    assert (before, health(instance, run)) == (WorkerStatus.RUNNING, WorkerStatus.FAILED)


def test_a_run_that_another_machine_executes_is_believed_to_go_on(instance: dg.DagsterInstance) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        run = executed(instance, {MACHINE_TAG: "another one"}, process.pid)

    assert health(instance, run) is WorkerStatus.RUNNING


def test_a_run_that_has_not_said_yet_which_process_executes_it_goes_on(instance: dg.DagsterInstance) -> None:
    run = instance.create_run_for_job(nothing, tags=of_this_machine(), status=dg.DagsterRunStatus.STARTED)

    assert health(instance, run) is WorkerStatus.RUNNING


@pytest.fixture
def reloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code server that answers was started by a reload of the definitions and knows no run."""
    server = mock.Mock(socket="/run/code-server", host="localhost")
    server.can_cancel_execution.return_value = serialize_value(CanCancelExecutionResult(can_cancel=False))
    monkeypatch.setattr(WatchedRunLauncher, "_get_grpc_client_for_termination", lambda *_: server)


@pytest.mark.usefixtures("reloaded")
def test_a_run_goes_on_when_definitions_are_reloaded_and_has_failed_once_its_process_is_gone(
    instance: dg.DagsterInstance,
) -> None:
    run = started(instance)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        instance.report_engine_event("Started process", run, EngineEventData.in_process(process.pid))
        before = health(instance, run)
        process.kill()

    assert (before, health(instance, run)) == (WorkerStatus.RUNNING, WorkerStatus.FAILED)


@pytest.mark.usefixtures("reloaded")
def test_another_process_that_has_its_number_by_now_is_not_taken_for_it(instance: dg.DagsterInstance) -> None:
    run = started(instance)
    instance.report_engine_event("Started process", run, EngineEventData.in_process(1))

    assert health(instance, run) is WorkerStatus.FAILED


@pytest.mark.usefixtures("reloaded")
def test_a_run_that_never_had_a_process_has_failed(instance: dg.DagsterInstance) -> None:
    assert health(instance, started(instance)) is WorkerStatus.FAILED
