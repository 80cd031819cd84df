"""`python -m qbo_pipeline.local.quickbooks`: a process that loads what it lacks, says when it is ready, and stops."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks.one_server import StateInUseError, serving_alone
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.ports import free_port


@contextmanager
def serving(state: Path, *options: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """The process once it answers; stopped in the end."""
    port = free_port()
    command = [sys.executable, "-m", "qbo_pipeline.local.quickbooks", "--port", str(port), "--state", str(state)]
    with (
        subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        try:
            wait_until_healthy(http, process)
            yield http, process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE_SECONDS)


def wait_until_healthy(http: httpx.Client, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it answered"
        try:
            if http.get("/control/health").json()["status"] == "ok":
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("it did not answer in time")


def companies(http: httpx.Client) -> list[str]:
    found: list[dict[str, Any]] = http.get("/control/health").json()["companies"]
    return [one["name"] for one in found]


def test_it_loads_the_companies_asked_for_once_and_shows_them_on_its_page(tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with serving(state, "--companies", "larkspur", "--scale", "0.05", "--no-limits") as (http, _):
        assert companies(http) == ["Larkspur Advisory"]
        page = http.get("/").text
        assert "Larkspur Advisory" in page
        assert "<span>Invoice</span>" in page
    with serving(state, "--companies", "") as (http, _):
        assert companies(http) == ["Larkspur Advisory"]


def test_its_clock_moves_and_its_requests_are_counted(tmp_path: Path) -> None:
    with serving(tmp_path / "quickbooks.sqlite", "--companies", "") as (http, _):
        before = http.get("/control/clock").json()["ahead_seconds"]
        after = http.post("/control/clock", json={"advance_seconds": 3600}).json()["ahead_seconds"]
        assert after - before == 3600
        assert http.get("/v3/company/1/query", params={"query": "select * from Bill"}).status_code == 401
        [seen] = http.get("/control/requests").json()["requests"]
        assert (seen["path"], seen["query"], seen["status"]) == ("query", "select * from Bill", 401)


def test_an_interrupted_process_ends_as_one_that_is_done(tmp_path: Path) -> None:
    with serving(tmp_path / "quickbooks.sqlite", "--companies", "") as (_, process):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, "Traceback" in said) == (0, False)


def test_a_second_process_is_told_that_another_serves_the_state(tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with serving(state, "--companies", ""):
        command = [sys.executable, "-m", "qbo_pipeline.local.quickbooks", "--port", str(free_port())]
        second = subprocess.run(
            [*command, "--state", str(state), "--companies", ""],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert second.returncode == 1
        assert second.stderr == f"Another local QuickBooks serves {state}. Stop it, or name another file.\n"


def test_a_process_that_was_killed_serves_its_state_no_longer(tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with serving(state, "--companies", "") as (_, process):
        process.kill()
        process.wait()
    with serving(state, "--companies", "") as (http, _):
        assert companies(http) == []


def test_states_whose_names_differ_in_their_ending_alone_are_two(tmp_path: Path) -> None:
    with serving_alone(tmp_path / "books.v1"), serving_alone(tmp_path / "books.v2"):
        pass


def test_a_link_to_a_state_is_that_state(tmp_path: Path) -> None:
    state, link = tmp_path / "quickbooks.sqlite", tmp_path / "link.sqlite"
    state.touch()
    link.symlink_to(state)
    with serving_alone(state), pytest.raises(StateInUseError), serving_alone(link):
        pass
