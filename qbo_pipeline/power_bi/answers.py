"""Reading Power BI's answers: errors into types, JSON into values with exact decimals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from qbo_pipeline.power_bi.errors import (
    CreationRetiredError,
    InvalidRequestError,
    NotAuthorizedError,
    NotForApplicationsError,
    NotFoundError,
    NotPushDatasetError,
    PayloadTooLargeError,
    QueryError,
    RefreshInProgressError,
    RefreshQuotaError,
    RefusedError,
    RequestContext,
    RequestError,
    RowsPerHourError,
    ServerError,
    TenantSwitchError,
    ThrottledError,
    TokenExpiredError,
)

_decoder = msgspec.json.Decoder(float_hook=Decimal)

_BY_CODE: dict[str, type[RefusedError]] = {
    "TokenExpired": TokenExpiredError,
    "PowerBINotAuthorizedException": NotAuthorizedError,
    "ServicePrincipalIsNotAllowedByTenantAdminSwitch": TenantSwitchError,
    "FeatureDeprecatedError": CreationRetiredError,
    "DatasetExecuteQueriesError": QueryError,
    "RequestEntityTooLarge": PayloadTooLargeError,
    "BadRequest": InvalidRequestError,
    "InvalidRequest": InvalidRequestError,
    "ItemNotFound": NotFoundError,
}
_BY_WORDS: tuple[tuple[str, type[RefusedError]], ...] = (
    ("is not accessible for application", NotForApplicationsError),
    ("is not push api dataset", NotPushDatasetError),
    ("number of refresh requests in last 24 hours", RefreshQuotaError),
)
_BY_STATUS: dict[int, type[RefusedError]] = {
    400: InvalidRequestError,
    401: NotAuthorizedError,
    403: NotAuthorizedError,
    404: NotFoundError,
    409: RefreshInProgressError,
    413: PayloadTooLargeError,
}


def decode(body: bytes) -> Any:
    """JSON with its decimals as they are written, never as floats.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


def failure(context: RequestContext, headers: Mapping[str, str], body: bytes, now: datetime) -> RequestError:
    """The error that an answer of 4xx or 5xx stands for.

    Its code is at `error.code`, at `error["pbi.error"].code`, or nowhere; its words in details, in a message at the
    top, or nowhere either.
    """
    status = context.status or 0
    code, reason = _explained(body)
    context = RequestContext(
        context.method, context.path, context.attempts, status, code, request_id(headers) or context.request_id
    )
    reason = reason or f"HTTP {status} without an explanation"
    words = reason.lower()
    if status == 429 or "maximum number of rows exceeded" in words:
        wait = retry_after(headers.get("retry-after"), now)
        kind = RowsPerHourError if "maximum number of rows" in words else ThrottledError
        return kind(context, reason, wait)
    if status >= 500:
        return ServerError(context, reason)
    for part, refusal in _BY_WORDS:
        if part in words:
            return refusal(context, reason)
    return (_BY_CODE.get(code or "") or _BY_STATUS.get(status) or RefusedError)(context, reason)


def request_id(headers: Mapping[str, str]) -> str | None:
    """Power BI's name for a request."""
    return headers.get("requestid") or headers.get("x-ms-request-id")


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After in either of its forms; None where it says nothing."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _explained(body: bytes) -> tuple[str | None, str | None]:
    """Code and words of an error, wherever they are in it."""
    try:
        answer = decode(body)
    except ValueError:
        text = body.decode("utf-8", "replace").strip()
        return None, (text[:300] or None) if not text.startswith("<") else None
    if not isinstance(answer, dict):
        return None, str(answer)[:300] or None
    error = answer.get("error")
    if not isinstance(error, dict):
        words = answer.get("message") or answer.get("Message") or (error if isinstance(error, str) else None)
        code = answer.get("code")
        return (str(code) if code else None), (str(words) if words else None)
    inner = _inner(error)
    code = error.get("code") or inner.get("code")
    return (str(code) if code else None), (error_words(error) or (str(code) if code else None))


def error_words(error: Any) -> str:
    """What an error object says, in its message and in its details."""
    if not isinstance(error, dict):
        return str(error)
    said = [str(error["message"])] if error.get("message") else []
    for detail in [*_listed(error.get("details")), *_listed(_inner(error).get("details"))]:
        said.extend(_detail(detail))
    return "; ".join(dict.fromkeys(said))


def _inner(error: dict[str, Any]) -> dict[str, Any]:
    found = error.get("pbi.error")
    return found if isinstance(found, dict) else {}


def _detail(detail: Any) -> list[str]:
    if not isinstance(detail, dict):
        return []
    if detail.get("message"):
        return [str(detail["message"])]
    value = detail.get("detail")
    value = value.get("value") if isinstance(value, dict) else value
    return [str(value)] if value and detail.get("code") != "AnalysisServicesErrorCode" else []


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
