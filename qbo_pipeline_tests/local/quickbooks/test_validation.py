"""What is refused, in the words of the real service."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qbo_pipeline_tests.local.quickbooks.small_books import Caller, Record

GONE = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
NOTHING = [{"DetailType": "DescriptionOnly"}]
"""Lines of a form that asks for nothing."""


def error(answer: httpx.Response) -> Record:
    assert answer.status_code == 400
    fault = answer.json()["Fault"]
    assert fault["type"] == "ValidationFault"
    assert answer.headers["content-type"] == "application/json"
    [found] = fault["Error"]
    only: Record = found
    return only


def test_an_old_sync_token_is_stale(caller: Caller) -> None:
    fault = error(caller.post("invoice", {"Id": "11", "SyncToken": "7", "sparse": True}))
    assert (fault["code"], fault["Message"], fault["element"]) == ("5010", "Stale Object Error", "")
    assert fault["Detail"].startswith("Stale Object Error : You and ")
    assert caller.read("Invoice", "11")["SyncToken"] == "0"


@pytest.mark.parametrize("body", [{"Id": "999", "SyncToken": "0"}, {"Id": "10", "SyncToken": "0", "sparse": True}])
def test_what_is_not_there_is_not_found(caller: Caller, body: Record) -> None:
    expected = {"Message": "Object Not Found", "Detail": GONE, "code": "610", "element": ""}
    assert error(caller.post("invoice", body)) == expected
    assert error(caller.http.get(f"invoice/{body['Id']}")) == expected


@pytest.mark.parametrize("customer", ["5", "999"])
def test_an_inactive_or_missing_customer_cannot_be_used(caller: Caller, customer: str) -> None:
    assert error(caller.post("invoice", {"CustomerRef": {"value": customer}, "Line": NOTHING}))["code"] == "610"


@pytest.mark.parametrize("supplied", ["1.5", "abc"])
def test_ids_are_numbers(caller: Caller, supplied: str) -> None:
    fault = error(caller.http.get(f"customer/{supplied}"))
    detail = f"Id should be a valid number. Supplied value:{supplied}"
    assert fault == {"Message": "Invalid ID", "Detail": detail, "code": "2030", "element": "Id"}
    assert error(caller.post("customer", {"Id": supplied, "SyncToken": "0"}))["code"] == "2030"


@pytest.mark.parametrize("path", ["customer/1/5", "nothing/1"])
def test_paths_that_lead_nowhere_are_unsupported(caller: Caller, path: str) -> None:
    fault = error(caller.http.get(path))
    assert (fault["code"], fault["Message"]) == ("500", "Unsupported Operation")
    assert fault["Detail"].startswith("Operation Could not find resource for relative : /v3/company/")


def test_a_property_the_entity_does_not_have_is_named(caller: Caller) -> None:
    fault = error(caller.post("invoice", {"BadJson": True}))
    assert (fault["code"], fault["Message"]) == ("2010", "Request has invalid or unsupported property")
    assert fault["Detail"].startswith(
        'Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice), '
    )


@pytest.mark.parametrize("content", ["{", "[1, 2]", "", '"text"'])
@pytest.mark.parametrize("path", ["invoice", "batch"])
def test_a_body_that_is_no_object_is_refused(caller: Caller, path: str, content: str) -> None:
    assert error(caller.http.post(path, content=content))["code"] == "2010"


@pytest.mark.parametrize(("entity", "name"), [("customer", "cool cars"), ("vendor", "Cool Cars")])
def test_customers_vendors_and_employees_share_their_names(caller: Caller, entity: str, name: str) -> None:
    expected = {"code": "6240", "Message": "Duplicate Name Exists Error"}
    detail = "The name supplied already exists. : null"
    assert error(caller.post(entity, {"DisplayName": name})) == expected | {"Detail": detail}


def test_a_person_needs_a_name(caller: Caller) -> None:
    fault = error(caller.post("customer", {"Notes": "nobody"}))
    assert fault["code"] == "6000"
    assert fault["Message"] == "A business validation error has occurred while processing your request"


def test_a_document_number_is_given_once_per_kind(caller: Caller) -> None:
    fault = error(caller.post("invoice", {"CustomerRef": {"value": "2"}, "DocNumber": "1012", "Line": NOTHING}))
    assert fault["code"] == "6140"
    assert fault["Detail"].endswith("DocNumber=1012 is assigned to TxnType=Invoice with TxnId=12")
    other = {"CustomerRef": {"value": "2"}, "DocNumber": "1012", "Line": NOTHING}
    assert caller.post("estimate", other).status_code == 200


def test_a_closed_period_does_not_change(caller: Caller) -> None:
    closed = {"Id": "1", "SyncToken": "0", "sparse": True, "AccountingInfoPrefs": {"BookCloseDate": "2025-12-31"}}
    assert caller.post("preferences", closed).status_code == 200
    for attempt in (
        caller.post("invoice", {"CustomerRef": {"value": "2"}, "TxnDate": "2025-12-31", "Line": NOTHING}),
        caller.post("invoice", {"Id": "13", "SyncToken": "0", "sparse": True, "TxnDate": "2026-02-01"}),
        caller.post("invoice?operation=delete", {"Id": "13", "SyncToken": "0"}),
        caller.post("invoice?operation=void", {"Id": "13", "SyncToken": "0"}),
    ):
        fault = error(attempt)
        assert (fault["code"], fault["Message"]) == ("6210", "Account Period Closed, Cannot Update Through Services")
    open_ = {"CustomerRef": {"value": "2"}, "TxnDate": "2026-01-01", "Line": NOTHING}
    assert caller.post("invoice", open_).status_code == 200


def _entry(debit: float, credit: float) -> dict[str, Any]:
    lines = [
        {
            "Amount": amount,
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}},
        }
        for amount, kind, account in ((debit, "Debit", "7"), (credit, "Credit", "8"))
    ]
    return {"Line": lines}


def test_a_journal_entry_balances(caller: Caller) -> None:
    assert error(caller.post("journalentry", _entry(10, 9.99)))["code"] == "6000"
    entry = caller.post("journalentry", _entry(10, 10)).json()["JournalEntry"]
    assert [line["Id"] for line in entry["Line"]] == ["0", "1"]


@pytest.mark.parametrize(
    ("kind", "party", "name"), [("Accounts Receivable", "customer", "2"), ("Accounts Payable", "vendor", "6")]
)
def test_a_journal_entry_says_whose_receivables_and_payables_it_is_about(
    caller: Caller, kind: str, party: str, name: str
) -> None:
    account = caller.post("account", {"Name": kind, "AccountType": kind}).json()["Account"]["Id"]
    entry = _entry(10, 10)
    entry["Line"][0]["JournalEntryLineDetail"]["AccountRef"] = {"value": account}
    fault = error(caller.post("journalentry", entry))
    assert fault["code"] == "6000"
    assert fault["Detail"].endswith(f"When you use {kind}, you must choose a {party} in the Name field.")
    named = {"Type": party.title(), "EntityRef": {"value": name}}
    entry["Line"][0]["JournalEntryLineDetail"]["Entity"] = named
    assert caller.post("journalentry", entry).status_code == 200


@pytest.mark.parametrize("operation", ["explode", "void"])
def test_operations_an_entity_does_not_have_are_unsupported(caller: Caller, operation: str) -> None:
    fault = error(caller.post(f"estimate?operation={operation}", {"Id": "15", "SyncToken": "0"}))
    assert (fault["code"], fault["Message"]) == ("500", "Unsupported Operation")


def _pays(amount: float, kind: str, identity: str) -> Record:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


def _payment(total: float, *lines: Record) -> Record:
    return {"CustomerRef": {"value": "2"}, "TotalAmt": total, "Line": list(lines)}


@pytest.mark.parametrize("kind", ["Invoice", "CreditMemo", "JournalEntry"])
def test_a_payment_pays_what_there_is(caller: Caller, kind: str) -> None:
    owed = caller.read("Customer", "2")["Balance"]
    assert error(caller.post("payment", _payment(30, _pays(30, kind, "999"))))["code"] == "610"
    assert caller.read("Customer", "2")["Balance"] == owed


@pytest.mark.parametrize(
    ("total", "applied"),
    [(500, [(100.01, "11")]), (50, [(100, "11")]), (500, [(60, "11"), (60, "11")]), (100, [(60, "11"), (60, "12")])],
)
def test_a_payment_pays_what_is_open_and_has_the_money_for_it(
    caller: Caller, total: float, applied: list[tuple[float, str]]
) -> None:
    lines = [_pays(amount, "Invoice", identity) for amount, identity in applied]
    assert error(caller.post("payment", _payment(total, *lines)))["code"] == "6000"
    assert (caller.read("Invoice", "11")["Balance"], caller.read("Invoice", "12")["Balance"]) == (100, 133.5)


def test_a_changed_payment_may_keep_what_it_pays(caller: Caller) -> None:
    """What it had settled before is open to it."""
    payment = caller.post("payment", _payment(100, _pays(100, "Invoice", "11"))).json()["Payment"]
    sent = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    lines = [_pays(100, "Invoice", "11"), _pays(20, "Invoice", "12")]
    assert error(caller.post("payment", {**sent, "Line": lines}))["code"] == "6000"
    assert caller.post("payment", {**sent, "TotalAmt": 120, "Line": lines}).status_code == 200
    assert (caller.read("Invoice", "11")["Balance"], caller.read("Invoice", "12")["Balance"]) == (0, 113.5)


@pytest.mark.parametrize("line", [{"Amount": 10}, {"Amount": 10, "LinkedTxn": []}])
def test_a_line_of_a_bill_payment_says_what_it_pays(caller: Caller, line: Record) -> None:
    how = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "7"}}}
    fault = error(caller.post("billpayment", {"VendorRef": {"value": "6"}, **how, "TotalAmt": 10, "Line": [line]}))
    assert (fault["code"], fault["Detail"]) == ("2020", "Required parameter LinkedTxn is missing in the request")


def _sold(amount: float, quantity: float, price: float) -> Record:
    detail = {"ItemRef": {"value": "1"}, "Qty": quantity, "UnitPrice": price}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


@pytest.mark.parametrize(
    ("line", "supplied"), [(_sold(1000, 7, 225), "1,000"), (_sold(1861.07, 128.35, 14.5), "1,861.07")]
)
def test_a_line_is_quantity_times_price(caller: Caller, line: Record, supplied: str) -> None:
    fault = error(caller.post("invoice", {"CustomerRef": {"value": "2"}, "Line": [line]}))
    assert (fault["code"], fault["element"]) == ("6070", "Line.Amount")
    assert fault["Detail"] == f"Amount is not equal to UnitPrice * Qty. Supplied value:{supplied}"


@pytest.mark.parametrize(
    "line", [_sold(1861.08, 128.35, 14.5), _sold(100, 3, 33.333333), _sold(-1.13, -0.5, 2.25), _sold(100, 1, 0)]
)
def test_the_product_is_rounded_to_the_cent(caller: Caller, line: Record) -> None:
    assert caller.post("invoice", {"CustomerRef": {"value": "2"}, "Line": [line]}).status_code == 200
