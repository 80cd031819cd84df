"""What can be made to go wrong: lost answers, refused sessions, gateways, jobs that fail, hang or take long."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import (
    NAMESPACE,
    Caller,
    all_of,
    error_code,
    first,
    hyper_file,
    multipart,
    packaged,
)


def names(caller: Caller) -> list[str]:
    return [one.get("name", "") for one in all_of(caller.http.get("datasources"), "datasource")]


@pytest.mark.parametrize(("carried_out", "there"), [(True, ["Books"]), (False, [])])
def test_an_answer_is_lost_before_or_after_the_request_is_carried_out(
    tableau: LocalTableau, caller: Caller, tmp_path: Path, carried_out: bool, there: list[str]
) -> None:
    tableau.inject("reset", endpoint="publish", carried_out=carried_out)
    with pytest.raises(httpx.TransportError):
        caller.publish(packaged(hyper_file(tmp_path / "books.hyper")))

    assert names(caller) == there


def test_an_answer_that_is_late_is_one_of_the_gateway(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    tableau.inject("timeout", endpoint="publish", seconds=0.01)
    answer = caller.publish(packaged(hyper_file(tmp_path / "books.hyper")))

    assert (answer.status_code, "<html>" in answer.text, names(caller)) == (504, True, ["Books"])


@pytest.mark.parametrize(("body", "text"), [("xml", "<error code="), ("html", "<html>"), ("none", "")])
def test_a_server_error_has_one_body_or_another(tableau: LocalTableau, caller: Caller, body: str, text: str) -> None:
    tableau.inject("server_error", status=503, body=body)
    answer = caller.http.get("projects")

    assert (answer.status_code, text in answer.text) == (503, True)
    assert caller.http.get("projects").status_code == 200


def test_a_session_ends_in_the_middle_of_things(tableau: LocalTableau, caller: Caller) -> None:
    tableau.inject("session_expired", endpoint="projects")

    assert error_code(caller.http.get("projects")) == (401, "401002")
    assert error_code(caller.http.get("projects")) == (401, "401002"), "it is over, not only refused once"
    caller.renew()
    assert caller.http.get("projects").status_code == 200


def test_a_throttle_says_how_long_to_wait_in_its_text(tableau: LocalTableau, caller: Caller) -> None:
    tableau.inject("throttle", endpoint="refresh", minutes=7)
    answer = caller.http.post(f"datasources/{tableau.add_data_source('Theirs')}/refresh")

    assert (error_code(answer), "Please retry after 7 minutes." in answer.text) == ((429, "429000"), True)


def test_a_chunk_meets_another_one(tableau: LocalTableau, caller: Caller) -> None:
    tableau.inject("upload_conflict")
    session = first(caller.http.post("fileUploads"), "fileUpload").get("uploadSessionId")
    answer = caller.http.put(f"fileUploads/{session}", **multipart("", "tableau_file", b"x"))

    assert (answer.status_code, "errors.upload.concurrent_write" in answer.text) == (500, True)


@pytest.mark.parametrize("notes", [True, False])
@pytest.mark.parametrize("done", [True, False])
def test_a_job_fails_with_and_without_notes_and_may_have_done_its_work(
    tableau: LocalTableau, caller: Caller, tmp_path: Path, notes: bool, done: bool
) -> None:
    luid = caller.published(tmp_path)
    tableau.inject("failing_job", endpoint="update_data", notes=notes, done=done)
    condition = {"op": "eq", "target-col": "Key", "const": {"type": "string", "v": "1-1"}}
    job = caller.job(caller.update(luid, [{"action": "delete", "target-table": "Lines", "condition": condition}]))

    assert job.get("finishCode") == "1"
    assert job.findtext(".//t:notes", "", NAMESPACE) == ("Injected failure." if notes else "")
    assert len(tableau.rows(luid, "Lines")) == (1 if done else 2)


def test_a_job_that_is_slow_ends_by_the_clock_and_one_that_is_stuck_never(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    tableau.inject("slow_job", seconds=100)
    slow = first(caller.publish(file, asJob="true"), "job").get("id")
    tableau.inject("stuck_job")
    stuck = first(caller.publish(file, name="Stuck", asJob="true"), "job").get("id")
    tableau.advance(101)
    tableau.wait_for_jobs()

    ended = [first(caller.http.get(f"jobs/{one}"), "job").get("completedAt") is not None for one in (slow, stuck)]
    assert (ended, names(caller)) == ([True, False], ["Books"])


def test_faults_are_injected_over_http(tableau: LocalTableau, caller: Caller) -> None:
    address = f"{tableau.url}/control/faults"
    told = httpx.post(address, json={"kind": "server_error", "endpoint": "jobs", "times": 2}).json()

    assert [(one["kind"], one["times"]) for one in told["faults"]] == [("server_error", 2)]
    assert caller.http.get("jobs").status_code == 500
    httpx.delete(address)
    assert caller.http.get("jobs").status_code == 200
    assert httpx.post(address, json={"kind": "nothing"}).status_code == 400
    kinds = {one["kind"] for one in httpx.get(f"{address}/kinds").json()["kinds"]}
    assert {"reset", "stuck_job", "session_expired"} <= kinds


def test_health_tells_data_sources_and_their_rows(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    [told] = httpx.get(f"{tableau.url}/control/health").json()["data_sources"]

    assert told == {
        "id": luid, "site": tableau.site_id, "project": "default", "name": "Books", "rows": {"Lines": 2},
    }  # fmt: skip
    rows = httpx.get(f"{tableau.url}/control/rows/{luid}/Lines", params={"limit": 1}).text
    assert '"Amount":10.0000' in rows or '"Amount":10,' in rows
