"""What a deposit takes to the bank shows it, and stays as it is until the deposit lets go of it; what its lines say."""

from __future__ import annotations

from typing import Any

import pytest

from qbo_pipeline_tests.local.quickbooks.small_books import Caller, Record

AMY = {"value": "2"}
CHECKING = {"value": "7"}


def made(caller: Caller, entity: str, **values: Any) -> Record:
    answer = caller.post(entity.lower(), values)
    assert answer.status_code == 200, answer.text
    record: Record = answer.json()[entity]
    return record


def received(caller: Caller, entity: str) -> Record:
    """Sixty dollars of Amy's."""
    kind = "SalesItemLineDetail"
    lines = [{"Amount": 60, "DetailType": kind, kind: {"ItemRef": {"value": "1"}}}]
    return made(caller, entity, CustomerRef=AMY, **({"TotalAmt": 60} if entity == "Payment" else {"Line": lines}))


def deposited(caller: Caller, *receipts: tuple[str, Record]) -> Record:
    lines = [{"Amount": 60, "LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind}]} for kind, one in receipts]
    return made(caller, "Deposit", DepositToAccountRef=CHECKING, Line=lines)


def version(record: Record) -> Record:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


@pytest.mark.parametrize("kind", ["Payment", "SalesReceipt"])
def test_a_receipt_shows_its_deposit_until_that_is_deleted(caller: Caller, kind: str) -> None:
    receipt = received(caller, kind)
    deposit = deposited(caller, (kind, receipt))
    shown = caller.read(kind, receipt["Id"])
    assert shown["LinkedTxn"] == [{"TxnId": deposit["Id"], "TxnType": "Deposit"}]
    assert shown["SyncToken"] == receipt["SyncToken"]
    assert caller.post("deposit?operation=delete", version(deposit)).status_code == 200
    assert "LinkedTxn" not in caller.read(kind, receipt["Id"])


def test_a_receipt_that_a_deposit_lets_go_of_shows_it_no_more(caller: Caller) -> None:
    one, other = received(caller, "Payment"), received(caller, "SalesReceipt")
    deposit = deposited(caller, ("Payment", one), ("SalesReceipt", other))
    made(caller, "Deposit", **version(deposit), sparse=True, Line=deposit["Line"][1:])
    assert "LinkedTxn" not in caller.read("Payment", one["Id"])
    assert "LinkedTxn" in caller.read("SalesReceipt", other["Id"])


@pytest.mark.parametrize("kind", ["Payment", "SalesReceipt"])
@pytest.mark.parametrize("operation", ["", "?operation=delete", "?operation=update&include=void"])
def test_what_was_deposited_does_not_change(caller: Caller, kind: str, operation: str) -> None:
    receipt = received(caller, kind)
    deposit = deposited(caller, (kind, receipt))
    body = {**version(receipt), "sparse": True, "PrivateNote": "Typed twice"}
    answer = caller.post(f"{kind.lower()}{operation}", body)
    assert answer.status_code == 400
    [error] = answer.json()["Fault"]["Error"]
    assert (error["code"], error["Message"]) == ("6540", "Deposited Transaction cannot be changed")
    assert caller.post("deposit?operation=delete", version(deposit)).status_code == 200
    assert caller.post(f"{kind.lower()}{operation}", body).status_code == 200


def test_a_line_of_a_deposit_says_what_it_takes_or_which_account_it_is_from(caller: Caller) -> None:
    line = {
        "Amount": 60,
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": {"Entity": {**AMY, "type": "CUSTOMER"}},
    }
    answer = caller.post("deposit", {"DepositToAccountRef": CHECKING, "Line": [line]})
    [error] = answer.json()["Fault"]["Error"]
    missing = "Required parameter Line.DepositLineDetail.AccountRef is missing in the request"
    assert (answer.status_code, error["code"], error["Detail"]) == (400, "2020", missing)
