"""`python -m qbo_pipeline.local.power_bi`: a process that keeps what it was given, whenever it is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from qbo_pipeline.local.power_bi.workspaces import LOCAL_WORKSPACE
from qbo_pipeline_tests.local.power_bi.caller import LINES, credentials
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.ports import free_port


@contextmanager
def serving(data: Path, end: signal.Signals = signal.SIGINT) -> Iterator[httpx.Client]:
    """The process once it answers, with a token; stopped in the end."""
    port = free_port()
    command = [sys.executable, "-m", "qbo_pipeline.local.power_bi", "--port", str(port), "--data", str(data)]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/v1.0/myorg/groups/{LOCAL_WORKSPACE}") as http,
    ):
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while True:
                assert process.poll() is None, "it ended before it answered"
                assert time.monotonic() < deadline, "it did not answer in time"
                with suppress(httpx.TransportError):
                    asked = httpx.post(f"http://127.0.0.1:{port}/local/oauth2/v2.0/token", data=credentials())
                    break
                time.sleep(0.05)
            http.headers["Authorization"] = f"Bearer {asked.json()['access_token']}"
            yield http
        finally:
            process.send_signal(end)
            process.communicate(timeout=PATIENCE_SECONDS)


def count(http: httpx.Client, dataset: str) -> int:
    query = {"queries": [{"query": 'EVALUATE ROW("n", COUNTROWS(Lines) + 0)'}]}
    rows = http.post(f"datasets/{dataset}/executeQueries", json=query).json()["results"][0]["tables"][0]["rows"]
    return int(rows[0]["[n]"])


def test_a_restart_keeps_everything_and_a_token_opens_it_still(tmp_path: Path) -> None:
    data = tmp_path / "power_bi.duckdb"
    with serving(data) as http:
        root = str(http.base_url).split("/v1.0")[0]
        dataset = http.post("datasets", json={"name": "Books", "tables": [LINES]}).json()["id"]
        header = {"X-PowerBI-PushData-SequenceNumber": "4"}
        http.post(f"datasets/{dataset}/tables/Lines/rows", json={"rows": [{"Amount": 0.1}] * 7}, headers=header)
        httpx.post(f"{root}/control/switches", json={"posts_per_minute": 1})
        token = http.headers["Authorization"]
    with serving(data) as http:
        http.headers["Authorization"] = token
        assert count(http, dataset) == 7
        numbers = http.get(f"datasets/{dataset}/tables/Lines/sequenceNumbers").json()["value"]
        assert numbers == [{"clientId": "local", "sequenceNumber": 4}]
        # The minute is not over because the service was started anew.
        assert http.post(f"datasets/{dataset}/tables/Lines/rows", json={"rows": [{}]}).status_code == 429


def test_a_killed_process_has_all_of_a_batch_that_was_answered_and_none_by_half(tmp_path: Path) -> None:
    data = tmp_path / "power_bi.duckdb"
    answered = 0
    with serving(data, signal.SIGKILL) as http:
        dataset = http.post("datasets", json={"name": "Books", "tables": [LINES]}).json()["id"]
        stop = threading.Event()

        def push() -> None:
            nonlocal answered
            with suppress(httpx.TransportError):
                while not stop.is_set():
                    rows = {"rows": [{"Amount": 1}] * 500}
                    if http.post(f"datasets/{dataset}/tables/Lines/rows", json=rows).status_code == 200:
                        answered += 1

        pusher = threading.Thread(target=push)
        pusher.start()
        while answered < 5:
            time.sleep(0.01)
    pusher.join()
    stop.set()
    with serving(data) as http:
        kept, rest = divmod(count(http, dataset), 500)
    assert (rest, kept - answered in (0, 1)) == (0, True)


def test_an_interrupted_process_ends_as_one_that_is_done(tmp_path: Path) -> None:
    with serving(tmp_path / "power_bi.duckdb") as http:
        assert http.get("datasets").json()["value"] == []
