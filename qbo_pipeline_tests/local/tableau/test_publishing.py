"""Publishing data sources: in one request, in chunks, as a job; and what a published one is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
import tableauserverclient as tsc

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import (
    Caller,
    Tables,
    all_of,
    data_source_definition,
    error_code,
    first,
    hyper_file,
    multipart,
    packaged,
)

TWO: Tables = {
    "Invoice": ('"Key" TEXT, "Customer" TEXT', [("1", "a")]),
    "Customer": ('"Customer" TEXT, ASSUMED PRIMARY KEY ("Customer")', [("a",)]),
}
LINK = (
    'ALTER TABLE "Extract"."Invoice" ADD ASSUMED FOREIGN KEY ("Customer") REFERENCES "Extract"."Customer" ("Customer")'
)


def test_a_packaged_data_source_is_opened_and_its_rows_are_there(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    luid = caller.published(tmp_path)

    assert tableau.rows(luid, "Lines")[0] == {
        "Key": "1-1",
        "Amount": Decimal("10.0000"),
        "On": tableau.rows(luid, "Lines")[0]["On"],
    }
    shown = first(caller.http.get(f"datasources/{luid}"), "datasource")
    assert (shown.get("name"), shown.get("type"), shown.get("hasExtracts"), shown.get("contentUrl")) == (
        "Books", "hyper", "true", "Books",
    )  # fmt: skip


def test_overwriting_keeps_the_luid_and_renews_content_and_time(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    first_luid = caller.published(tmp_path)
    before = first(caller.http.get(f"datasources/{first_luid}"), "datasource").get("updatedAt")
    tableau.advance(60)
    caller.renew()
    again = caller.published(tmp_path, {"Lines": ('"Key" TEXT', [("9",)])})

    assert again == first_luid
    assert tableau.rows(again, "Lines") == [{"Key": "9"}]
    assert first(caller.http.get(f"datasources/{again}"), "datasource").get("updatedAt") != before
    assert len(list(tableau.service.store.content.iterdir())) == 2, "what was replaced is gone"


def test_a_name_that_is_taken_is_refused_unless_it_is_to_be_overwritten(caller: Caller, tmp_path: Path) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    assert caller.publish(file).status_code == 201
    assert error_code(caller.publish(file)) == (403, "403007")


def test_names_are_unique_in_a_project_and_not_in_a_site(caller: Caller, tmp_path: Path) -> None:
    project = first(
        caller.http.post("projects", content='<tsRequest><project name="Finance" /></tsRequest>'), "project"
    )
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    one = first(caller.publish(file), "datasource")
    other = first(caller.publish(file, project=project.get("id")), "datasource")

    assert one.get("id") != other.get("id")
    found = all_of(
        caller.http.get("datasources", params={"filter": "name:eq:Books,projectName:eq:Finance"}), "datasource"
    )
    assert [each.get("id") for each in found] == [other.get("id")]


def test_a_job_publishes_and_says_so_only_by_its_completion(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    tableau.switch(job_seconds=60.0)
    answer = caller.publish(packaged(hyper_file(tmp_path / "books.hyper")), asJob="true")
    job = first(answer, "job")

    assert (answer.status_code, job.get("type"), job.get("progress"), job.get("finishCode")) == (
        202, "PublishDatasource", "0", "1",
    )  # fmt: skip
    running = first(caller.http.get(f"jobs/{job.get('id')}"), "job")
    assert (running.get("finishCode"), running.get("completedAt")) == ("1", None)
    assert all_of(caller.http.get("datasources"), "datasource") == []
    tableau.advance(61)
    done = caller.job(answer)
    assert (done.get("finishCode"), done.get("progress"), done.get("completedAt") is not None) == ("0", "100", True)
    assert len(all_of(caller.http.get("datasources"), "datasource")) == 1


def test_a_file_in_chunks_is_put_together(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    session = caller.upload(file[:1000], file[1000:5000], file[5000:])
    payload = '<tsRequest><datasource name="Books" /></tsRequest>'
    answer = caller.http.post(
        "datasources", params={"datasourceType": "tdsx", "uploadSessionId": session}, **multipart(payload)
    )

    assert len(tableau.rows(first(answer, "datasource").get("id", ""), "Lines")) == 2
    used = caller.http.put(f"fileUploads/{session}", **multipart("", "tableau_file", b"more"))
    assert error_code(used) == (404, "404015")


def test_two_chunks_at_a_time_are_one_too_many(tableau: LocalTableau, caller: Caller) -> None:
    session = first(caller.http.post("fileUploads"), "fileUpload").get("uploadSessionId", "")
    with tableau.service.uploads.appending(session):
        answer = caller.http.put(f"fileUploads/{session}", **multipart("", "tableau_file", b"x"))
    assert (error_code(answer), "concurrent_write" in answer.text) == ((500, "500000"), True)


def test_a_chunk_and_a_request_have_their_sizes(tableau: LocalTableau, caller: Caller) -> None:
    tableau.switch(request_bytes=1000)
    session = first(caller.http.post("fileUploads"), "fileUpload").get("uploadSessionId", "")
    large = b"x" * 1001

    assert error_code(caller.http.put(f"fileUploads/{session}", **multipart("", "tableau_file", large))) == (
        413,
        "413000",
    )
    assert error_code(caller.publish(b"x" * 1001)) == (413, "413000")
    assert error_code(caller.publish(b"x" * 1_100_000)) == (413, "413000")


def test_what_is_no_data_source_is_said_to_be_none(caller: Caller, tmp_path: Path) -> None:
    hyper = hyper_file(tmp_path / "books.hyper")
    for file, kind, why in (
        (b"no zip", "tdsx", "no zip archive"),
        (packaged(None), "tdsx", "no .hyper file"),
        (packaged(hyper, "<workbook />"), "tdsx", "not &lt;datasource&gt;"),
        (packaged(hyper, data_source_definition(("Lines", "Others"))), "tdsx", "[Extract].[Others]"),
        (b"Hyper but not really", "hyper", "problem publishing"),
        (b"text", "hyper", "no .hyper file"),
    ):
        answer = caller.publish(file, kind)
        assert (error_code(answer), why in answer.text) == ((400, "400011"), True), answer.text


def test_of_two_first_publications_of_a_name_one_fails(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    tableau.switch(job_seconds=60.0)
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    jobs = [first(caller.publish(file, asJob="true"), "job").get("id") for _ in range(2)]
    tableau.advance(61)
    tableau.wait_for_jobs()

    assert [first(caller.http.get(f"jobs/{job}"), "job").get("finishCode") for job in jobs] == ["0", "1"]


def test_a_job_whose_file_is_wrong_fails_and_publishes_nothing(caller: Caller) -> None:
    job = caller.job(caller.publish(b"no zip", asJob="true"))

    assert job.get("finishCode") == "1"
    assert all_of(caller.http.get("datasources"), "datasource") == []


def test_bare_tables_need_keys_that_make_one_tree(caller: Caller, tmp_path: Path) -> None:
    apart = hyper_file(tmp_path / "apart.hyper", TWO).read_bytes()
    joined = hyper_file(tmp_path / "joined.hyper", TWO, LINK).read_bytes()

    assert error_code(caller.publish(apart, "hyper")) == (400, "400011")
    assert caller.publish(joined, "hyper").status_code == 201


def test_an_apostrophe_as_an_entity_is_malformed(caller: Caller) -> None:
    payload = '<tsRequest><datasource name="Ann&apos;s" /></tsRequest>'
    file = multipart(payload, "tableau_datasource", b"x")
    answer = caller.http.post("datasources", params={"datasourceType": "tdsx"}, **file)
    assert error_code(answer) == (400, "400000")


def test_tableaus_client_publishes_finds_downloads_and_deletes(
    tableau: LocalTableau, caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSC_FILESIZE_LIMIT_MB", "0")
    server = caller.client()
    project = server.projects.create(tsc.ProjectItem("Finance"))
    path = tmp_path / "Books.tdsx"
    path.write_bytes(packaged(hyper_file(tmp_path / "books.hyper")))
    item = tsc.DatasourceItem(project.id, "Ann's Books and more")
    job = server.datasources.publish(item, path, tsc.Server.PublishMode.Overwrite, as_job=True)
    assert server.jobs.wait_for_job(job, timeout=20).finish_code == 0
    [found] = server.datasources.filter(name="Ann's Books and more", project_name="Finance")
    server.datasources.populate_connections(found)
    assert found.id is not None

    assert (found.project_id, found.connections[0].connection_type) == (project.id, "hyper")
    downloaded = Path(server.datasources.download(found.id, str(tmp_path / "down")))
    assert downloaded.suffix == ".tdsx"
    assert caller.publish(downloaded.read_bytes(), name="Again").status_code == 201
    server.datasources.delete(found.id)
    with pytest.raises(tsc.ServerResponseError, match="404004"):
        server.datasources.get_by_id(found.id)


def test_the_query_has_pages(caller: Caller, tmp_path: Path) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    for number in range(3):
        caller.publish(file, name=f"Books {number}")
    second = caller.http.get("datasources", params={"pageSize": 2, "pageNumber": 2, "sort": "name:desc"})

    assert first(second, "pagination").attrib == {"pageNumber": "2", "pageSize": "2", "totalAvailable": "3"}
    assert [one.get("name") for one in all_of(second, "datasource")] == ["Books 0"]
    assert error_code(caller.http.get("datasources", params={"pageNumber": 3, "pageSize": 2})) == (400, "400006")
    assert error_code(caller.http.get("datasources", params={"filter": "shoe:eq:1"})) == (400, "400009")


def test_publications_at_the_same_time_leave_one_data_source(caller: Caller, tmp_path: Path) -> None:
    file = packaged(hyper_file(tmp_path / "books.hyper"))
    with ThreadPoolExecutor(3) as pool:
        codes = [one.status_code for one in pool.map(lambda _: caller.publish(file, overwrite="true"), range(3))]

    assert codes == [201] * 3
    assert len(all_of(caller.http.get("datasources"), "datasource")) == 1
