"""Everything that may go wrong on the way can be asked for."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import CLIENT, REALM, Caller, connect
from qbo_pipeline_tests.patience import PATIENCE_SECONDS

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


def refresh(service: LocalQuickBooks, value: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": value}
    return httpx.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT)


@pytest.mark.parametrize(("at", "seen"), [("start", httpx.ReadError), ("middle", httpx.RemoteProtocolError)])
def test_a_rotation_may_happen_and_its_answer_be_lost(
    service: LocalQuickBooks, at: str, seen: type[httpx.TransportError]
) -> None:
    value, other = (connect(service)["refresh_token"] for _ in range(2))
    service.inject("lost_rotation", at=at)
    with pytest.raises(seen):
        refresh(service, value)
    after = refresh(service, value)
    assert (after.status_code, after.json()) == (400, {"error": "invalid_grant"})
    assert refresh(service, other).json()["refresh_token"] == other


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


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [("html", "text/html", "<h1>502 Bad Gateway</h1>"), ("text", "text/plain", "502 Bad Gateway")],
)
def test_an_error_of_a_gateway_is_no_json(
    service: LocalQuickBooks, caller: Caller, body: str, kind: str, says: str
) -> None:
    service.inject("server_error", status=502, body=body)
    answer = ask(caller)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith(kind)
    assert says in answer.text


def test_an_error_of_the_server_has_any_status_and_the_shape_of_a_fault(
    service: LocalQuickBooks, caller: Caller
) -> None:
    service.inject("server_error", status=599)
    answer = ask(caller)
    assert (answer.status_code, answer.json()["Fault"]["type"]) == (599, "SystemFault")


@pytest.mark.parametrize(("carried_out", "left"), [(False, 3), (True, 4)])
def test_a_write_that_failed_may_have_been_done_nevertheless(
    service: LocalQuickBooks, caller: Caller, carried_out: bool, left: int
) -> None:
    service.inject("server_error", endpoint="write", carried_out=carried_out)
    assert caller.post("customer", {"DisplayName": "Twice"}).status_code == 503
    assert len(caller.query("SELECT * FROM Customer")["Customer"]) == left


@pytest.mark.parametrize("kind", ["throttle", "quota", "unauthorized", "fault_200"])
def test_a_write_that_is_refused_is_not_done(service: LocalQuickBooks, caller: Caller, kind: str) -> None:
    service.inject(kind, endpoint="write")
    caller.post("customer", {"DisplayName": "Refused"})
    assert caller.query("SELECT * FROM Customer WHERE DisplayName = 'Refused'") == {}


def test_the_gateway_may_refuse_a_good_token(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("unauthorized")
    answer = ask(caller)
    assert answer.status_code == 401
    assert answer.json()["fault"]["error"][0]["code"] == "3200"
    assert ask(caller).status_code == 200


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_connection_may_be_reset_before_any_byte(service: LocalQuickBooks, caller: Caller, carried_out: bool) -> None:
    service.inject("reset", at="start", carried_out=carried_out)
    with pytest.raises(httpx.ReadError):
        caller.post("customer", {"DisplayName": "Unheard"})
    found = caller.query("SELECT * FROM Customer WHERE DisplayName = 'Unheard'")
    assert bool(found) == carried_out


def test_an_answer_may_trickle_in(service: LocalQuickBooks, caller: Caller) -> None:
    expected = ask(caller).json()["QueryResponse"]
    service.inject("slow", seconds=1.2, pieces=4)
    arrived = []
    with caller.http.stream("GET", "query", params={"query": INVOICES}) as answer:
        began = time.monotonic()
        body = b""
        for piece in answer.iter_raw():
            arrived.append(time.monotonic() - began)
            body += piece
    assert arrived[-1] - arrived[0] > 0.2
    assert len(body) == int(answer.headers["content-length"])
    assert httpx.Response(200, content=body).json()["QueryResponse"] == expected


@pytest.mark.parametrize(
    ("endpoint", "kind", "seen"),
    [
        ("token", "server_error", "503"),
        ("token", "timeout", "ReadTimeout"),
        ("token", "reset", "RemoteProtocolError"),
        ("token", "slow", "200"),
        ("revoke", "server_error", "503"),
        ("revoke", "timeout", "ReadTimeout"),
        ("revoke", "reset", "ReadError"),
    ],
)
def test_faults_strike_the_authorization_server_too(
    service: LocalQuickBooks, endpoint: str, kind: str, seen: str
) -> None:
    value = connect(service)["refresh_token"]
    injected = service.inject(kind, endpoint=endpoint)
    path = "/oauth2/v1/tokens/bearer" if endpoint == "token" else "/v2/oauth2/tokens/revoke"
    form = {"grant_type": "refresh_token", "refresh_token": value, "token": value}
    patience = 0.3 if kind == "timeout" else PATIENCE_SECONDS
    try:
        outcome = str(httpx.post(f"{service.url}{path}", data=form, auth=CLIENT, timeout=patience).status_code)
    except httpx.TransportError as error:
        outcome = type(error).__name__
    assert (injected.struck, outcome) == (1, seen)


def test_change_data_capture_may_call_a_living_record_deleted(service: LocalQuickBooks, caller: Caller) -> None:
    injected = service.inject("false_deletion", entity="Invoice")
    caller.http.get("cdc", params={"entities": "Invoice", "changedSince": "2026-08-01T00:00:00-07:00"})
    assert injected.struck == 0  # nothing had changed
    since = {"entities": "Customer,Invoice", "changedSince": "2026-03-09T00:00:00-08:00"}
    told, again = (caller.http.get("cdc", params=since).json()["CDCResponse"][0]["QueryResponse"][1] for _ in range(2))
    assert told["Invoice"][0]["status"] == "Deleted"
    assert told["Invoice"][0]["Id"] == again["Invoice"][0]["Id"] == "11"
    assert "status" not in again["Invoice"][0]
    assert caller.read("Invoice", "11")["DocNumber"] == "1011"


def test_queries_may_be_behind_while_reads_by_id_are_not(service: LocalQuickBooks, caller: Caller) -> None:
    statement = "SELECT * FROM Customer WHERE Id = '2'"
    stale = service.inject("stale", endpoint="query", times=2)
    connect(service)  # A token is written, but no record.
    assert caller.query(statement)["Customer"][0]["SyncToken"] == "0"
    assert stale.struck == 0
    caller.post("customer", {"Id": "2", "SyncToken": "0", "sparse": True, "Notes": "new"})
    assert caller.read("Customer", "2")["SyncToken"] == "1"
    tokens = [caller.query(statement)["Customer"][0]["SyncToken"] for _ in range(3)]
    assert (tokens, stale.struck) == (["0", "0", "1"], 2)


def test_what_is_behind_catches_up_after_some_seconds_and_falls_behind_again(
    service: LocalQuickBooks, caller: Caller
) -> None:
    service.inject("stale", seconds=30)

    def seen() -> tuple[str, list[str]]:
        since = {"entities": "Invoice", "changedSince": "2026-03-09T12:00:00-07:00"}
        [changed] = caller.http.get("cdc", params=since).json()["CDCResponse"][0]["QueryResponse"]
        return caller.read("Invoice", "12")["SyncToken"], [one["Id"] for one in changed.get("Invoice", [])]

    for before in ("0", "1"):
        listed = seen()[1]
        service.writer.touch(REALM, "Invoice", "12", PrivateNote=f"after {before}")
        assert seen() == (before, listed)
        service.clock.advance(29)
        assert seen() == (before, listed)
        service.clock.advance(2)
        assert seen() == (str(int(before) + 1), ["12"])


def test_a_healed_service_shows_what_was_written(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("stale")
    service.writer.remove(REALM, "Invoice", "12")
    assert len(caller.query(INVOICES)["Invoice"]) == 4
    service.heal()
    assert len(caller.query(INVOICES)["Invoice"]) == 3


def test_answers_may_have_fields_and_types_that_nobody_announced(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("unknown_fields", place="record")
    service.inject("type_flips", property="TotalAmt", endpoint="query")
    [record, *_] = caller.query(INVOICES)["Invoice"]
    assert record["IntroducedLater"] == "text"
    assert record["TotalAmt"] == "100"
    assert caller.read("Invoice", "13")["TotalAmt"] == 100


def test_the_token_endpoint_may_have_fields_that_nobody_announced(service: LocalQuickBooks) -> None:
    service.inject("unknown_fields", endpoint="token")
    answer = connect(service)
    assert answer["IntroducedLater"] == "text"
    assert answer["token_type"] == "bearer"


def test_the_clock_of_answers_may_be_wrong(service: LocalQuickBooks, caller: Caller) -> None:
    service.inject("clock_skew", seconds=-86_400)
    answer = caller.http.get("invoice/13")
    body: Any = answer.json()
    now = datetime.fromtimestamp(service.clock.now(), UTC)
    for told in (parsedate_to_datetime(answer.headers["date"]), datetime.fromisoformat(body["time"])):
        assert abs((now - told).total_seconds() - 86_400) < 30
    assert body["Invoice"]["MetaData"]["CreateTime"] == "2025-11-01T01:50:00-07:00"
    assert body["Invoice"]["TxnDate"] == "2025-11-02"


def test_the_date_of_every_answer_is_that_of_the_clock(service: LocalQuickBooks, caller: Caller) -> None:
    service.clock.advance(600)
    now = datetime.fromtimestamp(service.clock.now(), UTC)
    for url in ("invoice/11", f"{service.url}/control/health", f"{service.url}/.well-known/openid_configuration"):
        answer = caller.http.get(url)
        assert len(answer.headers.get_list("date")) == 1
        assert abs((parsedate_to_datetime(answer.headers["date"]) - now).total_seconds()) < 10


def test_a_clock_that_was_moved_stays_moved_when_the_service_starts_again(tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with LocalQuickBooks(state) as service:
        httpx.post(f"{service.url}/control/clock", json={"advance_seconds": 86_400})
    with LocalQuickBooks(state) as service:
        clock = f"{service.url}/control/clock"
        assert httpx.get(clock).json()["ahead_seconds"] == 86_400
        assert httpx.post(clock, json={"ahead_seconds": 0}).json()["ahead_seconds"] == 0
    with LocalQuickBooks(state) as service:
        assert service.clock.ahead == 0
