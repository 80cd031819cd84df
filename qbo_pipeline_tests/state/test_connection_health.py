from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.state.connection_health import (
    RECONNECT,
    RENEW,
    UNDER_WAY,
    Standing,
    authorization_ends,
    has_ended,
    remarks,
    token_ends,
    warnings,
)
from qbo_pipeline.state.vault import Connection, ConnectionStatus

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
WELL = Connection(
    realm_id="9341452000000001",
    status=ConnectionStatus.CONNECTED,
    reason=None,
    company_name="Larkspur Advisory",
    environment="production",
    client_id="ABproduction",
    authorized_at=NOW,
    refreshed_at=NOW,
    refresh_expires_at=NOW + timedelta(days=101),
    refresh_hard_expires_at=NOW + timedelta(days=1806),
    unanswered_refresh_at=None,
)


def hundred_days_end(at: datetime) -> Connection:
    return replace(WELL, refresh_expires_at=at)


def five_years_end(at: datetime) -> Connection:
    return replace(WELL, refresh_hard_expires_at=at)


def test_nothing_is_said_of_a_connection_that_is_well() -> None:
    assert remarks(WELL, NOW) == ()
    assert not has_ended(WELL, NOW)


@pytest.mark.parametrize(
    ("left", "standing"),
    [
        (timedelta(days=14, seconds=1), None),
        (timedelta(days=14), Standing.ENDING),
        (timedelta(seconds=1), Standing.ENDING),
        (timedelta(0), Standing.ENDED),
        (timedelta(days=-3), Standing.ENDED),
    ],
)
@pytest.mark.parametrize("clock", [hundred_days_end, five_years_end])
def test_an_end_is_announced_for_fourteen_days_and_then_has_come(
    clock: Callable[[datetime], Connection], left: timedelta, standing: Standing | None
) -> None:
    ending = clock(NOW + left)

    assert [one.standing for one in remarks(ending, NOW)] == ([] if standing is None else [standing])
    assert has_ended(ending, NOW) is (standing is Standing.ENDED)


def test_a_refresh_renews_the_hundred_days_and_only_a_person_the_five_years() -> None:
    soon = NOW + timedelta(days=3, hours=1)
    [rolling] = remarks(hundred_days_end(soon), NOW)
    [hard] = remarks(five_years_end(soon), NOW)

    assert rolling.told == "the refresh token ends on 2026-11-24, in 3 days"
    assert rolling.to_do == RENEW
    assert hard.told == "the authorization of five years ends on 2026-11-24, in 3 days"
    assert hard.to_do == RECONNECT


def test_a_token_that_ended_needs_a_person_too() -> None:
    [ended] = remarks(hundred_days_end(NOW - timedelta(days=1)), NOW)

    assert ended.told == "the refresh token ends: it did on 2026-11-20"
    assert ended.to_do == RECONNECT


def test_where_quickbooks_tells_no_end_it_is_counted_from_the_last_refresh_and_from_the_click() -> None:
    untold = replace(
        WELL,
        authorized_at=NOW - timedelta(days=400),
        refreshed_at=NOW - timedelta(days=90),
        refresh_expires_at=None,
        refresh_hard_expires_at=None,
    )

    assert token_ends(untold) == NOW + timedelta(days=10)
    assert authorization_ends(untold) == NOW + timedelta(days=5 * 365 - 400)
    assert [one.to_do for one in remarks(untold, NOW)] == [RENEW]


@pytest.mark.parametrize("status", [ConnectionStatus.REVOKED, ConnectionStatus.ROTATION_LOST])
def test_a_refused_connection_has_ended_whatever_its_dates_say_and_the_reason_is_told(status: ConnectionStatus) -> None:
    refused = replace(WELL, status=status, reason="access was revoked in QuickBooks")

    assert has_ended(refused, NOW)
    assert warnings(refused, NOW) == [f"company 9341452000000001: access was revoked in QuickBooks. {RECONNECT}"]


def test_a_connection_that_was_ended_on_purpose_is_no_trouble() -> None:
    assert remarks(replace(WELL, status=ConnectionStatus.DISCONNECTED, refresh_expires_at=NOW), NOW) == ()


def test_a_refresh_without_an_answer_is_a_doubt_and_the_way_out_of_it_is_told() -> None:
    [doubt] = remarks(replace(WELL, unanswered_refresh_at=NOW - timedelta(minutes=9)), NOW)

    assert doubt.standing is Standing.ENDING
    assert "sent at 2026-11-21 09:21 UTC got no answer" in doubt.told
    assert "qbo-pipeline sync" in doubt.to_do


@pytest.mark.parametrize(
    ("ago", "remarked"), [(timedelta(0), 0), (timedelta(seconds=74), 0), (UNDER_WAY, 1), (timedelta(hours=-1), 1)]
)
def test_a_refresh_that_another_process_may_still_get_the_answer_of_is_no_doubt(ago: timedelta, remarked: int) -> None:
    """Whoever waited for it warned of it, hour by hour. One of a time to come is from before the clock was set back."""
    assert len(remarks(replace(WELL, unanswered_refresh_at=NOW - ago), NOW)) == remarked


@given(rolling=st.integers(-20, 120), hard=st.integers(-20, 2000), doubt=st.booleans())
def test_what_has_ended_is_told_before_what_is_ending(rolling: int, hard: int, doubt: bool) -> None:
    connection = replace(
        WELL,
        refresh_expires_at=NOW + timedelta(days=rolling),
        refresh_hard_expires_at=NOW + timedelta(days=hard),
        unanswered_refresh_at=NOW - UNDER_WAY if doubt else None,
    )

    standings = [one.standing for one in remarks(connection, NOW)]

    assert standings == sorted(standings, key=lambda one: one is not Standing.ENDED)
    assert len(standings) == (rolling <= 14) + (hard <= 14) + doubt
