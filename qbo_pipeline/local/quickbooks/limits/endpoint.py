"""Limits over HTTP, beside the routes of QuickBooks.

GET    /control/limits   {"limits": {"per_second": 10, …}, "refused": 0, "reads_this_month": 12,
                          "left": {"9341452000000001": {"second": 10, "minute": 488, "batches": 40, …}}}
POST   /control/limits   {"reads_per_month": 1000, "batch_scope": "company"} (`Limits`), {"reads_this_month": 999}
DELETE /control/limits   the real limits again, where they are enforced
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.limits.settings import Limits
from qbo_pipeline.local.quickbooks.limits.windows import RequestLimits

_SPENT = "reads_this_month"
_SETTINGS = (*(one.name for one in fields(Limits)), _SPENT)


class LimitsEndpoint:
    """Limits read and set. `realms` are the companies there are."""

    def __init__(self, limits: RequestLimits, realms: Callable[[], list[str]]) -> None:
        self._limits = limits
        self._realms = realms

    def routes(self) -> list[Route]:
        """All of them."""
        return [Route("/control/limits", self._asked, methods=["GET", "POST", "DELETE"])]

    async def _asked(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._limits.settings = Limits(enforced=self._limits.settings.enforced)
        elif request.method == "POST":
            try:
                self._change(await request.json())
            except ValueError as error:
                return JSONResponse({"error": str(error)}, 400)
        realms = await run_in_threadpool(self._realms)
        now = time.monotonic()
        return JSONResponse(
            {
                "limits": asdict(self._limits.settings),
                "refused": self._limits.refused,
                _SPENT: self._limits.reads_this_month,
                "left": {realm: asdict(self._limits.left(realm, now)) for realm in realms},
            }
        )

    def _change(self, asked: Any) -> None:
        if not isinstance(asked, dict) or set(asked) - set(_SETTINGS):
            unknown = ", ".join(sorted(set(asked) - set(_SETTINGS))) if isinstance(asked, dict) else repr(asked)
            raise ValueError(f"no limit is called {unknown}; there are {', '.join(_SETTINGS)}")
        spent = msgspec.convert(asked.pop(_SPENT, None), int | None)
        if any(isinstance(value, int | float) and value < 0 for value in (*asked.values(), spent)):
            raise ValueError("limits are not less than zero")
        self._limits.settings = msgspec.convert(asdict(self._limits.settings) | asked, Limits)
        if spent is not None:
            self._limits.reads_this_month = spent
