"""Transactions that recur: templates wrapped in their type, which post nothing."""

from __future__ import annotations

from typing import Any

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record
from qbo_pipeline_tests.local.quickbooks.trading_company import AMY, HOURS, TIM, sold, spent, trading_company

MONTHLY = {
    "Name": "Retainer",
    "RecurType": "Automated",
    "ScheduleInfo": {"IntervalType": "Monthly", "NumInterval": 1, "DayOfMonth": 1, "NextDate": "2026-03-01"},
}


@pytest.fixture
def company(service: LocalQuickBooks, caller: Caller) -> Caller:
    service.add_company(trading_company())
    return caller


def made(company: Caller, kind: str = "Invoice", **values: Any) -> Record:
    party = {"CustomerRef": {"value": AMY}} if kind == "Invoice" else {"VendorRef": {"value": TIM}}
    lines = [sold(100)] if kind == "Invoice" else [spent(40)]
    sent = {kind: {**party, "Line": lines, "RecurringInfo": MONTHLY, **values}}
    answer = company.post("recurringtransaction", sent)
    assert answer.status_code == 200, answer.text
    [(found, template)] = answer.json()["RecurringTransaction"].items()
    assert found == kind
    record: Record = template
    return record


def test_a_template_is_completed_as_its_transaction_would_be(company: Caller) -> None:
    template = made(company)
    assert template["RecurringInfo"] == {"Active": True, **MONTHLY}
    assert template["RecurDataRef"] == {"value": "1"}
    assert (template["TotalAmt"], template["SyncToken"], template["domain"]) == (100, "0", "QBO")
    assert template["CustomerRef"]["name"] == "Amy's Bird Sanctuary"
    assert [line["DetailType"] for line in template["Line"]] == ["SalesItemLineDetail", "SubTotalLineDetail"]
    assert not {"Balance", "DocNumber"} & template.keys()


def test_it_is_read_and_found_in_its_wrapping(company: Caller) -> None:
    bill = made(company, "Bill")
    assert company.read("RecurringTransaction", bill["Id"]) == {"Bill": bill}
    assert company.query("SELECT * FROM RecurringTransaction")["RecurringTransaction"] == [{"Bill": bill}]


def test_it_posts_nothing_and_nobody_owes_it(company: Caller) -> None:
    made(company)
    assert list(CompanyBooks(company.service.store, REALM).transactions()) == []
    assert company.read("Customer", AMY)["Balance"] == 0


def test_it_is_changed_as_a_whole_or_in_parts(company: Caller) -> None:
    template = made(company)
    part = {"Id": template["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "Yearly from now on"}
    changed = company.post("recurringtransaction", {"Invoice": part}).json()["RecurringTransaction"]["Invoice"]
    assert (changed["PrivateNote"], changed["SyncToken"], changed["TotalAmt"]) == ("Yearly from now on", "1", 100)
    assert changed["RecurDataRef"] == template["RecurDataRef"]
    whole = {**changed, "Line": [sold(55, HOURS)], "RecurringInfo": {**MONTHLY, "Active": False}}
    again = company.post("recurringtransaction", {"Invoice": whole}).json()["RecurringTransaction"]["Invoice"]
    assert (again["TotalAmt"], again["RecurringInfo"]["Active"]) == (55, False)
    stale = company.post("recurringtransaction", {"Invoice": part})
    assert stale.json()["Fault"]["Error"][0]["code"] == "5010"


@pytest.mark.parametrize("wrapped", [True, False])
def test_it_is_deleted_and_change_data_capture_says_so(company: Caller, wrapped: bool) -> None:
    template = made(company)
    token = {"Id": template["Id"], "SyncToken": "0"}
    answer = company.post("recurringtransaction?operation=delete", {"Invoice": token} if wrapped else token)
    stub = {"domain": "QBO", "status": "Deleted", "Id": template["Id"]}
    assert answer.json()["RecurringTransaction"] == ({"Invoice": stub} if wrapped else stub)
    since = template["MetaData"]["LastUpdatedTime"]
    query = {"entities": "RecurringTransaction", "changedSince": since}
    [changed] = company.http.get("cdc", params=query).json()["CDCResponse"][0]["QueryResponse"]
    assert [one["status"] for one in changed["RecurringTransaction"]] == ["Deleted"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"Invoice": {"CustomerRef": {"value": AMY}}}, "2020"),
        ({"Invoice": {"CustomerRef": {"value": "999"}, "Line": [{}], "RecurringInfo": MONTHLY}}, "610"),
        ({"Invoice": {"RecurringInfo": MONTHLY}}, "2020"),
        ({"Payment": {"RecurringInfo": MONTHLY}}, "2010"),
        ({}, "2020"),
        ({"Invoice": []}, "2020"),
        ({"Invoice": {"Nonsense": 1, "RecurringInfo": MONTHLY}}, "2010"),
    ],
)
def test_what_is_no_template_is_refused(company: Caller, sent: Record, code: str) -> None:
    answer = company.post("recurringtransaction", sent)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, code)


def test_a_merged_customer_is_the_other_one_in_templates(company: Caller) -> None:
    template = made(company)
    company.service.writer.merge(REALM, "Customer", AMY, "4")
    held = company.read("RecurringTransaction", template["Id"])["Invoice"]
    assert held["CustomerRef"] == {"value": "4", "name": "Cool Cars"}
