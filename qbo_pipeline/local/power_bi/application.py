"""The service over HTTP: its routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from qbo_pipeline.local.power_bi.control import Control
from qbo_pipeline.local.power_bi.fabric.fabric_api import FabricApi
from qbo_pipeline.local.power_bi.fabric.onelake_api import OneLakeApi
from qbo_pipeline.local.power_bi.gateway import Gateway
from qbo_pipeline.local.power_bi.page import PageEndpoint
from qbo_pipeline.local.power_bi.parts import Service
from qbo_pipeline.local.power_bi.push_api import PushApi
from qbo_pipeline.local.quickbooks.responses import DatedAnswers

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


def application(service: Service) -> ASGIApp:
    """The ASGI application of a service."""
    gateway = Gateway(
        service.tokens,
        service.faults,
        service.connections,
        service.clock,
        service.current,
        service.workspaces,
        service.requests,
    )
    push = PushApi(
        service.datasets,
        service.rows,
        service.refreshes,
        service.reports,
        service.queries,
        service.windows,
        service.current,
        service.clock.now,
    )

    async def power_bi(request: Request) -> Response:
        return await gateway.power_bi(request, push.answer)

    async def fabric(request: Request) -> Response:
        api = FabricApi(service.mirrored, service.lake, service.replicator)
        return await gateway.with_token(request, "fabric", api.answer)

    async def onelake(request: Request) -> Response:
        api = OneLakeApi(service.lake, service.mirrored, service.replicator.run)
        return await gateway.with_token(request, "storage", api.answer)

    routes = [
        Route("/{tenant}/oauth2/v2.0/token", gateway.token, methods=["POST"]),
        Route("/v1.0/myorg/{path:path}", power_bi, methods=METHODS),
        Route("/v1/workspaces/{workspace}/{path:path}", fabric, methods=METHODS),
        Route("/onelake/{workspace}/{path:path}", onelake, methods=METHODS),
        Route("/onelake/{workspace}", onelake, methods=METHODS),
        *Control(service).routes(),
        *PageEndpoint(service).routes(),
    ]
    return DatedAnswers(Starlette(routes=routes), service.clock.now)
