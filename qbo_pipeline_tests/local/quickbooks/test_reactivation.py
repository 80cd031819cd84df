"""Records of lists go inactive and come back; what was deleted does not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import Caller, Record
from qbo_pipeline_tests.local.quickbooks.trading_company import AMY, BILL, CARS, HOURS, INCOME, sold, trading_company


@pytest.fixture
def company(service: LocalQuickBooks, caller: Caller) -> Caller:
    service.add_company(trading_company())
    return caller


def code(answer: httpx.Response) -> str:
    found: str = answer.json()["Fault"]["Error"][0]["code"]
    return found


def update(company: Caller, entity: str, identity: str, token: str, **values: Any) -> httpx.Response:
    return company.post(entity.lower(), {"Id": identity, "SyncToken": token, "sparse": True, **values})


@pytest.mark.parametrize(
    ("entity", "identity", "key"),
    [("Customer", CARS, "DisplayName"), ("Account", INCOME, "Name"), ("Item", HOURS, "Name"), ("Class", "91", "Name")],
)
def test_names_carry_the_mark_while_a_record_is_inactive_and_drop_it_after(
    company: Caller, entity: str, identity: str, key: str
) -> None:
    before = company.read(entity, identity)
    gone = update(company, entity, identity, "0", Active=False).json()[entity]
    assert gone[key] == f"{before[key]} (deleted)"
    assert gone["FullyQualifiedName"] == f"{before['FullyQualifiedName']} (deleted)"
    back = update(company, entity, identity, "1", Active=True).json()[entity]
    assert (back[key], back["Active"], back["SyncToken"]) == (before[key], True, "2")


def test_a_record_that_is_sent_back_as_it_was_read_does_not_keep_the_mark(company: Caller) -> None:
    gone = update(company, "Customer", CARS, "0", Active=False).json()["Customer"]
    back = company.post("customer", gone | {"Active": True, "sparse": False}).json()["Customer"]
    assert (back["DisplayName"], back["FullyQualifiedName"]) == ("Cool Cars", "Cool Cars")


def test_documents_keep_their_customer_when_it_goes_but_get_no_new_one(company: Caller) -> None:
    body = {"CustomerRef": {"value": AMY}, "Line": [sold(10)]}
    invoice = company.post("invoice", body).json()["Invoice"]
    update(company, "Customer", AMY, "0", Active=False)

    assert company.read("Invoice", invoice["Id"])["CustomerRef"]["value"] == AMY
    assert update(company, "Invoice", invoice["Id"], "0", PrivateNote="Kept").status_code == 200
    assert code(company.post("invoice", body)) == "610"
    update(company, "Customer", AMY, company.read("Customer", AMY)["SyncToken"], Active=True)
    assert company.post("invoice", body).status_code == 200


def test_a_name_that_was_given_away_meanwhile_stays_taken(company: Caller) -> None:
    update(company, "Customer", CARS, "0", Active=False)
    assert company.post("customer", {"DisplayName": "Cool Cars"}).status_code == 200
    assert code(update(company, "Customer", CARS, "1", Active=True)) == "6240"
    renamed = update(company, "Customer", CARS, "1", Active=True, DisplayName="Cooler Cars").json()["Customer"]
    assert renamed["DisplayName"] == "Cooler Cars"


def test_change_data_capture_shows_an_inactive_record_whole(company: Caller) -> None:
    gone = update(company, "Customer", BILL, "0", Active=False).json()["Customer"]
    since = gone["MetaData"]["LastUpdatedTime"]
    answer = company.http.get("cdc", params={"entities": "Customer", "changedSince": since}).json()
    changed: list[Record] = answer["CDCResponse"][0]["QueryResponse"][0]["Customer"]
    assert [one for one in changed if one["Id"] == BILL] == [gone]


@pytest.mark.parametrize("again", [{}, {"sparse": True}, {"Active": True, "sparse": True}])
def test_what_was_deleted_cannot_be_written_again(company: Caller, again: Record) -> None:
    body = {"CustomerRef": {"value": AMY}, "Line": [sold(10)]}
    invoice = company.post("invoice", body).json()["Invoice"]
    token = {"Id": invoice["Id"], "SyncToken": "0"}
    company.post("invoice?operation=delete", token)
    assert company.post("invoice", {**body, **token, **again}).status_code == 400
    assert company.http.get(f"invoice/{invoice['Id']}").json()["Fault"]["Error"][0]["code"] == "610"
    assert code(company.post("invoice?operation=delete", token)) == "610"
