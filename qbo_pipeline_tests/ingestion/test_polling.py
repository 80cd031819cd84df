"""Change data capture is asked as often as the budget allows, and seldom where webhooks arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.polling import PollingPolicy, forecast, month, polling_interval

NOW = datetime(2026, 11, 16, tzinfo=UTC)
POLICY = PollingPolicy()


def test_a_company_that_nobody_tells_of_is_asked_every_minute() -> None:
    assert polling_interval(POLICY, companies=1, spent=0, last_webhook=None, now=NOW) == timedelta(minutes=1)


def test_where_webhooks_arrive_it_is_asked_every_quarter_of_an_hour() -> None:
    lately = NOW - timedelta(hours=3)
    assert polling_interval(POLICY, companies=1, spent=0, last_webhook=lately, now=NOW) == timedelta(minutes=15)


def test_webhooks_that_stopped_are_not_relied_on() -> None:
    long_ago = NOW - timedelta(days=2)
    assert polling_interval(POLICY, companies=1, spent=0, last_webhook=long_ago, now=NOW) == timedelta(minutes=1)


def test_many_companies_share_what_is_left_of_the_month() -> None:
    interval = polling_interval(POLICY, companies=100, spent=250_000, last_webhook=None, now=NOW)
    assert interval == timedelta(days=15) * 100 / 200_000


def test_a_spent_budget_ends_the_questions_until_the_next_month() -> None:
    assert polling_interval(POLICY, companies=1, spent=500_000, last_webhook=None, now=NOW) is None


@given(
    companies=st.integers(1, 500),
    spent=st.integers(0, 499_000),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31, 23), timezones=st.just(UTC)),
)
def test_polling_never_spends_more_than_is_left(companies: int, spent: int, moment: datetime) -> None:
    interval = polling_interval(POLICY, companies=companies, spent=spent, last_webhook=None, now=moment)
    assert interval is not None
    questions = companies * ((month(moment)[1] - moment) / interval)
    assert questions <= POLICY.monthly_calls - spent + companies


def test_the_forecast_goes_on_at_the_pace_so_far() -> None:
    told = forecast(200_000, 500_000, NOW)
    assert (told.by_month_end, told.fits) == (400_000, True)
    assert not forecast(300_000, 500_000, NOW).fits
