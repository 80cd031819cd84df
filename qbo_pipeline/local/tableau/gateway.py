"""What stands between a request and the service: sessions are checked, faults strike, answers become XML."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from urllib.parse import unquote

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.tableau import errors, xml_text
from qbo_pipeline.local.tableau.calls import Answer, Call
from qbo_pipeline.local.tableau.endpoints import allows, endpoint_of
from qbo_pipeline.local.tableau.faults import Fault, Faults
from qbo_pipeline.local.tableau.faults.over_http import XML, delay, delivered, named, refusal
from qbo_pipeline.local.tableau.file_uploads import FileUploads
from qbo_pipeline.local.tableau.records import Session
from qbo_pipeline.local.tableau.sessions import Sessions
from qbo_pipeline.local.tableau.switches import MEGABYTE, Switches

MATCHED_BODY = 100_000
"""Bytes of a body that faults are matched with."""
ENVELOPE_BYTES = MEGABYTE
"""What a request may have beside its file."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request that arrived; `at` in seconds since 1970, by the service's clock."""

    method: str
    path: str
    endpoint: str
    status: int
    code: str
    """Tableau's code where the answer is an error."""
    bytes: int
    at: float
    faults: tuple[str, ...]
    request_id: str
    """The header `requestid`."""


Answerer = Callable[[Call], Answer]
"""Answers a call; raises TableauAnswerError for an error."""


class Gateway:
    """In front of the whole REST API."""

    def __init__(
        self,
        sessions: Sessions,
        uploads: FileUploads,
        faults: Faults,
        connections: Connections,
        now: Callable[[], float],
        switches: Callable[[], Switches],
        seen: deque[SeenRequest],
    ) -> None:
        self._sessions = sessions
        self._uploads = uploads
        self._faults = faults
        self._connections = connections
        self._now = now
        self._switches = switches
        self._seen = seen

    async def answer(self, request: Request, open_answer: Answerer, answer: Answerer) -> Response:
        """Anything below /api; `open_answer` is for what needs no session."""
        found = endpoint_of(request.method, request.url.path)
        endpoint, scope = found if found is not None else ("", "")
        code, body = "", b""
        faults: tuple[Fault, ...] = ()
        try:
            with self._one_chunk(request) if endpoint == "upload" else nullcontext():
                size, body = await self._body(request)
                text = f"{request.method} {request.url.path} {request.query_params} "
                matched = text + body[:MATCHED_BODY].decode(errors="replace")
                faults = self._faults.strike(endpoint, matched) if endpoint else ()
                answered = None
                if all(fault.carried_out for fault in faults):
                    answered = await run_in_threadpool(
                        self._answered, request, body, size, endpoint, scope, faults, open_answer, answer
                    )
                if named(faults, "session_expired") is not None:
                    self._end(request)
                refused = refusal(faults)
                if isinstance(refused, errors.TableauAnswerError):
                    raise refused
                response = refused or self._response(answered or Answer())
        except errors.TableauAnswerError as error:
            code = error.code
            response = self._error(error)
        if late := delay(faults) + self._faults.latency:
            await anyio.sleep(late)
        self._seen.append(
            SeenRequest(
                request.method, request.url.path, endpoint, response.status_code, code, len(body), self._now(),
                tuple(fault.kind for fault in faults), request.headers.get("requestid", ""),
            )
        )  # fmt: skip
        return delivered(response, faults, self._connections)

    def _answered(
        self,
        request: Request,
        body: bytes,
        size: int,
        endpoint: str,
        scope: str,
        faults: tuple[Fault, ...],
        open_answer: Answerer,
        answer: Answerer,
    ) -> Answer:
        switches = self._switches()
        raw = request.url.path.split("/")[2:]
        if not endpoint or not _is_version(raw[0], switches.rest_api_version):
            raise errors.unknown_resource(request.url.path.removeprefix("/api"))
        rest = tuple(unquote(one) for one in raw[1:] if one)
        session = Session(id="", site="", user="", access_token=None, scopes=None, created=0.0, ends=0.0)
        is_open = endpoint in ("server_info", "sign_in")
        if not is_open:
            session = self._sessions.session(request.headers.get("x-tableau-auth"))
            if switches.scopes and not allows(session.scopes, scope):
                raise errors.invalid_session(f"{errors.UNAUTHORIZED} The scope {scope} is missing.")
        if size > switches.request_bytes + ENVELOPE_BYTES:
            raise errors.too_large(f"A file in one request is at most {switches.request_bytes // MEGABYTE} MB.")
        site, path = "", rest
        if rest[0].lower() == "sites" and len(rest) > 1:
            site, path = rest[1], rest[2:]
            if site != session.site:
                raise errors.forbidden("The session is one of another site.")
        call = Call(
            request.method, path, site, session, request.query_params, request.headers, body,
            str(request.base_url).rstrip("/"), faults,
        )  # fmt: skip
        return (open_answer if is_open else answer)(call)

    def _one_chunk(self, request: Request) -> AbstractContextManager[None]:
        return self._uploads.appending(unquote(request.url.path.rpartition("/")[2]))

    def _end(self, request: Request) -> None:
        try:
            self._sessions.sign_out(self._sessions.session(request.headers.get("x-tableau-auth")))
        except errors.TableauAnswerError:
            return

    async def _body(self, request: Request) -> tuple[int, bytes]:
        """How many bytes came, and the body, empty where it is too large; all is read, so that the answer arrives."""
        most = self._switches().request_bytes + ENVELOPE_BYTES
        pieces, size = [], 0
        async for piece in request.stream():
            size += len(piece)
            if size <= most:
                pieces.append(piece)
        return size, b"".join(pieces) if size <= most else b""

    def _response(self, answer: Answer) -> Response:
        headers = dict(answer.headers)
        if answer.file is not None:
            return Response(answer.file, answer.status, headers, media_type="application/octet-stream")
        if not answer.elements:
            return Response(status_code=answer.status, headers=headers)
        body = xml_text.response(self._switches().rest_api_version, answer.elements)
        return Response(body, answer.status, headers, media_type=XML)

    def _error(self, error: errors.TableauAnswerError) -> Response:
        body = xml_text.error_body(self._switches().rest_api_version, error)
        return Response(body, error.status, error.headers, media_type=XML)


def _is_version(asked: str, newest: str) -> bool:
    numbers = asked.split(".")
    if len(numbers) != 2 or not all(one.isdecimal() for one in numbers):
        return False
    return tuple(map(int, numbers)) <= tuple(map(int, newest.split(".")))
