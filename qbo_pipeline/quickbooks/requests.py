"""One request to the Accounting API, from the token to a readable answer or a typed error.

This is the one place for limits, tokens, retries, faults and logging. What is tried again, and how often:

| answer | what happens |
|---|---|
| no connection, connection lost, no answer in time | up to 5 attempts, backing off from half a second with jitter |
| truncated or unreadable JSON, a redirect, 5xx, SystemFault; no answer of the token endpoint | the same |
| 401 | once more with another access token |
| 429 by the minute | all processes wait as long as `Retry-After` says, else 60 s; up to 5 times |
| 429 by the month, any other fault | at once the typed error |
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

import httpx
import tenacity

from qbo_pipeline.quickbooks.calls import ApiCall, Outcome
from qbo_pipeline.quickbooks.characters import as_utf8
from qbo_pipeline.quickbooks.envelopes import AnswerFaultError, EnvelopeError, row_count
from qbo_pipeline.quickbooks.errors import (
    AuthenticationError,
    MalformedResponseError,
    RequestContext,
    RequestError,
    ServerError,
    ThrottledError,
    UnreachableError,
)
from qbo_pipeline.quickbooks.faults import Fault, parse_fault
from qbo_pipeline.quickbooks.limiter import Limiter
from qbo_pipeline.quickbooks.oauth import UnansweredError, UnsentError
from qbo_pipeline.quickbooks.tokens import TokenSource

logger = logging.getLogger(__name__)

ATTEMPTS = 5
THROTTLE_WAITS = 5
THROTTLE_SECONDS = 60.0
"""Intuit: "wait 60 seconds"; `Retry-After` is not documented, and used when it comes."""
_LONGEST_THROTTLE_SECONDS = 300.0

MINOR_VERSION = "75"
"""Lower ones are ignored since 2025-08-01 and none higher exists; sent so that a later default changes nothing."""

T = TypeVar("T")
# A token refresh may be repeated too: if its lost answer held another refresh token, trying again finds that out.
_TRANSIENT = (UnreachableError, MalformedResponseError, ServerError, UnsentError, UnansweredError)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request that may be repeated at will: a read, or a write that carries its `requestid`."""

    realm_id: str
    endpoint: str
    """Path below the company."""
    parameters: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    content: str | None = None
    """Body of a POST: the statement for the query endpoint, JSON for a batch or a record."""
    content_type: str = "application/text"
    entity: str | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer that could be read."""

    value: T
    body: bytes = field(repr=False)
    intuit_tid: str | None
    received_at: datetime
    seconds: float


class RequestSender:
    """Sends requests of one process; companies share its connections, each has its own limits."""

    def __init__(
        self,
        base_url: str,
        http: httpx.AsyncClient,
        tokens: TokenSource,
        limiter: Limiter,
        on_call: Callable[[ApiCall], None],
        backoff_seconds: float = 0.5,
    ) -> None:
        self._base_url = base_url
        self._http = http
        self._tokens = tokens
        self._limiter = limiter
        self._on_call = on_call
        self._wait = tenacity.wait_exponential_jitter(multiplier=backoff_seconds, max=30.0, jitter=backoff_seconds)

    async def send(self, request: ApiRequest, read: Callable[[bytes], T]) -> Answer[T]:
        """Send until `read` understands the answer, within the limits of the table above.

        `read` raises `EnvelopeError` or `AnswerFaultError` for bodies that are no answer.

        Raises:
            RequestError: its subclass says what; OAuthError: no access token is to be had.
        """
        exchange = _Exchange(request)
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(_TRANSIENT),
            before_sleep=_log_retry,
            reraise=True,
        )
        return await retrying(self._patiently, exchange, read)

    async def _patiently(self, exchange: _Exchange, read: Callable[[bytes], T]) -> Answer[T]:
        """One attempt, with what it takes to get past a stale token or a full minute."""
        rejected: str | None = None
        throttled = 0
        while True:
            token = await self._tokens.get(exchange.request.realm_id, rejected=rejected)
            try:
                async with self._limiter.admit(exchange.request.realm_id):
                    return await self._once(exchange, token, read)
            except AuthenticationError:
                if rejected is not None:
                    raise
                rejected = token
            except ThrottledError:
                throttled += 1
                if throttled > THROTTLE_WAITS:
                    raise
                seconds = exchange.throttle_seconds
                logger.warning(
                    "company %s: QuickBooks throttles by the minute; waiting %.0f s (%d of %d, intuit_tid %s)",
                    exchange.request.realm_id, seconds, throttled, THROTTLE_WAITS, exchange.intuit_tid,
                )  # fmt: skip
                await self._limiter.close(exchange.request.realm_id, seconds)

    async def _once(self, exchange: _Exchange, token: str, read: Callable[[bytes], T]) -> Answer[T]:
        """Send one HTTP request and report it, whatever comes of it."""
        exchange.begin()
        try:
            await self._receive(exchange, self._http_request(exchange.request, token))
        except httpx.TimeoutException as error:
            raise self._failed(exchange, Outcome.TIMEOUT, error) from error
        except httpx.HTTPError as error:
            outcome = Outcome.MALFORMED if isinstance(error, httpx.DecodingError) else Outcome.UNREACHABLE
            raise self._failed(exchange, outcome, error) from error
        except asyncio.CancelledError:
            self._report(exchange, Outcome.UNREACHABLE)
            raise
        fault: Fault | None = None
        if exchange.status == 200:
            try:
                value = read(exchange.body)
            except AnswerFaultError as answered:
                fault = answered.fault
            except EnvelopeError as error:
                self._report(exchange, Outcome.MALFORMED)
                raise MalformedResponseError(exchange.context(), str(error)) from None
            else:
                exchange.rows = row_count(value)
                self._report(exchange, Outcome.OK)
                return exchange.answer(value)
        refusal = _refusal(exchange, fault or parse_fault(exchange.body))
        self._report(exchange, _outcome(refusal), getattr(refusal, "code", None))
        raise refusal

    async def _receive(self, exchange: _Exchange, request: httpx.Request) -> None:
        """Read the answer into the exchange.

        httpx's response is a reference cycle; if it kept the body, megabytes would wait for the garbage collector.
        """
        response = await self._http.send(request, stream=True)
        try:
            exchange.answered(response)
            exchange.body = as_utf8(b"".join([chunk async for chunk in response.aiter_bytes()]))
        finally:
            await response.aclose()

    def _http_request(self, request: ApiRequest, token: str) -> httpx.Request:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if request.content is not None:
            headers["Content-Type"] = request.content_type
        return self._http.build_request(
            request.method,
            f"{self._base_url}/v3/company/{request.realm_id}/{request.endpoint}",
            params=[*request.parameters, ("minorversion", MINOR_VERSION)],
            content=request.content,
            headers=headers,
        )

    def _failed(self, exchange: _Exchange, outcome: Outcome, error: httpx.HTTPError) -> RequestError:
        self._report(exchange, outcome)
        if outcome is Outcome.MALFORMED:
            return MalformedResponseError(exchange.context(), f"the answer cannot be decompressed: {error}")
        what = "no answer in time" if outcome is Outcome.TIMEOUT else "the connection failed"
        return UnreachableError(exchange.context(), f"{what} ({type(error).__name__}: {error})".replace(": )", ")"))

    def _report(self, exchange: _Exchange, outcome: Outcome, fault_code: str | None = None) -> None:
        call = exchange.call(outcome, fault_code)
        logger.debug(
            "company %s: %s %s %s: %s, HTTP %s, %d bytes in %.3f s, attempt %d, intuit_tid %s",
            call.realm_id, call.method, call.endpoint, call.entity, call.outcome, call.status,
            call.bytes_received, call.seconds, call.attempt, call.intuit_tid,
        )  # fmt: skip
        self._on_call(call)


class _Exchange:
    """What happens to one request over its attempts."""

    def __init__(self, request: ApiRequest) -> None:
        self.request = request
        self.attempt = 0
        self.body = b""
        self.status: int | None = None
        self.intuit_tid: str | None = None
        self.rows: int | None = None
        self.leads_to: str | None = None
        """The host of a redirect, which is not followed: what it would be asked with opens the company's books."""
        self.throttle_seconds = THROTTLE_SECONDS

    def begin(self) -> None:
        self.attempt += 1
        self.started_at = datetime.now(UTC)
        self._started = time.perf_counter()
        self.body = b""
        self.status = None
        self.intuit_tid = None
        self.leads_to = None

    def answered(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.intuit_tid = response.headers.get("intuit_tid") or response.headers.get("intuit-tid")
        self.throttle_seconds = _retry_after(response.headers.get("retry-after"))
        self.leads_to = None if response.next_request is None else response.next_request.url.host

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    def context(self) -> RequestContext:
        request = self.request
        return RequestContext(
            request.realm_id, request.method, request.endpoint, request.entity, request.query,
            self.attempt, self.status, self.intuit_tid,
        )  # fmt: skip

    def call(self, outcome: Outcome, fault_code: str | None) -> ApiCall:
        request = self.request
        return ApiCall(
            request.realm_id, request.method, request.endpoint, request.entity, request.query, self.status,
            self.intuit_tid, self.started_at, self.seconds, len(self.body), self.attempt, outcome, fault_code,
            self.rows,
        )  # fmt: skip

    def answer(self, value: T) -> Answer[T]:
        return Answer(value, self.body, self.intuit_tid, datetime.now(UTC), self.seconds)


def _refusal(exchange: _Exchange, fault: Fault | None) -> RequestError:
    """The error of an answer that is none; of its status alone where the body explains nothing."""
    context = exchange.context()
    if fault is not None:
        return fault.error(context)
    if exchange.leads_to is not None:  # QuickBooks redirects nobody: a proxy that wants a sign-in does, or a wrong host
        return MalformedResponseError(context, f"HTTP {context.status} leads elsewhere, to {exchange.leads_to}")
    bare = Fault(code=None, message=f"HTTP {context.status} without an explanation", detail="", element=None, kind="")
    return bare.error(context)


def _outcome(error: RequestError) -> Outcome:
    if isinstance(error, ServerError):
        return Outcome.SERVER_ERROR
    if isinstance(error, MalformedResponseError):
        return Outcome.MALFORMED
    if isinstance(error, AuthenticationError):
        return Outcome.UNAUTHORIZED
    return Outcome.THROTTLED if error.context.status == 429 or isinstance(error, ThrottledError) else Outcome.FAULT


def _retry_after(header: str | None) -> float:
    """Seconds to wait; the header's where it is a sensible number of them."""
    try:
        seconds = float(header or "")
    except ValueError:
        return THROTTLE_SECONDS
    return seconds if 0 <= seconds <= _LONGEST_THROTTLE_SECONDS else THROTTLE_SECONDS


def _log_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait = state.next_action.sleep if state.next_action else 0.0
    logger.warning("%s Trying again in %.1f s (attempt %d of %d).", error, wait, state.attempt_number, ATTEMPTS)
