"""Refreshes of import models, and reports that are bound to another dataset."""

from __future__ import annotations

import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import Caller, error_of


@pytest.fixture
def model(power_bi: LocalPowerBI) -> str:
    power_bi.switch(refresh_seconds=60.0)
    return power_bi.service.add_import_model("Imported", power_bi.workspace)


def test_a_standard_refresh_runs_and_is_in_the_history(caller: Caller, power_bi: LocalPowerBI, model: str) -> None:
    asked = caller.http.post(f"datasets/{model}/refreshes", json={"notifyOption": "NoNotification"})
    [running] = caller.http.get(f"datasets/{model}/refreshes").json()["value"]
    power_bi.advance(61)
    [done] = caller.http.get(f"datasets/{model}/refreshes?$top=1").json()["value"]

    assert (asked.status_code, asked.content) == (202, b"")
    assert running["requestId"] == asked.headers["RequestId"]
    assert (running["status"], "endTime" in running, running["refreshType"]) == ("Unknown", False, "ViaApi")
    assert (done["status"], "endTime" in done) == ("Completed", True)


def test_an_enhanced_refresh_is_followed_by_its_id(caller: Caller, power_bi: LocalPowerBI, model: str) -> None:
    asked = caller.http.post(f"datasets/{model}/refreshes", json={"type": "Full", "retryCount": 1})
    identity = asked.headers["x-ms-request-id"]
    running = caller.http.get(asked.headers["Location"])
    second = caller.http.post(f"datasets/{model}/refreshes", json={"type": "Full"})
    power_bi.advance(61)
    done = caller.http.get(f"datasets/{model}/refreshes/{identity}")

    assert (running.status_code, running.json()["extendedStatus"], second.status_code) == (202, "InProgress", 409)
    assert (done.status_code, done.json()["status"], done.json()["type"]) == (200, "Completed", "Full")


def test_an_enhanced_refresh_can_be_cancelled(caller: Caller, model: str) -> None:
    identity = caller.http.post(f"datasets/{model}/refreshes", json={"type": "Full"}).headers["x-ms-request-id"]

    assert caller.http.delete(f"datasets/{model}/refreshes/{identity}").status_code == 200
    assert caller.http.get(f"datasets/{model}/refreshes/{identity}").json()["extendedStatus"] == "Cancelled"
    assert caller.http.delete(f"datasets/{model}/refreshes/{identity}").status_code == 400


def test_a_day_has_eight_refreshes(caller: Caller, power_bi: LocalPowerBI, model: str) -> None:
    for _ in range(8):
        assert caller.http.post(f"datasets/{model}/refreshes").status_code == 202
        power_bi.advance(61)
    refused = caller.http.post(f"datasets/{model}/refreshes")

    assert refused.status_code == 400
    assert error_of(refused)["message"].endswith("Number of refresh requests in last 24 hours exceeded limit")
    caller.wait(86400)
    assert caller.http.post(f"datasets/{model}/refreshes").status_code == 202


@pytest.mark.parametrize("body", [{"notifyOption": "Maybe"}, {"kind": "Full"}, {"type": "Half"},
                                  {"type": "Full", "notifyOption": "NoNotification"}])  # fmt: skip
def test_a_refresh_that_cannot_be_is_refused(caller: Caller, model: str, body: dict[str, str]) -> None:
    assert caller.http.post(f"datasets/{model}/refreshes", json=body).status_code == 400


def test_a_shared_capacity_knows_no_enhanced_refresh(caller: Caller, power_bi: LocalPowerBI, model: str) -> None:
    power_bi.switch(enhanced_refresh=False)

    assert caller.http.post(f"datasets/{model}/refreshes", json={"type": "Full"}).status_code == 400


def test_a_refresh_can_fail(caller: Caller, power_bi: LocalPowerBI, model: str) -> None:
    power_bi.inject("refresh_fails")
    location = caller.http.post(f"datasets/{model}/refreshes", json={"type": "Full"}).headers["Location"]
    power_bi.advance(61)
    told = caller.http.get(location).json()

    assert (told["status"], told["extendedStatus"], told["messages"][0]["type"]) == ("Failed", "Failed", "Error")
    [entry] = caller.http.get(f"datasets/{model}/refreshes").json()["value"]
    assert (entry["status"], "serviceExceptionJson" in entry) == ("Failed", True)


def test_a_push_dataset_has_nothing_to_refresh(caller: Caller) -> None:
    assert caller.http.post(f"datasets/{caller.create()}/refreshes").status_code == 400


def test_a_report_is_bound_to_another_dataset(caller: Caller, power_bi: LocalPowerBI) -> None:
    blue, green = caller.create(), caller.create()
    report = power_bi.service.reports.add(power_bi.workspace, "Month end", blue)
    answer = caller.http.post(f"reports/{report}/Rebind", json={"datasetId": green})

    assert (answer.status_code, answer.content) == (200, b"")
    told = {one["id"]: one["datasetId"] for one in caller.http.get("reports").json()["value"]}
    assert told[report] == green


def test_a_report_is_not_bound_to_what_is_not_there(caller: Caller, power_bi: LocalPowerBI) -> None:
    report = power_bi.service.reports.add(power_bi.workspace, "Month end", caller.create())

    assert caller.http.post(f"reports/{report}/Rebind", json={"datasetId": "nothing"}).status_code == 404
    assert caller.http.post("reports/nothing/Rebind", json={"datasetId": caller.create()}).status_code == 404
    assert caller.http.post(f"reports/{report}/Rebind", json={}).status_code == 400
