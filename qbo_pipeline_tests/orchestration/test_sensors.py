"""What starts by itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import dagster as dg
import pytest

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.orchestration import sensors
from qbo_pipeline.orchestration.jobs import COMPANY_TAG, sync_changes
from qbo_pipeline.orchestration.partitions import CompanyMonths
from qbo_pipeline.orchestration.sensors import change_data_capture
from qbo_pipeline.quickbooks.errors import AuthorizationError, RequestContext
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, BooksOnPaper, SessionOnPaper

JOB = sync_changes(FEW, CompanyMonths(date(2026, 1, 1)), shipped())
SENSOR = change_data_capture(FEW, JOB)


def evaluated(
    session: SessionOnPaper, instance: dg.DagsterInstance, cursor: dict[str, datetime] | None = None
) -> tuple[list[dg.RunRequest], str, dict[str, datetime]]:
    """The runs asked for, why there were none, and the cursor afterwards."""
    text = json.dumps({name: at.isoformat() for name, at in (cursor or {}).items()})
    context = dg.build_sensor_context(instance=instance, cursor=text, resources={"books": BooksOnPaper(session)})
    result = SENSOR(context)
    kept = {name: datetime.fromisoformat(at) for name, at in json.loads(context.cursor or "{}").items()}
    if isinstance(result, dg.SkipReason):
        return [], result.skip_message or "", kept
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or []), "", kept


def asked(ago: timedelta, uncaptured_ago: timedelta = timedelta(minutes=30)) -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {
        name: at
        for realm in (LARKSPUR, IRONBARK)
        for name, at in ((realm, now - ago), (f"{realm} uncaptured", now - uncaptured_ago))
    }


def test_a_quiet_company_is_asked_and_starts_no_run(session: SessionOnPaper, instance: dg.DagsterInstance) -> None:
    requests, why, cursor = evaluated(session, instance, asked(timedelta(minutes=2)))
    assert (requests, [realm for realm, _ in session.asked]) == ([], [LARKSPUR, IRONBARK])
    assert "Nothing has changed" in why
    assert datetime.now(UTC) - cursor[LARKSPUR] < timedelta(seconds=10)


def test_news_start_a_run_for_that_company(session: SessionOnPaper, instance: dg.DagsterInstance) -> None:
    session.news = True
    requests, _, _ = evaluated(session, instance, asked(timedelta(minutes=2)))
    assert [request.tags[COMPANY_TAG] for request in requests] == [LARKSPUR, IRONBARK]
    config = requests[0].run_config["ops"]["load_changes"]["config"]
    assert config == {"companies": [LARKSPUR], "entities": [one.name for one in FEW]}


def test_nobody_is_asked_again_before_the_interval_is_over(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    evaluated(session, instance, asked(timedelta(seconds=30)))
    assert session.asked == []


def test_a_clock_that_was_set_back_keeps_nobody_from_being_asked(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    """As on a machine that started with a wrong one: what it asked then lies a year ahead."""
    a_year_ahead = -timedelta(days=365)
    _, _, kept = evaluated(session, instance, asked(a_year_ahead, a_year_ahead))
    assert max(kept.values()) <= datetime.now(UTC)
    two_minutes_later = {name: at - timedelta(minutes=2) for name, at in kept.items()}
    evaluated(session, instance, two_minutes_later)
    assert [realm for realm, _ in session.asked] == [LARKSPUR, IRONBARK]


def test_every_hour_a_run_asks_for_what_change_data_capture_does_not_know(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    requests, _, cursor = evaluated(session, instance, asked(timedelta(minutes=2), timedelta(hours=2)))
    assert len(requests) == 2
    assert session.asked == []
    assert datetime.now(UTC) - cursor[f"{LARKSPUR} uncaptured"] < timedelta(seconds=10)


def test_a_company_that_was_never_loaded_is_left_alone(session: SessionOnPaper, instance: dg.DagsterInstance) -> None:
    session.news, session.follows = True, set()
    requests, _, _ = evaluated(session, instance)
    assert requests == []


def test_a_spent_budget_is_told_and_asks_nobody(session: SessionOnPaper, instance: dg.DagsterInstance) -> None:
    session.interval = None
    requests, why, _ = evaluated(session, instance)
    assert (requests, session.asked) == ([], [])
    assert "the month's API calls are spent" in why


def test_what_fails_for_a_company_is_told_and_asked_again_later(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    request = RequestContext(LARKSPUR, "GET", "cdc", "Invoice", "cdc", 1, 403, "1-abc")
    session.error = AuthorizationError(request, "not allowed")
    requests, why, cursor = evaluated(session, instance, asked(timedelta(minutes=2)))
    assert requests == []
    assert "Larkspur Advisory: " in why
    assert "not allowed" in why
    assert datetime.now(UTC) - cursor[LARKSPUR] < timedelta(seconds=10)


def test_where_there_is_no_time_for_all_the_others_come_next_and_what_was_found_is_loaded(
    session: SessionOnPaper, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.news = True
    each_look_takes = sensors.ASKS_FOR * 0.6
    monkeypatch.setattr(sensors, "time", SimpleNamespace(monotonic=count(step=each_look_takes).__next__))
    requests, _, cursor = evaluated(session, instance, asked(timedelta(minutes=2)))
    assert [request.tags[COMPANY_TAG] for request in requests] == [LARKSPUR]
    requests, _, _ = evaluated(session, instance, cursor)
    assert [request.tags[COMPANY_TAG] for request in requests] == [IRONBARK]


def test_a_company_that_is_being_loaded_is_not_asked(session: SessionOnPaper, instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(JOB, tags={COMPANY_TAG: LARKSPUR}, status=dg.DagsterRunStatus.STARTED)
    evaluated(session, instance, asked(timedelta(minutes=2)))
    assert [realm for realm, _ in session.asked] == [IRONBARK]
