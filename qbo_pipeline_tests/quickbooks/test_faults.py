from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.quickbooks import errors
from qbo_pipeline.quickbooks.errors import RequestContext
from qbo_pipeline.quickbooks.faults import parse_fault

CONTEXT = RequestContext("9341", "GET", "query", "Invoice", "SELECT * FROM Invoice", 1, 400, "1-abc")

BY_CODE = {
    "120": errors.AuthorizationError,
    "500": errors.UnsupportedOperationError,
    "5020": errors.UnsupportedOperationError,
    "610": errors.ObjectNotFoundError,
    "2010": errors.UnsupportedPropertyError,
    "2030": errors.InvalidIdError,
    "3001": errors.ThrottledError,
    "3100": errors.AuthorizationError,
    "3200": errors.AuthenticationError,
    "3201": errors.AuthenticationError,
    "4000": errors.QuerySyntaxError,
    "4001": errors.QueryValidationError,
    "5010": errors.StaleObjectError,
    "6000": errors.BusinessValidationError,
    "6190": errors.CompanyStatusError,
    "6140": errors.DuplicateDocumentNumberError,
    "6210": errors.ClosedPeriodError,
    "6240": errors.DuplicateNameError,
    "-11017": errors.WrongEnvironmentError,
    "31415": errors.FaultError,
}


def accounting(code: str, message: str = "It is so", kind: str = "ValidationFault") -> bytes:
    error = {"Message": message, "Detail": "the detail", "code": code, "element": "Line"}
    return json.dumps({"Fault": {"Error": [error], "type": kind}, "time": "2026-05-05T05:16:21.718-07:00"}).encode()


def gateway(code: str, message: str = "It is so", kind: str = "AUTHENTICATION") -> bytes:
    error = {"message": message, "detail": "the detail", "code": code, "element": None}
    return json.dumps(
        {"warnings": None, "fault": {"error": [error], "type": kind}, "queryResponse": None, "time": 1601391072830}
    ).encode()


@pytest.mark.parametrize("shape", [accounting, gateway])
@pytest.mark.parametrize("padding", ["", "00"])
@pytest.mark.parametrize("code", BY_CODE)
def test_each_code_is_its_own_error_in_both_shapes_and_with_padding(
    code: str, padding: str, shape: Callable[..., bytes]
) -> None:
    sign, digits = ("-", code[1:]) if code.startswith("-") else ("", code)
    fault = parse_fault(shape(f"{sign}{padding}{digits}", kind="SERVICE" if code == "3001" else "ValidationFault"))
    assert fault is not None
    assert fault.code == digits
    error = fault.error(CONTEXT)
    assert type(error) is BY_CODE[code]
    for fact in ("It is so: the detail", digits, "9341", "Invoice", "1-abc", "SELECT * FROM Invoice", "HTTP 400"):
        assert fact in str(error)
    assert error.hint
    assert str(error).endswith(error.hint)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (
            gateway("", "message=AuthenticationFailed; errorCode=003200; statusCode=401"),
            401,
            errors.AuthenticationError,
        ),
        (accounting("1", "Accessing Wrong Cluster"), 401, errors.WrongEnvironmentError),
        (accounting("99", kind="AuthenticationFault"), 400, errors.AuthenticationError),
        (accounting("99", kind="AuthorizationFault"), 400, errors.AuthorizationError),
        (accounting("99"), 403, errors.AuthorizationError),
        (accounting("99", kind="SystemFault"), 200, errors.ServerError),
        (accounting("99"), 503, errors.ServerError),
        (gateway("3100", "message=InternalServerError; errorCode=003100", "SERVICE"), 500, errors.ServerError),
        (accounting("120", "Authorization Failure", "AuthorizatonFault"), 500, errors.ServerError),
        (accounting("99"), 429, errors.ThrottledError),
        (gateway("3001", "message=ThrottleExceeded; errorCode=003001", "SERVICE"), 403, errors.ThrottledError),
        (gateway("3001", "ThrottleExceeded: monthly limit", "SERVICE"), 429, errors.MonthlyQuotaError),
    ],
)
def test_status_and_type_decide_where_the_code_does_not(
    body: bytes, status: int, error: type[errors.RequestError]
) -> None:
    fault = parse_fault(body)
    assert fault is not None
    context = RequestContext("9341", "GET", "query", status=status)
    assert type(fault.error(context)) is error


def test_a_token_repeated_by_quickbooks_stays_out_of_the_message() -> None:
    body = accounting("3200").replace(b"the detail", b"Token expired: AB01601390262kxzxOlnHYdh")
    fault = parse_fault(body)
    assert fault is not None
    assert "AB0160" not in str(fault.error(CONTEXT))


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"fault":null}', b'{"Fault":null,"QueryResponse":{}}', b"\xff\xfe"]
)
def test_no_fault_is_found_where_there_is_none(body: bytes) -> None:
    assert parse_fault(body) is None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    shape=st.sampled_from([("Fault", "Error"), ("fault", "error")]),
    errors_=json_values
    | st.lists(st.dictionaries(st.sampled_from(["code", "Message", "detail", "element"]), json_values)),
    kind=json_values,
)
def test_a_fault_of_any_form_becomes_an_error(shape: tuple[str, str], errors_: object, kind: object) -> None:
    fault = parse_fault(json.dumps({shape[0]: {shape[1]: errors_, "type": kind}}).encode())
    assert fault is not None
    assert isinstance(fault.error(CONTEXT), errors.RequestError)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    assert errors.__doc__ is not None
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.QuickBooksError):
            assert name in errors.__doc__
            assert value.__doc__


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param("Ung\u00fcltiger Name".encode("latin-1"), "Ung\ufffdltiger Name", id="not UTF-8"),
        pytest.param(b"Name \\ud83d", "Name \ufffd", id="half an emoji"),
        pytest.param(b"Name \\ud83d\\ude00", "Name \U0001f600", id="a whole one"),
    ],
)
def test_the_code_of_a_fault_does_not_depend_on_the_characters_of_its_message(sent: bytes, told: str) -> None:
    fault = parse_fault(b'{"Fault":{"Error":[{"Message":"' + sent + b'","code":"6240"}],"type":"ValidationFault"}}')
    assert fault is not None
    assert (fault.code, fault.message) == ("6240", told)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"Fault":{"Error":[{"code":1' + b"0" * 5000 + b"}]}}", id="no number"),
        pytest.param(b'{"Fault":' + b"[" * 990 + b"]" * 990 + b"}", id="deep"),
        pytest.param(b'{"a":' * 3000 + b"1" + b"}" * 3000, id="deeper"),
    ],
)
def test_what_cannot_be_read_is_no_fault(body: bytes) -> None:
    assert parse_fault(body) is None
