"""OAuth 2 as Intuit speaks it: the authorize page, codes, refreshes and revocation. Nothing is stored here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from qbo_pipeline.quickbooks.errors import ClientCredentialsError, ReconnectRequiredError, TokenEndpointError
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.vault import TokenGrant

SCOPE = "com.intuit.quickbooks.accounting"
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"
"""Opt-in to the field that tells when the five years end (Intuit's oauth-jsclient, 2026)."""

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
TOKEN_REQUEST_SECONDS = 75.0
"""No token request lives longer: connect, write, read and a margin."""


class RefusedGrantError(ReconnectRequiredError):
    """`invalid_grant`: the code or refresh token is not, or no longer, good. What it means is the caller's to say."""


class UnansweredError(TokenEndpointError):
    """The request may have reached QuickBooks, its answer did not reach us: the refresh token may have changed."""


class UnsentError(TokenEndpointError):
    """The request certainly did not reach QuickBooks."""


def authorize_url(settings: Settings, redirect_uri: str, state: str, code_challenge: str | None = None) -> str:
    """The address of the page where a person clicks Connect.

    It redirects to `redirect_uri` with `code`, `state` and `realmId`. `state` must be compared there.
    `code_challenge` is the S256 challenge of PKCE.
    """
    parameters = {
        "client_id": settings.client_id,
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if code_challenge is not None:
        parameters |= {"code_challenge": code_challenge, "code_challenge_method": "S256"}
    return f"{settings.authorize_url}?{urlencode(parameters)}"


class OAuthClient:
    """The token and revoke endpoints. Errors name the company; messages never hold a token."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    async def exchange_code(
        self, realm_id: str, code: str, redirect_uri: str, code_verifier: str | None = None
    ) -> TokenGrant:
        """Turn the code of a redirect into tokens; works once, within minutes.

        Raises:
            RefusedGrantError: the code was used already, is too old, or belongs to another redirect_uri.
            ClientCredentialsError, TokenEndpointError.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if code_verifier is not None:
            form["code_verifier"] = code_verifier
        return await self._grant(realm_id, form)

    async def refresh(self, realm_id: str, refresh_token: str) -> TokenGrant:
        """New tokens. About once a day the refresh token is another one, and the old one is dead at once.

        Raises:
            RefusedGrantError: the refresh token is not good any more.
            UnansweredError: it may have changed in an answer that did not arrive.
            UnsentError: it did not change, the request did not leave.
            ClientCredentialsError, TokenEndpointError.
        """
        return await self._grant(realm_id, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def revoke(self, realm_id: str, refresh_token: str) -> None:
        """End the connection. A token that QuickBooks no longer knows is as good as revoked.

        Raises:
            ClientCredentialsError, TokenEndpointError.
        """
        response = await self._post(realm_id, self._settings.revoke_url, {"token": refresh_token})
        if response.status_code not in (200, 400):
            raise TokenEndpointError(realm_id, f"the revoke endpoint answered HTTP {response.status_code}")

    async def _grant(self, realm_id: str, form: dict[str, str]) -> TokenGrant:
        asked_at = datetime.now(UTC)
        response = await self._post(realm_id, self._settings.token_url, form)
        if response.status_code == 200:
            return _token_grant(realm_id, response.content, asked_at)
        error = _error_name(response.content)
        if error == "invalid_grant":
            raise RefusedGrantError(realm_id, f"QuickBooks answered invalid_grant{_tid(response)}")
        if error == "invalid_client" or response.status_code == 401:
            raise ClientCredentialsError(
                realm_id, f"the token endpoint refused the client id or secret{_tid(response)}"
            )
        reason = f"the token endpoint answered HTTP {response.status_code} {error or ''}".rstrip() + _tid(response)
        if response.status_code >= 500:
            raise UnansweredError(realm_id, reason)
        raise TokenEndpointError(realm_id, reason)

    async def _post(self, realm_id: str, url: str, form: dict[str, str]) -> httpx.Response:
        try:
            return await self._http.post(
                url,
                data=form,
                auth=(self._settings.client_id, self._settings.client_secret.get_secret_value()),
                headers={"Accept": "application/json", HARD_EXPIRY_HEADER: "true"},
                timeout=_TIMEOUT,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise UnsentError(realm_id, f"the token endpoint cannot be reached ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise UnansweredError(
                realm_id, f"the token endpoint's answer did not arrive ({type(error).__name__})"
            ) from error


class _TokenResponse(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: int
    x_refresh_token_expires_in: int | None = None
    x_refresh_token_hard_expires_in: int | None = None


def _token_grant(realm_id: str, body: bytes, asked_at: datetime) -> TokenGrant:
    try:
        # Not strict: lifetimes have been seen as numbers and as text.
        tokens = msgspec.json.decode(body, type=_TokenResponse, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnansweredError(realm_id, "the token endpoint's answer holds no tokens") from None
    rolling, hard = tokens.x_refresh_token_expires_in, tokens.x_refresh_token_hard_expires_in
    return TokenGrant(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        issued_at=asked_at,
        access_expires_at=asked_at + timedelta(seconds=tokens.expires_in),
        refresh_expires_at=None if rolling is None else asked_at + timedelta(seconds=rolling),
        refresh_hard_expires_at=None if hard is None else asked_at + timedelta(seconds=hard),
    )


def _error_name(body: bytes) -> str | None:
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, str) else None


def _tid(response: httpx.Response) -> str:
    tid = response.headers.get("intuit_tid") or response.headers.get("intuit-tid")
    return f" (intuit_tid {tid})" if tid else ""
