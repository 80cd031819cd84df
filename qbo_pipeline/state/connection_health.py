"""How long connections last, and what a person has to do about the ones that end.

Two clocks run (Intuit's authorization FAQ and its announcement of 2025-11-12): a refresh token ends 100 days after it
was last used, each refresh renewing them; and the authorization ends five years after a person clicked Connect,
whatever is done. Both instants come with the tokens; where an answer leaves one out, it is counted from the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from qbo_pipeline.state.vault import Connection, ConnectionStatus

WARNED_BEFORE = timedelta(days=14)
ROLLING = timedelta(days=100)
FIVE_YEARS = timedelta(days=5 * 365)
UNDER_WAY = timedelta(seconds=75)
"""No token refresh lives longer (`quickbooks.oauth`): until then some process may still get its answer."""

RECONNECT = "Connect the company again: qbo-pipeline connect. Loaded data stays."
RENEW = "Renew its 100 days with a refresh: qbo-pipeline sync"
ASK = "Run qbo-pipeline sync: it finds out whether the connection still holds."


class Standing(StrEnum):
    """How a connection is."""

    ENDING = "ending"
    """It works, and will not for long."""
    ENDED = "ended"
    """Nothing can be loaded until a person connects the company again."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a connection that a person has to act upon."""

    standing: Standing
    told: str
    to_do: str


def token_ends(connection: Connection) -> datetime:
    """When the refresh token ends unless it is used before."""
    return connection.refresh_expires_at or connection.refreshed_at + ROLLING


def authorization_ends(connection: Connection) -> datetime:
    """When the connection ends for good unless a person clicks Connect again."""
    return connection.refresh_hard_expires_at or connection.authorized_at + FIVE_YEARS


def remarks(connection: Connection, now: datetime) -> tuple[Remark, ...]:
    """What is to be done about a connection, the worst first; empty for one that is well or was ended on purpose."""
    if connection.status is ConnectionStatus.DISCONNECTED:
        return ()
    if connection.status is not ConnectionStatus.CONNECTED:
        return (Remark(Standing.ENDED, connection.reason or f"it is {connection.status}", RECONNECT),)
    found = []
    for ends, name, renewal in (
        (authorization_ends(connection), "the authorization of five years ends", RECONNECT),
        (token_ends(connection), "the refresh token ends", RENEW),
    ):
        if ends <= now:
            found.append(Remark(Standing.ENDED, f"{name}: it did on {ends:%Y-%m-%d}", RECONNECT))
        elif ends - now <= WARNED_BEFORE:
            found.append(Remark(Standing.ENDING, f"{name} on {ends:%Y-%m-%d}, in {_days(ends - now)}", renewal))
    sent_at = connection.unanswered_refresh_at
    if sent_at is not None and not timedelta() <= now - sent_at < UNDER_WAY:
        at = f"{sent_at:%Y-%m-%d %H:%M}"
        found.append(Remark(Standing.ENDING, f"a token refresh sent at {at} UTC got no answer", ASK))
    return tuple(sorted(found, key=lambda one: one.standing is not Standing.ENDED))


def has_ended(connection: Connection, now: datetime) -> bool:
    """Whether nothing can be loaded until a person connects the company again."""
    return any(one.standing is Standing.ENDED for one in remarks(connection, now))


def warnings(connection: Connection, now: datetime) -> list[str]:
    """The remarks as sentences, for logs and checks."""
    company = f"company {connection.realm_id}"
    return [f"{company}: {one.told}. {one.to_do}" for one in remarks(connection, now)]


def _days(time: timedelta) -> str:
    return "1 day" if time.days == 1 else f"{time.days} days"
