"""What stands between a request and the service: tokens are checked, faults strike, answers get headers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import uuid4

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.answers import error_response, json_response
from qbo_pipeline.local.power_bi.calls import Call
from qbo_pipeline.local.power_bi.endpoints import Endpoint, endpoint_of
from qbo_pipeline.local.power_bi.fabric.refusals import fabric_error, lake_error
from qbo_pipeline.local.power_bi.faults import Fault, Faults
from qbo_pipeline.local.power_bi.faults.over_http import delay, delivered, refusal
from qbo_pipeline.local.power_bi.switches import Switches
from qbo_pipeline.local.power_bi.tokens import Audience, TokenRefusedError, Tokens
from qbo_pipeline.local.power_bi.workspaces import Workspaces
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.connections import Connections

MATCHED_BODY = 100_000
"""Bytes of a body that faults are matched with."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request that arrived; `at` in seconds since 1970, by the service's clock."""

    method: str
    path: str
    endpoint: str
    status: int
    bytes: int
    at: float
    request_id: str
    faults: tuple[str, ...]


Answerer = Callable[[Call], Response]
"""Answers a call; raises PowerBIAnswerError for an error."""


class Gateway:
    """In front of everything that wants a token, and of the token endpoint."""

    def __init__(
        self,
        tokens: Tokens,
        faults: Faults,
        connections: Connections,
        clock: Clock,
        switches: Callable[[], Switches],
        workspaces: Workspaces,
        seen: deque[SeenRequest],
    ) -> None:
        self._tokens = tokens
        self._faults = faults
        self._connections = connections
        self._clock = clock
        self._switches = switches
        self._workspaces = workspaces
        self._seen = seen

    async def token(self, request: Request) -> Response:
        """POST /{tenant}/oauth2/v2.0/token."""
        body = await request.body()

        def granted(_: tuple[Fault, ...], __: str) -> Response:
            form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
            try:
                answer = self._tokens.token(
                    request.path_params["tenant"], form, self._clock.now(), self._switches().token_seconds
                )
            except TokenRefusedError as refused:
                return json_response(refused.body, refused.status)
            return json_response(answer, 200, {"Cache-Control": "no-store, no-cache"})

        return await self._answer(request, "token", b"", granted)

    async def power_bi(self, request: Request, answer: Answerer) -> Response:
        """Anything below /v1.0/myorg."""
        path = tuple(request.path_params["path"].split("/"))
        body = await self._body(request)

        def answered(faults: tuple[Fault, ...], request_id: str) -> Response:
            claims = self._claims(request, "power_bi")
            if path[0].lower() != "groups":
                raise errors.not_accessible_for_application()
            if len(path) == 1:
                return json_response(self._workspaces.listed(_base(request)))
            self._workspaces.check(path[1])
            if body is None:
                raise errors.too_large()
            return answer(self._call(request, path[1], path[2:], body, claims["appid"], request_id, faults))

        return await self._answer(request, endpoint_of(request.method, request.url.path), body or b"", answered)

    async def with_token(self, request: Request, audience: Audience, answer: Answerer) -> Response:
        """Anything of Fabric or OneLake, in a workspace."""
        path = tuple(filter(None, request.path_params.get("path", "").split("/")))
        workspace = request.path_params["workspace"]
        body = await request.body()

        def answered(faults: tuple[Fault, ...], request_id: str) -> Response:
            claims = self._claims(request, audience)
            self._workspaces.check(workspace)
            return answer(self._call(request, workspace, path, body, claims["appid"], request_id, faults))

        return await self._answer(request, endpoint_of(request.method, request.url.path), body, answered)

    async def _answer(
        self,
        request: Request,
        endpoint: Endpoint | None,
        body: bytes,
        carry_out: Callable[[tuple[Fault, ...], str], Response],
    ) -> Response:
        """What is done, and what becomes of the answer."""
        request_id = str(uuid4())
        text = (
            f"{request.method} {request.url.path} {request.query_params} {body[:MATCHED_BODY].decode(errors='replace')}"
        )
        faults = self._faults.strike(endpoint, text) if endpoint is not None else ()
        response = Response()
        if all(fault.carried_out for fault in faults):
            response = await self._carried_out(carry_out, faults, request_id)
        response = refusal(faults, self._switches(), self._clock.now()) or response
        if late := delay(faults) + self._faults.latency:
            await anyio.sleep(late)
        response.headers.setdefault("RequestId", request_id)
        self._seen.append(
            SeenRequest(
                request.method, request.url.path, endpoint or "", response.status_code, len(body), self._clock.now(),
                request_id, tuple(fault.kind for fault in faults),
            )
        )  # fmt: skip
        return delivered(response, faults, self._connections)

    async def _carried_out(
        self, carry_out: Callable[[tuple[Fault, ...], str], Response], faults: tuple[Fault, ...], request_id: str
    ) -> Response:
        try:
            return await run_in_threadpool(carry_out, faults, request_id)
        except errors.PowerBIAnswerError as error:
            return error_response(error)

    async def _body(self, request: Request) -> bytes | None:
        """The body; None where it is larger than a request may be. All of it is read, so that the answer arrives."""
        most = self._switches().body_bytes
        pieces, size = [], 0
        async for piece in request.stream():
            size += len(piece)
            if size <= most:
                pieces.append(piece)
        return b"".join(pieces) if size <= most else None

    def _claims(self, request: Request, audience: Audience) -> dict[str, str]:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        claims = self._tokens.claims(token.strip()) if kind.lower() == "bearer" else None
        if claims is None or claims["aud"] != audience:
            raise _UNKNOWN[audience]()
        if self._tokens.is_expired(claims, self._clock.now()):
            expired = errors.token_expired(self._switches().token_expired_status)
            raise expired if audience == "power_bi" else _UNKNOWN[audience]()
        return claims

    def _call(
        self,
        request: Request,
        workspace: str,
        path: tuple[str, ...],
        body: bytes,
        client: str,
        request_id: str,
        faults: tuple[Fault, ...],
    ) -> Call:
        endpoint = endpoint_of(request.method, request.url.path) or "datasets"
        return Call(
            request.method, path, workspace.lower(), request.query_params, request.headers, body, _base(request),
            endpoint, client, request_id, faults,
        )  # fmt: skip


_UNKNOWN: dict[Audience, Callable[[], errors.PowerBIAnswerError]] = {
    "power_bi": errors.no_token,
    "fabric": lambda: fabric_error(401, "TokenExpired", "Access token has expired, resubmit with a new access token"),
    "storage": lambda: lake_error(401, "AuthenticationFailed", "Server failed to authenticate the request."),
}
"""What a token is answered with that is none of the audience, or has had its time."""


def _base(request: Request) -> str:
    return f"{request.base_url}v1.0/myorg/"
