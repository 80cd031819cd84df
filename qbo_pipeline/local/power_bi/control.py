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

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.power_bi.answers import json_response
from qbo_pipeline.local.power_bi.errors import PowerBIAnswerError
from qbo_pipeline.local.power_bi.faults import KINDS
from qbo_pipeline.local.power_bi.parts import Service
from qbo_pipeline.local.power_bi.workspaces import LOCAL_WORKSPACE
from qbo_pipeline.local.steering import Steering, a_text, an_object


class Control(Steering):
    """Routes beside those of Power BI."""

    def __init__(self, service: Service) -> None:
        super().__init__(service, KINDS, PowerBIAnswerError)
        self._service = service

    def routes(self) -> list[Route]:
        """All of them."""
        return self.steered_routes(
            ("/control/health", self._health, ["GET"]),
            ("/control/tokens/expire", self._expire, ["POST"]),
            ("/control/windows", self._windows, ["DELETE"]),
            ("/control/workspaces", self._workspaces, ["GET", "POST"]),
            ("/control/datasets", self._datasets, ["POST"]),
            ("/control/reports", self._reports, ["POST"]),
            ("/control/rows/{dataset}/{table}", self._rows, ["GET"]),
            ("/control/mirrored/{database}/{schema}/{table}", self._mirrored, ["GET"]),
        )

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "datasets": await run_in_threadpool(self._counted)})

    def _counted(self) -> list[dict[str, Any]]:
        count = self._service.rows.count
        return [
            {"id": one.id, "name": one.name, "rows": {table.name: count(table) for table in one.tables}}
            for one in self._service.datasets.all()
        ]

    async def _expire(self, request: Request) -> Response:
        self._service.expire_tokens()
        return JSONResponse({"expired": True})

    async def _windows(self, request: Request) -> Response:
        self._service.windows.clear()
        return JSONResponse({"cleared": True})

    async def _workspaces(self, request: Request) -> Response:
        if request.method == "POST":
            asked = await an_object(request)
            self._service.workspaces.add(a_text(asked, "id"), str(asked.get("name", asked["id"])))
        return JSONResponse({"workspaces": self._service.workspaces.all()})

    async def _datasets(self, request: Request) -> Response:
        asked = await an_object(request)
        workspace = str(asked.get("workspace", LOCAL_WORKSPACE))
        return JSONResponse({"id": self._service.add_import_model(a_text(asked, "name"), workspace)}, 201)

    async def _reports(self, request: Request) -> Response:
        asked = await an_object(request)
        workspace = str(asked.get("workspace", LOCAL_WORKSPACE))
        dataset = self._service.datasets.get(workspace, a_text(asked, "dataset"))
        return JSONResponse({"id": self._service.reports.add(workspace, a_text(asked, "name"), dataset.id)}, 201)

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

    def refused(self, error: PowerBIAnswerError) -> Response:
        """As the service says it."""
        return JSONResponse(error.body, error.status)
