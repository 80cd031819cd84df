"""tableauserverclient, with what it does not tell: the answer a request got, and whether it may have been carried out.

The only module that imports the library at its top; import it inside functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import tableauserverclient as TSC  # noqa: N812  as its own documentation has it
from tableauserverclient.server.endpoint.exceptions import (
    FailedSignInError,
    InternalServerError,
    NonXMLResponseError,
    RedirectError,
    XMLError,
)
from tableauserverclient.server.exceptions import EndpointUnavailableError, ServerInfoEndpointNotFoundError
from urllib3.exceptions import NewConnectionError

from qbo_pipeline.proxies import without_password
from qbo_pipeline.tableau.errors import (
    AlreadyThereError,
    FileRefusedError,
    ForbiddenError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    PayloadTooLargeError,
    RefreshNotAllowedError,
    RefreshQueuedError,
    RefusedError,
    RequestContext,
    RequestError,
    ServerError,
    TableauError,
    TableauTooOldError,
    ThrottledError,
    UnansweredError,
    UnreachableError,
)

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 300.0

_BY_CODE: dict[str, type[RefusedError]] = {
    "400011": FileRefusedError,
    "409090": RefreshNotAllowedError,
    "409093": RefreshQueuedError,
}
_BY_STATUS: dict[int, type[RefusedError]] = {
    400: InvalidRequestError,
    403: ForbiddenError,
    404: NotFoundError,
    409: AlreadyThereError,
    413: PayloadTooLargeError,
}
_UNREADABLE = (SyntaxError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What the library raises over an answer of success that is not as it expects (XML's ParseError is a SyntaxError)."""
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3_600.0}


@dataclass(frozen=True, slots=True)
class Exchange:
    """The last request, and its answer where one came."""

    method: str
    path: str
    answer: Any | None
    """A `requests.Response`."""

    @property
    def status(self) -> int | None:
        """The answer's status."""
        return None if self.answer is None else int(self.answer.status_code)

    @property
    def only_uploaded(self) -> bool:
        """Whether it was about a part of an upload, of which nothing comes by itself."""
        return "/fileUploads" in self.path


class RecordingSession(requests.Session):
    """Remembers the last exchange: the library's errors have no headers, and none says what was asked."""

    exchange: Exchange | None = None

    def send(self, request: Any, **options: Any) -> Any:
        """Send a request."""
        sent = Exchange(str(request.method), urlsplit(str(request.url)).path, None)
        self.exchange = sent
        answer = super().send(request, **options)
        self.exchange = replace(sent, answer=answer)
        return answer


def open_server(url: str, answer_seconds: float = ANSWER_SECONDS) -> tuple[TSC.Server, RecordingSession]:
    """A server to call, not signed in, and the session that its requests go through."""
    session = RecordingSession()
    options = {"timeout": (CONNECT_SECONDS, answer_seconds)}
    server: TSC.Server = TSC.Server(url, http_options=options, session_factory=lambda: session)  # type: ignore[no-untyped-call]
    return server, session


def is_unauthorized(error: Exception) -> bool:
    """Whether the session, or the sign-in, was not accepted."""
    return isinstance(error, FailedSignInError)


def failure(context: RequestContext, error: Exception, exchange: Exchange | None) -> TableauError | None:
    """The error that an exception of the library stands for; None for one that it does not."""
    if isinstance(error, TableauError):
        return error
    if isinstance(error, requests.RequestException):
        return _without_answer(context, error, exchange)
    if isinstance(error, EndpointUnavailableError):
        return TableauTooOldError(context.told, str(error))
    answer = None if exchange is None else exchange.answer
    if isinstance(error, InternalServerError):
        words = _words(bytes(error.content) if isinstance(error.content, bytes) else str(error.content).encode())
        failed = ServerError(replace(context, status=int(error.code)), words or "the server failed")
        return _upload_only(failed, exchange)
    if isinstance(error, RedirectError):
        return RefusedError(replace(context, status=exchange.status if exchange else None), f"{error} Check the URL")
    if isinstance(error, NonXMLResponseError | ServerInfoEndpointNotFoundError) or answer is None:
        return _by_status(context, answer, "") if answer is not None else None
    if isinstance(error, XMLError):
        known = replace(context, status=int(answer.status_code), code=error.code or None)
        said = ": ".join(part for part in (_clean(error.summary), _clean(error.detail)) if part)
        return _by_status(known, answer, said)
    if isinstance(error, _UNREADABLE):
        known = replace(context, status=int(answer.status_code))
        return MalformedAnswerError(known, f"the answer cannot be read ({type(error).__name__})")
    return None


def retry_after(text: str, header: str | None, now: datetime) -> float | None:
    """Seconds that an answer asks to wait, by its header or its words ("Please retry after 29 minutes")."""
    if header is not None:
        if header.strip().isdigit():
            return float(header)
        try:
            return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
        except (ValueError, TypeError):
            pass
    found = re.search(r"after\s+(\d+(?:\.\d+)?)\s+(second|minute|hour)", text, re.IGNORECASE)
    return None if found is None else float(found[1]) * _UNITS[found[2].lower()]


def _without_answer(
    context: RequestContext, error: requests.RequestException, exchange: Exchange | None
) -> RequestError:
    words = str(without_password(error) if isinstance(error, requests.exceptions.InvalidURL) else error)
    told = f"{type(error).__name__}: {_clean(words)}"[:200]
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    unsent = isinstance(reason, NewConnectionError) or isinstance(
        error,
        requests.exceptions.ConnectTimeout
        | requests.exceptions.ProxyError
        | requests.exceptions.SSLError
        | requests.exceptions.InvalidURL
        | requests.exceptions.MissingSchema,
    )
    if unsent:
        return UnreachableError(context, f"no connection ({told})")
    return _upload_only(UnansweredError(context, f"no answer ({told})"), exchange)


def _upload_only(error: RequestError, exchange: Exchange | None) -> RequestError:
    """A part of an upload that failed leaves nothing behind: it is as if nothing had been sent."""
    if exchange is None or not exchange.only_uploaded:
        return error
    return UnreachableError(error.context, f"while the file was uploaded, {error.reason}")


def _by_status(context: RequestContext, answer: Any, said: str) -> RequestError:
    status = int(answer.status_code)
    context = replace(context, status=status)
    words = said or _words(bytes(answer.content)) or f"HTTP {status} without an explanation"
    if status == 429 or (context.code or "").startswith("429"):
        return ThrottledError(context, words, retry_after(words, answer.headers.get("Retry-After"), datetime.now(UTC)))
    if status >= 500:
        return ServerError(context, words)
    if 200 <= status < 300:
        return MalformedAnswerError(context, "the answer is no XML of Tableau")
    return (_BY_CODE.get(context.code or "") or _BY_STATUS.get(status) or RefusedError)(context, words)


def _words(body: bytes) -> str:
    """What an answer says that may be XML, HTML or nothing."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", body[:4000].decode(errors="replace"), flags=re.DOTALL)
    return _clean(text)[:300]


def _clean(text: object) -> str:
    return " ".join(str(text or "").split()).rstrip(". ")
