"""What tests and people steer the service with: clock, switches, faults, and what it saw. No part of Tableau.

GET    /                          a page for people: sites, data sources, jobs, workbooks, webhooks (`page`)
GET    /control/health            {"status": "ok", "data_sources": [{"id", "site", "project", "name", "rows"}]}
GET    /control/status            what the page shows, as JSON
POST   /control/clock             {"advance_seconds": 3600} or {"ahead_seconds": 0}; GET
POST   /control/switches          {"flavour": "cloud", "job_seconds": 0}; GET, DELETE (see `switches`)
POST   /control/faults            {"kind": "timeout", "endpoint": "publish", "rate": 0.1, "seed": 7}
                                  {"latency": 0.2}: every request takes that many seconds at least; GET, DELETE
GET    /control/faults/kinds      every kind with its settings
POST   /control/sessions/expire   every session is over
POST   /control/tokens            {"name", "value", "expires_in"?}: one more personal access token
POST   /control/apps              {"client_id", "secret_id", "secret_value"}: one more connected app
POST   /control/users             {"name"}: one more user whom a JWT may name
POST   /control/sites             {"content_url", "name"?}; GET
POST   /control/data_sources      {"name", "project"?, "type"?}: somebody else's, with a database behind its extract
POST   /control/workbooks         {"name", "data_sources"?: [LUID], "extract"?: true}: somebody else's
POST   /control/events            {"event", "resource", "resource_luid", "resource_name"}: webhooks are told of it
GET    /control/deliveries        what webhooks were told, and what came of it
DELETE /control/limits            nothing was started in the last hour
GET    /control/rows/{data source}/{table}?limit=100&offset=0&schema=Extract    rows as they are in Hyper
GET    /control/requests          what arrived; DELETE
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.steering import Steering, a_text, an_object
from qbo_pipeline.local.tableau.errors import TableauAnswerError
from qbo_pipeline.local.tableau.faults import KINDS
from qbo_pipeline.local.tableau.parts import Service
from qbo_pipeline.local.tableau.projects import LOCAL_SITE
from qbo_pipeline.local.tableau.records import AccessToken, ConnectedApp, DataSource, Delivery, Project


class Control(Steering):
    """Routes beside those of Tableau."""

    def __init__(self, service: Service) -> None:
        super().__init__(service, KINDS, TableauAnswerError)
        self._service = service

    def routes(self) -> list[Route]:
        """All of them."""
        return self.steered_routes(
            ("/control/health", self._health, ["GET"]),
            ("/control/sessions/expire", self._expire, ["POST"]),
            ("/control/tokens", self._tokens, ["POST"]),
            ("/control/apps", self._apps, ["POST"]),
            ("/control/users", self._users, ["POST"]),
            ("/control/sites", self._sites, ["GET", "POST"]),
            ("/control/data_sources", self._data_sources, ["POST"]),
            ("/control/workbooks", self._workbooks, ["POST"]),
            ("/control/events", self._events, ["POST"]),
            ("/control/deliveries", self._deliveries, ["GET"]),
            ("/control/limits", self._limits, ["DELETE"]),
            ("/control/rows/{data_source}/{table}", self._rows, ["GET"]),
        )

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "data_sources": await run_in_threadpool(self._counted)})

    def _counted(self) -> list[dict[str, Any]]:
        projects = {one.id: one.name for one in self._service.store.all(Project)}
        return [
            {
                "id": one.id,
                "site": one.site,
                "project": projects.get(one.project, ""),
                "name": one.name,
                "rows": {table.name: table.rows for table in one.tables},
            }
            for one in self._service.store.all(DataSource)
        ]

    async def _expire(self, request: Request) -> Response:
        await run_in_threadpool(self._service.sessions.expire)
        return JSONResponse({"expired": True})

    async def _tokens(self, request: Request) -> Response:
        asked, now = await an_object(request), self._service.clock.now()
        seconds = asked.get("expires_in")
        token = AccessToken(
            id=a_text(asked, "name"), value=a_text(asked, "value"), user=str(asked.get("user", "local")), created=now,
            expires=None if seconds is None else now + float(seconds),
        )  # fmt: skip
        self._service.store.put(token)
        return JSONResponse({"name": token.id}, 201)

    async def _apps(self, request: Request) -> Response:
        asked = await an_object(request)
        app = ConnectedApp(
            id=a_text(asked, "client_id"), secret_id=a_text(asked, "secret_id"), secret=a_text(asked, "secret_value")
        )
        self._service.store.put(app)
        return JSONResponse({"client_id": app.id}, 201)

    async def _users(self, request: Request) -> Response:
        self._service.sessions.add_user(a_text(await an_object(request), "name"))
        return JSONResponse({"users": sorted(self._service.sessions.users)}, 201)

    async def _sites(self, request: Request) -> Response:
        if request.method == "POST":
            asked = await an_object(request)
            url = a_text(asked, "content_url")
            self._service.projects.add_site(url, str(asked.get("name", url)))
        sites = self._service.projects.sites()
        return JSONResponse(
            {"sites": [{"id": one.id, "name": one.name, "content_url": one.content_url} for one in sites]}
        )

    async def _data_sources(self, request: Request) -> Response:
        asked = await an_object(request)
        site, kind = str(asked.get("site", LOCAL_SITE)), str(asked.get("type", "sqlserver"))
        made = self._service.add_data_source(site, a_text(asked, "name"), asked.get("project"), kind)
        return JSONResponse({"id": made.id}, 201)

    async def _workbooks(self, request: Request) -> Response:
        asked = await an_object(request)
        site, sources = str(asked.get("site", LOCAL_SITE)), asked.get("data_sources", [])
        extract = bool(asked.get("extract", False))
        made = self._service.add_workbook(site, a_text(asked, "name"), sources, extract=extract)
        return JSONResponse({"id": made.id}, 201)

    async def _events(self, request: Request) -> Response:
        asked = await an_object(request)
        site = str(asked.get("site", LOCAL_SITE))
        told = [a_text(asked, name) for name in ("event", "resource", "resource_luid", "resource_name")]
        with self._service.store.transaction():
            self._service.webhooks.notify(told[0], site, *told[1:])
        return JSONResponse({"told": True}, 201)

    async def _deliveries(self, request: Request) -> Response:
        shown = [msgspec.to_builtins(one) for one in await run_in_threadpool(self._service.store.all, Delivery)]
        return JSONResponse({"deliveries": shown})

    async def _limits(self, request: Request) -> Response:
        await run_in_threadpool(self._service.limits.clear)
        return JSONResponse({"cleared": True})

    async def _rows(self, request: Request) -> Response:
        asked = request.query_params
        limit, offset = int(asked.get("limit", "100")), int(asked.get("offset", "0"))
        found = await run_in_threadpool(
            self._service.kept_rows, request.path_params["data_source"], request.path_params["table"], limit, offset,
            asked.get("schema"),
        )  # fmt: skip
        return Response(dumps(found), media_type="application/json")

    def refused(self, error: TableauAnswerError) -> Response:
        """As the service says it."""
        return JSONResponse({"error": str(error)}, error.status)

    def advance(self, seconds: float) -> None:
        """Let time pass, for jobs, too."""
        self._service.advance(seconds)

    def be_ahead(self, seconds: float) -> None:
        """Set the clock; jobs look at it."""
        super().be_ahead(seconds)
        self._service.jobs.wake()
