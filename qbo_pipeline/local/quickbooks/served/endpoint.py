"""What clients were shown, over HTTP. No part of QuickBooks.

GET    /control/served?after=0&limit=1000   {"on", "served": [{"sequence", "realm", "entity", "id", "sync_token",
                                            "last_updated", "deleted", "by": "query" | "read" | "cdc"}], "next"}
POST   /control/served                      {"on": true}
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.quickbooks.served.served_records import ServedRecords

DEFAULT_LIMIT = 1000


class ServedEndpoint:
    """Routes beside those of QuickBooks."""

    def __init__(self, served: ServedRecords) -> None:
        self._served = served

    def routes(self) -> list[Route]:
        """All of them."""
        return [Route("/control/served", self._asked, methods=["GET", "POST"])]

    async def _asked(self, request: Request) -> Response:
        if request.method == "POST":
            asked: Any = await request.json()
            if not isinstance(asked, dict) or not isinstance(asked.get("on"), bool):
                return JSONResponse({"error": "on is true or false"}, 400)
            self._served.on = asked["on"]
            return JSONResponse({"on": self._served.on})
        try:
            after, limit = (_count(request, *one) for one in (("after", 0), ("limit", DEFAULT_LIMIT)))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        served = self._served.after(after, limit)
        return JSONResponse({"on": self._served.on, "served": served, "next": after + len(served)})


def _count(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise ValueError(f"{name} is a number, not {text}")
    return int(text)
