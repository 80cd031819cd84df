"""What faults make of a request over HTTP: another answer, a late one, half of one, or none."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from qbo_pipeline.local.faults import Fault
from qbo_pipeline.local.quickbooks.connections import Connections
from qbo_pipeline.local.quickbooks.faults import gateway_page
from qbo_pipeline.local.quickbooks.responses import BrokenResponse, ResetResponse
from qbo_pipeline.local.tableau import errors

XML = "application/xml;charset=UTF-8"


def named(faults: Iterable[Fault], kind: str) -> Fault | None:
    """The fault of a kind, if a request has one."""
    return next((one for one in faults if one.kind == kind), None)


def delay(faults: Iterable[Fault]) -> float:
    """Seconds that the answer is late."""
    return sum(float(one.settings["seconds"]) for one in faults if one.kind in ("timeout", "slow"))


def refusal(faults: Iterable[Fault]) -> Response | errors.TableauAnswerError | None:
    """The answer in place of the one that the request would have had, where a fault is of that kind."""
    for fault in faults:
        answer = _refusal(fault)
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
    return BrokenResponse(response.body, response.status_code, media_type="application/xml")


def _refusal(fault: Fault) -> Response | errors.TableauAnswerError | None:
    settings = fault.settings
    match fault.kind:
        case "timeout":
            return Response(gateway_page(504, html=True), 504, media_type="text/html")
        case "server_error":
            return _server_error(settings["status"], settings["body"])
        case "throttle":
            return errors.too_many_requests(settings["resource"], settings["minutes"], settings["retry_after"])
        case "session_expired":
            return errors.invalid_session()
        case "upload_conflict":
            return errors.concurrent_upload()
        case "payload_too_large":
            return errors.too_large("Payload Too Large")
    return None


def _server_error(status: int, body: str) -> Response | errors.TableauAnswerError:
    match body:
        case "xml":
            return errors.server_error(status)
        case "html":
            return Response(gateway_page(status, html=True), status, media_type="text/html")
    return Response(status_code=status)
