"""The service over HTTP: the routes of the Accounting API, tokens checked, limits kept, faults on demand.

A new part of QuickBooks (reports, webhooks) is a module of its own beside `accounting_api`, and a route here.
"""

from __future__ import annotations

import time
from collections import deque
from functools import cache, partial

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.accounting_api import AccountingApi
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.control import Control
from qbo_pipeline.local.quickbooks.entities import TRANSACTIONS, canonical
from qbo_pipeline.local.quickbooks.faults import (
    ServiceFaultError,
    gateway_fault,
    no_resource,
    quota_spent,
    system_fault,
    throttled,
)
from qbo_pipeline.local.quickbooks.injection import Injection, Injections
from qbo_pipeline.local.quickbooks.limits import RequestLimits
from qbo_pipeline.local.quickbooks.oauth import OAuth
from qbo_pipeline.local.quickbooks.oauth_endpoints import OAuthEndpoints
from qbo_pipeline.local.quickbooks.reports.company_ledger import CompanyLedgers
from qbo_pipeline.local.quickbooks.reports.endpoint import Reports
from qbo_pipeline.local.quickbooks.responses import (
    BrokenResponse,
    SeenRequest,
    json_response,
    transaction_id,
    truncated,
)
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline.local.quickbooks.webhooks import Courier, Outbox, WebhooksEndpoint

REMEMBERED_REQUESTS = 100_000
QBO_VERSION = "1992.245"


class Service:
    """Everything a running service consists of."""

    def __init__(self, store: Store, clock: Clock, limits: RequestLimits | None) -> None:
        self.store = store
        self.clock = clock
        self.limits = limits
        self.api = AccountingApi(store, clock)
        self.reports = Reports(CompanyLedgers(store, cache(partial(CompanyBooks, store))), clock)
        self.oauth = OAuth(store, clock)
        self.injections = Injections()
        self.outbox = Outbox(store)
        self.courier = Courier(self.outbox, clock)
        self.requests: deque[SeenRequest] = deque(maxlen=REMEMBERED_REQUESTS)

    def application(self) -> Starlette:
        """The ASGI application."""
        oauth = OAuthEndpoints(self.store, self.oauth, self.injections, self.clock)
        control = Control(self.store, self.clock, self.api, self.reports, self.injections, self.requests, self.outbox)
        webhooks = WebhooksEndpoint(self.outbox, self.courier)
        company = Route("/v3/company/{realm}/{path:path}", self._company, methods=["GET", "POST"])
        attached = Route("/attachments/{key}", self._attached_file)
        return Starlette(routes=[company, attached, *oauth.routes(), *control.routes(), *webhooks.routes()])

    async def _company(self, request: Request) -> Response:
        body = await request.body()
        realm, path = request.path_params["realm"], request.path_params["path"]
        query = request.query_params.get("query") or (body.decode(errors="replace") if path == "query" else "")
        struck = self.injections.struck(f"{request.method} {path} {query} {request.query_params}")
        began = time.perf_counter()
        response = await self._answer(request, realm, path, query, body, struck)
        if self.injections.latency:
            await anyio.sleep(self.injections.latency)
        if struck is not None:
            response = await self._spoilt(response, struck, realm)
        self.requests.append(SeenRequest(realm, request.method, path, query, response.status_code, self.clock.now()))
        response.headers["intuit_tid"] = transaction_id()
        response.headers["QBO-Version"] = QBO_VERSION
        response.headers["Service-Time"] = f"total={int((time.perf_counter() - began) * 1000)}, db=1"
        return response

    async def _attached_file(self, request: Request) -> Response:
        """What a link of an attachment leads to; it needs no token, as the storage of the real one."""
        file = await run_in_threadpool(self.api.attachments.file, request.path_params["key"])
        return Response(status_code=403) if file is None else Response(file.content, media_type=file.content_type)

    async def _answer(
        self, request: Request, realm: str, path: str, query: str, body: bytes, struck: Injection | None
    ) -> Response:
        now = self.clock.now()
        if struck is not None and struck.kind == "expire_token":
            self.oauth.expire_access_tokens()
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        wrong = self.oauth.accepts(realm, token)
        if wrong is not None:
            return json_response(gateway_fault(wrong, "3200", 401, now), 401)
        try:
            if self.limits is not None and not self.limits.allow(realm, time.monotonic(), batch=path == "batch"):
                raise throttled()
            if struck is not None:
                _raise(struck)
            answer = await run_in_threadpool(self._dispatch, request, realm, path, query, body)
            return answer if isinstance(answer, Response) else json_response(answer)
        except ServiceFaultError as fault:
            headers = {}
            if struck is not None and struck.retry_after is not None:
                headers["Retry-After"] = str(struck.retry_after)
            return json_response(fault.body(now), fault.status, headers)

    def _dispatch(self, request: Request, realm: str, path: str, query: str, body: bytes) -> str | bytes | Response:
        parameters = request.query_params
        head, _, rest = path.partition("/")
        match head.lower():
            case "query":
                return self.api.query(realm, query)
            case "batch":
                return self.api.batch(realm, body)
            case "cdc":
                return self.api.changes(realm, parameters.get("entities", ""), parameters.get("changedSince", ""))
            case "reports" if request.method == "GET":
                return self.reports.answer(realm, rest, parameters)
            case "companyinfo" if request.method == "GET":
                return self.api.only(realm, "CompanyInfo")
            case "preferences" if request.method == "GET":
                return self.api.only(realm, "Preferences")
            case "exchangerate" if request.method == "GET":
                currency = parameters.get("sourcecurrencycode", "")
                return self.api.exchange_rate(realm, currency, parameters.get("asofdate"))
            case "upload" if request.method == "POST":
                return self.api.upload(realm, request.headers.get("content-type", ""), body, str(request.base_url))
            case "download" if request.method == "GET":
                return PlainTextResponse(self.api.attachments.link(realm, rest))
            case "taxservice" if request.method == "POST" and rest.lower() == "taxcode":
                return self.api.tax_code(realm, body)
        entity = canonical(head)
        identity, _, action = rest.partition("/")
        match entity, action, request.method:
            case str(), "send", "POST":
                return self.api.send(realm, entity, identity, parameters.get("sendTo"))
            case str(), "pdf", "GET":
                return Response(self.api.printed(realm, entity, identity), media_type="application/pdf")
        if entity is None or "/" in rest:
            raise no_resource(request.url.path)
        if request.method == "GET":
            return self.api.read(realm, entity, rest)
        return self.api.write(realm, entity, body, parameters.get("operation"), parameters.get("include"))

    async def _spoilt(self, response: Response, struck: Injection, realm: str) -> Response:
        match struck.kind:
            case "timeout":
                await anyio.sleep(struck.seconds)
            case "reset":
                return BrokenResponse(response.body, response.status_code, media_type="application/json")
            case "truncated":
                return truncated(response)
            case "edit" | "delete" | "create":
                await run_in_threadpool(self._change, struck, realm)
        return response

    def _change(self, struck: Injection, realm: str) -> None:
        """Somebody works in the company while it is read."""
        if struck.action is not None:
            struck.action()
            return
        entity = struck.entity or "Invoice"
        writer = self.api.writer
        oldest = writer.oldest(realm, entity)
        match struck.kind:
            case "edit":
                note = {"PrivateNote": "Edited between pages"} if entity in TRANSACTIONS else {}
                writer.touch(realm, entity, oldest, **note)
            case "delete":
                writer.remove(realm, entity, oldest)
            case "create":
                writer.duplicate(realm, entity, oldest)


def _raise(struck: Injection) -> None:
    match struck.kind:
        case "throttle":
            raise throttled()
        case "quota":
            raise quota_spent()
        case "server_error":
            raise system_fault("Injected failure.", struck.status)
        case "fault_200":
            raise system_fault("Injected fault inside HTTP 200.", 200)
