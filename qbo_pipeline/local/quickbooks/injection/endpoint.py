"""Faults over HTTP, beside the routes of QuickBooks.

GET    /control/faults         {"faults": [{"kind", "match", "endpoints", "times", "struck", …}], "latency": 0.0}
POST   /control/faults         {"kind": "throttle", "endpoint": "query", "rate": 0.1, "seed": 7, "times": null}
                               {"latency": 0.2}: every API request takes that many seconds at least
DELETE /control/faults         nothing goes wrong any more
GET    /control/faults/kinds   {"kinds": [{"kind", "what", "endpoints", "settings": [{"name", "type", "default", …}]}]}
"""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.injection.kinds import KINDS
from qbo_pipeline.local.quickbooks.injection.schedule import Injection, Injections
from qbo_pipeline.local.quickbooks.injection.settings import Setting, checked

_LATENCY = Setting("latency", "number", 0.0, "seconds every API request takes at least", least=0)


class FaultsEndpoint:
    """What is asked to go wrong."""

    def __init__(self, injections: Injections) -> None:
        self._injections = injections

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/control/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/control/faults/kinds", self._kinds),
        ]

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            await run_in_threadpool(self._injections.clear)
        elif request.method == "POST":
            try:
                await run_in_threadpool(self._ask, await request.json())
            except ValueError as error:
                return JSONResponse({"error": str(error)}, 400)
        faults = [_shown(one) for one in self._injections.all()]
        return JSONResponse({"faults": faults, "latency": self._injections.latency})

    async def _kinds(self, request: Request) -> Response:
        return JSONResponse({"kinds": [kind.shown() for kind in KINDS.values()]})

    def _ask(self, asked: Any) -> None:
        if not isinstance(asked, dict):
            raise ValueError("a fault is an object with a kind and its settings; GET /control/faults/kinds lists them")
        kind, latency = asked.pop("kind", None), asked.pop("latency", None)
        if kind is None and (asked or latency is None):
            raise ValueError(f"kind says what goes wrong: {', '.join(KINDS)}")
        if latency is not None:
            latency = checked([_LATENCY], {"latency": latency}, "the service")["latency"]
        if kind is not None:
            self._injections.add(kind, asked)
        if latency is not None:
            self._injections.latency = float(latency)


def _shown(injection: Injection) -> dict[str, Any]:
    return {
        "kind": injection.kind,
        "match": injection.match,
        "endpoints": list(injection.endpoints),
        "times": injection.times,
        "after": injection.settings["after"],
        "struck": injection.struck,
        "settings": {one.name: injection.settings[one.name] for one in injection.what.settings},
    }
