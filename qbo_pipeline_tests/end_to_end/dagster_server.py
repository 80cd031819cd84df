"""`dagster dev` as a user starts it, on a port and a data folder of its own, and a view on it by GraphQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.ports import free_port

FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}
ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}
BACKFILL_SECONDS = 4 * PATIENCE_SECONDS
"""A backfill of everything is a dozen runs, one after the other."""

_PROGRESS = """{
  runsOrError(limit: 50) { ... on Runs { results { runId status tags { key value } } } }
  partitionBackfillsOrError(limit: 50) { ... on PartitionBackfills { results { id status } } }
}"""

_CHECK = """query ($asset: AssetKeyInput!, $check: String!) {
  assetCheckExecutions(assetKey: $asset, checkName: $check, limit: 1) { status }
}"""


@dataclass(frozen=True)
class Progress:
    """What Dagster has been asked to do and how far it is."""

    runs: Mapping[str, str]
    """Run id → status."""
    run_tags: Mapping[str, Mapping[str, str]]
    backfills: Mapping[str, str]
    """Backfill id → status."""

    def runs_of(self, backfill: str) -> list[str]:
        """The runs that a backfill became."""
        return [run for run, tags in self.run_tags.items() if tags.get("dagster/backfill") == backfill]


class DagsterServer:
    """A running `dagster dev`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of a GraphQL query."""
        answer = httpx.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=PATIENCE_SECONDS
        ).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def progress(self) -> Progress:
        """All runs and backfills."""
        data = self.ask(_PROGRESS)
        runs = data["runsOrError"]["results"]
        return Progress(
            runs={run["runId"]: run["status"] for run in runs},
            run_tags={run["runId"]: {tag["key"]: tag["value"] for tag in run["tags"]} for run in runs},
            backfills={one["id"]: one["status"] for one in data["partitionBackfillsOrError"]["results"]},
        )

    def wait_for_new_run(self, known: Progress) -> str:
        """The id of the one run that is not `known` yet, once it has ended."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            new = {run: status for run, status in self.progress().runs.items() if run not in known.runs}
            if new and set(new.values()) <= FINISHED:
                (run,) = new
                return run
            time.sleep(0.25)
        raise AssertionError(f"no run finished within {PATIENCE_SECONDS:.0f} s: {self.progress()}")

    def wait_for_runs_of(self, backfill: str) -> list[str]:
        """The ids of the runs that a backfill becomes, once it and all of them have ended."""
        deadline = time.monotonic() + BACKFILL_SECONDS
        while time.monotonic() < deadline:
            progress = self.progress()
            runs = progress.runs_of(backfill)
            if progress.backfills[backfill] in ENDED and all(progress.runs[run] in FINISHED for run in runs):
                return runs
            time.sleep(0.5)
        raise AssertionError(f"backfill {backfill} did not finish within {BACKFILL_SECONDS:.0f} s: {self.progress()}")

    def wait_for_check(self, asset: str, check: str) -> str:
        """The status of the newest result of an asset check, once there is one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self.ask(_CHECK, asset={"path": asset.split("/")}, check=check)["assetCheckExecutions"]
            if found:
                return str(found[0]["status"])
            time.sleep(0.5)
        raise AssertionError(f"the check {check} of {asset} had no result within {PATIENCE_SECONDS:.0f} s")


@contextmanager
def dagster_dev(environment: Mapping[str, str], log: Path) -> Iterator[DagsterServer]:
    """Start `dagster dev` in a process group of its own and stop all of it in the end.

    `environment` goes on top of this process's and names DAGSTER_HOME, a prepared instance.
    """
    port = free_port()
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "-m", "qbo_pipeline.definitions"]
    command += ["-h", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            server = DagsterServer(f"http://127.0.0.1:{port}")
            _wait_until_up(server, process, log)
            yield server
        finally:
            _stop(process)


def _wait_until_up(server: DagsterServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/server_info", timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"dagster dev did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Dagster's children are known to outlive a polite request, so the whole group is ended in the end."""
    for ending, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, ending)
        except ProcessLookupError:
            break
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    process.wait(5)
