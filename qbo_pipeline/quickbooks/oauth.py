"""OAuth 2 as Intuit speaks it: the authorize page, codes, refreshes and revocation. Nothing is stored here."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from qbo_pipeline.quickbooks.errors import ClientCredentialsError, ReconnectRequiredError, TokenEndpointError
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.vault import TokenGrant

SCOPE = "com.intuit.quickbooks.accounting"
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"
"""Opt-in to the field that tells when the five years end (Intuit's oauth-jsclient, 2026)."""

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_WHOLE_SECONDS = 60.0
TOKEN_REQUEST_SECONDS = 75.0
"""No token request lives longer, the time to store its answer included."""

_ACCESS_LIFETIME = timedelta(hours=1)
"""Of an access token, where its answer does not tell (Intuit, authorization FAQ)."""
_LONGEST_LIFETIME = timedelta(days=36_500)
"""A century: calendars end."""

_TOKEN_UNKNOWN = ("invalid_token", "invalid_grant", "invalid_request")
"""What a revocation answers, with HTTP 400, for a token that is of no use already."""


class RefusedGrantError(ReconnectRequiredError):
    """`invalid_grant`: the code or refresh token is not, or no longer, good. What it means is the caller's to say."""


class UnansweredError(TokenEndpointError):
    """The request may have reached QuickBooks, its answer did not reach us: the refresh token may have changed."""


class UnsentError(TokenEndpointError):
    """The request certainly did not reach QuickBooks."""


def authorize_url(settings: Settings, redirect_uri: str, state: str) -> str:
    """The address of the page where a person clicks Connect.

    It redirects to `redirect_uri` with `code`, `state` and `realmId`. `state` must be compared there.
    There is no PKCE challenge: Intuit's discovery documents name no `code_challenge_methods_supported`, and what a
    server would check nobody needs to send. The code is of use only with the client secret, which stays here.
    """
    parameters = {
        "client_id": settings.client_id,
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{settings.authorize_url}?{urlencode(parameters)}"


class OAuthClient:
    """The token and revoke endpoints. Errors name the company; messages never hold a token."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    @property
    def environment(self) -> str:
        """Which QuickBooks the tokens are good for."""
        return self._settings.environment.value

    @property
    def client_id(self) -> str:
        """The Intuit app that tokens are issued to, and that alone can refresh and revoke them."""
        return self._settings.client_id

    async def exchange_code(self, realm_id: str, code: str, redirect_uri: str) -> TokenGrant:
        """Turn the code of a redirect into tokens; works once, within minutes.

        Raises:
            RefusedGrantError: the code was used already, is too old, or belongs to another redirect_uri.
            ClientCredentialsError, TokenEndpointError.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        try:
            return await self._grant(realm_id, form)
        except RefusedGrantError as error:
            raise RefusedGrantError(
                realm_id,
                "QuickBooks gives no tokens for the code of this redirect: it was used already, is older than a few "
                f"minutes, or belongs to another redirect URI or app ({error.reason})",
            ) from None

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
        error = _error_name(response.content)
        if response.status_code == 200 or (response.status_code == 400 and error in _TOKEN_UNKNOWN):
            return
        if _refuses_client(response, error):
            raise ClientCredentialsError(
                realm_id, f"the revoke endpoint refused the client id or secret{_tid(response)}"
            )
        raise TokenEndpointError(realm_id, _answered("revoke", response, error))

    async def _grant(self, realm_id: str, form: dict[str, str]) -> TokenGrant:
        asked_at = datetime.now(UTC)
        response = await self._post(realm_id, self._settings.token_url, form)
        if response.status_code == 200:
            return _token_grant(realm_id, response.content, asked_at)
        error = _error_name(response.content)
        if error == "invalid_grant":
            raise RefusedGrantError(realm_id, f"QuickBooks answered invalid_grant{_tid(response)}")
        if _refuses_client(response, error):
            raise ClientCredentialsError(
                realm_id, f"the token endpoint refused the client id or secret{_tid(response)}"
            )
        reason = _answered("token", response, error)
        if response.status_code >= 500:
            raise UnansweredError(realm_id, reason)
        raise TokenEndpointError(realm_id, reason)

    async def _post(self, realm_id: str, url: str, form: dict[str, str]) -> httpx.Response:
        try:
            # httpx limits the wait for each piece of an answer; the lease of whoever refreshes needs a limit to all.
            async with asyncio.timeout(_WHOLE_SECONDS):
                return await self._http.post(
                    url,
                    data=form,
                    auth=(self._settings.client_id, self._settings.client_secret.get_secret_value()),
                    headers={"Accept": "application/json", HARD_EXPIRY_HEADER: "true"},
                    timeout=_TIMEOUT,
                )
        # Without a cause: httpx keeps the request in its errors, and the request holds code, token and secret.
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            # With its text: a certificate that is not trusted, or a proxy that refuses, is nothing a minute mends.
            why = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise UnsentError(realm_id, f"{_host(url)} cannot be reached ({why})") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnansweredError(
                realm_id, f"the answer of {_host(url)} did not arrive ({type(error).__name__})"
            ) from None


class _TokenResponse(msgspec.Struct):
    access_token: str
    refresh_token: str
    # Of any type: there may be no second answer with these tokens, and no lifetime is worth losing them.
    expires_in: Any = None
    x_refresh_token_expires_in: Any = None
    x_refresh_token_hard_expires_in: Any = None


def _token_grant(realm_id: str, body: bytes, asked_at: datetime) -> TokenGrant:
    try:
        tokens = msgspec.json.decode(body, type=_TokenResponse)
    except (msgspec.DecodeError, UnicodeDecodeError):
        tokens = _TokenResponse("", "")
    if not (tokens.access_token and tokens.refresh_token):
        raise UnansweredError(realm_id, "the token endpoint's answer holds no tokens")
    return TokenGrant(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        issued_at=asked_at,
        access_expires_at=asked_at + (_lifetime(tokens.expires_in) or _ACCESS_LIFETIME),
        refresh_expires_at=_end(asked_at, tokens.x_refresh_token_expires_in),
        refresh_hard_expires_at=_end(asked_at, tokens.x_refresh_token_hard_expires_in),
    )


def _end(asked_at: datetime, seconds: object) -> datetime | None:
    lifetime = _lifetime(seconds)
    return None if lifetime is None else asked_at + lifetime


def _lifetime(seconds: object) -> timedelta | None:
    """Seconds as a number or as text, both have been seen; None for anything else, and for what no calendar holds."""
    try:
        lifetime = timedelta(seconds=float(seconds)) if isinstance(seconds, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    return lifetime if lifetime is not None and abs(lifetime) < _LONGEST_LIFETIME else None


def _error_name(body: bytes) -> str | None:
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, str) else None


def _refuses_client(response: httpx.Response, error: str | None) -> bool:
    return error == "invalid_client" or response.status_code == 401


def _answered(endpoint: str, response: httpx.Response, error: str | None) -> str:
    return f"the {endpoint} endpoint answered HTTP {response.status_code} {error or ''}".rstrip() + _tid(response)


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _tid(response: httpx.Response) -> str:
    tid = response.headers.get("intuit_tid") or response.headers.get("intuit-tid")
    return f" (intuit_tid {tid})" if tid else ""
