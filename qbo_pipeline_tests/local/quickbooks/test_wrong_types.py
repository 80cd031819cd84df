"""A value that is none of its property's type is a fault of the request, never a failure of the service."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.json_text import dumps, loads
from qbo_pipeline.local.quickbooks.typed_properties import typed
from qbo_pipeline_tests.local.quickbooks.nearly_right import CONTROL_ACCOUNTS, CUSTOMER, NESTED, nearly_right
from qbo_pipeline_tests.local.quickbooks.small_books import Caller, Record, SmallBooks, some_records

UNREADABLE = "Property Name:failed to parse json object; a property specified is unsupported or invalid"

WRONG: list[tuple[str, Record]] = [
    ("invoice", {"CustomerRef": CUSTOMER, "Line": {"Amount": 1}}),
    ("invoice", {"CustomerRef": CUSTOMER, "Line": [1]}),
    ("invoice", {"CustomerRef": CUSTOMER, "Line": [{"Amount": "ten"}]}),
    ("invoice", {"CustomerRef": CUSTOMER, "Line": [{"SalesItemLineDetail": {"Qty": {"value": 1}}}]}),
    ("invoice", {"CustomerRef": CUSTOMER, "TxnDate": "yesterday"}),
    ("invoice", {"CustomerRef": CUSTOMER, "TxnDate": "2026-02-30"}),
    ("invoice", {"CustomerRef": CUSTOMER, "TxnDate": 20260101}),
    ("invoice", {"CustomerRef": "2"}),
    ("invoice", {"CustomerRef": [CUSTOMER]}),
    ("invoice", {"CustomerRef": CUSTOMER, "DocNumber": {"value": "1"}}),
    ("invoice", {"CustomerRef": CUSTOMER, "TxnTaxDetail": {"TotalTax": "NaN"}}),
    ("payment", {"CustomerRef": CUSTOMER, "TotalAmt": 1e300}),
    ("customer", {"DisplayName": "Yes or no", "Active": "perhaps"}),
    ("term", {"Name": "Half", "DueDays": 1.5}),
    ("account", {"Name": "[object Object]", "ParentRef": "[object Object]"}),
]


def fault(answer: httpx.Response) -> Record:
    assert answer.status_code == 400, answer.text
    [found] = answer.json()["Fault"]["Error"]
    only: Record = found
    return only


@pytest.mark.parametrize(("path", "body"), WRONG, ids=[json.dumps(body)[:60] for _, body in WRONG])
def test_a_value_of_another_type_cannot_be_read(caller: Caller, path: str, body: Record) -> None:
    found = fault(caller.post(path, body))
    assert (found["code"], found["Detail"]) == ("2010", UNREADABLE)
    assert found["Message"] == "Request has invalid or unsupported property"


def test_numbers_and_flags_may_come_as_text_and_texts_as_numbers(caller: Caller) -> None:
    line = {"Amount": "12.50", "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": 1}}}
    body = {"CustomerRef": {"value": 2}, "DocNumber": 4711, "ApplyTaxAfterDiscount": "false", "Line": [line]}
    made = caller.post("invoice", body | {"TxnDate": "2026-02-01T00:00:00-08:00"}).json()["Invoice"]
    assert (made["DocNumber"], made["TotalAmt"], made["ApplyTaxAfterDiscount"]) == ("4711", 12.5, False)
    assert (made["TxnDate"], made["CustomerRef"]["value"]) == ("2026-02-01", "2")


def test_null_and_an_empty_reference_are_as_good_as_not_sent(caller: Caller) -> None:
    sent = {"Id": "3", "SyncToken": "0", "sparse": True, "Notes": "Kept", "PrimaryEmailAddr": None, "ParentRef": {}}
    changed = caller.post("customer", sent).json()["Customer"]
    assert changed["PrimaryEmailAddr"] == {"Address": "bill@windsurf.example"}
    assert "ParentRef" not in changed


@pytest.mark.parametrize(
    ("path", "body", "missing"),
    [
        ("invoice", {"Line": []}, "CustomerRef"),
        ("bill", {}, "VendorRef"),
        ("invoice", {"CustomerRef": CUSTOMER}, "Line"),
        ("salesreceipt", {"Line": []}, "Line"),
        ("payment", {"CustomerRef": CUSTOMER}, "TotalAmt"),
        ("budget", {"StartDate": "2026-01-01"}, "EndDate"),
        ("recurringtransaction", {"Invoice": {"CustomerRef": CUSTOMER, "Line": [{}]}}, "RecurringInfo"),
    ],
)
def test_what_is_required_is_named(caller: Caller, path: str, body: Record, missing: str) -> None:
    found = fault(caller.post(path, body))
    assert (found["code"], found["Detail"]) == ("2020", f"Required parameter {missing} is missing in the request")


def test_a_full_update_may_not_leave_out_what_is_required(caller: Caller) -> None:
    assert fault(caller.post("invoice", {"Id": "11", "SyncToken": "0", "PrivateNote": "?"}))["code"] == "2020"


@pytest.mark.parametrize("name", ["larkspur", "ironbark"])
def test_everything_that_real_records_hold_is_of_its_type(name: str) -> None:
    for entity, record in generate(name, scale=0.02).records:
        read = loads(dumps(record))
        assert typed(read) == read, entity


@pytest.fixture
def equipped(service: LocalQuickBooks, caller: Caller) -> Caller:
    """A company with the accounts that postings need."""
    service.add_company(SmallBooks(records=[*some_records(), *CONTROL_ACCOUNTS]))
    return caller


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=nearly_right(),
    operation=st.sampled_from(["", "", "", "?operation=delete", "?operation=void", "?operation=update&include=void"]),
)
def test_no_write_makes_the_service_fail(equipped: Caller, body: tuple[str, Record], operation: str) -> None:
    entity, record = body
    answer = equipped.http.post(f"{entity.lower()}{operation}", content=dumps(record))
    assert answer.status_code in (200, 400), answer.text
    assert ("Fault" in answer.json()) == (answer.status_code == 400)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=NESTED, path=st.sampled_from(["batch", "taxservice/taxcode", "invoice", "recurringtransaction", "upload"]))
def test_no_json_makes_the_service_fail(caller: Caller, body: Any, path: str) -> None:
    for sent in (body, {"BatchItemRequest": [body]}, {"BatchItemRequest": [{"Invoice": body, "operation": body}]}):
        assert caller.http.post(path, content=dumps(sent)).status_code in (200, 400)


@pytest.mark.parametrize(
    "content",
    [b"[" * 5000, b'{"a":' * 600 + b"1" + b"}" * 600, b'"\xff"', b'"\\ud800"', b'{"Id":' + b"9" * 5000 + b"}"],
)
def test_no_text_makes_the_service_fail(caller: Caller, content: bytes) -> None:
    assert fault(caller.http.post("customer", content=content))["code"] == "2010"


def test_objects_of_any_depth_are_read_or_refused() -> None:
    deep: Any = Decimal(1)
    for _ in range(300):
        deep = {"Unknown": deep}
    with pytest.raises(ServiceFaultError):
        typed({"Other": deep})
