"""The limits of push datasets, by a clock that tests move."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import LINES, Caller, error_of

ROWS = [{"Count": place} for place in range(10)]


def test_a_dataset_takes_so_many_posts_a_minute_and_says_when_it_takes_more(
    caller: Caller, power_bi: LocalPowerBI
) -> None:
    power_bi.switch(posts_per_minute=3)
    identity = caller.create()
    for _ in range(3):
        assert caller.push(identity, ROWS).status_code == 200
    refused = caller.push(identity, ROWS)

    assert refused.status_code == 429
    wait = int(refused.headers["Retry-After"])
    assert refused.json()["message"].endswith(f"Retry in {wait} seconds.")
    power_bi.advance(wait)
    assert caller.push(identity, ROWS).status_code == 200
    assert caller.count(identity) == 40


def test_datasets_have_limits_of_their_own(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(posts_per_minute=1)
    one, other = caller.create(), caller.create()

    assert [caller.push(identity, ROWS).status_code for identity in (one, other, one)] == [200, 200, 429]


def test_without_retry_after_a_client_has_to_guess(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(posts_per_minute=0, retry_after=False)
    refused = caller.push(caller.create(), ROWS)

    assert (refused.status_code, "Retry-After" in refused.headers) == (429, False)


def test_the_rows_of_an_hour_are_counted(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(rows_per_hour=25)
    identity = caller.create()
    statuses = [caller.push(identity, ROWS).status_code for _ in range(3)]
    refused = caller.push(identity, ROWS)

    assert statuses == [200, 200, 429]
    assert error_of(refused)["message"] == "Maximum number of rows exceeded in time window. Please retry later"
    caller.wait(3601)
    assert caller.push(identity, ROWS).status_code == 200


def test_rows_that_were_refused_for_what_is_in_them_do_not_count(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(rows_per_hour=10)
    identity = caller.create()

    assert caller.push(identity, [{"Nothing": 1}] * 10).status_code == 400
    assert caller.push(identity, ROWS).status_code == 200


def test_a_large_table_makes_posts_rare(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(large_table_rows=20, posts_per_hour_of_large_tables=3)
    identity = caller.create()
    statuses = []
    for _ in range(4):
        statuses.append(caller.push(identity, ROWS).status_code)
        power_bi.advance(61)

    assert statuses == [200, 200, 200, 429]
    caller.wait(3600)
    assert caller.push(identity, ROWS).status_code == 200


def test_no_more_than_five_posts_are_pending(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = caller.create()
    windows, held, released = power_bi.service.windows, threading.Barrier(6), threading.Event()

    def hold() -> None:
        with windows.posting(identity, 1, lambda: 0):
            held.wait()
            released.wait()

    with ThreadPoolExecutor(5) as pool:
        pending = [pool.submit(hold) for _ in range(5)]
        held.wait()
        assert caller.push(identity, ROWS).status_code == 429
        released.set()
        assert [one.result() for one in pending] == [None] * 5
    assert caller.push(identity, ROWS).status_code == 200


def test_first_in_first_out_keeps_the_newest_rows(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(fifo_rows=30, fifo_slack_rows=10)
    identity = caller.create(policy="basicFIFO")
    for batch in range(5):
        caller.push(identity, [{"Count": batch * 10 + place} for place in range(10)])
        assert caller.count(identity) == (10, 20, 30, 40, 30)[batch]

    assert [row["Count"] for row in power_bi.rows(identity, "Lines")] == list(range(20, 50))


def test_a_table_without_retention_fills_up(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(table_rows=15)
    identity = caller.create()

    assert [caller.push(identity, ROWS).status_code, caller.push(identity, ROWS).status_code] == [200, 400]
    assert caller.count(identity) == 10


def test_queries_are_counted_by_user(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(queries_per_minute=2)
    identity = caller.create()
    query = 'EVALUATE ROW("n", 1)'

    assert [caller.query(identity, query).status_code for _ in range(3)] == [200, 200, 429]
    power_bi.advance(61)
    assert caller.query(identity, query).status_code == 200


def test_limits_can_be_left_out(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(limits=False, posts_per_minute=0, rows_per_hour=0)

    assert caller.push(caller.create(), ROWS).status_code == 200


def test_the_defaults_are_those_of_the_real_service(power_bi: LocalPowerBI) -> None:
    told = httpx.get(f"{power_bi.url}/control/switches").json()

    assert (told["posts_per_minute"], told["posts_per_hour_of_large_tables"], told["rows_per_hour"]) == (
        120, 120, 1_000_000,
    )  # fmt: skip
    assert (told["rows_per_post"], told["pending_posts"], told["fifo_rows"], told["table_rows"]) == (
        10_000, 5, 200_000, 5_000_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    "asked", [{"limits": 1}, {"nothing": 1}, {"sequence_numbers": "maybe"}, {"rows_per_hour": "1"}]
)
def test_a_switch_that_cannot_be_is_refused(power_bi: LocalPowerBI, asked: dict[str, object]) -> None:
    answer = httpx.post(f"{power_bi.url}/control/switches", json=asked)

    assert answer.status_code == 400
    assert next(iter(asked)) in answer.json()["error"]


def test_the_largest_table_of_a_dataset_counts(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(large_table_rows=10, posts_per_hour_of_large_tables=1)
    identity = caller.create(LINES, {**LINES, "name": "Small", "measures": []})

    assert caller.push(identity, ROWS).status_code == 200
    assert caller.push(identity, ROWS[:1], table="Small").status_code == 429
