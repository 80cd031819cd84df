"""Faults: how QuickBooks says no, in both of its shapes, and which error each one is.

The accounting service answers `{"Fault": {"Error": [{"Message", "Detail", "code", "element"}], "type"}}`, the gateway
in front of it the same in lower case with `null` members around it (recorded 2020 and 2026). HTTP 200 can carry either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from qbo_pipeline.quickbooks import errors
from qbo_pipeline.quickbooks.characters import as_utf8, without_halves

_CODES: dict[str, type[errors.FaultError]] = {
    "120": errors.AuthorizationError,
    "500": errors.UnsupportedOperationError,
    "610": errors.ObjectNotFoundError,
    "2010": errors.UnsupportedPropertyError,
    "2030": errors.InvalidIdError,
    "3100": errors.AuthorizationError,
    "3200": errors.AuthenticationError,
    "3201": errors.AuthenticationError,
    "4000": errors.QuerySyntaxError,
    "4001": errors.QueryValidationError,
    "5020": errors.UnsupportedOperationError,
    "5010": errors.StaleObjectError,
    "6000": errors.BusinessValidationError,
    "6190": errors.CompanyStatusError,
    "6140": errors.DuplicateDocumentNumberError,
    "6210": errors.ClosedPeriodError,
    "6240": errors.DuplicateNameError,
    "11017": errors.WrongEnvironmentError,
}

_THROTTLE_CODE = "3001"
_QUOTA = re.compile(r"\b(month|monthly|quota)\b", re.IGNORECASE)
# A recorded 401 repeats the token in its detail.
_TOKEN_IN_TEXT = re.compile(r"(token[^:=]*[:=]\s*)\S+", re.IGNORECASE)
_ERROR_CODE_IN_TEXT = re.compile(r"errorCode=(-?\d+)")
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """What a fault says, shape and padding removed."""

    code: str | None
    """Without leading zeros: `003200` is `3200`."""
    message: str
    detail: str
    element: str | None
    kind: str
    """Its `type` as sent: ValidationFault, SystemFault, AuthenticationFault, AuthorizationFault, SERVICE …"""

    @property
    def reason(self) -> str:
        """Message, detail and code in one line, tokens cut out."""
        text = self.message if self.detail in ("", self.message) else f"{self.message}: {self.detail}"
        text = _TOKEN_IN_TEXT.sub(r"\1[hidden]", text or self.kind or "fault without a message")
        text = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
        return f"{text} [code {self.code}]" if self.code else text

    @property
    def is_throttle(self) -> bool:
        """Whether it says: too many requests."""
        return self.code == _THROTTLE_CODE or "throttle" in self.message.lower()

    @property
    def is_monthly_quota(self) -> bool:
        """Whether it speaks of the month's quota. Intuit documents the 429, not its body: we look for the words."""
        return bool(_QUOTA.search(f"{self.message} {self.detail}"))

    @property
    def is_system(self) -> bool:
        """Whether QuickBooks failed on its side, so that the same request may succeed later."""
        return self.kind.lower().startswith("system")

    def error(self, context: errors.RequestContext) -> errors.RequestError:
        """The typed error of this fault."""
        if self.is_throttle or context.status == 429:
            kind = errors.MonthlyQuotaError if self.is_monthly_quota else errors.ThrottledError
            return kind(context, self.reason)
        # In outages the gateway answers 500 with codes that are refusals otherwise: 3100 "InternalServerError" and 120
        # "Unknown Error during Authentication" (github.com/minimul/qbo_api/issues/81 and /96).
        if (context.status or 0) >= 500:
            return errors.ServerError(context, self.reason)
        typed = _CODES.get(self.code or "") or self._by_status_or_type(context.status)
        if typed is not None:
            return typed(context, self.reason, self.code, self.element)
        if self.is_system:
            return errors.ServerError(context, self.reason)
        return errors.FaultError(context, self.reason, self.code, self.element)

    def _by_status_or_type(self, status: int | None) -> type[errors.FaultError] | None:
        stated = self.kind.lower()
        if "wrong cluster" in f"{self.message} {self.detail}".lower():
            return errors.WrongEnvironmentError
        if status == 401 or stated.startswith("authentication"):
            return errors.AuthenticationError
        if status == 403 or stated.startswith("authorization"):
            return errors.AuthorizationError
        return None


def parse_fault(body: bytes) -> Fault | None:
    """The fault in a response body; None where there is none, or the body is no JSON object."""
    try:
        envelope = msgspec.json.decode(without_halves(body), type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for key in ("Fault", "fault"):
        if key in envelope:
            fault = read_fault(bytes(envelope[key]))
            if fault is not None:
                return fault
    return None


def read_fault(raw: bytes) -> Fault | None:
    """The fault in the value of `Fault` or `fault`; None for `null`. Members of any type are survived.

    So are characters that are none in UTF-8: messages are in the company's language, and what code a fault has must not
    depend on them.
    """
    try:
        value = msgspec.json.decode(without_halves(as_utf8(raw)))
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    listed = value.get("Error", value.get("error"))
    first = listed[0] if isinstance(listed, list) and listed else listed
    error = {key.lower(): item for key, item in first.items()} if isinstance(first, dict) else {}
    message, detail = _text(error.get("message")), _text(error.get("detail"))
    return Fault(
        code=_code(_text(error.get("code")), message),
        message=message,
        detail=detail,
        element=_text(error.get("element")) or None,
        kind=_text(value.get("type")),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _code(code: str, message: str) -> str | None:
    """The code without zeros in front or a sign; from the message where the member is empty."""
    if not code:
        found = _ERROR_CODE_IN_TEXT.search(message)
        code = found.group(1) if found else ""
    return code.strip().lstrip("-").lstrip("0") or (code.strip() or None)
