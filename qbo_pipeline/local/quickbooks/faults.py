"""Faults in the two shapes the real service has: business faults, and the gateway's in lower case."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from html import escape
from http import HTTPStatus
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
        """The fault as a body of its own; an id that is no number gets no time (recorded: error__500)."""
        time = {} if self.error["code"] == "2030" else {"time": pacific_milliseconds(now)}
        return dumps({"Fault": self.content(), **time})

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


def gateway_page(status: int, *, html: bool) -> str:
    """What a load balancer in front of QuickBooks answers when that does not: no JSON."""
    known = status in set(HTTPStatus)
    title = f"{status} {HTTPStatus(status).phrase}" if known else str(status)
    if not html:
        return f"{title}: upstream connect error or disconnect/reset before headers"
    head = f"<head><title>{escape(title)}</title></head>"
    return f"<html>\r\n{head}\r\n<body>\r\n<center><h1>{escape(title)}</h1></center>\r\n</body>\r\n</html>\r\n"


def throttled() -> ServiceFaultError:
    """429 by the minute."""
    text = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    return ServiceFaultError(429, "3001", text, "The request limit was reached.", kind="SERVICE")


def quota_spent() -> ServiceFaultError:
    """429 until the next month. Its body is documented nowhere; this is a guess."""
    text = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    detail = "Monthly quota of CorePlus API calls exceeded for this workspace."
    return ServiceFaultError(429, "3001", text, detail, kind="SERVICE")


def not_found() -> ServiceFaultError:
    """610: deleted, inactive or never there. HTTP 400 (recorded: batch__basic)."""
    detail = (
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return ServiceFaultError(400, "610", "Object Not Found", detail, element="")


def stale() -> ServiceFaultError:
    """5010: the SyncToken is not the current one (recorded: batch__basic)."""
    detail = (
        "Stale Object Error : You and Local User were working on this at the same time. "
        "Local User finished before you did, so your work was not saved."
    )
    return ServiceFaultError(400, "5010", "Stale Object Error", detail, element="")


def unsupported(what: str) -> ServiceFaultError:
    """500, which arrives as HTTP 400 (recorded: error__500)."""
    return ServiceFaultError(400, "500", "Unsupported Operation", f"Operation {what} is not supported.")


def no_resource(path: str) -> ServiceFaultError:
    """500 for a path that leads nowhere (recorded: error__500)."""
    return unsupported(f"Could not find resource for relative : {path} of full path: https://local{path}")


def invalid_id(supplied: str) -> ServiceFaultError:
    """2030: ids are whole numbers (recorded: error__500, second answer)."""
    detail = f"Id should be a valid number. Supplied value:{supplied}"
    return ServiceFaultError(400, "2030", "Invalid ID", detail, element="Id")


def unknown_property(name: str, entity: str, known: Collection[str]) -> ServiceFaultError:
    """2010: a property that the entity does not have (recorded: error__400_json)."""
    listed = ", ".join(f'"{one}"' for one in sorted(known)[:60])
    detail = (
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{entity}), '
        f"not marked as ignorable ({len(known)} known properties: {listed} [truncated]])"
    )
    return ServiceFaultError(400, "2010", "Request has invalid or unsupported property", detail)


def unreadable_body() -> ServiceFaultError:
    """2010: the body is not a JSON object."""
    detail = "Property Name:Unexpected character at line 1, column 1 specified is unsupported or invalid"
    return ServiceFaultError(400, "2010", "Request has invalid or unsupported property", detail)


def unreadable_property() -> ServiceFaultError:
    """2010: a value is none of its property's type, or of no known kind (github.com/intuit/QuickBooks-V3-DotNET-SDK,
    issue 376, 2026-07, and several apps: the detail does not say which)."""
    detail = "Property Name:failed to parse json object; a property specified is unsupported or invalid"
    return ServiceFaultError(400, "2010", "Request has invalid or unsupported property", detail)


def missing_parameter(name: str) -> ServiceFaultError:
    """2020: what an entity cannot be without (github.com/intuit/QuickBooks-V3-PHP-SDK, issue 138)."""
    message = "Required param missing, need to supply the required value for the API"
    return ServiceFaultError(400, "2020", message, f"Required parameter {name} is missing in the request", element=name)


def own_parent() -> ServiceFaultError:
    """900: a record among its own parents (code from Intuit's list of errors; its text is a guess)."""
    detail = "Parent cannot be child : the same object can't be the parent or child of itself."
    return ServiceFaultError(400, "900", "Parent cannot be child", detail, element="ParentRef")


def duplicate_name() -> ServiceFaultError:
    """6240: customers, vendors and employees share their names (recorded: error__validation)."""
    return ServiceFaultError(400, "6240", "Duplicate Name Exists Error", "The name supplied already exists. : null")


def duplicate_number(number: str, entity: str, identity: str) -> ServiceFaultError:
    """6140: the document number is taken (text from the help pages of several connectors)."""
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={entity} with TxnId={identity}"
    )
    return ServiceFaultError(400, "6140", "Duplicate Document Number Error", detail, element="")


def period_closed() -> ServiceFaultError:
    """6210: the transaction is dated on or before the day the books were closed."""
    message = "Account Period Closed, Cannot Update Through Services"
    detail = (
        "The account period has closed and the account books cannot be updated through the QBO Services API. "
        "Please use the QBO website to make these changes."
    )
    return ServiceFaultError(400, "6210", message, detail, element="")


def wrong_product(amount: Decimal | int) -> ServiceFaultError:
    """6070: an amount that is not quantity times price (Intuit's list of errors; reports of apps)."""
    message, detail = "Amount calculation incorrect in the request", "Amount is not equal to UnitPrice * Qty."
    return ServiceFaultError(400, "6070", message, f"{detail} Supplied value:{amount:,}", element="Line.Amount")


def deposited() -> ServiceFaultError:
    """6540: its money is part of a deposit (Intuit, "Top QuickBooks Online API errors", 2017-06-08)."""
    detail = (
        "This transaction has been deposited. If you want to change or delete it, "
        "you must edit the deposit it appears on and remove it first."
    )
    return ServiceFaultError(400, "6540", "Deposited Transaction cannot be changed", detail, element="")


def business_fault(detail: str) -> ServiceFaultError:
    """6000: a rule of accounting or of the product."""
    message = "A business validation error has occurred while processing your request"
    return ServiceFaultError(400, "6000", message, f"Business Validation Error: {detail}", element="")


def batch_too_big(most: int) -> ServiceFaultError:
    """1040: more items than a batch may have (code and message from Intuit's list of errors; its detail is a guess)."""
    message = "Batch size exceeds allowed limit"
    return ServiceFaultError(400, "1040", message, f"{message} : {most}", element="")


def query_fault(code: str, detail: str) -> ServiceFaultError:
    """4000 (does not parse) and 4001 (cannot be; recorded: error__400)."""
    message = "Error parsing query" if code == "4000" else "Invalid query"
    return ServiceFaultError(400, code, message, detail)


def system_fault(detail: str, status: int = 500) -> ServiceFaultError:
    """QuickBooks failed on its side."""
    message = "An application error has occurred while processing your request"
    return ServiceFaultError(status, "10000", message, detail, kind="SystemFault")
