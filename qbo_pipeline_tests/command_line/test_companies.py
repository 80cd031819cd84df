from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.settings import Settings
from qbo_pipeline.state import ChangeCursors, StateStore
from qbo_pipeline_tests.command_line.conftest import REALM, Run


def day(days: int) -> str:
    """The day so far ahead, as it is shown."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def test_without_a_connection_nothing_is_made(run: Run, tmp_path: Path) -> None:
    assert "qbo-pipeline connect" in run("companies").output
    assert run("companies", "--json").json == []
    assert not (tmp_path / "data").exists()


def test_companies_are_listed_with_the_end_of_their_connection(run: Run, connected: Callable[..., None]) -> None:
    connected(ends_in=timedelta(days=40))

    [company] = run("companies", "--json").json

    assert (company["realm_id"], company["name"], company["status"]) == (REALM, "Larkspur Advisory", "connected")
    assert company["token_age_seconds"] < 60
    assert company["reconnect_by"] == company["token_ends_at"]
    assert company["token_ends_at"][:10] == day(40)
    assert company["authorization_ends_at"][:10] == day(5 * 365)  # nobody told: counted from the click
    listed = run("companies").output
    assert "Larkspur Advisory" in listed
    assert "(just now)" in listed
    assert f"{day(40)} (in 39 d)" in listed
    assert f"{day(5 * 365)} (in 1,824 d)" in listed


def test_the_hundred_days_and_the_five_years_are_told_apart_with_what_to_do(
    run: Run, connected: Callable[..., None]
) -> None:
    connected("1", "Quiet", ends_in=timedelta(days=9))
    connected("2", "Old", hard_ends_in=timedelta(days=13))
    connected("3", "Over", ends_in=timedelta(days=-1))
    connected("4", "Well", ends_in=timedelta(days=15))

    told = {one["name"]: " ".join(one["to_do"][:-1]) for one in run("companies", "--json").json}

    assert "the refresh token ends" in told["Quiet"]
    assert "in 8 days" in told["Quiet"]
    assert "qbo-pipeline sync" in told["Quiet"]
    assert "the authorization of five years ends" in told["Old"]
    assert "qbo-pipeline connect" in told["Old"]
    assert "it did on" in told["Over"]
    assert "qbo-pipeline connect" in told["Over"]
    assert told["Well"] == ""


def test_a_company_of_which_nothing_was_loaded_is_offered_its_first_backfill(
    run: Run, connected: Callable[..., None], settings: Settings
) -> None:
    connected()
    assert f"qbo-pipeline backfill --company {REALM}" in run("companies").output

    with StateStore(settings.state_url) as store:
        ChangeCursors(store).advance(REALM, ["Invoice"], datetime.now(UTC))

    assert "backfill" not in run("companies").output
    assert run("companies", "--json").json[0]["to_do"] == []


def test_a_company_of_another_environment_is_listed_and_left_alone(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(environment="local")
    monkeypatch.setenv("QBO_ENVIRONMENT", "sandbox")
    monkeypatch.setenv("QBO_CLIENT_ID", "AB")

    assert "of QBO_ENVIRONMENT=local" in run("companies").output
    answer = run("sync")
    assert answer.exit_code == 1
    assert "No company is connected" in answer.told


def test_companies_are_listed_when_the_key_of_their_tokens_is_lost(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    monkeypatch.setenv("QBO_PIPELINE_ENCRYPTION_KEY", Fernet.generate_key().decode())

    assert [one["name"] for one in run("companies", "--json").json] == ["Larkspur Advisory"]


def test_tokens_are_never_shown(run: Run, connected: Callable[..., None]) -> None:
    connected()

    for arguments in (("companies",), ("companies", "--json"), ("doctor", "--offline", "--json")):
        answer = run(*arguments)
        assert "access" not in answer.output.replace("write access", "")


def test_a_company_that_is_not_worked_on_says_so(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    monkeypatch.setenv("QBO_COMPANIES", "1")

    assert "not in QBO_COMPANIES" in run("companies").output
