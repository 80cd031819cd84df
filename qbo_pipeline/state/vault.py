"""The vault: one row per company with its OAuth tokens, encrypted, written to disk before anybody uses them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from qbo_pipeline.state.encryption import Cipher
from qbo_pipeline.state.schema import connections
from qbo_pipeline.state.store import StateStore


class ConnectionStatus(StrEnum):
    """What is known of a connection."""

    CONNECTED = "connected"
    REVOKED = "revoked"
    """QuickBooks refused the refresh token: access was revoked, or it expired."""
    ROTATION_LOST = "rotation_lost"
    """QuickBooks refused the refresh token after a refresh whose answer, with the next token, never arrived."""
    DISCONNECTED = "disconnected"
    """Ended from this side; the tokens are gone."""


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Tokens as the token endpoint issued them. They never appear in its repr."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    issued_at: datetime
    """UTC, by our clock, before the request left: ages count from here."""
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    """The rolling 100 days."""
    refresh_hard_expires_at: datetime | None
    """The five years."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What the vault knows of one company's connection."""

    realm_id: str
    status: ConnectionStatus
    reason: str | None
    company_name: str | None
    authorized_at: datetime
    unanswered_refresh_at: datetime | None
    """Set before a refresh is sent, cleared when its answer is stored."""
    grant: TokenGrant | None = field(repr=False)
    """None after a disconnect."""


class Vault:
    """Reads and writes connections. Every write is on disk when it returns."""

    def __init__(self, store: StateStore, cipher: Cipher, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._cipher = cipher
        self._clock = clock

    def connections(self) -> list[Connection]:
        """Every company ever connected, by realm id."""
        with self._store.transaction() as connection:
            rows = connection.execute(sa.select(connections).order_by(connections.c.realm_id)).all()
        return [self._connection(row) for row in rows]

    def connection(self, realm_id: str) -> Connection | None:
        """The connection of one company; None if it was never connected."""
        query = sa.select(connections).where(connections.c.realm_id == realm_id)
        with self._store.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else self._connection(row)

    def connect(self, realm_id: str, grant: TokenGrant) -> None:
        """Store the tokens of a fresh authorization, whatever was there before."""
        values = self._grant_values(grant) | {"authorized_at": grant.issued_at.timestamp()}
        with self._store.transaction() as connection:
            changed = connection.execute(connections.update().where(_is(realm_id)).values(values))
            if changed.rowcount == 0:
                connection.execute(connections.insert().values(realm_id=realm_id, **values))

    def refresh_begins(self, realm_id: str) -> None:
        """Record that a refresh is about to be sent, unless an earlier one still lacks its answer."""
        self._update(
            realm_id,
            {"unanswered_refresh_at": sa.func.coalesce(connections.c.unanswered_refresh_at, self._clock())},
        )

    def refresh_was_not_sent(self, realm_id: str) -> None:
        """Take the record back: the request never left this machine."""
        self._update(realm_id, {"unanswered_refresh_at": None})

    def refreshed(self, realm_id: str, grant: TokenGrant) -> None:
        """Store the answer of a refresh. Only after this returns may its tokens be used."""
        values = self._grant_values(grant)
        if grant.refresh_hard_expires_at is None:
            del values["refresh_hard_expires_at"]  # it does not move; an answer that leaves it out takes nothing away
        self._update(realm_id, values)

    def refused(self, realm_id: str, grant: TokenGrant, status: ConnectionStatus, reason: str) -> None:
        """Record that QuickBooks refused the refresh token of `grant`; the tokens stay as they are.

        Nothing happens when other tokens are stored by now: a person has connected the company again.
        """
        same = connections.c.refreshed_at == grant.issued_at.timestamp()
        with self._store.transaction() as connection:
            connection.execute(
                connections.update().where(_is(realm_id), same).values(status=status.value, reason=reason)
            )

    def disconnected(self, realm_id: str) -> None:
        """Record a disconnect that was asked for; only here are tokens removed."""
        self._update(realm_id, {"status": ConnectionStatus.DISCONNECTED.value, "reason": None, "tokens": None})

    def name(self, realm_id: str, company_name: str) -> None:
        """Remember the company's name for lists and messages."""
        self._update(realm_id, {"company_name": company_name})

    def _update(self, realm_id: str, values: dict[str, object]) -> None:
        with self._store.transaction() as connection:
            connection.execute(connections.update().where(_is(realm_id)).values(values))

    def _grant_values(self, grant: TokenGrant) -> dict[str, object]:
        tokens = json.dumps({"access": grant.access_token, "refresh": grant.refresh_token}).encode()
        return {
            "status": ConnectionStatus.CONNECTED.value,
            "reason": None,
            "tokens": self._cipher.encrypt(tokens),
            "refreshed_at": grant.issued_at.timestamp(),
            "access_expires_at": grant.access_expires_at.timestamp(),
            "refresh_expires_at": _epoch(grant.refresh_expires_at),
            "refresh_hard_expires_at": _epoch(grant.refresh_hard_expires_at),
            "unanswered_refresh_at": None,
        }

    def _connection(self, row: sa.Row[tuple[object, ...]]) -> Connection:
        values = row._mapping
        grant = None
        if values["tokens"] is not None:
            tokens = json.loads(self._cipher.decrypt(values["tokens"]))
            grant = TokenGrant(
                access_token=tokens["access"],
                refresh_token=tokens["refresh"],
                issued_at=_utc(values["refreshed_at"]),
                access_expires_at=_utc(values["access_expires_at"]),
                refresh_expires_at=_maybe_utc(values["refresh_expires_at"]),
                refresh_hard_expires_at=_maybe_utc(values["refresh_hard_expires_at"]),
            )
        return Connection(
            realm_id=values["realm_id"],
            status=ConnectionStatus(values["status"]),
            reason=values["reason"],
            company_name=values["company_name"],
            authorized_at=_utc(values["authorized_at"]),
            unanswered_refresh_at=_maybe_utc(values["unanswered_refresh_at"]),
            grant=grant,
        )


def _is(realm_id: str) -> sa.ColumnElement[bool]:
    return connections.c.realm_id == realm_id


def _epoch(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()


def _utc(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _maybe_utc(epoch: float | None) -> datetime | None:
    return None if epoch is None else _utc(epoch)
