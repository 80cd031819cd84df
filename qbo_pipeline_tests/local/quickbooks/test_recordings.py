"""The service beside recordings of the real one: the values of faults and of what writes leave behind.

That every answer has the recorded shape, and every read the recorded values, is test_recorded_shapes' business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.entities import ALL
from qbo_pipeline.local.quickbooks.properties import properties
from qbo_pipeline_tests.local.quickbooks.small_books import Caller, Record, SmallBooks

RECORDINGS = Path(__file__).parents[4] / "shared" / "data" / "quickbooks_recordings"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"no recordings in {RECORDINGS}")


def recorded(name: str, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDINGS / f"spec__vcr__{name}__{number}.json").read_text())
    return found


def records() -> Iterator[tuple[str, Record]]:
    """Every record of every recorded answer, with its entity."""
    for path in sorted(RECORDINGS.glob("spec__vcr__*.json")):
        body = json.loads(path.read_text()).get("body")
        if not isinstance(body, dict):
            continue
        answers = [body, body.get("QueryResponse", {})]
        answers += [part for one in body.get("CDCResponse", []) for part in one.get("QueryResponse", [])]
        answers += body.get("BatchItemResponse", [])
        for answer in answers:
            for entity, value in answer.items():
                if entity in ALL:
                    for record in value if isinstance(value, list) else [value]:
                        yield entity, record


@pytest.fixture
def company(service: LocalQuickBooks) -> Iterator[Caller]:
    """A company of all that was recorded: the newest of each record, deleted ones left out."""
    newest: dict[tuple[str, str], Record] = {}
    for entity, record in records():
        if "MetaData" not in record:
            continue
        content = {
            key: value.removesuffix(" (deleted)") if isinstance(value, str) else value for key, value in record.items()
        }
        known = newest.get((entity, record["Id"]))
        if known is None or int(known["SyncToken"]) <= int(content["SyncToken"]):
            newest[entity, record["Id"]] = content
    service.add_company(SmallBooks(records=[(entity, one) for (entity, _), one in newest.items()]))
    caller = Caller(service)
    with caller.http:
        yield caller


def replay(caller: Caller, name: str, number: int = 0) -> httpx.Response:
    """Send a recorded request to the local service."""
    request = recorded(name, number)["request"]
    url = httpx.URL(request["uri"])
    path = url.raw_path.decode().split("/v3/", 1)[1].removeprefix("company/-COMPANY_ID-/")
    return caller.http.request(request["method"], path, content=request["body"])


def shape(value: Any) -> Any:
    """Keys and kinds of a JSON value; lists by the union of what is in them."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_every_recorded_property_is_known() -> None:
    unknown = {(entity, name) for entity, record in records() for name in record if name not in properties(entity)}
    assert unknown == set()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("error__400", 1),
        ("error__validation", 0),
        ("error__400_json", 0),
        ("error__500", 0),
        ("error__500", 1),
    ],
)
def test_faults_are_the_recorded_ones(company: Caller, name: str, number: int) -> None:
    if name == "error__validation":
        company.post("customer", {"DisplayName": "Weiskopf Consulting"})
    answer, expected = replay(company, name, number), recorded(name, number)
    assert answer.status_code == expected["status"]["code"]
    body = expected["body"] if isinstance(expected["body"], dict) else json.loads(expected["body"])
    [mine], [theirs] = answer.json()["Fault"]["Error"], body["Fault"]["Error"]
    assert set(mine) == set(theirs)
    for key in ("Message", "code", "element"):
        assert mine.get(key) == theirs.get(key)
    assert mine["Detail"][:20] == theirs["Detail"][:20]
    if "path" not in mine["Detail"] and "known properties" not in mine["Detail"]:
        assert mine["Detail"] == theirs["Detail"]
    assert answer.json()["Fault"]["type"] == body["Fault"]["type"]
    assert answer.headers["content-type"] == expected["headers"]["Content-Type"][0]


def test_a_batch_answers_and_fails_as_recorded(company: Caller) -> None:
    answer, expected = replay(company, "batch__basic").json(), recorded("batch__basic")["body"]
    for mine, theirs in zip(answer["BatchItemResponse"], expected["BatchItemResponse"], strict=True):
        assert mine["bId"] == theirs["bId"]
    faults = [
        [(one["Fault"]["Error"][0]["code"], one["Fault"]["Error"][0]["Message"]) for one in items if "Fault" in one]
        for items in (answer["BatchItemResponse"], expected["BatchItemResponse"])
    ]
    assert faults[0][-1:] == faults[1][-1:]


def test_a_created_customer_has_no_member_that_was_not_recorded(company: Caller) -> None:
    company.service.add_company(SmallBooks())
    mine, theirs = replay(company, "create__customer").json()["Customer"], recorded("create__customer")["body"]
    assert set(mine) <= set(theirs["Customer"])
    assert {key: mine[key] for key in ("FullyQualifiedName", "DisplayName", "PrintOnCheckName", "Active")} == {
        key: theirs["Customer"][key] for key in ("FullyQualifiedName", "DisplayName", "PrintOnCheckName", "Active")
    }


def test_a_created_invoice_has_lines_and_amounts_as_recorded(service: LocalQuickBooks, caller: Caller) -> None:
    body = json.loads(recorded("create__invoice")["request"]["body"]) | {"CustomerRef": {"value": "2"}}
    mine, theirs = caller.post("invoice", body).json()["Invoice"], recorded("create__invoice")["body"]["Invoice"]
    assert set(mine) <= set(theirs)
    assert [sorted(one) for one in mine["Line"]] == [sorted(one) for one in theirs["Line"]]
    for key in ("TotalAmt", "Balance", "LinkedTxn", "TxnTaxDetail"):
        assert mine[key] == theirs[key]


def test_a_deleted_and_a_voided_invoice_answer_as_recorded(service: LocalQuickBooks, caller: Caller) -> None:
    deleted = caller.post("invoice?operation=delete", {"Id": "11", "SyncToken": "0"}).json()
    assert shape(deleted) == shape(recorded("delete__invoice", 1)["body"])
    before, after = recorded("void__invoice", 0)["body"]["Invoice"], recorded("void__invoice", 1)["body"]["Invoice"]
    service.add_company(SmallBooks(records=[("Invoice", before)]))
    mine = caller.post("invoice?operation=void", {"Id": "264", "SyncToken": "0"}).json()["Invoice"]
    assert mine | {"MetaData": None} == after | {"MetaData": None}


def test_updates_change_what_the_recorded_ones_changed(service: LocalQuickBooks, caller: Caller) -> None:
    for name, entity in (("update__customer", "Customer"), ("update__sales_receipt", "SalesReceipt")):
        before, after = recorded(name, 0)["body"][entity], recorded(name, 1)["body"][entity]
        service.add_company(SmallBooks(records=[(entity, before)]))
        mine = replay(caller, name, 1).json()[entity]
        assert mine | {"MetaData": None} == after | {"MetaData": None}
    for name, entity in (("deactivate__account", "Account"), ("deactivate__employee", "Employee")):
        before, after = recorded(name, 0)["body"][entity], recorded(name, 1)["body"][entity]
        content = {key: one.removesuffix(" (deleted)") if isinstance(one, str) else one for key, one in before.items()}
        service.add_company(SmallBooks(records=[(entity, content)]))
        assert replay(caller, name, 1).json()[entity] == after
