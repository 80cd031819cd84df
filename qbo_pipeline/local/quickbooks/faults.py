"""Faults in the two shapes the real service has: business faults, and the gateway's in lower case."""

from __future__ import annotations

from typing import Any

from qbo_pipeline.local.quickbooks.clock import pacific_milliseconds
from qbo_pipeline.local.quickbooks.json_text import dumps


class ServiceFaultError(Exception):
    """An answer that is a fault."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        detail: str,
        kind: str = "ValidationFault",
        element: str | None = None,
    ) -> None:
        self.status = status
        self.error: dict[str, Any] = {"Message": message, "Detail": detail, "code": code}
        if element is not None:
            self.error["element"] = element
        self.kind = kind
        super().__init__(detail)

    def body(self, now: float) -> str:
        """The fault as a body of its own."""
        return dumps({"Fault": self.content(), "time": pacific_milliseconds(now)})

    def content(self) -> dict[str, Any]:
        """The fault inside an answer of a batch."""
        return {"Error": [self.error], "type": self.kind}


def gateway_fault(detail: str, code: str, status: int, now: float) -> str:
    """What the gateway answers before a request reaches QuickBooks (recorded: error__401)."""
    return dumps(
        {
            "warnings": None,
            "intuitObject": None,
            "fault": {
                "error": [
                    {
                        "message": f"message=AuthenticationFailed; errorCode=00{code}; statusCode={status}",
                        "detail": detail,
                        "code": code,
                        "element": None,
                    }
                ],
                "type": "AUTHENTICATION",
            },
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": int(now * 1000),
            "status": None,
            "cdcresponse": [],
        }
    )


def throttled() -> ServiceFaultError:
    """429 by the minute."""
    text = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    return ServiceFaultError(429, "3001", text, "The request limit was reached.", kind="SERVICE")


def quota_spent() -> ServiceFaultError:
    """429 until the next month. Its body is documented nowhere; this is a guess."""
    text = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    detail = "Monthly quota of CorePlus API calls exceeded for this workspace."
    return ServiceFaultError(429, "3001", text, detail, kind="SERVICE")


def not_found(entity: str, identity: str) -> ServiceFaultError:
    """610: deleted, inactive or never there. HTTP 400, as recorded."""
    detail = f"Object Not Found : Something you're trying to use has been made inactive: {entity} {identity}."
    return ServiceFaultError(400, "610", "Object Not Found", detail)


def stale(identity: str) -> ServiceFaultError:
    """5010: the SyncToken is not the current one."""
    detail = f"Stale Object Error : You and somebody else were working on this at the same time. Id={identity}"
    return ServiceFaultError(400, "5010", "Stale Object Error", detail)


def unsupported(what: str) -> ServiceFaultError:
    """500, which arrives as HTTP 400."""
    return ServiceFaultError(400, "500", "Unsupported Operation", f"Operation {what} is not supported.")


def query_fault(code: str, detail: str) -> ServiceFaultError:
    """4000 (does not parse) and 4001 (cannot be)."""
    message = "Error parsing query" if code == "4000" else "Invalid query"
    return ServiceFaultError(400, code, message, detail)


def system_fault(detail: str, status: int = 500) -> ServiceFaultError:
    """QuickBooks failed on its side."""
    message = "An application error has occurred while processing your request"
    return ServiceFaultError(status, "10000", message, detail, kind="SystemFault")
