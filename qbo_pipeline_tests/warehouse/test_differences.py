"""What differs between two versions of a record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.warehouse.differences import Difference, differences

AMY, BILL = {"value": "2", "name": "Amy"}, {"value": "3", "name": "Bill"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"DueDate": "1"}, {"DueDate": "2"}, Difference("DueDate", "1", "2"), id="a value"),
        pytest.param({}, {"PrivateNote": "new"}, Difference("PrivateNote", None, "new"), id="new"),
        pytest.param({"PrivateNote": "old"}, {}, Difference("PrivateNote", "old", None), id="gone"),
        pytest.param({"Ref": AMY}, {"Ref": BILL}, Difference("Ref", "Amy (2)", "Bill (3)"), id="a reference"),
        pytest.param(
            {"BillAddr": {"City": "A"}}, {"BillAddr": {"City": "B"}}, Difference("BillAddr.City", "A", "B"), id="nested"
        ),
        pytest.param(
            {"Line": [{"Id": "1", "Amount": 5}, {"Id": "2", "Amount": 7}]},
            {"Line": [{"Id": "2", "Amount": 8}, {"Id": "1", "Amount": 5}]},
            Difference("Line[2].Amount", "7", "8"),
            id="lines by Id, wherever they stand",
        ),
        pytest.param(
            {"Line": [{"Id": "1", "Amount": 5}]},
            {"Line": [{"Id": "1", "Amount": 5}, {"Id": "2", "Amount": 7, "Description": "More"}]},
            Difference("Line[2]", None, "Amount 7, Description More"),
            id="a new line",
        ),
        pytest.param(
            {"Line": [{"DetailType": "SubTotalLineDetail", "Amount": 5}]},
            {"Line": [{"DetailType": "SubTotalLineDetail", "Amount": 6}]},
            Difference("Line[SubTotalLineDetail].Amount", "5", "6"),
            id="the subtotal",
        ),
        pytest.param({"Active": True}, {"Active": False}, Difference("Active", "true", "false"), id="a flag"),
    ],
)  # fmt: skip
def test_a_change_is_named_with_what_was_and_what_is(
    before: dict[str, Any], after: dict[str, Any], expected: Difference
) -> None:
    assert differences(before, after) == (expected,)


def test_being_another_version_is_no_change() -> None:
    assert differences({"SyncToken": "0", "MetaData": {"x": 1}, "domain": "QBO"}, {"SyncToken": "1"}) == ()


def test_the_same_amount_in_other_digits_is_no_change() -> None:
    assert differences({"TotalAmt": 100}, {"TotalAmt": 100.0}) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.text(min_size=1), JSON, max_size=4)


@given(RECORDS, RECORDS)
def test_what_changed_there_and_back_is_the_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    there = {(one.path, one.before, one.after) for one in differences(before, after)}
    back = {(one.path, one.after, one.before) for one in differences(after, before)}
    assert there == back


@given(RECORDS)
def test_nothing_differs_from_itself(record: dict[str, Any]) -> None:
    assert differences(record, record) == ()
