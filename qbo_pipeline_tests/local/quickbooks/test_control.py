"""Steering the service from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import Caller


@pytest.fixture
def control(service: LocalQuickBooks) -> httpx.Client:
    return httpx.Client(base_url=f"{service.url}/control/")


def test_the_front_page_tells_a_person_what_there_is(service: LocalQuickBooks, caller: Caller) -> None:
    caller.query("SELECT * FROM Invoice")
    service.inject("throttle", match="from Bill", times=3)
    page = httpx.get(service.url).text
    assert "Small Books" in page
    assert "Invoice" in page
    assert "throttle" in page
    assert "0 of 3" in page


def test_health_lists_the_companies(control: httpx.Client) -> None:
    with control:
        answer = control.get("health").json()
    assert answer["status"] == "ok"
    assert {"realm_id": "9341459999999999", "name": "Small Books"} in answer["companies"]


def test_the_clock_moves_on_request_and_tokens_grow_old_with_it(control: httpx.Client, caller: Caller) -> None:
    with control:
        before = datetime.fromisoformat(control.get("clock").json()["now"])
        after = datetime.fromisoformat(control.post("clock", json={"advance_seconds": 3601}).json()["now"])
    assert 3600 <= (after - before).total_seconds() < 3700
    answer = caller.http.get("invoice/11")
    assert answer.status_code == 401
    assert answer.json()["fault"]["error"][0]["code"] == "3200"
    assert answer.headers["intuit_tid"]


@pytest.mark.parametrize("body", [{}, {"advance_seconds": "soon"}, []])
def test_a_clock_that_is_told_nothing_does_not_move(control: httpx.Client, body: Any) -> None:
    with control:
        assert control.post("clock", json=body).status_code == 400
        assert control.get("clock").json()["ahead_seconds"] == 0


def test_requests_are_remembered_counted_and_forgotten(control: httpx.Client, caller: Caller) -> None:
    with control:
        control.delete("requests")
        caller.query("SELECT count(*) FROM Invoice")
        caller.http.get("invoice/999")
        seen = control.get("requests").json()
        assert seen["count"] == 2
        assert [(one["path"], one["query"], one["status"]) for one in seen["requests"]] == [
            ("query", "SELECT count(*) FROM Invoice", 200),
            ("invoice/999", "", 400),
        ]
        assert control.delete("requests").json()["count"] == 0


def test_latency_is_set_and_healed(control: httpx.Client, service: LocalQuickBooks) -> None:
    with control:
        assert control.post("faults", json={"latency": 0.25}).json() == {"faults": [], "latency": 0.25}
        assert control.delete("faults").json() == {"faults": [], "latency": 0.0}


@pytest.mark.parametrize("asked", [{"kind": "throttle", "action": "x"}, {"kind": "nothing"}, {"match": "x"}])
def test_faults_that_do_not_exist_are_refused(control: httpx.Client, asked: dict[str, str]) -> None:
    with control:
        answer = control.post("faults", json=asked)
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
        assert control.get("faults").json()["faults"] == []


@pytest.mark.parametrize(
    ("order", "expected"), [("ignore", ["11", "12", "14", "13"]), ("sort", ["11", "12", "13", "14"])]
)
def test_a_switch_says_what_an_order_by_id_does(
    control: httpx.Client, caller: Caller, order: str, expected: list[str]
) -> None:
    with control:
        control.post("switches", json={"id_order": order})
        found = caller.ids("SELECT * FROM Invoice ORDERBY Id", "Invoice")
        assert control.post("switches", json={"id_order": "shuffle"}).status_code == 400
        assert control.post("switches", json={"id_order": "reject"}).json()["id_order"] == "reject"
    assert found == expected


def test_a_fault_for_the_api_does_not_strike_the_token_endpoint(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("server_error", status=500, times=1)
    form = {"grant_type": "refresh_token", "refresh_token": caller.tokens["refresh_token"]}
    client = ("local-client-id", "local-client-secret")
    url = f"{service.url}/oauth2/v1/tokens/bearer"
    assert httpx.post(url, data=form, auth=client).status_code == 200
    assert caller.http.get("invoice/11").status_code == 500
    service.inject("throttle", match="token")
    assert caller.http.get("invoice/11").status_code == 200
    assert httpx.post(url, data=form, auth=client).status_code == 429
