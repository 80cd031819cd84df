"""What faults make of a request over HTTP: another answer, a late one, half of one, or none."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from qbo_pipeline.local.faults import Fault
from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.answers import error_response
from qbo_pipeline.local.power_bi.switches import Switches
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.faults import gateway_page
from qbo_pipeline.local.quickbooks.responses import BrokenResponse, ResetResponse, http_date


def named(faults: Iterable[Fault], kind: str) -> Fault | None:
    """The fault of a kind, if a request has one."""
    return next((one for one in faults if one.kind == kind), None)


def delay(faults: Iterable[Fault]) -> float:
    """Seconds that the answer is late."""
    return sum(float(one.settings["seconds"]) for one in faults if one.kind in ("timeout", "slow"))


def refusal(faults: Iterable[Fault], switches: Switches, now: float) -> Response | None:
    """The answer in place of the one that the request would have had, where a fault is of that kind."""
    for fault in faults:
        answer = _refusal(fault, switches, now)
        if answer is not None:
            return answer
    return None


def delivered(response: Response, faults: Iterable[Fault], connections: Connections) -> Response:
    """The answer as it arrives."""
    reset = named(faults, "reset")
    if reset is None:
        return response
    if reset.settings["at"] == "start" or not response.body:
        return ResetResponse(connections)
    return BrokenResponse(response.body, response.status_code, media_type="application/json")


def _refusal(fault: Fault, switches: Switches, now: float) -> Response | None:
    settings = fault.settings
    match fault.kind:
        case "timeout":
            return Response(gateway_page(504, html=True), 504, media_type="text/html")
        case "server_error":
            response = _server_error(settings["status"], settings["body"])
            if settings["retry_after"] is not None:
                response.headers["Retry-After"] = str(settings["retry_after"])
            return response
        case "throttle":
            seconds = settings["retry_after"]
            response = error_response(errors.throttled(seconds or 60, seconds))
            if seconds is not None and settings["date"]:
                response.headers["Retry-After"] = http_date(now + seconds)
            return response
        case "token_expired":
            return error_response(errors.token_expired(switches.token_expired_status))
        case "unauthorized":
            return error_response(errors.not_authorized())
        case "creation_retired":
            return error_response(errors.creation_retired(switches.creation_retired_status))
        case "missing_information":
            return error_response(errors.missing_information())
    return None


def _server_error(status: int, body: str) -> Response:
    match body:
        case "json":
            return error_response(errors.server_error(status))
        case "html":
            return Response(gateway_page(status, html=True), status, media_type="text/html")
    return Response(status_code=status)
