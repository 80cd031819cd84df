"""What faults make of a request over HTTP: another answer, a late one, half of one, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.responses import Response

from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.faults import (
    gateway_fault,
    gateway_page,
    quota_spent,
    system_fault,
    throttled,
)
from qbo_pipeline.local.quickbooks.injection.answers import CHANGES
from qbo_pipeline.local.quickbooks.injection.schedule import Injection
from qbo_pipeline.local.quickbooks.json_text import dumps, loads
from qbo_pipeline.local.quickbooks.responses import (
    BrokenResponse,
    ResetResponse,
    TrickledResponse,
    fault_response,
    json_response,
    truncated,
)


def refusal(failure: Injection | None, now: float) -> Response | None:
    """The answer in place of the one that the request would have had, where the failure is of that kind."""
    if failure is None or failure.kind not in _REFUSALS:
        return None
    return _REFUSALS[failure.kind](failure, now)


def is_carried_out(failure: Injection | None) -> bool:
    """Whether a request is carried out although it fails: refused ones are not, unless told."""
    return failure is None or bool(failure.settings.get("carried_out", failure.kind not in _REFUSALS))


def delay(failure: Injection | None) -> float:
    """Seconds that the answer is late."""
    return float(failure.settings["seconds"]) if failure is not None and failure.kind == "timeout" else 0.0


def changed(response: Response, changes: Iterable[Injection]) -> Response:
    """The answer with what faults make of its JSON. Those that find nothing to change have not struck."""
    asked = [one for one in changes if one.kind in CHANGES]
    if not asked or not response.headers.get("content-type", "").startswith("application/json"):
        return response
    text = dumps(loads(bytes(response.body)))
    for one in asked:
        before, text = text, dumps(CHANGES[one.kind](loads(text), one.settings))
        if text == before:
            one.spare()
    kept = {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")}
    return json_response(text, response.status_code, kept)


def delivered(response: Response, failure: Injection | None, connections: Connections) -> Response:
    """The answer as it arrives."""
    if failure is None:
        return response
    match failure.kind:
        case "reset" | "lost_rotation" if failure.settings["at"] == "start" or not response.body:
            return ResetResponse(connections)
        case "reset" | "lost_rotation":
            return BrokenResponse(response.body, response.status_code, media_type="application/json")
        case "slow":
            return TrickledResponse(response, failure.settings["seconds"], failure.settings["pieces"])
        case "truncated":
            return truncated(response)
    return response


def _throttled(failure: Injection, now: float) -> Response:
    return fault_response(throttled(), now, failure.settings["retry_after"])


def _quota_spent(failure: Injection, now: float) -> Response:
    return fault_response(quota_spent(), now)


def _server_error(failure: Injection, now: float) -> Response:
    status, body = failure.settings["status"], failure.settings["body"]
    if body == "json":
        return fault_response(system_fault("Injected failure.", status), now)
    text = gateway_page(status, html=body == "html")
    return Response(text, status, media_type=f"text/{'html' if body == 'html' else 'plain'}")


def _unauthorized(failure: Injection, now: float) -> Response:
    return json_response(gateway_fault("Token expired: AB01234567890", "3200", 401, now), 401)


def _fault_200(failure: Injection, now: float) -> Response:
    return fault_response(system_fault("Injected fault inside HTTP 200.", 200), now)


_REFUSALS: dict[str, Callable[[Injection, float], Response]] = {
    "throttle": _throttled,
    "quota": _quota_spent,
    "server_error": _server_error,
    "unauthorized": _unauthorized,
    "fault_200": _fault_200,
}
