"""Answers have what the samples of Tableau's own client library have: elements, attributes, in the same places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import Caller, first, multipart, packaged
from qbo_pipeline_tests.shared_data import required

SAMPLES = "tableau_rest_assets"

WITHOUT = {
    "datasource_get.xml": {"tag@label", "tag"},
    "datasource_get_by_id.xml": {"tag@label", "tag", "askData", "askData@enablement", "datasource@description"},
    "workbook_get.xml": {"tag@label", "tag"},
}
"""What of a sample the service leaves out: tags and Ask Data."""


def shape(root: Element) -> set[str]:
    """Elements and attributes, as `element` and `element@attribute`; namespaces and the root left out."""
    found: set[str] = set()
    for one in root.iter():
        tag = one.tag.rpartition("}")[2]
        if tag != "tsResponse":
            found |= {tag, *(f"{tag}@{name}" for name in one.attrib)}
    return found


def sample(name: str) -> set[str]:
    return shape(fromstring((required(SAMPLES) / name).read_bytes()))


def delete(caller: Caller, luid: str, table: str = "Lines") -> httpx.Response:
    condition = {"op": "eq", "target-col": "Key", "const": {"type": "string", "v": "1-1"}}
    return caller.update(luid, [{"action": "delete", "target-table": table, "condition": condition}])


def job_of(caller: Caller, answer: httpx.Response) -> httpx.Response:
    return caller.http.get(f"jobs/{first(answer, 'job').get('id')}")


def failed(caller: Caller, luid: str) -> httpx.Response:
    answer = delete(caller, luid, "Nothing")
    caller.tableau.wait_for_jobs()
    return job_of(caller, answer)


def running(caller: Caller, luid: str) -> httpx.Response:
    caller.tableau.switch(job_seconds=60.0)
    return job_of(caller, delete(caller, luid))


def described(caller: Caller, luid: str) -> httpx.Response:
    body = '<tsRequest><datasource description="All companies" /></tsRequest>'
    caller.http.put(f"datasources/{luid}", content=body)
    return caller.http.get("datasources")


def project(caller: Caller, luid: str) -> httpx.Response:
    parent = caller.tableau.service.projects.default(caller.tableau.site_id).id
    body = f'<tsRequest><project name="Finance" description="d" parentProjectId="{parent}" /></tsRequest>'
    return caller.http.post("projects", content=body)


def workbook(caller: Caller, luid: str) -> httpx.Response:
    twb = "<workbook><datasources /><worksheets><worksheet name='a' /></worksheets></workbook>"
    payload = '<tsRequest><workbook name="Close" description="d" /></tsRequest>'
    file = packaged(None, twb, ".twb")
    caller.http.post("workbooks", params={"workbookType": "twbx"}, **multipart(payload, "tableau_workbook", file))
    return caller.http.get("workbooks")


def webhook(caller: Caller, luid: str) -> httpx.Response:
    body = (
        '<tsRequest><webhook name="x" event="DatasourceCreated"><webhook-destination>'
        '<webhook-destination-http method="POST" url="https://example.com/" /></webhook-destination>'
        "</webhook></tsRequest>"
    )
    caller.http.post("webhooks", content=body)
    return caller.http.get("webhooks")


def uploaded(caller: Caller, luid: str) -> httpx.Response:
    session = first(caller.http.post("fileUploads"), "fileUpload").get("uploadSessionId")
    return caller.http.put(f"fileUploads/{session}", **multipart("", "tableau_file", b"x"))


def done(caller: Caller, luid: str) -> httpx.Response:
    caller.job(delete(caller, luid))
    return caller.http.get("jobs")


def refreshed(caller: Caller, luid: str) -> httpx.Response:
    return caller.http.post(f"datasources/{caller.tableau.add_data_source('Theirs')}/refresh")


def connected(caller: Caller, luid: str) -> httpx.Response:
    return caller.http.get(f"workbooks/{caller.tableau.add_workbook('Close', luid)}/connections")


def monthly(caller: Caller, luid: str) -> httpx.Response:
    caller.tableau.switch(flavour="cloud")
    book = caller.tableau.add_workbook("Own", extract=True)
    body = (
        f'<tsRequest><extractRefresh type="FullRefresh"><workbook id="{book}" /></extractRefresh>'
        '<schedule frequency="Monthly"><frequencyDetails start="23:30:00"><intervals><interval monthDay="15" />'
        "</intervals></frequencyDetails></schedule></tsRequest>"
    )
    return caller.http.post("tasks/extractRefreshes", content=body)


def scheduled(caller: Caller, luid: str) -> httpx.Response:
    schedule = first(schedules(caller, luid), "schedule").get("id")
    body = f'<tsRequest><task><extractRefresh><datasource id="{luid}" /></extractRefresh></task></tsRequest>'
    return caller.http.put(f"schedules/{schedule}/datasources", content=body)


def schedules(caller: Caller, luid: str) -> httpx.Response:
    return httpx.get(f"{caller.api}/schedules", headers={"X-Tableau-Auth": caller.http.headers["X-Tableau-Auth"]})


def tasks(caller: Caller, luid: str) -> httpx.Response:
    scheduled(caller, luid)
    return caller.http.get("tasks/extractRefreshes")


ANSWERS: dict[str, Callable[[Caller, str], httpx.Response]] = {
    "auth_sign_in.xml": lambda caller, luid: caller.sign_in(),
    "datasource_get.xml": described,
    "datasource_get_by_id.xml": lambda caller, luid: caller.http.get(f"datasources/{luid}"),
    "datasource_publish_async.xml": lambda caller, luid: caller.publish(b"x", name="Job", asJob="true"),
    "datasource_data_update.xml": delete,
    "job_get_by_id_failed.xml": failed,
    "job_get_by_id_inprogress.xml": running,
    "project_create.xml": project,
    "workbook_get.xml": workbook,
    "webhook_get.xml": webhook,
    "fileupload_append.xml": uploaded,
    "job_get.xml": done,
    "datasource_refresh.xml": refreshed,
    "workbook_populate_connections.xml": connected,
    "tasks_create_extract_task.xml": monthly,
    "tasks_with_datasource.xml": tasks,
    "schedule_get.xml": schedules,
    "schedule_add_datasource.xml": scheduled,
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_has_what_its_sample_has(caller: Caller, tableau: LocalTableau, tmp_path: Path, name: str) -> None:
    luid = caller.published(tmp_path)
    answer = ANSWERS[name](caller, luid)

    assert answer.is_success, answer.text
    assert sample(name) - shape(fromstring(answer.content)) - WITHOUT.get(name, set()) == set()


@pytest.mark.parametrize(("name", "code"), [("auth_sign_in_error.xml", "401001"), ("server_info_404.xml", "404003")])
def test_an_error_has_code_summary_and_detail_of_its_sample(caller: Caller, name: str, code: str) -> None:
    answer = {
        "401001": lambda: caller.sign_in(personalAccessTokenName="x", personalAccessTokenSecret="x"),
        "404003": lambda: httpx.get(f"{caller.tableau.url}/api/9.9/serverInfo"),
    }[code]()
    expected, got = fromstring((required(SAMPLES) / name).read_bytes()), fromstring(answer.content)
    texts = [[one.text for one in root.iter() if one.tag.endswith("summary")] for root in (expected, got)]

    assert (texts[0], shape(got) >= shape(expected), got[0].get("code")) == (texts[1], True, code)
