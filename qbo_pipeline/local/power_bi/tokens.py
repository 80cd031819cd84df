"""Access tokens of the Microsoft identity platform: who may ask for them, what is in them, when they end.

A token carries its own expiry under a signature, as real ones do; the key is kept, so that a restart ends none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

Audience = Literal["power_bi", "fabric", "storage"]

SCOPES: dict[str, Audience] = {
    "https://analysis.windows.net/powerbi/api/.default": "power_bi",
    "https://api.fabric.microsoft.com/.default": "fabric",
    "https://storage.azure.com/.default": "storage",
}


@dataclass(frozen=True, slots=True)
class Application:
    """An app registration: the tenant it is in, its id, its secret."""

    tenant: str = "local"
    client: str = "local"
    secret: str = "local"  # noqa: S105


class TokenRefusedError(Exception):
    """No token: a body of the identity platform, with its AADSTS code among `error_codes`."""

    def __init__(self, status: int, error: str, code: int, description: str, now: float) -> None:
        self.status = status
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        trace, correlation = str(uuid4()), str(uuid4())
        told = f"AADSTS{code}: {description} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {moment}"
        self.body: dict[str, Any] = {
            "error": error,
            "error_description": told,
            "error_codes": [code],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        }
        super().__init__(told)


@dataclass(slots=True)
class Tokens:
    """Issues and checks tokens. `key` signs them; `applications` are who is known."""

    key: bytes
    applications: list[Application] = field(default_factory=lambda: [Application()])
    not_before: float = 0.0
    """Tokens issued before are taken for expired."""

    def token(self, tenant: str, form: dict[str, str], now: float, seconds: int) -> dict[str, Any]:
        """The answer to a request for a token.

        Raises:
            TokenRefusedError: wrong tenant, client, secret, grant or scope.
        """
        application, audience = self._granted(tenant, form, now)
        payload = {
            "aud": audience,
            "iat": now,
            "exp": now + seconds,
            "appid": application.client,
            "tid": application.tenant,
            "uti": uuid4().hex,
        }
        return {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": self._signed(payload),
        }

    def claims(self, token: str) -> dict[str, Any] | None:
        """What a token says, expired or not; None where it is not one of ours."""
        head, _, rest = token.partition(".")
        body, _, signature = rest.partition(".")
        if not hmac.compare_digest(signature, self._signature(f"{head}.{body}")):
            return None
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims

    def is_expired(self, claims: dict[str, Any], now: float) -> bool:
        """Whether it has had its time, or was ended before."""
        return bool(now >= claims["exp"] or claims["iat"] < self.not_before)

    def _granted(self, tenant: str, form: dict[str, str], now: float) -> tuple[Application, Audience]:
        def refused(status: int, error: str, code: int, description: str) -> TokenRefusedError:
            return TokenRefusedError(status, error, code, description, now)

        if form.get("grant_type") != "client_credentials":
            what = f"The app requested an unsupported grant type '{form.get('grant_type', '')}'."
            raise refused(400, "unsupported_grant_type", 70003, what)
        in_tenant = [one for one in self.applications if one.tenant == tenant]
        if not in_tenant:
            raise refused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        client = form.get("client_id", "")
        application = next((one for one in in_tenant if one.client == client), None)
        if application is None:
            what = f"Application with identifier '{client}' was not found in the directory '{tenant}'."
            raise refused(400, "unauthorized_client", 700016, what)
        if form.get("client_secret") != application.secret:
            what = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{client}'."
            )
            raise refused(401, "invalid_client", 7000215, what)
        scope = form.get("scope", "")
        if scope not in SCOPES:
            what = f"The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            raise refused(400, "invalid_scope", 70011, what)
        return application, SCOPES[scope]

    def _signed(self, payload: dict[str, Any]) -> str:
        head, body = (_encoded(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "HS256"}, payload))
        return f"{head}.{body}.{self._signature(f'{head}.{body}')}"

    def _signature(self, text: str) -> str:
        return _encoded(hmac.new(self.key, text.encode(), hashlib.sha256).digest())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
