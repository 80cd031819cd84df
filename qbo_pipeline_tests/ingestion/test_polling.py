"""Change data capture is asked as often as the budget allows, and seldom where webhooks arrive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.polling import Forecast, PollingPolicy, first_day, forecast, month, polling_interval
from qbo_pipeline.ingestion.session import Session
from qbo_pipeline.settings import load_settings
from qbo_pipeline.warehouse.records import WebhookRecord
from qbo_pipeline.warehouse.warehouse import open_warehouse

NOW = datetime(2026, 11, 16, tzinfo=UTC)
POLICY = PollingPolicy()


def test_a_company_that_nobody_tells_of_is_asked_every_five_minutes() -> None:
    assert polling_interval(POLICY, companies=1, spent=0, last_webhook=None, now=NOW) == timedelta(minutes=5)


def test_where_webhooks_arrive_it_is_asked_every_quarter_of_an_hour() -> None:
    lately = NOW - timedelta(hours=3)
    assert polling_interval(POLICY, companies=1, spent=0, last_webhook=lately, now=NOW) == timedelta(minutes=15)


def test_webhooks_never_make_questions_more_frequent() -> None:
    seldom, lately = PollingPolicy(interval=timedelta(hours=1)), NOW - timedelta(hours=3)
    assert polling_interval(seldom, companies=1, spent=0, last_webhook=lately, now=NOW) == timedelta(hours=1)


def test_webhooks_of_a_day_to_come_are_not_relied_on() -> None:
    """A clock that was ahead received them."""
    next_year = NOW + timedelta(days=400)
    assert polling_interval(POLICY, companies=1, spent=0, last_webhook=next_year, now=NOW) == timedelta(minutes=5)


def test_webhooks_of_a_day_to_come_do_not_hide_those_that_arrive(tmp_path: Path) -> None:
    """Until that day the company was asked three times as often, though webhooks tell of it."""
    settings = load_settings(data_dir=tmp_path)
    now = datetime.now(UTC)
    arrived = [now + timedelta(days=400), now - timedelta(hours=3)]
    with open_warehouse(settings.data.build, settings.data.warehouse, settings.data.lake) as warehouse:
        warehouse.record_webhooks(
            [
                WebhookRecord(
                    f"{at:%Y}", 1, None, "1", "Customer", "7", "update", None, at, at, at, at, at, "r", "applied"
                )
                for at in arrived
            ]
        )
        warehouse.publish()

    with Session(settings) as session:
        assert session.changes.polling_interval("1") == timedelta(minutes=15)


def test_webhooks_that_stopped_are_not_relied_on() -> None:
    long_ago = NOW - timedelta(days=2)
    assert polling_interval(POLICY, companies=1, spent=0, last_webhook=long_ago, now=NOW) == timedelta(minutes=5)


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
    assert questions <= POLICY.calls_per_month - spent + companies


def days(first: date, count: int, purpose: str, calls: int) -> dict[tuple[date, str], int]:
    return {(first + timedelta(days=number), purpose): calls for number in range(count)}


def test_the_forecast_goes_on_at_the_pace_of_the_last_week() -> None:
    """Nine days of 300 calls, then six of 700; it is the midnight before the 16th, so that 15 days are left."""
    calls = days(date(2026, 11, 1), 9, "cdc", 300) | days(date(2026, 11, 10), 6, "cdc", 700)
    told = forecast(calls, 500_000, NOW)
    assert told.spent == 9 * 300 + 6 * 700
    assert (told.by_month_end, told.fits) == (told.spent + 15 * 700, True)
    assert not forecast(calls, 17_000, NOW).fits


def test_a_first_load_is_spent_and_not_forecast_again() -> None:
    calls = {(date(2026, 11, 15), "backfill"): 5_000, (date(2026, 11, 15), "cdc"): 100}
    assert forecast(calls, 500_000, NOW) == Forecast(5_100, 5_100 + 15 * 100, 500_000)


def test_the_pace_of_a_new_month_is_taken_from_the_last_one() -> None:
    calls = days(date(2026, 10, 20), 12, "webhook", 240)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    assert first_day(begin) == date(2026, 10, 26)
    assert forecast(calls, 500_000, begin) == Forecast(0, 30 * 240, 500_000)


def test_where_nothing_was_asked_nothing_is_forecast() -> None:
    assert forecast({}, 500_000, NOW) == Forecast(0, 0, 500_000)


def test_a_minute_is_no_pace() -> None:
    calls = {(date(2026, 11, 16), "check"): 40}
    assert forecast(calls, 500_000, NOW + timedelta(minutes=1)).by_month_end < 40 * 24 * 15 + 41


@given(
    calls=st.dictionaries(
        st.tuples(st.dates(date(2026, 10, 20), date(2026, 11, 16)), st.sampled_from(["cdc", "webhook", "backfill"])),
        st.integers(0, 10_000),
    )
)
def test_a_forecast_is_never_below_what_is_spent(calls: dict[tuple[date, str], int]) -> None:
    told = forecast(calls, 500_000, NOW + timedelta(hours=5))
    assert told.by_month_end >= told.spent == sum(n for (day, _), n in calls.items() if day.month == 11)
