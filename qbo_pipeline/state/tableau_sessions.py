"""Open sessions at Tableau, encrypted, shared by every process.

A session is worth nothing but a sign-in: one that no key opens any more is as good as none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from qbo_pipeline.state.encryption import OtherKeyError
from qbo_pipeline.state.keys import EncryptionKeys
from qbo_pipeline.state.schema import tableau_sessions
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import key_to_write_with, writing_tokens


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as sign-in gave it. Its token never appears in its repr. Instants are epoch seconds, by our clock."""

    token: str = field(repr=False)
    site_id: str
    user_id: str
    api_version: str
    product_version: str
    signed_in_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class SignInHistory:
    """What is known of a token or an app without its session. Instants are epoch seconds."""

    told: str
    first_signed_in_at: float | None
    signed_in_at: float | None
    expires_at: float | None
    refused_at: float | None
    reason: str | None


class TableauSessions:
    """The sessions. `credential` is a digest that tells server, site and sign-in from every other."""

    def __init__(self, store: StateStore, keys: EncryptionKeys, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock

    def get(self, credential: str) -> OpenSession | None:
        """The session that was stored last, ended or not; None where there is none that can be read.

        Raises:
            EncryptionError: a key is malformed, or its file is open to other users.
        """
        c = tableau_sessions.c
        query = sa.select(c.session, c.signed_in_at, c.expires_at).where(c.credential == credential)
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(query).one_or_none()
        cipher = self._keys.cipher()
        if row is None or row.session is None or cipher is None:
            return None
        try:
            found = json.loads(cipher.decrypt(row.session))
        except OtherKeyError:
            return None
        return OpenSession(
            found["token"], found["site"], found["user"], found["api"], found["product"], row.signed_in_at,
            row.expires_at,
        )  # fmt: skip

    def keep(self, credential: str, told: str, session: OpenSession) -> None:
        """Store a session that was opened; on disk when it returns. Only then may it be used.

        Raises:
            EncryptionError: a key is malformed, its file is open to other users, or it is not here.
        """
        plain = {
            "token": session.token, "site": session.site_id, "user": session.user_id, "api": session.api_version,
            "product": session.product_version,
        }  # fmt: skip
        with writing_tokens(self._store) as connection:
            cipher = key_to_write_with(connection, self._keys)
            first = sa.func.coalesce(tableau_sessions.c.first_signed_in_at, session.signed_in_at)
            values = {
                "told": told, "session": cipher.encrypt(json.dumps(plain).encode()),
                "signed_in_at": session.signed_in_at, "expires_at": session.expires_at, "refused_at": None,
                "reason": None,
            }  # fmt: skip
            self._put(connection, credential, {**values, "first_signed_in_at": first}, session.signed_in_at, values)

    def refused(self, credential: str, told: str, reason: str) -> None:
        """Tableau does not let us in; the session that was open is over."""
        values = {"told": told, "session": None, "refused_at": self._clock(), "reason": reason}
        with self._store.transaction() as connection:
            self._put(connection, credential, values, None, values)

    def forget(self, credential: str) -> None:
        """The session is signed out."""
        c = tableau_sessions.c
        with self._store.transaction() as connection:
            connection.execute(tableau_sessions.update().where(c.credential == credential).values(session=None))

    def history(self, credential: str) -> SignInHistory | None:
        """What is known of the token or the app; None where it was never used from here. No key is needed."""
        c = tableau_sessions.c
        columns = (c.told, c.first_signed_in_at, c.signed_in_at, c.expires_at, c.refused_at, c.reason)
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(sa.select(*columns).where(c.credential == credential)).one_or_none()
        return None if row is None else SignInHistory(*row)

    def _put(
        self, connection: sa.Connection, credential: str, changed: Mapping[str, object], first: float | None,
        values: Mapping[str, object],
    ) -> None:  # fmt: skip
        mine = tableau_sessions.update().where(tableau_sessions.c.credential == credential)
        if connection.execute(mine.values(changed)).rowcount == 0:
            connection.execute(
                tableau_sessions.insert().values(credential=credential, first_signed_in_at=first, **values)
            )
