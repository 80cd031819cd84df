"""What tests and people steer the service with: clock, switches, faults, and what it saw. No part of Power BI.

GET    /                          a page for people: datasets, rows, batches, charts (`page`)
GET    /control/health            {"status": "ok", "datasets": [{"id", "name", "rows"}]}
GET    /control/status            what the page shows, as JSON
POST   /control/clock             {"advance_seconds": 3600} or {"ahead_seconds": 0}; GET
POST   /control/switches          {"limits": false, "sequence_numbers": "rejected"}; GET, DELETE (see `switches`)
POST   /control/faults            {"kind": "timeout", "endpoint": "rows", "rate": 0.1, "seed": 7}
                                  {"latency": 0.2}: every request takes that many seconds at least; GET, DELETE
GET    /control/faults/kinds      every kind with its settings
POST   /control/tokens/expire     every token that was issued is expired
DELETE /control/windows           nothing was asked in the last minute and hour
POST   /control/workspaces        {"id", "name"}; GET
POST   /control/datasets          {"name", "workspace"?}: an import model, which takes no rows and can be refreshed
POST   /control/reports           {"name", "dataset"}: a report over a dataset
GET    /control/rows/{dataset}/{table}?limit=100&offset=0    rows as they are kept, newest first, with their batches
GET    /control/mirrored/{database}/{schema}/{table}         rows that the replicator made of a landing zone
GET    /control/requests          what arrived; DELETE
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.power_bi.answers import json_response
from qbo_pipeline.local.power_bi.errors import PowerBIAnswerError
from qbo_pipeline.local.power_bi.faults import KINDS
from qbo_pipeline.local.power_bi.workspaces import LOCAL_WORKSPACE
from qbo_pipeline.local.quickbooks.injection.settings import Setting, checked

if TYPE_CHECKING:
    from qbo_pipeline.local.power_bi.application import Service

_LATENCY = Setting("latency", "number", 0.0, "seconds every request takes at least", least=0)

Answerer = Callable[[Request], Awaitable[Response]]


class Control:
    """Routes beside those of Power BI."""

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
            ("/control/tokens/expire", self._expire, ["POST"]),
            ("/control/windows", self._windows, ["DELETE"]),
            ("/control/workspaces", self._workspaces, ["GET", "POST"]),
            ("/control/datasets", self._datasets, ["POST"]),
            ("/control/reports", self._reports, ["POST"]),
            ("/control/rows/{dataset}/{table}", self._rows, ["GET"]),
            ("/control/mirrored/{database}/{schema}/{table}", self._mirrored, ["GET"]),
            ("/control/requests", self._requests, ["GET", "DELETE"]),
        )
        return [Route(path, _answered(answer), methods=methods) for path, answer, methods in told]

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "datasets": await run_in_threadpool(self._counted)})

    def _counted(self) -> list[dict[str, Any]]:
        count = self._service.rows.count
        return [
            {"id": one.id, "name": one.name, "rows": {table.name: count(table) for table in one.tables}}
            for one in self._service.datasets.all()
        ]

    async def _clock(self, request: Request) -> Response:
        clock = self._service.clock
        if request.method == "POST":
            match await request.json():
                case {"advance_seconds": int() | float() as seconds}:
                    await run_in_threadpool(clock.advance, float(seconds))
                case {"ahead_seconds": int() | float() as seconds}:
                    clock.ahead = float(seconds)
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
        self._service.expire_tokens()
        return JSONResponse({"expired": True})

    async def _windows(self, request: Request) -> Response:
        self._service.windows.clear()
        return JSONResponse({"cleared": True})

    async def _workspaces(self, request: Request) -> Response:
        if request.method == "POST":
            asked = await _object(request)
            self._service.workspaces.add(_text(asked, "id"), str(asked.get("name", asked["id"])))
        return JSONResponse({"workspaces": self._service.workspaces.all()})

    async def _datasets(self, request: Request) -> Response:
        asked = await _object(request)
        workspace = str(asked.get("workspace", LOCAL_WORKSPACE))
        return JSONResponse({"id": self._service.add_import_model(_text(asked, "name"), workspace)}, 201)

    async def _reports(self, request: Request) -> Response:
        asked = await _object(request)
        workspace = str(asked.get("workspace", LOCAL_WORKSPACE))
        dataset = self._service.datasets.get(workspace, _text(asked, "dataset"))
        return JSONResponse({"id": self._service.reports.add(workspace, _text(asked, "name"), dataset.id)}, 201)

    async def _rows(self, request: Request) -> Response:
        asked = request.query_params
        limit, offset = int(asked.get("limit", "100")), int(asked.get("offset", "0"))
        dataset, table = request.path_params["dataset"], request.path_params["table"]
        found = await run_in_threadpool(self._service.kept_rows, dataset, table, limit, offset)
        return json_response(found)

    async def _mirrored(self, request: Request) -> Response:
        asked = request.path_params
        rows = await run_in_threadpool(self._service.mirrored_rows, asked["database"], asked["schema"], asked["table"])
        return json_response({"count": len(rows), "rows": rows})

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
        except PowerBIAnswerError as error:
            return JSONResponse(error.body, error.status)

    return answered
