"""`python -m qbo_pipeline.local.tableau`: a process that keeps what it was given, whenever it is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.tableau.projects import LOCAL_SITE
from qbo_pipeline.local.tableau.store import Store
from qbo_pipeline_tests.local.tableau.caller import VERSION, first, hyper_file, multipart, packaged, sign_in_body
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.ports import free_port

PAYLOAD = '<tsRequest><datasource name="Books" /></tsRequest>'


@contextmanager
def serving(data: Path, end: signal.Signals = signal.SIGINT, *options: str) -> Iterator[httpx.Client]:
    """The process once it answers, signed in; stopped in the end."""
    port = free_port()
    command = [sys.executable, "-m", "qbo_pipeline.local.tableau", "--port", str(port), "--data", str(data), *options]
    api = f"http://127.0.0.1:{port}/api/{VERSION}"
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
        httpx.Client(base_url=f"{api}/sites/{LOCAL_SITE}", timeout=30.0) as http,
    ):
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while True:
                assert process.poll() is None, "it ended before it answered"
                assert time.monotonic() < deadline, "it did not answer in time"
                with suppress(httpx.TransportError):
                    asked = httpx.post(f"{api}/auth/signin", content=sign_in_body())
                    break
                time.sleep(0.05)
            http.headers["X-Tableau-Auth"] = first(asked, "credentials").get("token", "")
            yield http
        finally:
            process.send_signal(end)
            process.communicate(timeout=PATIENCE_SECONDS)


def root(http: httpx.Client) -> str:
    return str(http.base_url).split("/api")[0]


def health(http: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{root(http)}/control/health").json()["data_sources"]
    return found


def test_a_restart_keeps_everything_and_a_session_goes_on(tmp_path: Path) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    with serving(tmp_path / "tableau", signal.SIGINT, "--flavour", "cloud") as http:
        http.post("datasources", params={"datasourceType": "tdsx"}, **multipart(PAYLOAD, "tableau_datasource", file))
        before, session = health(http), http.headers["X-Tableau-Auth"]
        upload = first(http.post("fileUploads"), "fileUpload").get("uploadSessionId")
        http.put(f"fileUploads/{upload}", **multipart("", "tableau_file", file[:100]))
    with serving(tmp_path / "tableau") as http:
        assert http.get("projects", headers={"X-Tableau-Auth": session}).status_code == 401, "this sign-in ended it"
        assert (health(http), before[0]["rows"]) == (before, {"Lines": 2})
        assert httpx.get(f"{root(http)}/control/switches").json()["flavour"] == "cloud"
        http.put(f"fileUploads/{upload}", **multipart("", "tableau_file", file[100:]))
        asked = {"datasourceType": "tdsx", "uploadSessionId": upload, "overwrite": "true"}
        assert http.post("datasources", params=asked, **multipart(PAYLOAD)).status_code == 201
        assert len(list((tmp_path / "tableau" / "content").iterdir())) == 2


def test_a_job_that_a_kill_interrupts_is_done_after_the_start(tmp_path: Path) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    with serving(tmp_path / "tableau", signal.SIGKILL) as http:
        httpx.post(f"{root(http)}/control/switches", json={"job_seconds": 3600.0})
        asked = {"datasourceType": "tdsx", "asJob": "true"}
        answer = http.post("datasources", params=asked, **multipart(PAYLOAD, "tableau_datasource", file))
        job = first(answer, "job").get("id")
        # What a kill in the middle of a publication leaves, and nothing names.
        (tmp_path / "tableau" / "content" / "left.hyper").write_bytes(b"half")
    with serving(tmp_path / "tableau") as http:
        assert (health(http), (tmp_path / "tableau" / "content" / "left.hyper").exists()) == ([], False)
        httpx.post(f"{root(http)}/control/clock", json={"advance_seconds": 3601})
        http.headers["X-Tableau-Auth"] = first(
            httpx.post(f"{root(http)}/api/{VERSION}/auth/signin", content=sign_in_body()), "credentials"
        ).get("token", "")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while first(http.get(f"jobs/{job}"), "job").get("completedAt") is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert health(http)[0]["rows"] == {"Lines": 2}


def test_a_folder_is_one_process_s(tmp_path: Path) -> None:
    with serving(tmp_path / "tableau"):
        command = [sys.executable, "-m", "qbo_pipeline.local.tableau", "--port", str(free_port()), "--data"]
        second = subprocess.run([*command, str(tmp_path / "tableau")], capture_output=True, text=True, check=False)

    assert (second.returncode, "Traceback" in second.stderr) == (1, False)
    assert "Another local Tableau uses" in second.stderr


def test_an_update_that_is_killed_is_carried_out_once(tmp_path: Path) -> None:
    """Whenever the kill comes, every insert that was answered is there once, and no other one by half."""
    coming = hyper_file(tmp_path / "coming.hyper", {"Coming": ('"Key" TEXT', [("a",), ("b",)])}).read_bytes()
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    insert = json.dumps({"actions": [{"action": "insert", "source-table": "Coming", "target-table": "Lines"}]})
    luid, answered = "", 0
    for wait in (0.0, 0.1, 0.3, 0.6):
        with serving(tmp_path / "tableau", signal.SIGKILL) as http:
            httpx.post(f"{root(http)}/control/switches", json={"job_seconds": 0.0})
            if not luid:
                asked = {"datasourceType": "tdsx"}
                published = http.post("datasources", params=asked, **multipart(PAYLOAD, "tableau_datasource", file))
                luid = first(published, "datasource").get("id", "")
            upload = first(http.post("fileUploads"), "fileUpload").get("uploadSessionId", "")
            http.put(f"fileUploads/{upload}", **multipart("", "tableau_file", coming))
            answer = http.patch(
                f"datasources/{luid}/data", params={"uploadSessionId": upload}, content=insert,
                headers={"requestid": str(answered)},
            )  # fmt: skip
            assert answer.status_code == 202, answer.text
            answered += 1
            time.sleep(wait)
    with serving(tmp_path / "tableau") as http:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(one["status"] == "InProgress" for one in jobs(http)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert [one["status"] for one in jobs(http)] == ["Success"] * answered
        assert health(http)[0]["rows"] == {"Lines": 2 + 2 * answered}
        assert len(list((tmp_path / "tableau" / "content").iterdir())) == 2, "nothing is left behind"


def jobs(http: httpx.Client) -> list[dict[str, Any]]:
    [site] = httpx.get(f"{root(http)}/control/status").json()["sites"]
    found: list[dict[str, Any]] = site["jobs"]
    return found


def test_what_cannot_be_opened_is_not_said_to_be_in_use(tmp_path: Path) -> None:
    (tmp_path / "tableau.sqlite").mkdir()
    with pytest.raises(OSError, match="cannot be opened: unable to open database file"):
        Store(tmp_path)
