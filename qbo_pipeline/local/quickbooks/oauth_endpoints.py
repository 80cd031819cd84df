"""OAuth over HTTP: the page a person connects on, tokens, revocation, discovery."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.faults import throttled
from qbo_pipeline.local.quickbooks.html_pages import connect_page
from qbo_pipeline.local.quickbooks.injection import Injection, Injections
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.oauth import OAuth, OAuthError
from qbo_pipeline.local.quickbooks.responses import BrokenResponse, json_response, transaction_id, truncated
from qbo_pipeline.local.quickbooks.store import Store


class OAuthEndpoints:
    """Routes of the authorization server."""

    def __init__(self, store: Store, oauth: OAuth, injections: Injections, clock: Clock) -> None:
        self._store = store
        self._oauth = oauth
        self._injections = injections
        self._clock = clock

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/connect/oauth2", self._connect, methods=["GET", "POST"]),
            Route("/oauth2/v1/tokens/bearer", self._token, methods=["POST"]),
            Route("/v2/oauth2/tokens/revoke", self._revoke, methods=["POST"]),
            Route("/.well-known/openid_configuration", self._discovery),
            Route("/.well-known/openid_sandbox_configuration", self._discovery),
        ]

    async def _connect(self, request: Request) -> Response:
        if request.method == "GET":
            hidden = {name: request.query_params.get(name, "") for name in ("redirect_uri", "state", "client_id")}
            return HTMLResponse(connect_page(self._store.companies(), hidden))
        form = _form(await request.body())
        redirect, realm = form.get("redirect_uri", ""), form.get("realm", "")
        if not redirect.startswith(("http://", "https://")) or realm not in dict(self._store.companies()):
            return HTMLResponse("Unknown company or redirect URI.", 400)
        code = self._oauth.authorize(realm, redirect)
        query = urlencode({"code": code, "state": form.get("state", ""), "realmId": realm})
        return RedirectResponse(f"{redirect}{'&' if '?' in redirect else '?'}{query}", 302)

    async def _token(self, request: Request) -> Response:
        form = _form(await request.body())
        struck = self._injections.struck(f"POST token {form.get('grant_type', '')}", token=True)
        if struck is not None and struck.kind == "server_error":
            return json_response(dumps({"error": "server_error"}), struck.status, _headers())
        if struck is not None and struck.kind == "throttle":
            return json_response(throttled().body(self._clock.now()), 429, _headers())
        if struck is not None and struck.kind == "lost_rotation":
            self._oauth.rotate_now()
        hard_expiry = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        try:
            answer = self._oauth.token(form, request.headers.get("authorization"), hard_expiry)
        except OAuthError as error:
            return _refused(error)
        return await _spoilt(json_response(dumps(answer), 200, _headers()), struck)

    async def _revoke(self, request: Request) -> Response:
        body = await request.body()
        as_json = request.headers.get("content-type", "").startswith("application/json")
        form: dict[str, Any] = await request.json() if as_json else _form(body)
        try:
            self._oauth.revoke(form.get("token", ""), form, request.headers.get("authorization"))
        except OAuthError as error:
            return _refused(error)
        return Response(status_code=200, headers=_headers())

    async def _discovery(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": f"{base}/op/v1",
                "authorization_endpoint": f"{base}/connect/oauth2",
                "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
                "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
                "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
                "jwks_uri": f"{base}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            }
        )


async def _spoilt(response: Response, struck: Injection | None) -> Response:
    match struck.kind if struck is not None else "":
        case "lost_rotation" | "reset":
            return BrokenResponse(response.body, media_type="application/json")
        case "truncated":
            return truncated(response)
        case "timeout" if struck is not None:
            await anyio.sleep(struck.seconds)
    return response


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode()))


def _refused(error: OAuthError) -> Response:
    """`{"error":"invalid_grant"}`, 25 bytes, with a charset (recorded in bug reports of two SDKs)."""
    body = f'{{"error":"{error.error}"}}'
    return Response(body, error.status, _headers(), media_type="application/json;charset=utf-8")


def _headers() -> dict[str, str]:
    return {"intuit_tid": transaction_id()}
