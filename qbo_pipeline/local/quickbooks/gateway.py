"""What stands between a request and the API: tokens are checked, limits kept, faults strike, answers get headers."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from qbo_pipeline.local.quickbooks.accounting_api import AccountingApi
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.endpoints import Endpoint, endpoint_of
from qbo_pipeline.local.quickbooks.faults import (
    ServiceFaultError,
    gateway_fault,
    gateway_page,
    quota_spent,
    throttled,
)
from qbo_pipeline.local.quickbooks.injection import Injections, Struck
from qbo_pipeline.local.quickbooks.injection.company_changes import CHANGING, change_company
from qbo_pipeline.local.quickbooks.injection.over_http import changed, delay, delivered, is_carried_out, refusal
from qbo_pipeline.local.quickbooks.injection.stale_reads import LaggingCopy
from qbo_pipeline.local.quickbooks.limits import RequestLimits
from qbo_pipeline.local.quickbooks.limits.batches import metered_reads, within_objects
from qbo_pipeline.local.quickbooks.oauth import OAuth
from qbo_pipeline.local.quickbooks.responses import (
    SeenRequest,
    fault_response,
    http_date,
    json_response,
    transaction_id,
)
from qbo_pipeline.local.quickbooks.served import MEANS, NotedAnswer, ServedRecords, shown_records

QBO_VERSION = "1992.245"


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the Accounting API."""

    request: Request
    realm: str
    path: str
    """What follows the realm."""
    query: str
    """The statement, of the query endpoint."""
    body: bytes
    endpoint: Endpoint

    def text(self) -> str:
        """What faults are matched with."""
        return f"{self.request.method} {self.path} {self.query} {self.request.query_params}"


Dispatch = Callable[[AccountingApi, Call], str | bytes | Response]
"""Answers a call from an API; raises ServiceFaultError for a fault."""


class Gateway:
    """In front of the Accounting API."""

    def __init__(
        self,
        api: AccountingApi,
        dispatch: Dispatch,
        oauth: OAuth,
        limits: RequestLimits,
        injections: Injections,
        connections: Connections,
        clock: Clock,
        seen: deque[SeenRequest],
        served: ServedRecords,
    ) -> None:
        self._api = api
        self._dispatch = dispatch
        self._oauth = oauth
        self._limits = limits
        self._injections = injections
        self._connections = connections
        self._clock = clock
        self._seen = seen
        self._served = served

    async def company(self, request: Request) -> Response | NotedAnswer:
        """The answer to a request below /v3/company/{realm}/."""
        began = time.perf_counter()
        call = await _call(request)
        struck = self._injections.strike(call.endpoint, call.text())
        failure = struck.failure
        response = await self._answer(call, struck)
        response = await self._in_time(response, began, delay(failure))
        if failure is not None and failure.kind in CHANGING:
            await run_in_threadpool(change_company, failure, self._api.writer, call.realm)
        self._injections.notice_writes()
        now = self._clock.now()
        parameters = str(request.query_params)
        self._seen.append(
            SeenRequest(call.realm, request.method, call.path, call.query, parameters, response.status_code, now)
        )
        response = delivered(changed(response, struck.changes), failure, self._connections)
        response.headers["intuit_tid"] = transaction_id()
        response.headers["QBO-Version"] = QBO_VERSION
        response.headers["Service-Time"] = f"total={int((time.perf_counter() - began) * 1000)}, db=1"
        response.headers["Date"] = http_date(now + struck.clock_skew)
        return await self._noted(call, response) if self._served.on else response

    async def _noted(self, call: Call, response: Response) -> Response | NotedAnswer:
        """The answer; the records that it shows are noted when it has gone out."""
        means = MEANS.get(call.endpoint)
        if means is None or response.status_code != 200:
            return response
        records = await run_in_threadpool(shown_records, call.endpoint, bytes(response.body))
        if not records:
            return response
        return NotedAnswer(response, call.request, partial(self._served.note, call.realm, records, means))

    async def _answer(self, call: Call, struck: Struck) -> Response:
        now, failure = self._clock.now(), struck.failure
        if failure is not None and failure.kind == "expire_token":
            self._oauth.expire_access_tokens()
        token = call.request.headers.get("authorization", "").removeprefix("Bearer ")
        wrong = self._oauth.accepts(call.realm, token)
        if wrong is not None:
            return json_response(gateway_fault(wrong, "3200", 401, now), 401)
        limits = self._limits.settings
        reads = metered_reads(call.endpoint, call.body, limits.batch_metering)
        match self._limits.refusal(call.realm, call.endpoint, time.monotonic(), reads):
            case "minute":
                return fault_response(throttled(), now, limits.retry_after)
            case "month":
                return fault_response(quota_spent(), now)
        carried_out = await self._carried_out(call, struck) if is_carried_out(failure) else Response()
        return refusal(failure, now) or carried_out

    async def _carried_out(self, call: Call, struck: Struck) -> Response:
        try:
            answer = await run_in_threadpool(self._dispatched, call, struck.copy)
        except ServiceFaultError as fault:
            return fault_response(fault, self._clock.now())
        if isinstance(answer, Response):
            return answer
        limits = self._limits.settings
        if call.endpoint == "batch" and limits.enforced:
            return json_response(await run_in_threadpool(within_objects, answer, limits.batch_objects))
        return json_response(answer)

    def _dispatched(self, call: Call, copy: LaggingCopy | None) -> str | bytes | Response:
        request_id = call.request.query_params.get("requestid")
        if call.endpoint == "write" and request_id:
            return self._api.answered.once(call.realm, request_id, lambda: self._dispatch(self._api, call))
        if copy is None:
            return self._dispatch(self._api, call)
        with copy.reading() as before:
            if before is None:
                return self._dispatch(self._api, call)
            before.id_order, before.strict_look_back = self._api.id_order, self._api.strict_look_back
            return self._dispatch(before, call)

    async def _in_time(self, response: Response, began: float, late: float) -> Response:
        """The answer when it is due, or 504 when that is later than a request may take."""
        due = self._injections.latency + late
        limits = self._limits.settings
        left = limits.seconds - (time.perf_counter() - began)
        in_time = not limits.enforced or due <= left
        if due:
            await anyio.sleep(due if in_time else max(left, 0.0))
        return response if in_time else Response(gateway_page(504, html=True), 504, media_type="text/html")


async def _call(request: Request) -> Call:
    body = await request.body()
    realm, path = request.path_params["realm"], request.path_params["path"]
    query = request.query_params.get("query") or (body.decode(errors="replace") if path == "query" else "")
    return Call(request, realm, path, query, body, endpoint_of(request.method, path))
