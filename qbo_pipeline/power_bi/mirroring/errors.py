"""What can go wrong with Fabric open mirroring, typed; beside these, the errors of requests of `power_bi.errors`.

```
PowerBIError
├── MirroringError
│   ├── ForeignDatabaseError         the mirrored database is another installation's, or no open mirror
│   ├── DatabaseNotRunningError      it does not start
│   ├── MirrorBusyError              another process publishes to it
│   ├── LandingZoneError             a file is there that nobody here wrote
│   └── NotMovedError                the push dataset stays: counts differ, or reports look at it
└── RequestError
    └── RefusedError
        ├── FabricNotAuthorizedError     401/403
        ├── NotReadyError                isRetriable: Fabric is not ready for this yet       retryable
        ├── CapacityError                the workspace has no capacity that runs
        ├── NameTakenError               the name is another item's
        ├── PathExistsError              409/412: the target of a rename is there
        └── PathInUseError               409: Fabric uses the file or folder                 retryable
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from qbo_pipeline.power_bi.answers import decode, request_id, retry_after
from qbo_pipeline.power_bi.errors import (
    InvalidRequestError,
    NotAuthorizedError,
    NotFoundError,
    PowerBIError,
    RefusedError,
    RequestContext,
    RequestError,
    ServerError,
    ThrottledError,
    TokenExpiredError,
)


class MirroringError(PowerBIError):
    """Fabric open mirroring cannot go on."""


class ForeignDatabaseError(MirroringError):
    """The mirrored database is not this installation's."""


class DatabaseNotRunningError(MirroringError):
    """Fabric does not start the mirrored database."""

    def __init__(self, name: str, status: str, seconds: float) -> None:
        super().__init__(
            f"The mirrored database {name} is {status} after {seconds:.0f} s and does not run. Look at it in the "
            "workspace, see that its capacity runs, then run it again: nothing is lost."
        )


class MirrorBusyError(MirroringError):
    """Another process of this data folder publishes to the mirrored database."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Mirrored database {name}: another process of this data folder publishes to it, and one at a time may. "
            "Run it again when that one is done."
        )


class LandingZoneError(MirroringError):
    """The landing zone holds what nobody here put there."""


class NotMovedError(MirroringError):
    """The push dataset is not dropped yet."""


class FabricNotAuthorizedError(NotAuthorizedError):
    """The service principal may not do this in Fabric."""

    hint = (
        "Make the service principal a Contributor of the workspace, and let its security group use Fabric APIs in the "
        "tenant settings of the admin portal (Developer settings, Service principals can use Fabric APIs)."
    )


class NotReadyError(RefusedError):
    """Fabric says that the same request may succeed later."""

    retryable = True
    hint = "Run it again in a minute."


class CapacityError(RefusedError):
    """The workspace is on no capacity, on one that is paused, or on one without mirroring."""

    hint = "Put the workspace on a Fabric capacity (F SKU or trial) and have it running."


class NameTakenError(RefusedError):
    """Another item of the workspace has the name."""

    hint = "Give the mirrored database another name with --database."


class PathExistsError(RefusedError):
    """There is a file of this name already."""

    hint = "See that nothing else writes to the landing zone, then run it again."


class PathInUseError(RefusedError):
    """Fabric uses the file or folder at the moment."""

    retryable = True
    hint = "Run it again in a minute."


_BY_CODE: dict[str, type[RefusedError]] = {
    "TokenExpired": TokenExpiredError,
    "ItemDisplayNameAlreadyInUse": NameTakenError,
    "CapacityNotActive": CapacityError,
    "UnsupportedCapacitySKU": CapacityError,
    "FeatureNotAvailable": CapacityError,
    "PathAlreadyExists": PathExistsError,
    "ConditionNotMet": PathExistsError,
    "SourcePathNotFound": NotFoundError,
    "RenameDestinationParentPathNotFound": NotFoundError,
}
_BY_STATUS: dict[int, type[RefusedError]] = {
    400: InvalidRequestError,
    403: FabricNotAuthorizedError,
    404: NotFoundError,
    409: PathInUseError,
    412: PathExistsError,
}


def fabric_failure(context: RequestContext, headers: Mapping[str, str], body: bytes, now: datetime) -> RequestError:
    """The error that an answer of Fabric stands for: `errorCode`, `message`, `isRetriable`, `moreDetails`."""
    answer = _object(body)
    said = [answer.get("message"), *(one.get("message") for one in _objects(answer.get("moreDetails")))]
    words = "; ".join(dict.fromkeys(str(one) for one in said if one))
    code = _text(answer.get("errorCode"))
    context = replace(context, code=code, request_id=_text(answer.get("requestId")) or request_id(headers))
    kind = FabricNotAuthorizedError if context.status == 401 else None
    return _error(context, words, headers, now, kind, retriable=answer.get("isRetriable") is True)


def lake_failure(context: RequestContext, headers: Mapping[str, str], body: bytes, now: datetime) -> RequestError:
    """The error that an answer of OneLake stands for: its code is a header, or in the body, as in ADLS Gen2."""
    answer = _object(body).get("error")
    error = answer if isinstance(answer, dict) else {}
    code = headers.get("x-ms-error-code") or _text(error.get("code"))
    context = replace(context, code=code, request_id=request_id(headers))
    words = str(error.get("message") or "").partition("\n")[0]
    # Whatever OneLake calls it, a 401 asks for another token.
    kind = TokenExpiredError if context.status == 401 else None
    return _error(context, words, headers, now, kind, retriable=False)


def _error(
    context: RequestContext, words: str, headers: Mapping[str, str], now: datetime, kind: type[RefusedError] | None, *,
    retriable: bool,
) -> RequestError:  # fmt: skip
    status = context.status or 0
    reason = words or f"HTTP {status} without an explanation"
    if status == 429:
        return ThrottledError(context, reason, retry_after(headers.get("retry-after"), now))
    if status >= 500:
        return ServerError(context, reason)
    known = _BY_CODE.get(context.code or "") or kind
    if known is None and retriable:
        known = NotReadyError
    return (known or _BY_STATUS.get(status) or RefusedError)(context, reason)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = decode(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _objects(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(found: Any) -> str | None:
    return str(found) if found else None
