"""The page over HTTP, and the same as JSON."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.cards import section
from qbo_pipeline.local.power_bi.datasets import Dataset
from qbo_pipeline.local.power_bi.errors import PowerBIAnswerError
from qbo_pipeline.local.power_bi.page.charts import drawn
from qbo_pipeline.local.power_bi.page.html import ROWS, page, rows_page, status_page
from qbo_pipeline.local.power_bi.page.status import current_status
from qbo_pipeline.local.power_bi.parts import Service

QUIET_SECONDS = 2.0
"""For which no rows may have come before charts are drawn anew: they take time that a publication needs."""

Pictures = list[tuple[str, str]]


class PageEndpoint:
    """Routes for people."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._pictures: dict[str, tuple[int, Dataset, Pictures]] = {}

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self._front_page),
            Route("/datasets/{dataset}/tables/{table}", self._rows_page),
            Route("/control/status", self._status),
        ]

    async def _front_page(self, request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(self._shown))

    async def _rows_page(self, request: Request) -> Response:
        dataset, table = request.path_params["dataset"], request.path_params["table"]
        asked = request.query_params.get("offset", "0")
        offset = int(asked) if asked.isdecimal() else 0
        try:
            kept = await run_in_threadpool(self._service.kept_rows, dataset, table, ROWS, offset)
        except PowerBIAnswerError as error:
            return HTMLResponse(page("Not found", "not found", section("wide", "Not found", "")), error.status)
        name = next(one.name for one in self._service.datasets.all() if one.id == dataset)
        return HTMLResponse(rows_page(dataset, name, table, kept, offset))

    async def _status(self, request: Request) -> Response:
        return JSONResponse(asdict(await run_in_threadpool(current_status, self._service)))

    def _shown(self) -> str:
        charts = {dataset.id: self._charts(dataset) for dataset in self._service.datasets.all()}
        return status_page(current_status(self._service), charts)

    def _charts(self, dataset: Dataset) -> Pictures:
        """As they were drawn last, or anew where rows came since and no more are coming just now."""
        rows = self._service.rows
        with self._lock:
            changes, described, pictures = self._pictures.get(dataset.id, (-1, None, []))
            is_quiet = time.monotonic() - rows.changed_at > QUIET_SECONDS
            if (changes, described) != (rows.changes, dataset) and is_quiet:
                changes, pictures = rows.changes, drawn(dataset, self._service.queries)
                self._pictures[dataset.id] = (changes, dataset, pictures)
        return pictures
