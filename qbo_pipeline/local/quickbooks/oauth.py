"""OAuth 2 as Intuit does it: codes, hourly access tokens, refresh tokens that change their value once a day."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.store import Store

CLIENT_ID = "local-client-id"
CLIENT_SECRET = "local-client-secret"  # noqa: S105 - the secret of the local app, known to everybody
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8_726_400
"""101 days, as the real endpoint says."""
HARD_SECONDS = 5 * 365 * 86_400
ROTATION_SECONDS = 86_400
CODE_SECONDS = 600


class OAuthError(Exception):
    """An answer of the token endpoint that is an error."""

    def __init__(self, status: int, error: str) -> None:
        self.status = status
        self.error = error
        super().__init__(error)


class OAuth:
    """Issues and checks tokens."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def authorize(self, realm: str, redirect_uri: str) -> str:
        """The code of a redirect after a person clicked Connect."""
        code = f"AB11{secrets.token_hex(16)}"
        with self._store.transaction():
            self._store.rows(
                "INSERT INTO authorization_code VALUES (?, ?, ?, ?)",
                [code, realm, redirect_uri, self._clock.now() + CODE_SECONDS],
            )
        return code

    def token(self, form: Mapping[str, str], authorization: str | None, hard_expiry: bool) -> dict[str, Any]:
        """The token endpoint.

        Raises:
            OAuthError: `invalid_client`, `invalid_grant` or `unsupported_grant_type`.
        """
        self.check_client(form, authorization)
        with self._store.transaction():
            match form.get("grant_type"):
                case "authorization_code":
                    realm, granted = self._redeem(form.get("code", ""), form.get("redirect_uri", "")), self._clock.now()
                    value = self._new_refresh(realm, granted)
                case "refresh_token":
                    value, realm, granted = self._refresh(form.get("refresh_token", ""))
                case _:
                    raise OAuthError(400, "unsupported_grant_type")
            access = f"eyJlbmMiOiJB{secrets.token_urlsafe(48)}"
            self._store.rows(
                "INSERT INTO access_token VALUES (?, ?, ?)", [access, realm, self._clock.now() + ACCESS_SECONDS]
            )
        answer: dict[str, Any] = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": value,
            "x_refresh_token_expires_in": REFRESH_SECONDS,
        }
        if hard_expiry:
            answer["x_refresh_token_hard_expires_in"] = int(granted + HARD_SECONDS - self._clock.now())
        return answer

    def revoke(self, token: str, form: Mapping[str, str], authorization: str | None) -> None:
        """End the connection a token belongs to.

        Raises:
            OAuthError: the token is unknown.
        """
        self.check_client(form, authorization)
        rows = self._store.rows("SELECT realm FROM refresh_token WHERE value = ?", [token])
        rows += self._store.rows("SELECT realm FROM access_token WHERE value = ?", [token])
        if not rows:
            raise OAuthError(400, "invalid_request")
        with self._store.transaction():
            self._store.rows("UPDATE refresh_token SET state = 'revoked' WHERE realm = ?", [rows[0][0]])
            self._store.rows("DELETE FROM access_token WHERE realm = ?", [rows[0][0]])

    def accepts(self, realm: str, access_token: str) -> str | None:
        """None when the token opens the company, else what is wrong with it."""
        rows = self._store.rows("SELECT realm, expires FROM access_token WHERE value = ?", [access_token])
        if not rows:
            return "Token invalid: AB01234567890"
        if rows[0][1] <= self._clock.now():
            return "Token expired: AB01234567890"
        return None if rows[0][0] == realm else "Accessing Wrong Cluster -11017"

    def expire_access_tokens(self) -> None:
        """As if an hour had passed."""
        with self._store.transaction():
            self._store.rows("UPDATE access_token SET expires = 0")

    def rotate_now(self, value: str | None = None) -> None:
        """As if a day had passed: the next refresh changes the value; this one, or every one."""
        with self._store.transaction():
            self._store.rows(
                "UPDATE refresh_token SET issued = issued - ? WHERE ? IS NULL OR value = ?",
                [ROTATION_SECONDS, value, value],
            )

    def check_client(self, form: Mapping[str, str], authorization: str | None) -> None:
        """Basic or post authentication of the app.

        Raises:
            OAuthError: `invalid_client`.
        """
        identity, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization and authorization.lower().startswith("basic "):
            try:
                identity, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise OAuthError(401, "invalid_client") from None
            identity, secret = unquote(identity), unquote(secret)
        if (identity, secret) != (CLIENT_ID, CLIENT_SECRET):
            raise OAuthError(401, "invalid_client")

    def _redeem(self, code: str, redirect_uri: str) -> str:
        rows = self._store.rows("SELECT realm, redirect_uri, expires FROM authorization_code WHERE code = ?", [code])
        if not rows or rows[0][1] != redirect_uri or rows[0][2] < self._clock.now():
            raise OAuthError(400, "invalid_grant")
        self._store.rows("DELETE FROM authorization_code WHERE code = ?", [code])
        return str(rows[0][0])

    def _refresh(self, value: str) -> tuple[str, str, float]:
        """The value to use from now on: the same within a day, a new one after."""
        now = self._clock.now()
        rows = self._store.rows(
            "SELECT realm, granted, issued, used, state FROM refresh_token WHERE value = ?", [value]
        )
        if not rows or rows[0][4] != "valid":
            raise OAuthError(400, "invalid_grant")
        realm, granted, issued, used, _ = rows[0]
        if used + REFRESH_SECONDS < now or granted + HARD_SECONDS < now:
            raise OAuthError(400, "invalid_grant")
        if issued + ROTATION_SECONDS > now:
            self._store.rows("UPDATE refresh_token SET used = ? WHERE value = ?", [now, value])
            return value, realm, granted
        self._store.rows("UPDATE refresh_token SET state = 'rotated' WHERE value = ?", [value])
        return self._new_refresh(realm, granted), realm, granted

    def _new_refresh(self, realm: str, granted: float) -> str:
        now = self._clock.now()
        value = f"RT1-39-H3-{int(now + REFRESH_SECONDS)}{secrets.token_hex(10)}"
        self._store.rows("INSERT INTO refresh_token VALUES (?, ?, ?, ?, ?, 'valid')", [value, realm, granted, now, now])
        return value
