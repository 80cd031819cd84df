"""The service over HTTP: its routes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from qbo_pipeline.local.quickbooks.responses import DatedAnswers
from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.calls import NOTHING, Answer, Call, answer
from qbo_pipeline.local.tableau.control import Control
from qbo_pipeline.local.tableau.gateway import Gateway
from qbo_pipeline.local.tableau.job_api import JobApi
from qbo_pipeline.local.tableau.page import PageEndpoint
from qbo_pipeline.local.tableau.parts import Service
from qbo_pipeline.local.tableau.xml_text import element, with_text

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]

Answerer = Callable[[Call], Answer]


def application(service: Service) -> ASGIApp:
    """The ASGI application of a service."""
    gateway = Gateway(
        service.sessions,
        service.uploads,
        service.faults,
        service.connections,
        service.clock.now,
        service.current,
        service.requests,
    )

    async def rest(request: Request) -> Response:
        return await gateway.answer(request, partial(_open_answer, service), partial(_answer, service))

    routes = [
        Route("/api/{path:path}", rest, methods=METHODS),
        *Control(service).routes(),
        *PageEndpoint(service).routes(),
    ]
    return DatedAnswers(Starlette(routes=routes), service.clock.now)


def _open_answer(service: Service, call: Call) -> Answer:
    """What needs no session."""
    if call.path[0].lower() == "serverinfo":
        product = with_text("productVersion", service.switches.product_version)
        product.set("build", f"{service.switches.product_version}.26.0701.1200")
        version = with_text("restApiVersion", service.switches.rest_api_version)
        return answer(element("serverInfo", {}, product, version))
    return answer(*service.sessions.sign_in(call.xml(), service.projects.sites()))


def _answer(service: Service, call: Call) -> Answer:
    """What needs one."""
    first = call.path[0].lower() if call.path else ""
    if first == "auth":
        service.sessions.sign_out(call.session)
        return NOTHING
    if first in ("", "sites"):
        return service.projects.answer_sites(call)
    served: dict[str, Answerer] = {
        "projects": service.projects.answer,
        "fileuploads": service.uploads.answer,
        "datasources": service.data_sources.answer,
        "workbooks": service.workbooks.answer,
        "jobs": JobApi(service.jobs, service.current).answer,
        "tasks": service.schedules.answer_tasks,
        "schedules": service.schedules.answer_schedules,
        "webhooks": service.webhooks.answer,
    }
    if first in ("datasources", "workbooks") and call.path[2:] == ("refresh",):
        return service.refreshes.answer(call)
    if first not in served:
        raise errors.unknown_resource("/".join(call.path))
    return served[first](call)
