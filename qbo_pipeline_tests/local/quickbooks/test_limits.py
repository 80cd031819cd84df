"""How much may be asked: windows of a second and a minute, the month's reads, one request's time and objects."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.endpoints import endpoint_of
from qbo_pipeline.local.quickbooks.limits import Limits, RequestLimits
from qbo_pipeline.local.quickbooks.limits.batches import metered_reads, within_objects
from qbo_pipeline_tests.local.quickbooks.small_books import OTHER, REALM, Caller, SmallBooks

INVOICES = "SELECT * FROM Invoice"


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[LocalQuickBooks]:
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite", limits=True) as service:
        service.add_company(SmallBooks())
        yield service


@pytest.fixture
def asking(limited: LocalQuickBooks) -> Iterator[Caller]:
    one = Caller(limited)
    with one.http:
        yield one


def set_limits(service: LocalQuickBooks, **asked: Any) -> Any:
    answer = httpx.post(f"{service.url}/control/limits", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_company_that_asks_too_much_is_throttled_and_another_is_not(limited: LocalQuickBooks, asking: Caller) -> None:
    limited.add_company(SmallBooks(realm_id=OTHER, name="Other Books"))
    other = Caller(limited, OTHER)
    with other.http:
        spend_the_minute(limited)
        answer = asking.http.get("invoice/11")
        assert other.http.get("invoice/11").status_code == 200
    assert answer.status_code == 429
    fault = answer.json()["Fault"]
    assert (fault["type"], fault["Error"][0]["code"]) == ("SERVICE", "3001")
    assert fault["Error"][0]["Message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    assert "retry-after" not in answer.headers


def spend_the_minute(service: LocalQuickBooks) -> None:
    """As many requests as fit; the first of them leaves the window in eight seconds."""
    first = time.monotonic() - 52
    assert all(service.limits.refusal(REALM, "read", first + number * 0.101) is None for number in range(500))


def test_without_limits_as_many_as_come_are_answered(reader: Caller) -> None:
    assert {reader.http.get("invoice/11").status_code for _ in range(15)} == {200}


def test_the_eleventh_request_of_a_second_does_not_pass_and_does_not_count() -> None:
    limits = RequestLimits()
    refused = [limits.refusal(REALM, "read", 1000.0 + number / 100) for number in range(12)]
    assert refused == [None] * 10 + ["minute"] * 2
    assert limits.refusal(OTHER, "read", 1000.5) is None
    assert limits.refusal(REALM, "read", 1001.005) is None
    assert limits.refused == 2


@pytest.mark.parametrize(("scope", "batches"), [("app", 40), ("company", 120)])
def test_batches_have_a_limit_of_their_own_of_the_app_or_of_the_company(scope: Any, batches: int) -> None:
    limits = RequestLimits(Limits(batch_scope=scope))
    refused = [limits.refusal(REALM, "batch", 1000.0 + number / 4) for number in range(batches + 1)]
    assert refused == [None] * batches + ["minute"]
    assert limits.refusal(REALM, "read", 1001.0 + batches / 4) is None
    assert limits.refusal(REALM, "batch", 1060.1) is None


def test_two_hundred_reports_pass_in_a_minute() -> None:
    limits = RequestLimits()
    refused = [limits.refusal(REALM, "reports", 1000 + number * 0.11) for number in range(202)]
    assert refused == [None] * 200 + ["minute"] * 2
    assert limits.refusal(REALM, "query", 1025) is None


def test_five_hundred_pass_in_a_minute_and_more_when_it_is_over() -> None:
    limits = RequestLimits()
    refused = [limits.refusal(REALM, "read", 1000 + number * 0.11) for number in range(545)]
    assert refused == [None] * 500 + ["minute"] * 45
    assert limits.refusal(REALM, "read", 1060.5) is None


def test_what_is_left_can_be_told_at_any_moment() -> None:
    limits = RequestLimits(Limits(reads_per_month=1000))
    for number, endpoint in enumerate(("query", "batch", "reports")):
        limits.refusal(REALM, endpoint_of("POST", endpoint), 1000.0 + number * 0.7, reads=1)
    left = limits.left(REALM, 1001.5)
    assert (left.second, left.minute, left.batches, left.reports, left.month) == (8, 497, 39, 199, 997)
    elsewhere = limits.left(OTHER, 1001.5)
    assert (elsewhere.second, elsewhere.minute, elsewhere.month) == (10, 500, 997)
    assert limits.left(REALM, 1061.5).minute == 500


def test_the_reads_of_a_month_are_those_of_all_companies_and_the_next_month_has_new_ones() -> None:
    month = ["2026-11"]
    limits = RequestLimits(Limits(reads_per_month=2), lambda: month[0])
    assert [limits.refusal(realm, "read", 1000, reads=1) for realm in (REALM, OTHER, REALM)] == [None, None, "month"]
    assert limits.refusal(REALM, "write", 1000, reads=0) is None
    month[0] = "2026-12"
    assert limits.refusal(REALM, "read", 1000, reads=1) is None
    assert limits.left(REALM, 1000).month == 1


def test_sandboxes_are_not_metered() -> None:
    limits = RequestLimits(Limits(reads_per_month=1, metered=False))
    assert [limits.refusal(REALM, "read", 1000, reads=1) for _ in range(3)] == [None] * 3
    assert limits.reads_this_month == 0


QUERIES = json.dumps(
    {"BatchItemRequest": [{"bId": "1", "Query": INVOICES}, {"bId": "2", "Query": INVOICES}, {"bId": "3", "Term": {}}]}
).encode()


@pytest.mark.parametrize(
    ("method", "path", "body", "metering", "reads"),
    [
        ("GET", "query", b"", "request", 1),
        ("POST", "query", INVOICES.encode(), "request", 1),
        ("GET", "invoice/11", b"", "request", 1),
        ("GET", "cdc", b"", "request", 1),
        ("GET", "reports/TrialBalance", b"", "request", 1),
        ("POST", "invoice", b"{}", "request", 0),
        ("POST", "batch", QUERIES, "request", 1),
        ("POST", "batch", QUERIES, "queries", 2),
        ("POST", "batch", QUERIES, "free", 0),
        ("POST", "batch", b'{"BatchItemRequest": [{"bId": "1", "Term": {}}]}', "request", 0),
        ("POST", "batch", b"no JSON", "request", 0),
    ],
)
def test_reads_are_metered_and_writes_are_not(method: str, path: str, body: bytes, metering: Any, reads: int) -> None:
    assert metered_reads(endpoint_of(method, path), body, metering) == reads


def test_a_month_that_is_spent_refuses_reads_of_every_company_and_no_write(
    limited: LocalQuickBooks, asking: Caller
) -> None:
    set_limits(limited, reads_per_month=100, reads_this_month=99)
    assert asking.http.get("invoice/11").status_code == 200
    answer = asking.http.get("query", params={"query": INVOICES})
    assert answer.status_code == 429
    assert "month" in answer.json()["Fault"]["Error"][0]["Detail"].lower()
    assert asking.post("customer", {"DisplayName": "New Customer"}).status_code == 200
    limited.clock.advance(32 * 86_400)
    again = Caller(limited)
    with again.http:
        assert again.http.get("invoice/11").status_code == 200


def test_limits_are_read_and_set_over_http(limited: LocalQuickBooks, asking: Caller) -> None:
    limits = f"{limited.url}/control/limits"
    asking.http.get("invoice/11")
    before = httpx.get(limits).json()
    assert before["limits"]["per_minute"] == 500
    assert before["left"][REALM]["minute"] == 499
    assert before["reads_this_month"] == 1
    assert set_limits(limited, per_second=1, retry_after=60)["left"][REALM]["second"] <= 1
    answers = [asking.http.get("invoice/11") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "60"
    assert httpx.delete(limits).json()["limits"] == before["limits"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"per_hour": 3}, "per_minute"),
        ({"per_second": "ten"}, "per_second"),
        ({"per_second": -1}, "zero"),
        ({"batch_scope": "world"}, "batch_scope"),
        ([], "per_second"),
    ],
)
def test_a_limit_that_is_none_is_refused_with_what_there_is(service: LocalQuickBooks, asked: Any, told: str) -> None:
    answer = httpx.post(f"{service.url}/control/limits", json=asked)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


def test_limits_may_be_switched_on_while_the_service_runs(service: LocalQuickBooks, caller: Caller) -> None:
    set_limits(service, enforced=True, per_minute=0)
    assert caller.http.get("invoice/11").status_code == 429
    set_limits(service, enforced=False, per_minute=500)
    assert caller.http.get("invoice/11").status_code == 200


def test_a_request_that_takes_too_long_is_answered_by_the_gateway(limited: LocalQuickBooks, asking: Caller) -> None:
    set_limits(limited, seconds=0.2)
    limited.inject("timeout", seconds=60)
    began = time.monotonic()
    answer = asking.post("customer", {"DisplayName": "Late Customer"})
    assert 0.1 < time.monotonic() - began < 30
    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert asking.query("SELECT * FROM Customer WHERE DisplayName = 'Late Customer'")["Customer"]


def batch_of(caller: Caller, *statements: str) -> list[dict[str, Any]]:
    items = [{"bId": str(number), "Query": text} for number, text in enumerate(statements)]
    answered: list[dict[str, Any]] = caller.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]
    return answered


def test_items_of_a_batch_beyond_the_objects_it_may_hold_are_faults(limited: LocalQuickBooks, asking: Caller) -> None:
    set_limits(limited, batch_objects=5)
    first, second, third = batch_of(asking, INVOICES, INVOICES, "SELECT * FROM Vendor")
    assert len(first["QueryResponse"]["Invoice"]) == 4
    assert "5 objects" in second["Fault"]["Error"][0]["Detail"]
    assert second["bId"] == "1"
    assert len(third["QueryResponse"]["Vendor"]) == 1


def test_a_batch_within_its_objects_is_answered_byte_for_byte() -> None:
    answer = '{"BatchItemResponse":[{"QueryResponse":{"Term":[{"Id":"1","Rate":1.50}],"maxResults":1},"bId":"1"},'
    answer += '{"QueryResponse":{"totalCount":5000},"bId":"2"},{"Fault":{},"bId":"3"},{"Term":{},"bId":"4"}],"time":""}'
    assert within_objects(answer, 2) == answer
    assert within_objects(answer, 1) != answer
