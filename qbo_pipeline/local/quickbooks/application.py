"""The service over HTTP: routes, tokens, limits, faults on demand."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from qbo_pipeline.local.quickbooks.accounting_api import AccountingApi
from qbo_pipeline.local.quickbooks.clock import Clock, pacific
from qbo_pipeline.local.quickbooks.entities import canonical
from qbo_pipeline.local.quickbooks.faults import (
    ServiceFaultError,
    gateway_fault,
    quota_spent,
    system_fault,
    throttled,
    unsupported,
)
from qbo_pipeline.local.quickbooks.html_pages import connect_page, status_page
from qbo_pipeline.local.quickbooks.injection import Injection, Injections
from qbo_pipeline.local.quickbooks.limits import RequestLimits
from qbo_pipeline.local.quickbooks.oauth import OAuth, OAuthError
from qbo_pipeline.local.quickbooks.store import Store

REMEMBERED_REQUESTS = 100_000


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One API request that arrived."""

    realm: str
    method: str
    path: str
    query: str
    status: int
    at: float


class BrokenResponse(Response):
    """The start of a body whose end never comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise all of it, send half, stop."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


class Service:
    """Everything a running service consists of."""

    def __init__(self, store: Store, clock: Clock, limits: RequestLimits | None) -> None:
        self.store = store
        self.clock = clock
        self.limits = limits
        self.api = AccountingApi(store, clock)
        self.oauth = OAuth(store, clock)
        self.injections = Injections()
        self.requests: deque[SeenRequest] = deque(maxlen=REMEMBERED_REQUESTS)

    def application(self) -> Starlette:
        """The ASGI application."""
        company = "/v3/company/{realm}"
        return Starlette(
            routes=[
                Route("/", self._status),
                Route("/connect/oauth2", self._connect, methods=["GET", "POST"]),
                Route("/oauth2/v1/tokens/bearer", self._token, methods=["POST"]),
                Route("/v2/oauth2/tokens/revoke", self._revoke, methods=["POST"]),
                Route("/.well-known/openid_configuration", self._discovery),
                Route(f"{company}/{{path:path}}", self._api, methods=["GET", "POST"]),
                Route("/control/health", self._health),
                Route("/control/faults", self._faults, methods=["GET", "POST", "DELETE"]),
                Route("/control/clock", self._clock, methods=["GET", "POST"]),
                Route("/control/requests", self._requests),
            ]
        )

    async def _api(self, request: Request) -> Response:
        body = await request.body()
        realm, path = request.path_params["realm"], request.path_params["path"]
        query = request.query_params.get("query") or (body.decode(errors="replace") if path == "query" else "")
        described = f"{request.method} {path} {query} {request.query_params}"
        struck = self.injections.struck(described)
        began = time.perf_counter()
        response = await self._answer(request, realm, path, query, body, struck)
        if self.injections.latency:
            await _pause(self.injections.latency)
        if struck is not None:
            response = await self._spoilt(response, struck, realm)
        self.requests.append(SeenRequest(realm, request.method, path, query, response.status_code, self.clock.now()))
        response.headers["intuit_tid"] = f"1-{int(self.clock.now()):x}-{secrets.token_hex(12)}"
        response.headers["QBO-Version"] = "1992.245"
        response.headers["Service-Time"] = f"total={int((time.perf_counter() - began) * 1000)}, db=1"
        return response

    async def _answer(
        self, request: Request, realm: str, path: str, query: str, body: bytes, struck: Injection | None
    ) -> Response:
        now = self.clock.now()
        if struck is not None and struck.kind == "expire_token":
            self.oauth.expire_access_tokens()
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        wrong = self.oauth.accepts(realm, token)
        if wrong is not None:
            return _json(gateway_fault(wrong, "3200", 401, now), 401)
        try:
            if self.limits is not None and not self.limits.allow(realm, time.monotonic()):
                raise throttled()
            if struck is not None:
                _raise(struck)
            return _json(await run_in_threadpool(self._dispatch, request, realm, path, query, body))
        except ServiceFaultError as fault:
            headers = {}
            if struck is not None and struck.retry_after is not None:
                headers["Retry-After"] = str(struck.retry_after)
            return _json(fault.body(now), fault.status, headers)

    def _dispatch(self, request: Request, realm: str, path: str, query: str, body: bytes) -> str:
        parameters = request.query_params
        head, _, rest = path.partition("/")
        match head.lower():
            case "query":
                return self.api.query(realm, query)
            case "batch":
                return self.api.batch(realm, body)
            case "cdc":
                return self.api.changes(realm, parameters.get("entities", ""), parameters.get("changedSince", ""))
            case "companyinfo" if request.method == "GET":
                return self.api.only(realm, "CompanyInfo")
            case "preferences" if request.method == "GET":
                return self.api.only(realm, "Preferences")
            case "exchangerate" if request.method == "GET":
                return self.api.exchange_rate(
                    realm, parameters.get("sourcecurrencycode", ""), parameters.get("asofdate")
                )
        entity = canonical(head)
        if entity is None:
            raise unsupported(head)
        if request.method == "GET":
            return self.api.read(realm, entity, rest)
        return self.api.write(realm, entity, body, parameters.get("operation"), parameters.get("include"))

    async def _spoilt(self, response: Response, struck: Injection, realm: str) -> Response:
        text = bytes(response.body)
        match struck.kind:
            case "timeout":
                await _pause(struck.seconds)
            case "reset":
                return BrokenResponse(text, response.status_code, media_type="application/json")
            case "truncated":
                return _json(text[: len(text) // 2].decode(errors="ignore"), response.status_code)
            case "edit" | "delete" | "create":
                await run_in_threadpool(self._change, struck, realm)
        return response

    def _change(self, struck: Injection, realm: str) -> None:
        if struck.action is not None:
            struck.action()
            return
        entity = struck.entity or "Invoice"
        writer = self.api.writer
        match struck.kind:
            case "edit":
                writer.touch(realm, entity, writer.oldest(realm, entity), PrivateNote="Edited between pages")
            case "delete":
                self.store.delete(realm, entity, writer.oldest(realm, entity), self.clock.now())
            case "create":
                first = self.store.get(realm, entity, writer.oldest(realm, entity)) or {}
                kept = {key: value for key, value in first.items() if key not in ("Id", "SyncToken", "MetaData")}
                writer.save(realm, entity, kept)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        struck = self.injections.struck(f"POST token {form.get('grant_type', '')}")
        hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        try:
            if struck is not None and struck.kind == "lost_rotation":
                self.oauth.rotate_now()
            answer = self.oauth.token(form, request.headers.get("authorization"), hard)
        except OAuthError as error:
            return JSONResponse({"error": error.error}, error.status, headers={"intuit_tid": _tid()})
        if struck is not None:
            if struck.kind == "lost_rotation":
                return BrokenResponse(JSONResponse(answer).body, media_type="application/json")
            if struck.kind == "timeout":
                await _pause(struck.seconds)
            if struck.kind == "server_error":
                return JSONResponse({"error": "server_error"}, struck.status)
        return JSONResponse(answer, headers={"intuit_tid": _tid()})

    async def _revoke(self, request: Request) -> Response:
        body = (await request.body()).decode()
        form = dict(parse_qsl(body))
        if request.headers.get("content-type", "").startswith("application/json"):
            form = await request.json()
        try:
            self.oauth.revoke(form.get("token", ""), form, request.headers.get("authorization"))
        except OAuthError as error:
            return JSONResponse({"error": error.error}, error.status)
        return Response(status_code=200)

    async def _connect(self, request: Request) -> Response:
        if request.method == "GET":
            hidden = {name: request.query_params.get(name, "") for name in ("redirect_uri", "state", "client_id")}
            return HTMLResponse(connect_page(self.store.companies(), hidden))
        form = dict(parse_qsl((await request.body()).decode()))
        redirect, realm = form.get("redirect_uri", ""), form.get("realm", "")
        if not redirect.startswith(("http://", "https://")) or realm not in dict(self.store.companies()):
            return HTMLResponse("Unknown company or redirect URI.", 400)
        code = self.oauth.authorize(realm, redirect)
        query = urlencode({"code": code, "state": form.get("state", ""), "realmId": realm})
        return RedirectResponse(f"{redirect}{'&' if '?' in redirect else '?'}{query}", 302)

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

    async def _status(self, request: Request) -> Response:
        companies = [(realm, name, self.store.counts(realm)) for realm, name in self.store.companies()]
        faults = [f"{one.kind} on '{one.match}': {one.struck} of {one.times}" for one in self.injections.all()]
        return HTMLResponse(status_page(companies, len(self.requests), pacific(self.clock.now()), faults))

    async def _health(self, request: Request) -> Response:
        companies = [{"realm_id": realm, "name": name} for realm, name in self.store.companies()]
        return JSONResponse({"status": "ok", "companies": companies})

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.injections.clear()
        elif request.method == "POST":
            asked = await request.json()
            latency = asked.pop("latency", None)
            if latency is not None:
                self.injections.latency = float(latency)
            if asked:
                try:
                    self.injections.add(Injection(**asked))
                except (TypeError, ValueError) as error:
                    return JSONResponse({"error": str(error)}, 400)
        listed = [
            {"kind": one.kind, "match": one.match, "times": one.times, "after": one.after, "struck": one.struck}
            for one in self.injections.all()
        ]
        return JSONResponse({"faults": listed, "latency": self.injections.latency})

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            self.clock.advance(float((await request.json())["advance_seconds"]))
        return JSONResponse({"now": pacific(self.clock.now()), "ahead_seconds": self.clock.ahead})

    async def _requests(self, request: Request) -> Response:
        return JSONResponse({"count": len(self.requests), "requests": [asdict(one) for one in self.requests]})


def _raise(struck: Injection) -> None:
    faults: dict[str, Callable[[], ServiceFaultError]] = {
        "throttle": throttled,
        "quota": quota_spent,
        "server_error": lambda: system_fault("Injected failure.", struck.status),
        "fault_200": lambda: system_fault("Injected fault inside HTTP 200.", 200),
    }
    if struck.kind in faults:
        raise faults[struck.kind]()


def _json(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, media_type="application/json;charset=utf-8")


def _tid() -> str:
    return f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"


async def _pause(seconds: float) -> None:
    import anyio

    await anyio.sleep(seconds)
