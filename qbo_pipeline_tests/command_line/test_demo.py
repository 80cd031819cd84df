"""`qbo-pipeline demo`: what it starts and publishes to. Loading and proving have tests of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.definitions import defs
from qbo_pipeline.demo import run as demo
from qbo_pipeline.demo.dashboards import publishers
from qbo_pipeline.demo.services import local_services
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.patience import wait_until


class StartedError(Exception):
    """The demo has begun."""


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise StartedError

    monkeypatch.setattr(demo, "running", start)


def run_demo() -> None:
    demo.run_demo(Console(file=StringIO()), serve=False, seed=7, scale=0.01)


def test_where_nothing_is_published_it_goes_without_dashboards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERBI_WORKSPACE_ID", "off")
    monkeypatch.setenv("TABLEAU_SERVER_URL", "off")

    with pytest.raises(StartedError):
        run_demo()
    console = Console(file=StringIO())
    assert [one.name for one in local_services(console, load_settings(), 7, 0.01)] == ["QuickBooks"]
    with publishers(load_settings()) as destinations:
        assert list(destinations) == []


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"TABLEAU_SERVER_URL": "https://10ax.online.tableau.com"}, "a real site"),
        (
            {f"POWERBI_{name}": "x" for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "WORKSPACE_ID")},
            "a real workspace",
        ),
    ],
)
def test_it_publishes_to_nothing_real(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CommandError, match=told):
        run_demo()


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Callable[[], None]], None]:
    """Puts something else in the place of the step that loads everything."""
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "data" / "dagster"))

    def put(does: Callable[[], None]) -> None:
        @dg.op(name="load_everything")
        def load_everything() -> None:
            does()

        @dg.job(name="full_refresh")
        def full_refresh() -> None:
            load_everything()

        monkeypatch.setattr(defs, "resolve_job_def", lambda _: full_refresh)

    return put


def test_whoever_ends_it_while_it_loads_has_ended_it(step: Callable[[Callable[[], None]], None]) -> None:
    """Dagster makes a failed run of it: the demo went on with what there was, and told of books of another version."""

    def ended() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)

    step(ended)
    with pytest.raises(KeyboardInterrupt):
        demo._full_refresh(Console(file=StringIO()), load_settings(), "load_everything")


def test_what_made_the_load_fail_is_told_without_a_traceback(
    step: Callable[[Callable[[], None]], None], capfd: pytest.CaptureFixture[str]
) -> None:
    def failed() -> None:
        raise dg.Failure("company 1: the connection failed", allow_retries=False)

    step(failed)
    console = Console(file=StringIO())
    assert not demo._full_refresh(console, load_settings(), "load_everything")
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == "company 1: the connection failed\n"
    assert "Traceback" not in (told := capfd.readouterr().err)
    assert "Stack Trace" not in told


BEGUN = """
import os, time
from qbo_pipeline.demo.dashboards import publishers
from qbo_pipeline.settings import load_settings

with publishers(load_settings()) as destinations:
    print(*(one.process.submit(os.getpid).result() for one in destinations), flush=True)
    time.sleep(600)
"""


def test_the_publishers_of_a_demo_that_was_killed_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("POWERBI_WORKSPACE_ID", "TABLEAU_SERVER_URL"):
        monkeypatch.delenv(variable, raising=False)
    with subprocess.Popen([sys.executable, "-c", BEGUN], stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        publishing = [int(one) for one in demo.stdout.readline().split()]
        demo.kill()

    assert len(publishing) == 2
    wait_until(lambda: not any(_lives(one) for one in publishing))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
