"""What the sensor run_failure tells of a failed run."""

from __future__ import annotations

import dagster as dg
import pytest

from qbo_pipeline.orchestration.failures import told_in_dagster
from qbo_pipeline.orchestration.jobs import COMPANY_TAG
from qbo_pipeline.orchestration.run_failure import run_failure
from qbo_pipeline.quickbooks.errors import QueryValidationError, RequestContext

CONTEXT = RequestContext("42", "GET", "query", "Invoice", "SELECT * FROM Invoice", 1, 400, "1-abc")


def told_of(op: dg.OpDefinition, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The run's id, and what is said after a run of this one step has failed."""
    job = dg.JobDefinition(name="sync_changes", graph_def=dg.GraphDefinition("sync_changes", node_defs=[op]))
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False, tags={COMPANY_TAG: "42"})
        ended = result.get_run_failure_event()
        capsys.readouterr()
        run_failure(
            dg.build_run_status_sensor_context("run_failure", ended, instance, result.dagster_run).for_run_failure()
        )
    return result.run_id, capsys.readouterr().err


def test_a_typed_error_is_told_with_the_run_the_company_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    @dg.op
    def load_changes() -> None:
        with told_in_dagster("Loading changes"):
            raise QueryValidationError(CONTEXT, "property Colour not found", code="4001")

    run_id, told = told_of(load_changes, capsys)
    assert f"FAILED: sync_changes of company 42, run {run_id}: Loading changes: " in told
    assert "property Colour not found" in told
    assert "SELECT * FROM Invoice" in told
    assert "Traceback" not in told


def test_a_bug_is_told_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    @dg.op
    def load_changes() -> None:
        _ = 1 / 0

    _, told = told_of(load_changes, capsys)
    assert "ZeroDivisionError" in told
    assert "test_run_failure.py" in told
