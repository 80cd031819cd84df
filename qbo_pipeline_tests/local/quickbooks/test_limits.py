"""Ten requests a second, five hundred a minute, each company for itself."""

from __future__ import annotations

from pathlib import Path

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.limits import RequestLimits
from qbo_pipeline_tests.local.quickbooks.small_books import OTHER, REALM, Caller, SmallBooks


def test_the_eleventh_request_of_a_second_is_throttled_and_another_company_is_not(tmp_path: Path) -> None:
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite", limits=True) as service:
        service.add_company(SmallBooks())
        service.add_company(SmallBooks(realm_id=OTHER, name="Other Books"))
        caller, other = Caller(service), Caller(service, OTHER)
        with caller.http, other.http:
            answers = [caller.http.get("invoice/11") for _ in range(11)]
            assert [answer.status_code for answer in answers] == [200] * 10 + [429]
            fault = answers[-1].json()["Fault"]
            assert fault["type"] == "SERVICE"
            assert fault["Error"][0]["code"] == "3001"
            assert fault["Error"][0]["Message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
            assert other.http.get("invoice/11").status_code == 200


def test_without_limits_as_many_as_come_are_answered(reader: Caller) -> None:
    assert {reader.http.get("invoice/11").status_code for _ in range(15)} == {200}


def test_five_hundred_pass_in_a_minute_and_more_when_it_is_over() -> None:
    limits = RequestLimits()
    passed = [limits.allow(REALM, 1000 + number * 0.11) for number in range(545)]
    assert sum(passed) == 500
    assert passed[:500] == [True] * 500
    assert limits.allow(REALM, 1060.5)
