"""Everything that may go wrong on the way can be asked for."""

from __future__ import annotations

import time

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import CLIENT, REALM, Caller, connect

INVOICES = "SELECT * FROM Invoice ORDERBY MetaData.CreateTime"


def ask(caller: Caller, text: str = INVOICES) -> httpx.Response:
    return caller.http.get("query", params={"query": text})


def test_a_fault_strikes_what_it_matches_as_often_as_asked_and_not_before(
    service: LocalQuickBooks, caller: Caller
) -> None:
    service.inject("server_error", match="from Invoice", status=503, times=2, after=1)
    assert ask(caller, "SELECT * FROM Customer").status_code == 200
    assert [ask(caller).status_code for _ in range(4)] == [200, 503, 503, 200]


def test_throttling_by_the_minute_may_say_how_long_to_wait(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("throttle", retry_after=2)
    answer = ask(caller)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["Fault"]["Error"][0]["code"] == "3001"


def test_a_spent_monthly_quota_is_told_apart_from_throttling(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("quota")
    answer = ask(caller)
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers
    assert "month" in answer.json()["Fault"]["Error"][0]["Detail"].lower()


def test_an_answer_may_come_late(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("timeout", seconds=5)
    with pytest.raises(httpx.ReadTimeout):
        caller.http.get("query", params={"query": INVOICES}, timeout=0.2)
    assert ask(caller).status_code == 200


def test_a_connection_may_end_in_the_middle_of_a_body(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("reset")
    with pytest.raises(httpx.RemoteProtocolError):
        ask(caller)
    assert len(ask(caller).json()["QueryResponse"]["Invoice"]) == 4


def test_a_body_may_be_half_of_its_json_and_look_complete(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("truncated")
    answer = ask(caller)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        answer.json()


def test_http_200_may_hold_a_fault(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("fault_200")
    answer = ask(caller)
    assert answer.status_code == 200
    assert answer.json()["Fault"]["type"] == "SystemFault"


def test_a_token_may_expire_at_once(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("expire_token")
    assert ask(caller).status_code == 401
    assert ask(caller).status_code == 401
    caller.http.headers["Authorization"] = f"Bearer {connect(service)['access_token']}"
    assert ask(caller).status_code == 200


def test_a_rotation_may_happen_and_its_answer_be_lost(service: LocalQuickBooks) -> None:
    value = connect(service)["refresh_token"]
    service.inject("lost_rotation")
    form = {"grant_type": "refresh_token", "refresh_token": value}
    url = f"{service.url}/oauth2/v1/tokens/bearer"
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(url, data=form, auth=CLIENT)
    after = httpx.post(url, data=form, auth=CLIENT)
    assert (after.status_code, after.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(("kind", "count"), [("edit", 4), ("delete", 3), ("create", 5)])
def test_records_may_change_between_two_pages(service: LocalQuickBooks, caller: Caller, kind: str, count: int) -> None:
    before = {record["Id"]: record for record in caller.query(INVOICES)["Invoice"]}
    service.inject(kind, match="from invoice", entity="Invoice")
    assert {record["Id"]: record for record in ask(caller).json()["QueryResponse"]["Invoice"]} == before
    after = {record["Id"]: record for record in caller.query(INVOICES)["Invoice"]}
    assert len(after) == count
    assert after != before


def test_a_test_may_do_what_it_likes_between_two_pages(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject(
        "edit",
        match="from Invoice",
        after=1,
        action=lambda: service.store.delete(REALM, "Invoice", "12", service.clock.now()),
    )
    assert [len(caller.query(INVOICES)["Invoice"]) for _ in range(3)] == [4, 4, 3]


def test_every_request_may_take_its_time(service: LocalQuickBooks, caller: Caller) -> None:
    service.slow_down(0.3)
    began = time.monotonic()
    assert ask(caller).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_faults_are_asked_for_and_healed_over_http(service: LocalQuickBooks, caller: Caller) -> None:
    faults = f"{service.url}/control/faults"
    assert httpx.post(faults, json={"kind": "server_error", "status": 500, "times": 9}).status_code == 200
    assert ask(caller).status_code == 500
    assert httpx.get(faults).json()["faults"][0]["struck"] == 1
    httpx.delete(faults)
    assert ask(caller).status_code == 200
    assert httpx.post(faults, json={"kind": "earthquake"}).status_code == 400
