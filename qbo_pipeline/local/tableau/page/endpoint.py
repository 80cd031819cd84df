"""The page over HTTP, and the same as JSON."""

from __future__ import annotations

from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.cards import section
from qbo_pipeline.local.tableau.errors import TableauAnswerError
from qbo_pipeline.local.tableau.page.html import ROWS, page, rows_page, status_page
from qbo_pipeline.local.tableau.page.status import current_status
from qbo_pipeline.local.tableau.parts import Service
from qbo_pipeline.local.tableau.records import DataSource


class PageEndpoint:
    """Routes for people."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self._front_page),
            Route("/datasources/{data_source}/tables/{table:path}", self._rows_page),
            Route("/control/status", self._status),
        ]

    async def _front_page(self, request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(lambda: status_page(current_status(self._service))))

    async def _rows_page(self, request: Request) -> Response:
        identity, table = request.path_params["data_source"], request.path_params["table"]
        asked = request.query_params.get("offset", "0")
        offset = int(asked) if asked.isdecimal() else 0
        try:
            kept = await run_in_threadpool(self._service.kept_rows, identity, table, ROWS, offset)
        except TableauAnswerError as error:
            return HTMLResponse(page("Not found", "not found", section("wide", "Not found", "")), error.status)
        source = self._service.store.get(DataSource, identity)
        return HTMLResponse(rows_page(identity, source.name if source else "", table, kept, offset))

    async def _status(self, request: Request) -> Response:
        return JSONResponse(asdict(await run_in_threadpool(current_status, self._service)))
