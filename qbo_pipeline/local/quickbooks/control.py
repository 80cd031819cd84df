"""What tests and people steer the service with: clock, switches, and what it saw. No part of QuickBooks.

GET    /                    a page for people: companies, changes, requests, limits, faults (`status_page`)
GET    /control/status      the same as JSON (`status.Status`)
GET    /control/health      {"status": "ok", "companies": [{"realm_id", "name"}]}
POST   /control/clock       {"advance_seconds": 3600} or {"ahead_seconds": 0}; GET
POST   /control/switches    {"id_order": "ignore", "strict_look_back": true}; GET
                            {"report_version": "v1", "report_language": "fr", "report_cells": 1000}
                            {"merges_stamp_documents": false}
POST   /control/merge       {"realm", "entity": "Customer", "loser": "12", "winner": "7"}, as a person merges records
GET    /control/requests    {"count", "requests": [{"realm", "method", "path", "query", "status", "at"}]}; DELETE
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict
from typing import Any, get_args

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.accounting_api import AccountingApi
from qbo_pipeline.local.quickbooks.clock import Clock, pacific
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.injection import Injections
from qbo_pipeline.local.quickbooks.limits import RequestLimits
from qbo_pipeline.local.quickbooks.query_plan import IdOrder
from qbo_pipeline.local.quickbooks.reports.endpoint import Reports
from qbo_pipeline.local.quickbooks.responses import SeenRequest
from qbo_pipeline.local.quickbooks.status import Status, current_status
from qbo_pipeline.local.quickbooks.status_page import status_page
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline.local.quickbooks.webhooks import Outbox


class Control:
    """Routes beside those of QuickBooks."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        api: AccountingApi,
        reports: Reports,
        limits: RequestLimits,
        injections: Injections,
        requests: deque[SeenRequest],
        outbox: Outbox,
    ) -> None:
        self._store = store
        self._service_clock = clock
        self._api = api
        self._reports = reports
        self._limits = limits
        self._injections = injections
        self._seen = requests
        self._outbox = outbox

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self._front_page),
            Route("/control/status", self._status),
            Route("/control/health", self._health),
            Route("/control/clock", self._clock, methods=["GET", "POST"]),
            Route("/control/switches", self._switches, methods=["GET", "POST"]),
            Route("/control/merge", self._merge, methods=["POST"]),
            Route("/control/requests", self._requests, methods=["GET", "DELETE"]),
        ]

    async def _front_page(self, request: Request) -> Response:
        return HTMLResponse(status_page(await run_in_threadpool(self._current)))

    async def _status(self, request: Request) -> Response:
        return JSONResponse(asdict(await run_in_threadpool(self._current)))

    def _current(self) -> Status:
        return current_status(
            self._store, self._service_clock, self._limits, self._injections, self._seen, self._outbox
        )

    async def _health(self, request: Request) -> Response:
        companies = [{"realm_id": realm, "name": name} for realm, name in self._store.companies()]
        return JSONResponse({"status": "ok", "companies": companies})

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                await run_in_threadpool(self._move_clock, await request.json())
            except ValueError as error:
                return JSONResponse({"error": str(error)}, 400)
        now = pacific(self._service_clock.now())
        return JSONResponse({"now": now, "ahead_seconds": self._service_clock.ahead})

    def _move_clock(self, asked: Any) -> None:
        match asked:
            case {"advance_seconds": int() | float() as seconds}:
                self._service_clock.advance(float(seconds))
            case {"ahead_seconds": int() | float() as seconds}:
                self._service_clock.ahead = float(seconds)
            case _:
                raise ValueError("advance_seconds or ahead_seconds is a number of seconds")

    async def _switches(self, request: Request) -> Response:
        if request.method == "POST":
            asked: dict[str, Any] = await request.json()
            order = asked.get("id_order", self._api.id_order)
            if order not in get_args(IdOrder):
                return JSONResponse({"error": f"id_order is one of {', '.join(get_args(IdOrder))}"}, 400)
            try:
                self._reports.settings.change(asked)
            except ValueError as error:
                return JSONResponse({"error": str(error)}, 400)
            self._api.id_order = order
            self._api.strict_look_back = bool(asked.get("strict_look_back", self._api.strict_look_back))
            merges = self._api.writer.merges
            merges.stamp_documents = bool(asked.get("merges_stamp_documents", merges.stamp_documents))
        api = {
            "id_order": self._api.id_order,
            "strict_look_back": self._api.strict_look_back,
            "merges_stamp_documents": self._api.writer.merges.stamp_documents,
        }
        return JSONResponse({**api, **self._reports.settings.shown()})

    async def _merge(self, request: Request) -> Response:
        asked: dict[str, Any] = await request.json()
        try:
            named = [str(asked[name]) for name in ("realm", "entity", "loser", "winner")]
            await run_in_threadpool(self._api.writer.merge, *named)
        except KeyError as error:
            return JSONResponse({"error": f"{error.args[0]} is missing"}, 400)
        except ServiceFaultError as fault:
            return JSONResponse({"error": str(fault)}, 400)
        return JSONResponse({"merged": asked["loser"], "into": asked["winner"]})

    async def _requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._seen.clear()
        return JSONResponse({"count": len(self._seen), "requests": [asdict(one) for one in self._seen]})
