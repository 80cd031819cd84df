"""Faults on demand: before and after the rows are in, and as a client sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import LINES, Caller, error_of

ROW = [{"Key": "a"}]


def outcome(push: Callable[[], httpx.Response]) -> int | str:
    """A status, or what became of the connection."""
    try:
        return push().status_code
    except httpx.TransportError as error:
        return type(error).__name__


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize(
    ("kind", "settings", "seen"),
    [
        ("timeout", {"seconds": 0.05}, {504}),
        ("timeout", {"seconds": 5}, {"ReadTimeout"}),
        ("reset", {}, {"ReadError"}),
        ("server_error", {"status": 502, "body": "html"}, {502}),
        ("server_error", {"status": 500, "body": "none"}, {500}),
    ],
)
def test_an_answer_that_fails_leaves_it_open_whether_rows_are_in(
    caller: Caller, power_bi: LocalPowerBI, kind: str, settings: dict[str, Any], seen: set[int | str], carried_out: bool
) -> None:
    identity = caller.create()
    power_bi.inject(kind, endpoint="rows", carried_out=carried_out, **settings)
    caller.http.timeout = httpx.Timeout(1.0)

    assert outcome(lambda: caller.push(identity, ROW)) in seen
    assert len(power_bi.rows(identity, "Lines")) == carried_out
    assert outcome(lambda: caller.push(identity, ROW)) == 200


def test_an_answer_can_break_off_in_its_middle(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.inject("reset", endpoint="create", at="middle")

    assert outcome(lambda: caller.http.post("datasets", json={"name": "B", "tables": [LINES]})) == "RemoteProtocolError"
    assert len(caller.http.get("datasets").json()["value"]) == 1


@pytest.mark.parametrize(("settings", "header"), [({}, None), ({"retry_after": 7}, "7")])
def test_a_throttle_has_a_retry_after_or_none(
    caller: Caller, power_bi: LocalPowerBI, settings: dict[str, Any], header: str | None
) -> None:
    identity = caller.create()
    power_bi.inject("throttle", endpoint="rows", **settings)
    answer = caller.push(identity, ROW)

    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert caller.count(identity) == 0


def test_a_retry_after_can_be_a_date(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = caller.create()
    power_bi.inject("throttle", endpoint="rows", retry_after=60, date=True)

    assert caller.push(identity, ROW).headers["Retry-After"].endswith("GMT")


def test_late_rows_are_seen_later(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = caller.create()
    caller.push(identity, ROW)
    power_bi.inject("late_rows", seconds=5)
    caller.push(identity, ROW)

    assert (caller.count(identity), len(power_bi.rows(identity, "Lines"))) == (1, 2)
    power_bi.advance(6)
    assert caller.count(identity) == 2


@pytest.mark.parametrize(
    ("kind", "status", "datasets"),
    [("accepted", 202, 1), ("created_twice", 201, 2), ("creation_retired", 400, 0), ("missing_information", 400, 0)],
)
def test_creations_go_wrong_in_ways_of_their_own(
    caller: Caller, power_bi: LocalPowerBI, kind: str, status: int, datasets: int
) -> None:
    power_bi.inject(kind)
    answer = caller.http.post("datasets", json={"name": "B", "tables": [LINES]})

    assert (answer.status_code, len(caller.http.get("datasets").json()["value"])) == (status, datasets)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("token_expired", 403, "TokenExpired"), ("unauthorized", 401, "PowerBINotAuthorizedException")],
)
def test_a_good_token_can_be_refused(caller: Caller, power_bi: LocalPowerBI, kind: str, status: int, code: str) -> None:
    power_bi.inject(kind)
    answer = caller.http.get("datasets")

    assert (answer.status_code, error_of(answer)["code"]) == (status, code)
    assert caller.http.get("datasets").status_code == 200


def test_queries_can_be_off_for_the_tenant(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(execute_queries=False)

    assert caller.query(caller.create(), 'EVALUATE ROW("n", 1)').status_code == 401


def test_a_rate_strikes_the_same_requests_for_the_same_seed(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = caller.create()

    def statuses(seed: int) -> list[int]:
        power_bi.heal()
        power_bi.inject("server_error", endpoint="rows", rate=0.5, seed=seed)
        return [caller.push(identity, ROW).status_code for _ in range(20)]

    first = statuses(3)
    assert set(first) == {200, 503}
    assert first == statuses(3) != statuses(4)


def test_faults_wait_match_and_end(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = caller.create()
    power_bi.inject("server_error", match="needle", after=1, times=2)

    assert caller.push(identity, ROW).status_code == 200
    assert [caller.push(identity, [{"Key": "needle"}]).status_code for _ in range(4)] == [200, 503, 503, 200]


def test_faults_are_asked_for_over_http_too(power_bi: LocalPowerBI, caller: Caller) -> None:
    address = f"{power_bi.url}/control/faults"
    asked = httpx.post(address, json={"kind": "server_error", "endpoint": "datasets", "latency": 0.01}).json()

    assert (asked["latency"], [one["kind"] for one in asked["faults"]]) == (0.01, ["server_error"])
    assert caller.http.get("datasets").status_code == 503
    assert [one["struck"] for one in httpx.get(address).json()["faults"]] == [1]
    assert httpx.delete(address).json() == {"faults": [], "latency": 0.0}
    kinds = {one["kind"] for one in httpx.get(f"{address}/kinds").json()["kinds"]}
    assert {"timeout", "reset", "throttle", "late_rows", "creation_retired"} <= kinds


@pytest.mark.parametrize("asked", [{"kind": "nothing"}, {"kind": "reset", "at": "end"}, {"seconds": 1}, []])
def test_a_fault_that_cannot_be_is_refused(power_bi: LocalPowerBI, asked: Any) -> None:
    answer = httpx.post(f"{power_bi.url}/control/faults", json=asked)

    assert (answer.status_code, set(answer.json())) == (400, {"error"})


def test_what_arrived_is_told(power_bi: LocalPowerBI, caller: Caller) -> None:
    power_bi.inject("server_error", endpoint="rows")
    caller.push(caller.create(), ROW)
    seen = power_bi.requests[-1]

    assert (seen.endpoint, seen.method, seen.status, seen.faults) == ("rows", "POST", 503, ("server_error",))
