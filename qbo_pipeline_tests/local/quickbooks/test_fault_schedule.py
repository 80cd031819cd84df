"""Which requests a fault strikes, and how often; what may be asked for."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qbo_pipeline
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.endpoints import API, Endpoint, endpoint_of
from qbo_pipeline.local.quickbooks.injection import KINDS, Injections
from qbo_pipeline.local.quickbooks.limits import Limits

ENDPOINTS: tuple[Endpoint, ...] = (*API, "token", "revoke")


def pattern(requests: int, kind: str = "throttle", **asked: Any) -> list[bool]:
    """Which of so many like requests a fault strikes."""
    injections = Injections()
    injections.add(kind, asked)
    return [injections.strike("query", "GET query SELECT * FROM Invoice").failure is not None for _ in range(requests)]


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("GET", "query", "query"),
        ("POST", "query", "query"),
        ("GET", "invoice/11", "read"),
        ("GET", "companyinfo/1", "read"),
        ("POST", "invoice", "write"),
        ("POST", "batch", "batch"),
        ("GET", "cdc", "cdc"),
        ("GET", "reports/TrialBalance", "reports"),
    ],
)
def test_method_and_path_tell_the_endpoint(method: str, path: str, endpoint: str) -> None:
    assert endpoint_of(method, path) == endpoint


def test_a_fault_strikes_once_unless_told_how_often() -> None:
    assert pattern(4) == [True, False, False, False]
    assert pattern(4, times=2, after=1) == [False, True, True, False]
    assert pattern(4, times=None) == [True] * 4


def test_a_rate_strikes_the_same_requests_for_the_same_seed() -> None:
    struck = pattern(1000, rate=0.2, seed=3)
    assert 150 < sum(struck) < 250
    assert pattern(1000, rate=0.2, seed=3) == struck
    assert pattern(1000, rate=0.2, seed=4) != struck
    assert sum(pattern(1000, rate=0.2, seed=3, times=5)) == 5


@given(rate=st.sampled_from([0.0, 1.0]), seed=st.integers())
def test_no_request_is_struck_at_a_rate_of_nought_and_every_one_at_one(rate: float, seed: int) -> None:
    assert pattern(20, rate=rate, seed=seed) == [rate == 1.0] * 20


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_fault_strikes_the_endpoints_it_was_told_and_no_other(endpoint: Endpoint) -> None:
    injections = Injections()
    injections.add("server_error", {"endpoint": endpoint, "times": None})
    assert [one for one in ENDPOINTS if injections.strike(one, "").failure is not None] == [endpoint]


def test_a_fault_that_was_told_no_endpoint_strikes_the_api_and_the_token_endpoint_when_it_names_it() -> None:
    def struck(match: str) -> list[str]:
        injections = Injections()
        injections.add("timeout", {"match": match, "times": None})
        return [one for one in ENDPOINTS if injections.strike(one, f"POST {one}").failure is not None]

    assert struck("") == list(API)
    assert struck("token") == ["token"]


def test_of_several_failures_the_first_strikes_and_the_others_wait() -> None:
    injections = Injections()
    first = injections.add("throttle", {})
    second = injections.add("quota", {})
    assert [injections.strike("read", "").failure for _ in range(3)] == [first, second, None]


def test_changes_of_answers_strike_together_and_beside_a_failure() -> None:
    injections = Injections()
    failure = injections.add("slow", {})
    changes = [injections.add("unknown_fields", {}), injections.add("type_flips", {})]
    struck = injections.strike("read", "")
    assert struck.failure is failure
    assert list(struck.changes) == changes
    assert injections.strike("read", "").changes == tuple(changes)


def test_a_lost_rotation_is_not_spent_on_a_first_connection() -> None:
    injections = Injections()
    lost = injections.add("lost_rotation", {})
    assert injections.strike("token", "POST token authorization_code").failure is None
    assert injections.strike("token", "POST token refresh_token").failure is lost


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_says_what_it_does_and_every_setting_what_it_is(kind: Any) -> None:
    assert kind.what
    assert all(
        one.what and (one.default is None or one.checked(one.default) is not None) for one in kind.all_settings()
    )
    names = [one.name for one in kind.all_settings()]
    assert len(names) == len(set(names))


def test_the_documents_name_every_kind_and_every_setting() -> None:
    text = (Path(qbo_pipeline.__file__).parents[1] / "docs" / "local-quickbooks.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for kind in KINDS.values():
        [row] = [one for one in rows if f"`{kind.name}`" in one.split("|")[1]]
        assert [one.name for one in kind.settings if f"`{one.name}`" not in row] == []
        assert [
            choice
            for one in kind.settings
            for choice in one.choices
            if one.name != "entity" and f"`{choice}`" not in row
        ] == []
    limits = text.partition("## Limits")[2].partition("\n## ")[0]
    assert [one.name for one in fields(Limits) if one.name not in limits + text.partition("What is assumed")[2]] == []


def test_the_kinds_are_listed_over_http(service: LocalQuickBooks) -> None:
    listed = {one["kind"]: one for one in httpx.get(f"{service.url}/control/faults/kinds").json()["kinds"]}
    assert set(listed) == set(KINDS)
    settings = {one["name"]: one for one in listed["server_error"]["settings"]}
    assert settings["status"]["default"] == 503
    assert (settings["status"]["least"], settings["status"]["most"]) == (500, 599)
    assert settings["body"]["choices"] == ["json", "html", "text"]
    assert {"match", "endpoint", "times", "after", "rate", "seed"} < set(settings)
    assert listed["false_deletion"]["endpoints"] == ["cdc"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "earthquake"}, "there are throttle, quota"),
        ({"kind": "throttle", "retry": 1}, "it has match, endpoint, times, after, rate, seed, retry_after"),
        ({"kind": "throttle", "retry_after": "soon"}, "retry_after is a whole number from 0, not 'soon'"),
        ({"kind": "throttle", "times": True}, "times is a whole number"),
        ({"kind": "throttle", "rate": 2}, "rate is a number from 0 to 1"),
        ({"kind": "server_error", "status": 404}, "status is a whole number from 500 to 599"),
        ({"kind": "reset", "at": "end"}, "at is one of start, middle"),
        ({"kind": "quota", "endpoint": "token"}, "endpoint is one of query, read"),
        ({"kind": "stale", "endpoint": ["query", "write"]}, "endpoint is one of query, read, cdc"),
        ({"kind": "edit", "entity": "Invoices"}, "entity is one of Account,"),
        ({"kind": "type_flips", "property": [1]}, "property is a text or a list of texts"),
        ({"latency": -1}, "latency is a number from 0"),
        ({}, "kind says what goes wrong: throttle"),
        ([], "GET /control/faults/kinds lists them"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_what_can(service: LocalQuickBooks, asked: Any, told: str) -> None:
    answer = httpx.post(f"{service.url}/control/faults", json=asked)
    assert answer.status_code == 400
    assert told in answer.json()["error"]
    assert httpx.get(f"{service.url}/control/faults").json() == {"faults": [], "latency": 0.0}


def test_what_was_asked_for_is_shown_with_how_often_it_struck(service: LocalQuickBooks) -> None:
    asked = {"kind": "server_error", "endpoint": "reports", "times": None, "status": 502, "body": "html"}
    [shown] = httpx.post(f"{service.url}/control/faults", json=asked).json()["faults"]
    assert shown == {
        "kind": "server_error",
        "match": "",
        "endpoints": ["reports"],
        "times": None,
        "after": 0,
        "struck": 0,
        "settings": {"status": 502, "body": "html", "carried_out": False},
    }
