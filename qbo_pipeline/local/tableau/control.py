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

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.injection.settings import Setting, checked
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.tableau.errors import TableauAnswerError
from qbo_pipeline.local.tableau.faults import KINDS
from qbo_pipeline.local.tableau.projects import LOCAL_SITE
from qbo_pipeline.local.tableau.records import AccessToken, ConnectedApp, DataSource, Delivery, Project

if TYPE_CHECKING:
    from qbo_pipeline.local.tableau.application import Service

_LATENCY = Setting("latency", "number", 0.0, "seconds every request takes at least", least=0)

Answerer = Callable[[Request], Awaitable[Response]]


class Control:
    """Routes beside those of Tableau."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """All of them."""
        told: tuple[tuple[str, Answerer, list[str]], ...] = (
            ("/control/health", self._health, ["GET"]),
            ("/control/clock", self._clock, ["GET", "POST"]),
            ("/control/switches", self._switches, ["GET", "POST", "DELETE"]),
            ("/control/faults", self._faults, ["GET", "POST", "DELETE"]),
            ("/control/faults/kinds", self._kinds, ["GET"]),
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
            ("/control/requests", self._requests, ["GET", "DELETE"]),
        )
        return [Route(path, _answered(answer), methods=methods) for path, answer, methods in told]

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

    async def _clock(self, request: Request) -> Response:
        clock = self._service.clock
        if request.method == "POST":
            match await request.json():
                case {"advance_seconds": int() | float() as seconds}:
                    await run_in_threadpool(self._service.advance, float(seconds))
                case {"ahead_seconds": int() | float() as seconds}:
                    clock.ahead = float(seconds)
                    self._service.jobs.wake()
                case _:
                    raise ValueError("advance_seconds or ahead_seconds is a number of seconds")
        return JSONResponse({"now": clock.now(), "ahead_seconds": clock.ahead})

    async def _switches(self, request: Request) -> Response:
        if request.method == "POST":
            await run_in_threadpool(self._service.switch, await _object(request))
        elif request.method == "DELETE":
            await run_in_threadpool(self._service.reset_switches)
        return JSONResponse(asdict(self._service.switches))

    async def _faults(self, request: Request) -> Response:
        faults = self._service.faults
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            asked = await _object(request)
            kind, latency = asked.pop("kind", None), asked.pop("latency", None)
            if kind is None and (asked or latency is None):
                raise ValueError(f"kind says what goes wrong: {', '.join(KINDS)}")
            if latency is not None:
                faults.latency = float(checked([_LATENCY], {"latency": latency}, "the service")["latency"])
            if kind is not None:
                faults.add(kind, asked)
        return JSONResponse({"faults": [one.shown() for one in faults.all()], "latency": faults.latency})

    async def _kinds(self, request: Request) -> Response:
        return JSONResponse({"kinds": [kind.shown() for kind in KINDS.values()]})

    async def _expire(self, request: Request) -> Response:
        await run_in_threadpool(self._service.sessions.expire)
        return JSONResponse({"expired": True})

    async def _tokens(self, request: Request) -> Response:
        asked, now = await _object(request), self._service.clock.now()
        seconds = asked.get("expires_in")
        token = AccessToken(
            id=_text(asked, "name"), value=_text(asked, "value"), user=str(asked.get("user", "local")), created=now,
            expires=None if seconds is None else now + float(seconds),
        )  # fmt: skip
        self._service.store.put(token)
        return JSONResponse({"name": token.id}, 201)

    async def _apps(self, request: Request) -> Response:
        asked = await _object(request)
        app = ConnectedApp(
            id=_text(asked, "client_id"), secret_id=_text(asked, "secret_id"), secret=_text(asked, "secret_value")
        )
        self._service.store.put(app)
        return JSONResponse({"client_id": app.id}, 201)

    async def _users(self, request: Request) -> Response:
        self._service.sessions.add_user(_text(await _object(request), "name"))
        return JSONResponse({"users": sorted(self._service.sessions.users)}, 201)

    async def _sites(self, request: Request) -> Response:
        if request.method == "POST":
            asked = await _object(request)
            url = _text(asked, "content_url")
            self._service.projects.add_site(url, str(asked.get("name", url)))
        sites = self._service.projects.sites()
        return JSONResponse(
            {"sites": [{"id": one.id, "name": one.name, "content_url": one.content_url} for one in sites]}
        )

    async def _data_sources(self, request: Request) -> Response:
        asked = await _object(request)
        site, kind = str(asked.get("site", LOCAL_SITE)), str(asked.get("type", "sqlserver"))
        made = self._service.add_data_source(site, _text(asked, "name"), asked.get("project"), kind)
        return JSONResponse({"id": made.id}, 201)

    async def _workbooks(self, request: Request) -> Response:
        asked = await _object(request)
        site, sources = str(asked.get("site", LOCAL_SITE)), asked.get("data_sources", [])
        extract = bool(asked.get("extract", False))
        made = self._service.add_workbook(site, _text(asked, "name"), sources, extract=extract)
        return JSONResponse({"id": made.id}, 201)

    async def _events(self, request: Request) -> Response:
        asked = await _object(request)
        site = str(asked.get("site", LOCAL_SITE))
        told = [_text(asked, name) for name in ("event", "resource", "resource_luid", "resource_name")]
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

    async def _requests(self, request: Request) -> Response:
        seen = self._service.requests
        if request.method == "DELETE":
            seen.clear()
        return JSONResponse({"count": len(seen), "requests": [asdict(one) for one in seen]})


async def _object(request: Request) -> dict[str, Any]:
    asked = await request.json()
    if not isinstance(asked, dict):
        raise ValueError("the body is a JSON object")
    return asked


def _text(asked: dict[str, Any], name: str) -> str:
    if not isinstance(asked.get(name), str):
        raise ValueError(f"{name} is a text")
    return str(asked[name])


def _answered(answer: Answerer) -> Answerer:
    """What cannot be is 400, and says why; what is not there is 404."""

    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        except TableauAnswerError as error:
            return JSONResponse({"error": str(error)}, error.status)

    return answered
