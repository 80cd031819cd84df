"""The service over HTTP: what it consists of, and the routes of the Accounting API behind the gateway.

A new part of QuickBooks (reports, webhooks) is a module of its own beside `accounting_api`, and a route here.
"""

from __future__ import annotations

from collections import deque
from functools import cache, partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from qbo_pipeline.local.quickbooks.accounting_api import AccountingApi
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.clock import Clock, pacific
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.control import Control
from qbo_pipeline.local.quickbooks.entities import canonical
from qbo_pipeline.local.quickbooks.faults import no_resource
from qbo_pipeline.local.quickbooks.gateway import Call, Gateway
from qbo_pipeline.local.quickbooks.injection import Injections
from qbo_pipeline.local.quickbooks.injection.endpoint import FaultsEndpoint
from qbo_pipeline.local.quickbooks.injection.stale_reads import LaggingCopy
from qbo_pipeline.local.quickbooks.limits import Limits, RequestLimits
from qbo_pipeline.local.quickbooks.limits.endpoint import LimitsEndpoint
from qbo_pipeline.local.quickbooks.oauth import OAuth
from qbo_pipeline.local.quickbooks.oauth_endpoints import OAuthEndpoints
from qbo_pipeline.local.quickbooks.reports.company_ledger import CompanyLedgers
from qbo_pipeline.local.quickbooks.reports.endpoint import Reports
from qbo_pipeline.local.quickbooks.responses import DatedAnswers, SeenRequest
from qbo_pipeline.local.quickbooks.served import ServedRecords
from qbo_pipeline.local.quickbooks.served.endpoint import ServedEndpoint
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline.local.quickbooks.webhooks import Courier, Outbox, WebhooksEndpoint

REMEMBERED_REQUESTS = 100_000


class Service:
    """Everything a running service consists of."""

    def __init__(self, store: Store, clock: Clock, limits: bool) -> None:
        self.store = store
        self.clock = clock
        self.limits = RequestLimits(Limits(enforced=limits), lambda: pacific(clock.now())[:7])
        self.api = AccountingApi(store, clock)
        self.reports = Reports(CompanyLedgers(store, cache(partial(CompanyBooks, store))), clock)
        self.oauth = OAuth(store, clock)
        self.injections = Injections(partial(LaggingCopy, store, clock))
        self.connections = Connections()
        self.outbox = Outbox(store)
        self.courier = Courier(self.outbox, clock)
        self.requests: deque[SeenRequest] = deque(maxlen=REMEMBERED_REQUESTS)
        self.served = ServedRecords()

    def application(self) -> ASGIApp:
        """The ASGI application."""
        gateway = Gateway(
            self.api,
            self._dispatch,
            self.oauth,
            self.limits,
            self.injections,
            self.connections,
            self.clock,
            self.requests,
            self.served,
        )
        oauth = OAuthEndpoints(self.store, self.oauth, self.injections, self.connections, self.clock)
        control = Control(
            self.store,
            self.clock,
            self.api,
            self.reports,
            self.limits,
            self.injections,
            self.requests,
            self.outbox,
        )
        faults = FaultsEndpoint(self.injections)
        limits = LimitsEndpoint(self.limits, lambda: [realm for realm, _ in self.store.companies()])
        webhooks = WebhooksEndpoint(self.outbox, self.courier)
        company = Route("/v3/company/{realm}/{path:path}", gateway.company, methods=["GET", "POST"])
        attached = Route("/attachments/{key}", self._attached_file)
        served = ServedEndpoint(self.served)
        beside = (oauth, control, faults, limits, webhooks, served)
        routes = [company, attached, *(route for one in beside for route in one.routes())]
        return DatedAnswers(Starlette(routes=routes), self.clock.now)

    async def _attached_file(self, request: Request) -> Response:
        """What a link of an attachment leads to; it needs no token, as the storage of the real one."""
        file = await run_in_threadpool(self.api.attachments.file, request.path_params["key"])
        return Response(status_code=403) if file is None else Response(file.content, media_type=file.content_type)

    def _dispatch(self, api: AccountingApi, call: Call) -> str | bytes | Response:
        request, realm, body = call.request, call.realm, call.body
        parameters = request.query_params
        head, _, rest = call.path.partition("/")
        match head.lower():
            case "query":
                return api.query(realm, call.query)
            case "batch":
                return api.batch(realm, body)
            case "cdc":
                return api.changes(realm, parameters.get("entities", ""), parameters.get("changedSince", ""))
            case "reports" if request.method == "GET":
                return self.reports.answer(realm, rest, parameters)
            case "companyinfo" if request.method == "GET":
                return api.only(realm, "CompanyInfo")
            case "preferences" if request.method == "GET":
                return api.only(realm, "Preferences")
            case "exchangerate" if request.method == "GET":
                currency = parameters.get("sourcecurrencycode", "")
                return api.exchange_rate(realm, currency, parameters.get("asofdate"))
            case "upload" if request.method == "POST":
                return api.upload(realm, request.headers.get("content-type", ""), body, str(request.base_url))
            case "download" if request.method == "GET":
                return PlainTextResponse(api.attachments.link(realm, rest))
            case "taxservice" if request.method == "POST" and rest.lower() == "taxcode":
                return api.tax_code(realm, body)
        entity = canonical(head)
        identity, _, action = rest.partition("/")
        match entity, action, request.method:
            case str(), "send", "POST":
                return api.send(realm, entity, identity, parameters.get("sendTo"))
            case str(), "pdf", "GET":
                return Response(api.printed(realm, entity, identity), media_type="application/pdf")
        if entity is None or "/" in rest:
            raise no_resource(request.url.path)
        if request.method == "GET":
            return api.read(realm, entity, rest)
        return api.write(realm, entity, body, parameters.get("operation"), parameters.get("include"))
