"""OAuth over HTTP: the page a person connects on, tokens, revocation, discovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.html_pages import connect_page
from qbo_pipeline.local.quickbooks.injection import Injection, Injections, Struck
from qbo_pipeline.local.quickbooks.injection.over_http import changed, delay, delivered, is_carried_out, refusal
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.oauth import OAuth, OAuthError
from qbo_pipeline.local.quickbooks.responses import json_response, transaction_id
from qbo_pipeline.local.quickbooks.store import Store


class OAuthEndpoints:
    """Routes of the authorization server."""

    def __init__(
        self, store: Store, oauth: OAuth, injections: Injections, connections: Connections, clock: Clock
    ) -> None:
        self._store = store
        self._oauth = oauth
        self._injections = injections
        self._connections = connections
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
        struck = self._injections.strike("token", f"POST token {form.get('grant_type', '')}")
        if struck.failure is not None and struck.failure.kind == "lost_rotation":
            self._oauth.rotate_now(form.get("refresh_token"))
        hard_expiry = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"

        def granted() -> Response:
            answer = self._oauth.token(form, request.headers.get("authorization"), hard_expiry)
            return json_response(dumps(answer), 200)

        return await self._answer(granted, struck)

    async def _revoke(self, request: Request) -> Response:
        body = await request.body()
        as_json = request.headers.get("content-type", "").startswith("application/json")
        form: dict[str, Any] = await request.json() if as_json else _form(body)

        def revoked() -> Response:
            self._oauth.revoke(form.get("token", ""), form, request.headers.get("authorization"))
            return Response(status_code=200)

        return await self._answer(revoked, self._injections.strike("revoke", "POST revoke"))

    async def _answer(self, carry_out: Callable[[], Response], struck: Struck) -> Response:
        """What is done, and what becomes of the answer."""
        failure = struck.failure
        response = Response()
        if is_carried_out(failure):
            try:
                response = carry_out()
            except OAuthError as error:
                response = _refused(error)
        response = _refusal(failure, self._clock.now()) or response
        if late := delay(failure):
            await anyio.sleep(late)
        response = delivered(changed(response, struck.changes), failure, self._connections)
        response.headers["intuit_tid"] = transaction_id()
        return response

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


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode()))


def _refused(error: OAuthError) -> Response:
    """`{"error":"invalid_grant"}`, 25 bytes, with a charset (recorded in bug reports of two SDKs)."""
    body = f'{{"error":"{error.error}"}}'
    return Response(body, error.status, media_type="application/json;charset=utf-8")


def _refusal(failure: Injection | None, now: float) -> Response | None:
    """The answer of a failure; an error of the server has the shape of OAuth here."""
    if failure is not None and failure.kind == "server_error" and failure.settings["body"] == "json":
        return json_response(dumps({"error": "server_error"}), failure.settings["status"])
    return refusal(failure, now)
