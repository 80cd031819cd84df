"""One request to the Power BI REST API, from the token to a readable answer or a typed error.

| answer | a request that may be repeated | a request that may not (rows, creation) |
|---|---|---|
| no connection | up to 5 attempts, backing off | at once `UnreachableError`: nothing was sent |
| no answer, 5xx | the same | at once the error: whoever sent it asks what came of it |
| 429 | waits as long as `Retry-After` says, else backs off; up to 5 times | at once `ThrottledError` |
| 401/403 TokenExpired | once more with another token | the same: it was not carried out |
| any other 4xx | at once the typed error | the same |
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx

from qbo_pipeline.power_bi.answers import decode, failure, request_id
from qbo_pipeline.power_bi.errors import (
    MalformedAnswerError,
    RequestContext,
    RequestError,
    ThrottledError,
    TokenExpiredError,
    UnansweredError,
    UnreachableError,
)
from qbo_pipeline.power_bi.tokens import AccessTokens
from qbo_pipeline.proxies import proxies_explained
from qbo_pipeline.tls import tls_context

logger = logging.getLogger(__name__)

_TIMEOUT = httpx.Timeout(connect=10.0, read=130.0, write=60.0, pool=None)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def open_http() -> httpx.Client:
    """A client for the API and the token endpoint.

    Raises:
        ProxyVariablesError: the proxies of the environment are not understood.
    """
    with proxies_explained():
        return httpx.Client(verify=tls_context(), timeout=_TIMEOUT, follow_redirects=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client goes on before it gives a request up. Tests have less of it."""

    attempts: int = 5
    backoff_seconds: float = 0.5
    longest_wait: float = 300.0
    """A 429 that asks for more is an error at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of success."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    context: RequestContext

    @property
    def request_id(self) -> str | None:
        """Power BI's name for the request."""
        return self.context.request_id

    def json(self) -> dict[str, Any]:
        """The body as an object; an empty one where it is empty.

        Raises:
            MalformedAnswerError: it is no JSON object.
        """
        if not self.body.strip():
            return {}
        try:
            value = decode(self.body)
        except ValueError as error:
            raise MalformedAnswerError(self.context, f"the answer is no JSON ({error})") from None
        if not isinstance(value, dict):
            raise MalformedAnswerError(self.context, "the answer is no JSON object")
        return value


Failure = Callable[[RequestContext, Mapping[str, str], bytes, datetime], RequestError]
"""Reads the error that an answer of 4xx or 5xx stands for: context, headers, body, now."""


class RequestSender:
    """Sends requests of one process to one workspace, one at a time.

    `service` is what errors call the other side, `failure` how its errors are read.
    """

    def __init__(
        self,
        base_url: str,
        http: httpx.Client,
        tokens: AccessTokens,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        *,
        service: str = "Power BI",
        failure: Failure = failure,
    ) -> None:
        self._service = service
        self._failure = failure
        self._base_url = base_url
        self._http = http
        self._tokens = tokens
        self._patience = patience or Patience()
        self._sleep = sleep

    def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """Send until it is answered, within the table above. `path` is below the workspace, quoted.

        Raises:
            RequestError: its subclass says what. TokenError: no access token is to be had.
        """
        attempt = 0
        rejected: str | None = None
        while True:
            attempt += 1
            token = self._tokens.get(rejected=rejected)
            try:
                context = RequestContext(method, path, attempt, service=self._service)
                return self._once(context, token, content, params, headers)
            except TokenExpiredError:
                if rejected is not None:
                    raise
                rejected = token
                attempt -= 1
            except RequestError as error:
                wait = self._wait(error, attempt)
                if not (repeatable and error.retryable) or wait is None:
                    raise
                logger.warning("%s Trying again in %.1f s.", error, wait)
                self._sleep(wait)

    def _wait(self, error: RequestError, attempt: int) -> float | None:
        """Seconds before the next attempt; None where there is none."""
        if attempt >= self._patience.attempts:
            return None
        backoff = min(self._patience.backoff_seconds * 2 ** (attempt - 1), 30.0)
        # A date that is past already says that our clock is ahead, not that there is nothing to wait for.
        wait = (error.retry_after if isinstance(error, ThrottledError) else None) or backoff
        return wait if wait <= self._patience.longest_wait else None

    def _once(
        self,
        context: RequestContext,
        token: str,
        content: bytes | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **(headers or {})}
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            response = self._http.request(
                context.method, f"{self._base_url}/{context.path}", content=content, params=params, headers=sent
            )
        except _NOTHING_SENT as error:
            raise UnreachableError(context, f"no connection ({_named(error)})") from error
        except httpx.TimeoutException as error:
            raise UnansweredError(context, f"no answer in time ({_named(error)})") from error
        except httpx.HTTPError as error:
            raise UnansweredError(context, f"the connection was lost ({_named(error)})") from error
        if response.status_code >= 300:
            context = replace(context, status=response.status_code)
            raise self._failure(context, response.headers, response.content, datetime.now(UTC))
        known = replace(context, status=response.status_code, request_id=request_id(response.headers))
        return Answer(response.status_code, response.content, response.headers, known)


def _named(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
