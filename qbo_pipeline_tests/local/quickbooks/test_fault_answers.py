"""What faults make of the JSON of an answer."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks.injection.answers import (
    CHANGES,
    UNKNOWN,
    with_false_deletions,
    with_flipped_types,
    with_times_moved,
    with_unknown_fields,
)
from qbo_pipeline.local.quickbooks.injection.kinds import KINDS
from qbo_pipeline_tests.local.quickbooks.small_books import Record, customer, invoice

PAID: Record = {**invoice("12", "2026-02-02T09:00:00-08:00", total=Decimal("1.50")), "PrivateNote": "Paid"}
QUERY: Record = {
    "QueryResponse": {
        "Invoice": [invoice("11", "2026-02-01T09:00:00-08:00", total=100), PAID],
        "startPosition": 1,
        "maxResults": 2,
    },
    "time": "2026-05-05T05:16:21.718-07:00",
}
READ: Record = {"Invoice": invoice("11", "2026-02-01T09:00:00-08:00"), "time": "2026-05-05T05:16:21.718-07:00"}
STUB: Record = {
    "domain": "QBO",
    "status": "Deleted",
    "Id": "9",
    "MetaData": {"LastUpdatedTime": "2026-03-01T00:00:00-08:00"},
}
CHANGED: Record = {
    "CDCResponse": [
        {
            "QueryResponse": [
                {"Customer": [customer("2", "Amy"), customer("3", "Bill")], "startPosition": 1, "maxResults": 2},
                {},
                {"Invoice": [STUB, invoice("11", "2026-02-01T09:00:00-08:00")], "startPosition": 1, "maxResults": 2},
            ]
        }
    ],
    "time": "2026-05-05T05:16:21.718-07:00",
}
REPORT: Record = {"Header": {"Time": "2026-05-05T05:16:21-07:00", "ReportName": "TrialBalance"}, "Rows": {}}


def settings(kind: str, **asked: Any) -> dict[str, Any]:
    return {one.name: asked.get(one.name, one.default) for one in KINDS[kind].settings}


def first(answer: Any) -> Any:
    return answer["QueryResponse"]["Invoice"][0]


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("answer", [QUERY, READ, CHANGED, REPORT], ids=["query", "read", "cdc", "report"])
def test_an_answer_that_was_given_stays_as_it_is(kind: str, answer: Record) -> None:
    before = copy.deepcopy(answer)
    CHANGES[kind](answer, settings(kind))
    assert answer == before


@pytest.mark.parametrize(
    ("place", "grown"),
    [
        ("answer", {"answer"}),
        ("record", {"record"}),
        ("nested", {"nested", "nested in a line"}),
        ("line", {"line"}),
        ("everywhere", {"answer", "record", "nested", "nested in a line", "line"}),
    ],
)
def test_unknown_fields_come_where_they_are_asked_for(place: str, grown: set[str]) -> None:
    answer = with_unknown_fields(QUERY, settings("unknown_fields", place=place))
    record = first(answer)
    [line] = record["Line"]
    places = {
        "answer": answer,
        "record": record,
        "nested": record["CustomerRef"],
        "line": line,
        "nested in a line": line["SalesItemLineDetail"],
    }
    assert {name for name, one in places.items() if one.items() >= UNKNOWN.items()} == grown
    assert answer["QueryResponse"].keys() == QUERY["QueryResponse"].keys()


def test_without_its_unknown_fields_an_answer_is_the_one_it_was() -> None:
    def known(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: known(one) for name, one in value.items() if name not in UNKNOWN}
        return [known(one) for one in value] if isinstance(value, list) else value

    assert known(with_unknown_fields(CHANGED, settings("unknown_fields"))) == CHANGED


def test_numbers_come_as_texts_with_their_digits() -> None:
    answer = with_flipped_types(QUERY, settings("type_flips"))
    one, other = answer["QueryResponse"]["Invoice"]
    assert (one["TotalAmt"], other["TotalAmt"]) == ("100", "1.50")
    assert one["Line"][0]["LineNum"] == "1"
    assert one["sparse"] is False
    assert answer["QueryResponse"]["maxResults"] == 2


def test_whole_numbers_come_with_a_point() -> None:
    record = first(with_flipped_types(QUERY, settings("type_flips", flip="integer_as_float")))
    assert str(record["TotalAmt"]) == "100.0"
    assert record["Id"] == "11"


def test_texts_come_as_objects_but_for_those_that_make_a_record() -> None:
    record = first(with_flipped_types(QUERY, settings("type_flips", flip="text_as_object")))
    assert record["DocNumber"] == {"value": "1011"}
    assert record["CustomerRef"]["name"] == {"value": "Amy's Bird Sanctuary"}
    assert (record["Id"], record["SyncToken"], record["domain"]) == ("11", "0", "QBO")


def test_nulls_come_for_what_others_have_or_for_what_is_named() -> None:
    record = first(with_flipped_types(QUERY, settings("type_flips", flip="null_for_absent")))
    assert record["PrivateNote"] is None
    assert record["DocNumber"] == "1011"
    asked = settings("type_flips", flip="null_for_absent", property=("DueDate", "DocNumber"))
    read = with_flipped_types(READ, asked)["Invoice"]
    assert read["DueDate"] is None
    assert read["DocNumber"] == "1011"


def test_flips_may_be_of_named_properties_only() -> None:
    record = first(with_flipped_types(QUERY, settings("type_flips", property=("Balance",))))
    assert (record["Balance"], record["TotalAmt"]) == ("100", 100)


def test_changed_records_come_as_the_stubs_of_deletions() -> None:
    answer = with_false_deletions(CHANGED, settings("false_deletion"))
    customers, _, invoices = answer["CDCResponse"][0]["QueryResponse"]
    lying, true = customers["Customer"]
    assert lying == {
        "domain": "QBO",
        "status": "Deleted",
        "Id": "2",
        "MetaData": {"LastUpdatedTime": "2026-01-05T09:00:00-08:00"},
    }
    assert true["DisplayName"] == "Bill"
    assert invoices == CHANGED["CDCResponse"][0]["QueryResponse"][2]


@pytest.mark.parametrize(("entity", "count", "gone"), [("Invoice", 1, ["9", "11"]), (None, 9, ["2", "3", "9", "11"])])
def test_false_deletions_are_of_an_entity_and_as_many_as_asked(entity: str, count: int, gone: list[str]) -> None:
    answer = with_false_deletions(CHANGED, settings("false_deletion", entity=entity, count=count))
    [response] = answer["CDCResponse"]
    records = [
        one for part in response["QueryResponse"] for key in ("Customer", "Invoice") for one in part.get(key, [])
    ]
    assert [one["Id"] for one in records if one.get("status") == "Deleted"] == gone


def test_times_move_where_quickbooks_writes_them_and_dates_stay() -> None:
    answer = with_times_moved(QUERY, {"seconds": -3600.0})
    assert answer["time"] == "2026-05-05T04:16:21.718-07:00"
    assert first(answer)["MetaData"]["LastUpdatedTime"] == "2026-02-01T08:00:00-08:00"
    assert first(answer)["TxnDate"] == "2026-02-01"
    assert with_times_moved(REPORT, {"seconds": 60})["Header"]["Time"] == "2026-05-05T05:17:21-07:00"
    assert with_times_moved({"time": 1601391072830}, {"seconds": 1.5}) == {"time": 1601391074330}


@given(seconds=st.integers(-(10**7), 10**7))
def test_times_that_move_forth_and_back_are_where_they_were(seconds: int) -> None:
    moved = with_times_moved(CHANGED, {"seconds": seconds})
    assert with_times_moved(moved, {"seconds": -seconds}) == CHANGED
    assert (moved == CHANGED) == (seconds == 0)
