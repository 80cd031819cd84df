"""Pushed rows: what is kept of each type, what is refused, all or none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import Caller, error_of

BLANK = {"Key": None, "Amount": None, "Rate": None, "Count": None, "On": None, "Paid": None}


def kept(caller: Caller, row: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one row, without its blanks."""
    identity = caller.create()
    answer = caller.push(identity, [row])
    assert (answer.status_code, answer.content) == (200, b""), answer.text
    [found] = caller.power_bi.rows(identity, "Lines")
    return {name: value for name, value in found.items() if value is not None}


def test_rows_keep_the_types_of_their_columns(caller: Caller) -> None:
    row = {"Key": "1", "Amount": 12.5, "Rate": 1, "Count": 7, "On": "2026-01-31", "Paid": True}

    assert kept(caller, row) == {
        "Key": "1", "Amount": Decimal("12.5000"), "Rate": 1.0, "Count": 7, "On": datetime(2026, 1, 31), "Paid": True,
    }  # fmt: skip


def test_what_a_row_does_not_say_is_blank(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = caller.create()
    caller.push(identity, [{}, {"Key": None}])

    assert power_bi.rows(identity, "Lines") == [BLANK, BLANK]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(-(10**15), 10**15, places=6), min_size=1, max_size=20))
def test_decimals_are_exact_to_four_places_and_cut_off_there(caller: Caller, amounts: list[Decimal]) -> None:
    identity = caller.create()
    text = msgspec.json.Encoder(decimal_format="number").encode({"rows": [{"Amount": one} for one in amounts]})
    assert caller.http.post(f"datasets/{identity}/tables/Lines/rows", content=text).status_code == 200
    cut = [one.quantize(Decimal("0.0001"), ROUND_DOWN) for one in amounts]
    answer = caller.query(identity, 'EVALUATE ROW("s", SUM(Lines[Amount]))')
    [told] = msgspec.json.Decoder(float_hook=Decimal).decode(answer.content)["results"][0]["tables"][0]["rows"]

    assert [row["Amount"] for row in caller.power_bi.rows(identity, "Lines")] == cut
    assert Decimal(told["[s]"]) == sum(cut)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))
def test_times_are_kept_to_a_three_hundredth_of_a_second(caller: Caller, moment: datetime) -> None:
    found = kept(caller, {"On": moment.isoformat()})["On"]

    assert abs(found - moment) <= timedelta(seconds=1 / 600, microseconds=1)


def test_times_with_an_offset_are_utc(caller: Caller) -> None:
    assert kept(caller, {"On": "2026-01-31T20:00:00-08:00"}) == {"On": datetime(2026, 2, 1, 4)}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Key", 1), ("Key", "x" * 4001), ("Amount", "1.00"), ("Amount", True), ("Amount", 10**24), ("Rate", "1"),
        ("Rate", 1.7976931348623157e308), ("Count", 1.5), ("Count", 2**63 - 1), ("Count", -(2**63)), ("Count", True),
        ("On", "31.01.2026"), ("On", 20260131), ("Paid", 1), ("Paid", "true"), ("Nothing", 1),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_by_row_and_column(caller: Caller, column: str, value: object) -> None:
    identity = caller.create()
    answer = caller.push(identity, [{"Key": "fits"}, {column: value}])

    assert (answer.status_code, caller.count(identity)) == (400, 0)
    assert "Row 1" in error_of(answer)["message"]
    assert column in error_of(answer)["message"]


def test_unknown_columns_may_be_ignored(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(unknown_columns="ignored")

    assert kept(caller, {"Key": "a", "Nothing": 1}) == {"Key": "a"}


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"rows": {}}', b'{"rows": [1]}', b'{"rows": [], "more": 1}'])
def test_a_body_that_is_no_list_of_rows_is_refused(caller: Caller, body: bytes) -> None:
    identity = caller.create()

    assert caller.http.post(f"datasets/{identity}/tables/Lines/rows", content=body).status_code == 400


def test_more_than_ten_thousand_rows_are_too_large(caller: Caller) -> None:
    identity = caller.create()

    assert caller.push(identity, [{"Count": place} for place in range(10_000)]).status_code == 200
    answer = caller.push(identity, [{"Count": place} for place in range(10_001)])
    assert (answer.status_code, error_of(answer)["code"], caller.count(identity)) == (
        413, "RequestEntityTooLarge", 10_000,
    )  # fmt: skip


def test_more_than_sixteen_megabytes_are_too_large(caller: Caller) -> None:
    identity = caller.create()
    rows = [{"Key": "x" * 4000}] * 4200

    assert caller.push(identity, rows).status_code == 413
    assert caller.push(identity, rows[:4100]).status_code == 200


def test_deleting_rows_deletes_all_of_one_table(caller: Caller) -> None:
    identity = caller.create()
    caller.push(identity, [{"Key": "a"}, {"Key": "b"}])
    answer = caller.http.delete(f"datasets/{identity}/tables/Lines/rows")

    assert (answer.status_code, answer.content, caller.count(identity)) == (200, b"", 0)


def test_posts_that_come_together_are_all_in_and_queries_see_whole_ones(caller: Caller) -> None:
    identity = caller.create()
    rows = [{"Count": place} for place in range(200)]

    def push_and_count(_: int) -> tuple[int, int]:
        return caller.push(identity, rows).status_code, caller.count(identity) % len(rows)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(push_and_count, range(20)))

    assert (set(told), caller.count(identity)) == ({(200, 0)}, 4000)


def test_the_same_rows_pushed_again_are_there_twice(caller: Caller) -> None:
    identity = caller.create()
    for _ in range(2):
        caller.push(identity, [{"Key": "a"}])

    assert caller.count(identity) == 2
