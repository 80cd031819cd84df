"""Batches: thirty operations, each answered or refused for itself."""

from __future__ import annotations

from typing import Any

import pytest

from qbo_pipeline_tests.local.quickbooks.small_books import Caller


def test_every_item_answers_or_fails_for_itself(caller: Caller) -> None:
    items = [
        {"bId": "bid1", "operation": "create", "Vendor": {"DisplayName": "Boraski Family Store"}},
        {"bId": "bid2", "operation": "delete", "Invoice": {"Id": "129", "SyncToken": "0"}},
        {"bId": "bid3", "operation": "update", "Customer": {"Id": "3", "SyncToken": "5", "sparse": True}},
        {"bId": "bid4", "Query": "select * from Invoice where TotalAmt > '120.00'"},
        {"bId": "bid5", "Query": "select * from Nothing"},
        {"bId": "bid6", "operation": "delete", "Invoice": {"Id": "11", "SyncToken": "0"}},
        {"bId": "bid7", "operation": "create", "Nonsense": {}},
    ]
    response = caller.post("batch", {"BatchItemRequest": items})
    assert response.status_code == 200
    assert list(response.json()) == ["BatchItemResponse", "time"]
    answers = {item["bId"]: item for item in response.json()["BatchItemResponse"]}
    assert list(answers) == [f"bid{number}" for number in range(1, 8)]
    assert answers["bid1"]["Vendor"]["DisplayName"] == "Boraski Family Store"
    codes = {name: item["Fault"]["Error"][0]["code"] for name, item in answers.items() if "Fault" in item}
    assert codes == {"bid2": "610", "bid3": "5010", "bid5": "4001", "bid7": "500"}
    assert answers["bid3"]["Fault"]["type"] == "ValidationFault"
    assert [invoice["Id"] for invoice in answers["bid4"]["QueryResponse"]["Invoice"]] == ["12"]
    assert answers["bid6"]["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": "11"}
    assert caller.query("SELECT count(*) FROM Invoice") == {"totalCount": 3}


def test_a_batch_of_more_than_thirty_is_refused_whole(caller: Caller) -> None:
    items = [{"bId": str(number), "Query": "select count(*) from Invoice"} for number in range(31)]
    refused = caller.post("batch", {"BatchItemRequest": items})
    assert refused.status_code == 400
    assert refused.json()["Fault"]["Error"][0]["code"] == "1040"
    done = caller.post("batch", {"BatchItemRequest": items[:30]}).json()["BatchItemResponse"]
    assert [item["QueryResponse"]["totalCount"] for item in done] == [4] * 30


@pytest.mark.parametrize("body", [{"BatchItemRequest": ["x"]}, {"BatchItemRequest": {}}, {}])
def test_a_batch_that_is_none_is_refused(caller: Caller, body: dict[str, Any]) -> None:
    answer = caller.post("batch", body)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "2010")


def test_an_item_may_void(caller: Caller) -> None:
    """`optionsData` as Intuit's SDKs send it, or an operation of that name."""
    items = [
        {"bId": "1", "operation": "update", "optionsData": "void", "Invoice": {"Id": "11", "SyncToken": "0"}},
        {"bId": "2", "operation": "void", "Invoice": {"Id": "12", "SyncToken": "0"}},
        {"bId": "3", "operation": "update", "optionsData": "void", "Estimate": {"Id": "15", "SyncToken": "0"}},
    ]
    first, second, third = caller.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]
    for answer in (first, second):
        assert (answer["Invoice"]["TotalAmt"], answer["Invoice"]["PrivateNote"]) == (0, "Voided")
    assert third["Fault"]["Error"][0]["code"] == "500"
    assert caller.read("Customer", "2")["Balance"] == 100


def test_an_item_sees_what_those_before_it_did_and_a_refused_one_leaves_nothing(caller: Caller) -> None:
    items = [
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "First come"}},
        {"bId": "2", "operation": "create", "Customer": {"DisplayName": "first come"}},
        {"bId": "3", "operation": "create", "Customer": {"DisplayName": "Wrong", "ParentRef": "none"}},
        {"bId": "4", "Query": "select count(*) from Customer"},
        {"bId": "5", "operation": "create", "RecurringTransaction": {"Invoice": {"CustomerRef": {"value": "2"}}}},
        {"bId": "6", "operation": "update", "Customer": {"Id": "3", "SyncToken": "0", "sparse": True, "Notes": "n"}},
    ]
    answers = caller.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]
    codes = [item["Fault"]["Error"][0]["code"] if "Fault" in item else None for item in answers]
    assert codes == [None, "6240", "2010", None, "2020", None]
    assert answers[3]["QueryResponse"] == {"totalCount": 4}
    assert answers[5]["Customer"]["Notes"] == "n"


@pytest.mark.parametrize(
    "item",
    [
        {"Query": 5}, {"Invoice": "11"}, {"operation": {"x": 1}, "Invoice": {}}, {"operation": "create"}, {"Query": ""},
        {"operation": "delete", "Invoice": {"Id": {"value": "11"}}},
    ],
)  # fmt: skip
def test_an_item_that_is_none_is_refused_for_itself(caller: Caller, item: dict[str, Any]) -> None:
    good = {"bId": "good", "Query": "select count(*) from Invoice"}
    first, second = caller.post("batch", {"BatchItemRequest": [{"bId": "bad", **item}, good]}).json()[
        "BatchItemResponse"
    ]
    assert first["bId"] == "bad"
    assert first["Fault"]["type"] in ("ValidationFault", "SystemFault")
    assert second["QueryResponse"] == {"totalCount": 4}
