"""The vault: one row per company with its OAuth tokens, encrypted, written to disk before anybody uses them.

Nothing but the tokens is encrypted, so that connections can be listed, and ended, when their key is lost. Each write
reads the key anew within its transaction, and `rotate_key` replaces keys within one: no row is ever left behind under
a key that is gone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from qbo_pipeline.state.encryption import Cipher, EncryptionError, OtherKeyError
from qbo_pipeline.state.keys import KEYRING, SETTING, EncryptionKeys
from qbo_pipeline.state.schema import connections
from qbo_pipeline.state.store import StateStore

_LOCK = 7_102_037
"""Postgres advisory lock of everything that writes tokens or keys; any constant no one else uses."""


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
    """What the vault knows of one company's connection, its tokens left out."""

    realm_id: str
    status: ConnectionStatus
    reason: str | None
    company_name: str | None
    environment: str | None
    """QBO_ENVIRONMENT when it was connected; None where that was not recorded."""
    client_id: str | None
    """The Intuit app that its tokens were issued to; None where that was not recorded."""
    authorized_at: datetime
    refreshed_at: datetime
    """When the stored tokens were issued."""
    refresh_expires_at: datetime | None
    refresh_hard_expires_at: datetime | None
    unanswered_refresh_at: datetime | None
    """Set before a refresh is sent, cleared when its answer is stored."""

    def belongs_to(self, environment: str) -> bool:
        """Whether its tokens are good for the QuickBooks of this environment, as far as is known."""
        return self.environment in (None, environment)

    def was_issued_to(self, client_id: str) -> bool:
        """Whether this Intuit app can refresh and revoke its tokens, as far as is known."""
        return self.client_id in (None, client_id)


class Vault:
    """Reads and writes connections. Every write is on disk when it returns."""

    def __init__(self, store: StateStore, keys: EncryptionKeys, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock

    def connections(self) -> list[Connection]:
        """Every company ever connected, by realm id. No key is needed."""
        with self._store.transaction() as transaction:
            rows = transaction.execute(sa.select(connections).order_by(connections.c.realm_id)).all()
        return [_connection(row) for row in rows]

    def connection(self, realm_id: str) -> Connection | None:
        """The connection of one company; None if it was never connected. No key is needed."""
        query = sa.select(connections).where(_is(realm_id))
        with self._store.transaction() as transaction:
            row = transaction.execute(query).one_or_none()
        return None if row is None else _connection(row)

    def grant(self, realm_id: str) -> TokenGrant | None:
        """The tokens of one company; None if it was never connected, or is not any more.

        Raises:
            EncryptionError: the key is not usable, or not the right one; names every company it leaves unreadable.
        """
        query = sa.select(connections).where(_is(realm_id))
        with self._store.transaction() as transaction:
            row = transaction.execute(query).one_or_none()
            if row is None or row.tokens is None:
                return None
            cipher = self._keys.cipher()
            try:
                plain = cipher.decrypt(row.tokens) if cipher else None
            except OtherKeyError:
                plain = None
            if plain is None:
                raise _unreadable(transaction, self._keys, cipher)
        tokens = json.loads(plain)
        return TokenGrant(
            access_token=tokens["access"],
            refresh_token=tokens["refresh"],
            issued_at=_utc(row.refreshed_at),
            access_expires_at=_utc(row.access_expires_at),
            refresh_expires_at=_maybe_utc(row.refresh_expires_at),
            refresh_hard_expires_at=_maybe_utc(row.refresh_hard_expires_at),
        )

    def check_key(self) -> Cipher | None:
        """The keys in force, which open the tokens of every company; None where no key was needed yet.

        Raises:
            EncryptionError: they do not; names the companies and says what to do.
        """
        with self._store.transaction() as transaction:
            return self._fitting_cipher(transaction)

    def connect(
        self,
        realm_id: str,
        grant: TokenGrant,
        *,
        environment: str | None = None,
        client_id: str | None = None,
        company_name: str | None = None,
    ) -> None:
        """Store the tokens of a fresh authorization, whatever was there before. The first one makes the key.

        Raises:
            EncryptionError: the key does not open what is stored; a second key would leave that behind for good.
        """
        with writing_tokens(self._store) as transaction:
            cipher = self._fitting_cipher(transaction) or self._keys.make()
            values = _dates(grant) | {
                "tokens": cipher.encrypt(_plain(grant)),
                "authorized_at": grant.issued_at.timestamp(),
                "environment": environment,
                "client_id": client_id,
                "company_name": company_name,
            }
            changed = transaction.execute(connections.update().where(_is(realm_id)).values(values))
            if changed.rowcount == 0:
                transaction.execute(connections.insert().values(realm_id=realm_id, **values))

    def refresh_begins(self, realm_id: str) -> None:
        """Record that a refresh is about to be sent, unless an earlier one still lacks its answer."""
        self._update(
            realm_id,
            {"unanswered_refresh_at": sa.func.coalesce(connections.c.unanswered_refresh_at, self._clock())},
        )

    def refresh_changed_nothing(self, realm_id: str) -> None:
        """Take the record back: the request never left this machine, or QuickBooks answered that it did nothing."""
        self._update(realm_id, {"unanswered_refresh_at": None})

    def refreshed(self, realm_id: str, old: TokenGrant, grant: TokenGrant, *, client_id: str | None = None) -> bool:
        """Store the answer of a refresh of `old` by this app. Only after this returns may its tokens be used.

        Returns False, and stores nothing, where `old` is not what is stored any more: a person has disconnected the
        company or connected it again, or another process, as this one stood still, has refreshed them since.

        Raises:
            EncryptionError: there is no usable key any more.
        """
        with writing_tokens(self._store) as transaction:
            cipher = self._keys.cipher()
            if cipher is None:
                raise _unreadable(transaction, self._keys, None)
            values = _dates(grant) | {"tokens": cipher.encrypt(_plain(grant))}
            if grant.refresh_hard_expires_at is None:
                del values["refresh_hard_expires_at"]  # it does not move; an answer without it takes nothing away
            if client_id is not None:
                values["client_id"] = client_id
            still = sa.and_(connections.c.tokens.is_not(None), _holds(old))
            return transaction.execute(connections.update().where(_is(realm_id), still).values(values)).rowcount == 1

    def refused(self, realm_id: str, grant: TokenGrant, status: ConnectionStatus, reason: str) -> None:
        """Record that QuickBooks refused the refresh token of `grant`; the tokens stay as they are.

        Nothing happens when other tokens are stored by now: a person has connected the company again.
        """
        with self._store.transaction() as transaction:
            transaction.execute(
                connections.update().where(_is(realm_id), _holds(grant)).values(status=status.value, reason=reason)
            )

    def disconnected(self, realm_id: str) -> None:
        """Record a disconnect that was asked for; only here are tokens removed. No key is needed."""
        ended = {"status": ConnectionStatus.DISCONNECTED.value}
        self._update(realm_id, ended | dict.fromkeys(("reason", "tokens", "unanswered_refresh_at")))

    def name(self, realm_id: str, company_name: str) -> None:
        """Remember the company's name for lists and messages."""
        self._update(realm_id, {"company_name": company_name})

    def _update(self, realm_id: str, values: Mapping[str, object]) -> None:
        with self._store.transaction() as transaction:
            transaction.execute(connections.update().where(_is(realm_id)).values(values))

    def _fitting_cipher(self, transaction: sa.Connection) -> Cipher | None:
        cipher = self._keys.cipher()
        if unreadable_companies(transaction, cipher):
            raise _unreadable(transaction, self._keys, cipher)
        return cipher


@contextmanager
def writing_tokens(store: StateStore) -> Iterator[sa.Connection]:
    """A transaction in which nobody else writes tokens or keys, on Postgres too."""
    with store.transaction() as transaction:
        if transaction.dialect.name == "postgresql":
            transaction.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield transaction


def key_to_write_with(transaction: sa.Connection, keys: EncryptionKeys) -> Cipher:
    """The keys in force; the first one is made, unless tokens need one that is not here.

    A keyring that is locked, or that a session without a desktop does not have, shows no key: one made beside it would
    be found before it from then on.

    Raises:
        EncryptionError: tokens need another key; names the companies and says what to do.
    """
    cipher = keys.cipher()
    if cipher is None:
        if unreadable_companies(transaction, None):
            raise _unreadable(transaction, keys, None)
        cipher = keys.make()
    return cipher


def unreadable_companies(transaction: sa.Connection, cipher: Cipher | None) -> dict[str, str]:
    """Realm id → name and id, of each company whose tokens no key of `cipher` opens."""
    columns = (connections.c.realm_id, connections.c.company_name, connections.c.tokens)
    stored = sa.select(*columns).where(connections.c.tokens.is_not(None)).order_by(connections.c.realm_id)
    return {
        realm_id: f"{name} ({realm_id})" if name else f"company {realm_id}"
        for realm_id, name, tokens in transaction.execute(stored)
        if cipher is None or not cipher.opens(tokens)
    }


def _unreadable(transaction: sa.Connection, keys: EncryptionKeys, cipher: Cipher | None) -> EncryptionError:
    named = unreadable_companies(transaction, cipher)
    if cipher is None:
        places = f"neither {SETTING} nor {keys.key_file} nor {KEYRING} holds one"
        what, back = f"were encrypted with a key that is not here any more: {places}", f"set {SETTING} to it"
    else:
        what = f"were encrypted with another key than the one from {cipher.origin}"
        back = f"set {SETTING}=new,old"
    return EncryptionError(
        f"The tokens of {', '.join(named.values())} {what}. Nothing was changed. Give that key back: {back}, or "
        f"put its file back to {keys.key_file}. If it is lost, connect anew what it held: "
        + ", ".join(f"qbo-pipeline disconnect {realm_id} --local-only" for realm_id in named)
        + ", then qbo-pipeline connect. Loaded data stays."
    )


def _plain(grant: TokenGrant) -> bytes:
    return json.dumps({"access": grant.access_token, "refresh": grant.refresh_token}).encode()


def _dates(grant: TokenGrant) -> dict[str, object]:
    """The columns of a connection in good standing with these tokens, which are left out."""
    return {
        "status": ConnectionStatus.CONNECTED.value,
        "reason": None,
        "refreshed_at": grant.issued_at.timestamp(),
        "access_expires_at": grant.access_expires_at.timestamp(),
        "refresh_expires_at": _epoch(grant.refresh_expires_at),
        "refresh_hard_expires_at": _epoch(grant.refresh_hard_expires_at),
        "unanswered_refresh_at": None,
    }


def _connection(row: sa.Row[tuple[object, ...]]) -> Connection:
    values = row._mapping
    return Connection(
        realm_id=values["realm_id"],
        status=ConnectionStatus(values["status"]),
        reason=values["reason"],
        company_name=values["company_name"],
        environment=values["environment"],
        client_id=values["client_id"],
        authorized_at=_utc(values["authorized_at"]),
        refreshed_at=_utc(values["refreshed_at"]),
        refresh_expires_at=_maybe_utc(values["refresh_expires_at"]),
        refresh_hard_expires_at=_maybe_utc(values["refresh_hard_expires_at"]),
        unanswered_refresh_at=_maybe_utc(values["unanswered_refresh_at"]),
    )


def _is(realm_id: str) -> sa.ColumnElement[bool]:
    return connections.c.realm_id == realm_id


def _holds(grant: TokenGrant) -> sa.ColumnElement[bool]:
    return connections.c.refreshed_at == grant.issued_at.timestamp()


def _epoch(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()


def _utc(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _maybe_utc(epoch: float | None) -> datetime | None:
    return None if epoch is None else _utc(epoch)
