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
    assert caller.post("batch", {"BatchItemRequest": items}).status_code == 400
    done = caller.post("batch", {"BatchItemRequest": items[:30]}).json()["BatchItemResponse"]
    assert [item["QueryResponse"]["totalCount"] for item in done] == [4] * 30


@pytest.mark.parametrize("body", [{"BatchItemRequest": ["x"]}, {"BatchItemRequest": {}}, {}])
def test_a_batch_that_is_none_is_refused(caller: Caller, body: dict[str, Any]) -> None:
    answer = caller.post("batch", body)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "2010")
