"""Access tokens of the service principal: client credentials against Entra, renewed ahead of their end.

There is no refresh token in this flow; a new token is asked for five minutes before the last one ends.
Source: learn.microsoft.com, OAuth 2.0 client credentials flow.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import tenacity

from qbo_pipeline.power_bi.answers import decode
from qbo_pipeline.power_bi.errors import TokenEndpointError, TokenError
from qbo_pipeline.settings import PowerBISettings

logger = logging.getLogger(__name__)

POWER_BI_SCOPE = "https://analysis.windows.net/powerbi/api/.default"
FABRIC_SCOPE = "https://api.fabric.microsoft.com/.default"
STORAGE_SCOPE = "https://storage.azure.com/.default"
"""Of OneLake."""
AHEAD_SECONDS = 300.0
"""How long before its end a token is not used any more."""
_ATTEMPTS = 4

_HINTS: dict[int, str] = {
    7000215: "POWERBI_CLIENT_SECRET is not the secret's value: the portal also shows a secret ID, which is of no use.",
    7000222: "The client secret has expired: make a new one in the app registration and set POWERBI_CLIENT_SECRET.",
    700016: "POWERBI_CLIENT_ID is no application of the tenant POWERBI_TENANT_ID.",
    90002: "There is no tenant POWERBI_TENANT_ID: use the directory (tenant) id of the app registration's page.",
    70011: "The scope is not one of this cloud's: check POWERBI_AUTHORITY_URL.",
    500011: "The tenant does not know Power BI: someone has to sign in to Power BI with it once.",
    50034: "The application does not exist in this directory: check POWERBI_TENANT_ID.",
    53003: "A conditional access policy of the tenant keeps the service principal out.",
    700027: "The certificate of the application does not fit.",
}
"""What to do about Entra's codes. Microsoft says not to branch on them, and nothing here does."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    usable_until: float


class AccessTokens:
    """The access token of one process, for one scope."""

    def __init__(
        self,
        settings: PowerBISettings,
        http: httpx.Client,
        scope: str = POWER_BI_SCOPE,
        clock: Callable[[], float] = time.monotonic,
        backoff_seconds: float = 0.5,
    ) -> None:
        self._settings = settings
        self._http = http
        self._scope = scope
        self._clock = clock
        self._wait = tenacity.wait_exponential_jitter(multiplier=backoff_seconds, max=10.0, jitter=backoff_seconds)
        self._token: _Token | None = None

    def get(self, *, rejected: str | None = None) -> str:
        """A token to send now, another one than `rejected` where there is one.

        Raises:
            TokenError: Entra refuses the service principal. TokenEndpointError: Entra gives no usable answer.
        """
        token = self._token
        if token is None or token.value == rejected or self._clock() >= token.usable_until:
            retrying = tenacity.Retrying(
                stop=tenacity.stop_after_attempt(_ATTEMPTS),
                wait=self._wait,
                retry=tenacity.retry_if_exception_type(TokenEndpointError),
                reraise=True,
            )
            token = self._token = retrying(self._asked)
        return token.value

    def _asked(self) -> _Token:
        settings = self._settings
        asked_at = self._clock()
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
            "scope": self._scope,
        }
        try:
            response = self._http.post(
                f"{settings.authority_url}/{settings.tenant_id}/oauth2/v2.0/token",
                data=form,
                headers={"Accept": "application/json"},
            )
        except httpx.HTTPError as error:
            raise TokenEndpointError(f"Entra did not answer ({type(error).__name__})") from None
        answer = _read(response)
        if response.status_code >= 500 or response.status_code == 429:
            raise TokenEndpointError(f"Entra answered HTTP {response.status_code}")
        if response.status_code != 200:
            raise self._refusal(response.status_code, answer)
        value, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value:
            raise TokenEndpointError("the answer of Entra has no access token")
        seconds = float(lifetime) if isinstance(lifetime, int | str) and str(lifetime).isdigit() else 3600.0
        # One that lives shorter than ten minutes would otherwise never be used.
        logger.debug("an access token for Power BI of %.0f s", seconds)
        return _Token(value, asked_at + max(seconds - AHEAD_SECONDS, seconds / 2))

    def _refusal(self, status: int, answer: dict[str, Any]) -> TokenError:
        listed = answer.get("error_codes")
        codes = tuple(code for code in listed if isinstance(code, int)) if isinstance(listed, list) else ()
        described = str(answer.get("error_description") or answer.get("error") or f"HTTP {status}")
        reason = described.splitlines()[0].rstrip(". ")
        reason = reason.replace(self._settings.client_secret.get_secret_value(), "…")
        hint = next((_HINTS[code] for code in codes if code in _HINTS), None)
        return TokenError(reason, codes, hint)


def _read(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = decode(response.content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
