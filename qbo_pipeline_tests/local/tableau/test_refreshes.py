"""Refreshes, extract refresh tasks and schedules, on Server and on Cloud."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
import tableauserverclient as tsc

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import NAMESPACE, Caller, all_of, error_code, first

TASK = (
    '<tsRequest><extractRefresh type="FullRefresh"><workbook id="{}" /></extractRefresh>'
    '<schedule frequency="{}"><frequencyDetails start="{}" end="23:00:00"><intervals>{}</intervals></frequencyDetails>'
    "</schedule></tsRequest>"
)
HOURLY = '<interval hours="1" /><interval weekDay="Monday" />'


def test_there_is_nothing_to_refresh_a_hyper_file_from(tableau: LocalTableau, caller: Caller, tmp_path: Path) -> None:
    luid = caller.published(tmp_path)
    assert error_code(caller.http.post(f"datasources/{luid}/refresh")) == (409, "409090")

    tableau.switch(own_extract_refresh="job")
    assert caller.job(caller.http.post(f"datasources/{luid}/refresh")).get("finishCode") == "0"


def test_a_workbook_without_an_extract_has_nothing_to_refresh(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    source = caller.published(tmp_path)
    live, own = tableau.add_workbook("Live", source), tableau.add_workbook("Own", source, extract=True)

    assert error_code(caller.http.post(f"workbooks/{live}/refresh")) == (409, "409090")
    job = caller.job(caller.http.post(f"workbooks/{own}/refresh"))
    assert (job.get("type"), job.get("finishCode")) == ("RefreshExtract", "0")
    shown = job.find(".//t:workbook", NAMESPACE)
    assert shown is not None
    assert shown.attrib == {"id": own, "name": "Own"}


def test_a_refresh_that_is_queued_is_not_queued_again(tableau: LocalTableau, caller: Caller) -> None:
    tableau.switch(job_seconds=60.0)
    source = tableau.add_data_source("Theirs")
    server = caller.client()
    assert server.datasources.refresh(source) is not None

    assert error_code(caller.http.post(f"datasources/{source}/refresh")) == (409, "409093")
    assert server.datasources.refresh(source) is None, "Tableau's client says nothing of it"
    tableau.advance(61)
    tableau.wait_for_jobs()
    assert caller.http.post(f"datasources/{source}/refresh").status_code == 202


def test_a_refresh_can_be_cancelled(tableau: LocalTableau, caller: Caller) -> None:
    tableau.switch(job_seconds=60.0)
    job = first(caller.http.post(f"datasources/{tableau.add_data_source('Theirs')}/refresh"), "job").get("id", "")
    server = caller.client()
    server.jobs.cancel(job)

    assert server.jobs.get_by_id(job).finish_code == tsc.JobItem.FinishCode.Cancelled
    assert error_code(caller.http.put(f"jobs/{job}")) == (400, "400031")
    [listed] = server.jobs.filter(status="Cancelled")
    assert (listed.id, listed.type) == (job, "refresh_extracts")


def test_a_site_on_cloud_starts_so_many_refreshes_an_hour(tableau: LocalTableau, caller: Caller) -> None:
    tableau.switch(flavour="cloud", refreshes_per_hour=2)
    sources = [tableau.add_data_source(f"Theirs {number}") for number in range(3)]
    answers = [caller.http.post(f"datasources/{one}/refresh") for one in sources]

    assert [one.status_code for one in answers] == [202, 202, 429]
    assert error_code(answers[2]) == (429, "429000")
    assert "Too many requests for 'api.rest.refresh_extracts'. Please retry after 60 minutes." in answers[2].text
    tableau.advance(3601)
    assert caller.http.post(f"datasources/{sources[2]}/refresh").status_code == 202


def test_a_site_on_cloud_takes_so_many_publications_an_hour(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    tableau.switch(flavour="cloud", publishes_per_hour=1, retry_after=True)
    caller.published(tmp_path)
    refused = caller.publish(b"", overwrite="true")

    assert (error_code(refused), refused.headers["Retry-After"]) == ((429, "429000"), "3600")
    tableau.switch(flavour="server")
    assert caller.published(tmp_path)


def test_a_task_on_cloud_has_a_schedule_of_its_own(tableau: LocalTableau, caller: Caller) -> None:
    tableau.switch(flavour="cloud")
    book = tableau.add_workbook("Own", extract=True)
    server = caller.client()
    interval = tsc.DailyInterval(time(4), "Monday")  # type: ignore[no-untyped-call]
    schedule = tsc.ScheduleItem("", 50, "Extract", "Parallel", interval)
    target = tsc.Target(book, "workbook")  # type: ignore[no-untyped-call]
    item = tsc.TaskItem("", "FullRefresh", 50, schedule_item=schedule, target=target)
    server.tasks.create(item)
    [task], _ = server.tasks.get()

    assert task.target is not None
    assert (task.target.id, task.target.type, task.task_type) == (book, "workbook", "extractRefresh")
    server.tasks.run(task)
    tableau.wait_for_jobs()
    assert server.tasks.get_by_id(task.id).last_run_at is not None
    server.tasks.delete(task.id)
    assert server.tasks.get()[0] == []


@pytest.mark.parametrize(
    ("frequency", "start", "intervals"),
    [
        ("Hourly", "00:02:00", HOURLY),
        ("Hourly", "00:00:00", '<interval hours="1" />'),
        ("Daily", "00:00:00", '<interval hours="24" />'),
        ("Weekly", "00:00:00", ""),
        ("Monthly", "00:00:00", ""),
        ("Weekly", "00:00:00", '<interval weekDay="Someday" />'),
        ("Yearly", "00:00:00", HOURLY),
    ],
)
def test_a_schedule_that_cloud_does_not_take_is_409004(
    tableau: LocalTableau, caller: Caller, frequency: str, start: str, intervals: str
) -> None:
    tableau.switch(flavour="cloud")
    book = tableau.add_workbook("Own", extract=True)
    good = caller.http.post("tasks/extractRefreshes", content=TASK.format(book, "Hourly", "00:05:00", HOURLY))
    bad = caller.http.post("tasks/extractRefreshes", content=TASK.format(book, frequency, start, intervals))

    assert (good.status_code, error_code(bad)) == (200, (409, "409004"))


def test_server_has_schedules_and_cloud_has_none(tableau: LocalTableau, caller: Caller) -> None:
    server = caller.client()
    interval = tsc.DailyInterval(start_time=time(3))  # type: ignore[no-untyped-call]
    made = server.schedules.create(tsc.ScheduleItem("Nightly", 50, "Extract", "Parallel", interval))
    book = server.workbooks.get_by_id(tableau.add_workbook("Own", extract=True))
    assert made.id is not None
    assert server.schedules.add_to_schedule(made.id, book) == []
    assert [one.name for one in server.schedules.get()[0]] == ["Weekday early mornings", "Nightly"]
    [task], _ = server.tasks.get()
    assert task.target is not None
    assert (task.schedule_id, task.target.id) == (made.id, book.id)

    tableau.switch(flavour="cloud")
    with pytest.raises(tsc.ServerResponseError, match="403157"):
        server.schedules.get()
    assert error_code(caller.http.get("schedules")) == (403, "403157")


def test_a_task_counts_how_often_it_failed_in_a_row(tableau: LocalTableau, caller: Caller) -> None:
    tableau.switch(flavour="cloud")
    book = tableau.add_workbook("Own", extract=True)
    made = caller.http.post("tasks/extractRefreshes", content=TASK.format(book, "Hourly", "00:05:00", HOURLY))
    task = first(made, "extractRefresh").get("id")
    tableau.inject("failing_job", endpoint="run_task", text="no access", times=2)
    for failures in ("1", "2", "0"):
        job = caller.job(caller.http.post(f"tasks/extractRefreshes/{task}/runNow"))
        assert job.findtext(".//t:notes", "", NAMESPACE) == ("no access" if failures != "0" else "")
        [shown] = all_of(caller.http.get("tasks/extractRefreshes"), "extractRefresh")
        assert shown.get("consecutiveFailedCount") == failures
