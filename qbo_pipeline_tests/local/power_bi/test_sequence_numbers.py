"""X-PowerBI-PushData-SequenceNumber, in the three ways in which the real service may take it."""

from __future__ import annotations

import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import LINES, Caller


def pushed(caller: Caller, dataset: str, number: int, table: str = "Lines") -> int:
    header = {"X-PowerBI-PushData-SequenceNumber": str(number)}
    return caller.push(dataset, [{"Count": number}], table, **header).status_code


def numbers(caller: Caller, dataset: str, table: str = "Lines") -> list[dict[str, object]]:
    found: list[dict[str, object]] = caller.http.get(f"datasets/{dataset}/tables/{table}/sequenceNumbers").json()[
        "value"
    ]
    return found


@pytest.mark.parametrize(
    ("mode", "status", "rows"), [("honoured", 200, [5, 9]), ("rejected", 400, [5, 9]), ("ignored", 200, [5, 5, 3, 9])]
)
def test_a_number_that_is_not_above_the_last(
    caller: Caller, power_bi: LocalPowerBI, mode: str, status: int, rows: list[int]
) -> None:
    power_bi.switch(sequence_numbers=mode)
    identity = caller.create()

    assert [pushed(caller, identity, number) for number in (5, 5, 3, 9)] == [200, status, status, 200]
    assert [row["Count"] for row in power_bi.rows(identity, "Lines")] == rows
    assert numbers(caller, identity) == [{"clientId": "local", "sequenceNumber": 9}]


def test_tables_have_numbers_of_their_own(caller: Caller) -> None:
    identity = caller.create(LINES, {**LINES, "name": "Other", "measures": []})

    assert [pushed(caller, identity, 5), pushed(caller, identity, 1, "Other")] == [200, 200]
    assert numbers(caller, identity, "Other") == [{"clientId": "local", "sequenceNumber": 1}]


def test_a_batch_that_is_refused_leaves_its_number_free(caller: Caller) -> None:
    identity = caller.create()
    header = {"X-PowerBI-PushData-SequenceNumber": "1"}

    assert caller.push(identity, [{"Nothing": 1}], **header).status_code == 400
    assert numbers(caller, identity) == []


def test_the_endpoint_may_not_be_there(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(sequence_endpoint=False)
    identity = caller.create()

    assert caller.http.get(f"datasets/{identity}/tables/Lines/sequenceNumbers").status_code == 404


def test_what_is_no_number_is_refused(caller: Caller) -> None:
    identity = caller.create()

    assert pushed(caller, identity, -1) == 400
