"""Ten requests a second, five hundred a minute, each company for itself."""

from __future__ import annotations

import time
from pathlib import Path

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.limits import RequestLimits
from qbo_pipeline_tests.local.quickbooks.small_books import OTHER, REALM, Caller, SmallBooks


def test_a_company_that_asks_too_much_is_throttled_and_another_is_not(tmp_path: Path) -> None:
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite", limits=True) as service:
        service.add_company(SmallBooks())
        service.add_company(SmallBooks(realm_id=OTHER, name="Other Books"))
        caller, other = Caller(service), Caller(service, OTHER)
        with caller.http, other.http:
            spend_the_minute(service)
            answer = caller.http.get("invoice/11")
            assert other.http.get("invoice/11").status_code == 200
    assert answer.status_code == 429
    fault = answer.json()["Fault"]
    assert (fault["type"], fault["Error"][0]["code"]) == ("SERVICE", "3001")
    assert fault["Error"][0]["Message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"


def spend_the_minute(service: LocalQuickBooks) -> None:
    """As many requests as fit; the first of them leaves the window in eight seconds."""
    assert service.limits is not None
    first = time.monotonic() - 52
    assert all(service.limits.allow(REALM, first + number * 0.101) for number in range(500))


def test_without_limits_as_many_as_come_are_answered(reader: Caller) -> None:
    assert {reader.http.get("invoice/11").status_code for _ in range(15)} == {200}


def test_the_eleventh_request_of_a_second_does_not_pass_and_does_not_count() -> None:
    limits = RequestLimits()
    assert [limits.allow(REALM, 1000.0 + number / 100) for number in range(12)] == [True] * 10 + [False] * 2
    assert limits.allow(OTHER, 1000.5)
    assert limits.allow(REALM, 1001.005)
    assert limits.refused == 2


def test_the_forty_first_batch_of_a_minute_does_not_pass() -> None:
    limits = RequestLimits()
    assert [limits.allow(REALM, 1000.0 + number, batch=True) for number in range(41)] == [True] * 40 + [False]
    assert limits.allow(REALM, 1041.0)
    assert limits.allow(REALM, 1060.5, batch=True)


def test_five_hundred_pass_in_a_minute_and_more_when_it_is_over() -> None:
    limits = RequestLimits()
    passed = [limits.allow(REALM, 1000 + number * 0.11) for number in range(545)]
    assert sum(passed) == 500
    assert passed[:500] == [True] * 500
    assert limits.allow(REALM, 1060.5)
