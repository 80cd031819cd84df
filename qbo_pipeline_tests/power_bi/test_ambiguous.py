"""What came of a request is not known; every row must be there once all the same."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import DeliveryInterruptedError
from qbo_pipeline.power_bi.limits import PushLimits
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.replay import replay
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Status
from qbo_pipeline_tests.power_bi.books import HARBOUR, MERIDIAN, MODEL, Books, Line, lines
from qbo_pipeline_tests.power_bi.conftest import QUICK, Publish, entries, settings_of

SERVICES: dict[str, dict[str, Any]] = {
    "numbers are honoured": {"sequence_numbers": "honoured", "execute_queries": False},
    "numbers are rejected": {"sequence_numbers": "rejected", "sequence_endpoint": False, "execute_queries": True},
    "it may be asked": {"sequence_numbers": "ignored", "sequence_endpoint": False, "execute_queries": True},
    "nobody may ask": {"sequence_numbers": "ignored", "sequence_endpoint": False, "execute_queries": False},
}


def keys(power_bi: LocalPowerBI, dataset: str) -> Counter[str]:
    net: Counter[str] = Counter()
    for row in power_bi.rows(dataset, "Ledger Lines"):
        net[row["Row Key"]] += int(row["Row Sign"])
    return net


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("kind", ["reset", "timeout", "server_error"])
def test_rows_without_an_answer_are_there_once(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, service: str, carried_out: bool, kind: str
) -> None:
    power_bi.switch(**SERVICES[service])
    books.put(*lines(HARBOUR, 5))
    first = publishing(compare=lambda: False)
    books.put(*lines(HARBOUR, 10))
    more = {"seconds": 0.05} if kind == "timeout" else {}

    power_bi.inject(kind, endpoint=["rows"], carried_out=carried_out, **more)
    publishing(compare=lambda: False)

    assert keys(power_bi, first.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_rows_that_are_seen_late_are_not_sent_twice(publishing: Publish, books: Books, power_bi: LocalPowerBI) -> None:
    power_bi.switch(**SERVICES["it may be asked"])
    books.put(*lines(HARBOUR, 5))
    power_bi.inject("late_rows", seconds=0.15)
    power_bi.inject("reset", endpoint=["rows"], carried_out=True, match="Ledger")

    done = publishing(compare=lambda: False)

    [table] = [one for one in done.tables if one.table == "Ledger Lines"]
    assert (table.posts, table.replaced, table.as_asked) == (1, 0, True)
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_rows_that_somebody_else_added_are_replaced_away(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing(compare=lambda: False)
    assert settings.power_bi is not None
    with PowerBIClient(settings.power_bi) as client:
        client.post_rows(first.dataset_id, "Ledger Lines", b'{"rows":[{"Amount":1000000,"Row Sign":1}]}')
    books.put(*lines(HARBOUR, 6))

    done = publishing()

    [table] = [one for one in done.tables if one.table == "Ledger Lines"]
    assert (table.replaced, table.as_asked) == (1, False)
    assert done.equal
    assert keys(power_bi, first.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


@pytest.mark.parametrize("what", ["added", "deleted"])
def test_rows_that_somebody_else_wrote_or_deleted_are_found_though_nothing_is_to_be_sent(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings, what: str
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    assert settings.power_bi is not None
    with PowerBIClient(settings.power_bi) as client:
        if what == "added":
            client.post_rows(first.dataset_id, "Ledger Lines", b'{"rows":[{"Amount":1000000,"Row Sign":1}]}')
        else:
            client.delete_rows(first.dataset_id, "Ledger Lines")

    done = publishing(everything=True)

    assert {one.table: one.as_asked for one in done.tables} == {"Company": True, "Account": True, "Ledger Lines": False}
    assert done.equal
    assert keys(power_bi, first.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_what_another_data_folder_published_meanwhile_is_found_though_nothing_is_to_be_sent(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings, tmp_path: Path
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    other = settings_of(tmp_path / "other", power_bi.url, state_url_override=settings.state_url)
    Books(lines={one.key: one for one in lines(MERIDIAN, 7)}).write(other.data.warehouse)
    publish(other, model=MODEL, manner=QUICK)

    done = publishing(everything=True)

    assert done.equal
    assert keys(power_bi, first.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_what_is_refused_waits_and_replay_sends_it_without_the_warehouse(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    power_bi.inject("missing_information", endpoint=["rows"], match="Ledger", times=None)
    done = publishing(compare=lambda: False)
    assert [one.table for one in done.tables if one.refused] == ["Ledger Lines"]
    assert keys(power_bi, done.dataset_id) == Counter()
    settings.data.warehouse.unlink()
    power_bi.heal()

    again = replay(settings, model=MODEL, manner=QUICK)

    assert [(one.table, one.rows, one.refused) for one in again.tables] == [("Ledger Lines", 5, 0)]
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_one_row_that_power_bi_refuses_holds_no_other_back(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 30), Line("spoilt", HARBOUR, "1", Decimal(1), memo="poison"))
    power_bi.inject("missing_information", endpoint=["rows"], match="poison", times=None)

    done = publishing(compare=lambda: False)

    [table] = [one for one in done.tables if one.table == "Ledger Lines"]
    assert (table.rows, table.refused) == (30, 1)
    assert sorted(keys(power_bi, done.dataset_id)) == sorted(set(books.lines) - {"spoilt"})
    [failed] = [one for one in entries(settings) if one.status is Status.FAILED]
    assert (failed.told or "").startswith("row spoilt: ")

    power_bi.heal()
    assert replay(settings, model=MODEL, manner=QUICK).refused == 0
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_what_was_refused_is_not_replayed_once_a_publish_sent_its_rows(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    power_bi.inject("missing_information", endpoint=["rows"], match="Ledger", times=None)
    publishing(compare=lambda: False)
    power_bi.heal()
    done = publishing(compare=lambda: False)

    assert replay(settings, model=MODEL, manner=QUICK).tables == ()
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


@pytest.mark.parametrize("companies", [None, [HARBOUR]])
def test_what_was_refused_is_not_replayed_once_the_warehouse_has_it_no_more(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings, companies: list[str] | None
) -> None:
    books.put(*lines(HARBOUR, 5), Line("spoilt", HARBOUR, "1", Decimal(1), memo="poison"))
    power_bi.inject("missing_information", endpoint=["rows"], match="poison", times=None)
    publishing(companies=companies, compare=lambda: False)
    del books.lines["spoilt"]
    done = publishing(companies=companies, compare=lambda: False)
    power_bi.heal()

    assert replay(settings, model=MODEL, manner=QUICK).tables == ()
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


@pytest.mark.parametrize("more", [0, 1], ids=["nothing differs", "a line is new"])
def test_what_was_refused_of_one_company_waits_whatever_comes_of_another(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings, more: int
) -> None:
    books.put(*lines(MERIDIAN, 5), Line("spoilt", HARBOUR, "1", Decimal(1), memo="poison"))
    power_bi.inject("missing_information", endpoint=["rows"], match="poison", times=None)
    publishing(compare=lambda: False)
    books.put(*lines(MERIDIAN, more, start=50))
    done = publishing(companies=[MERIDIAN], compare=lambda: False)
    power_bi.heal()

    assert [one.rows for one in replay(settings, model=MODEL, manner=QUICK).tables] == [1]
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_what_was_refused_of_one_company_waits_though_the_table_is_replaced(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    """The table is replaced by what it was to hold: what it never had is not among that."""
    books.put(*lines(MERIDIAN, 5), Line("spoilt", HARBOUR, "1", Decimal(1), memo="poison"))
    power_bi.inject("missing_information", endpoint=["rows"], match="poison", times=None)
    dataset = publishing(compare=lambda: False).dataset_id
    assert settings.power_bi is not None
    with PowerBIClient(settings.power_bi) as client:
        client.post_rows(dataset, "Ledger Lines", b'{"rows":[{"Amount":1000000,"Row Sign":1}]}')
    done = publishing(companies=[MERIDIAN], everything=True, compare=lambda: False)
    power_bi.heal()

    assert {one.table: one.replaced for one in done.tables}["Ledger Lines"] == 1
    assert [one.rows for one in replay(settings, model=MODEL, manner=QUICK).tables] == [1]
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_what_was_refused_and_is_sent_with_one_company_is_not_replayed(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(MERIDIAN, 5), Line("spoilt", HARBOUR, "1", Decimal(1), memo="poison"))
    power_bi.inject("missing_information", endpoint=["rows"], match="poison", times=None)
    publishing(compare=lambda: False)
    power_bi.heal()
    done = publishing(companies=[HARBOUR], compare=lambda: False)

    assert replay(settings, model=MODEL, manner=QUICK).tables == ()
    assert keys(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_a_batch_is_written_down_before_it_is_sent(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    power_bi.inject("unauthorized", endpoint=["rows"], times=None)

    with pytest.raises(DeliveryInterruptedError, match=r"Table Company: 1 batches are not delivered"):
        publishing(compare=lambda: False)

    [entry] = entries(settings)
    assert (entry.status, entry.rows, entry.attempts) == (Status.PLANNED, 2, 1)
    assert entry.payload is not None
    assert (settings.data.root / "outbox" / entry.payload).is_file()


def test_a_throttled_batch_waits_as_long_as_power_bi_says(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    waits: list[float] = []
    books.put(*lines(HARBOUR, 5))
    power_bi.inject("throttle", endpoint=["rows"], retry_after=90)
    power_bi.inject("throttle", endpoint=["rows"], retry_after=50, date=True, after=1)

    done = publishing(compare=lambda: False, manner=replace(QUICK, sleep=waits.append))

    assert done.rows == 2 + 4 + 5
    assert any(80 < wait <= 90 or wait == 60 for wait in waits)
    assert sum(one.waited for one in done.tables) >= 80


def test_a_wait_that_is_over_by_our_clock_is_none_to_go_by(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    """A Retry-After that is a date is past where our clock is ahead."""
    passed = [0.0]
    books.put(*lines(HARBOUR, 5))
    power_bi.inject("throttle", endpoint=["rows"], retry_after=0, times=4)

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    def clock() -> float:
        return time.time() + passed[0]

    timing = replace(QUICK.timing, backoff=10.0)
    publishing(compare=lambda: False, manner=replace(QUICK, timing=timing, sleep=sleep, clock=clock))

    assert passed[0] > 4 * 10


def test_a_throttled_deletion_of_rows_waits_as_long_as_power_bi_says(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    """A DELETE counts to no limit, and is not sent again at once for that."""
    publishing()
    power_bi.inject("throttle", endpoint=["delete_rows"], retry_after=90, times=2)
    del books.accounts["2"]
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    def clock() -> float:
        return time.time() + passed[0]

    done = publishing(compare=lambda: False, manner=replace(QUICK, sleep=sleep, clock=clock))

    assert done.rows == 2
    assert 175 < passed[0] < 185
    assert sum(one.waited for one in done.tables) > 175


def test_a_table_keeps_its_rows_until_the_limits_let_those_in_their_place_leave(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    quick = replace(QUICK, limits=PushLimits(posts_per_minute=4), most_rows=2)
    books.companies = {HARBOUR: "Harbour"}
    first = publishing(compare=lambda: False, manner=quick)
    assert first.posts == 2
    books.accounts |= {"2": "Rent & heating", "3": "Wages", "4": "Tax"}
    passed = [0.0]
    held: list[int] = []

    def sleep(seconds: float) -> None:
        held.append(len(power_bi.rows(first.dataset_id, "Account")))
        passed[0] += seconds

    def clock() -> float:
        return time.time() + passed[0]

    publishing(compare=lambda: False, manner=quick)
    books.accounts["1"] = "Sales and services"
    publishing(compare=lambda: False, manner=replace(quick, sleep=sleep, clock=clock))

    assert 55 < passed[0] < 62
    assert set(held) == {4}
    assert {row["Account"] for row in power_bi.rows(first.dataset_id, "Account")} == set(books.accounts.values())


def test_a_whole_publish_keeps_the_limits_of_the_service(
    publishing: Publish, books: Books, power_bi: LocalPowerBI
) -> None:
    books.put(*lines(HARBOUR, 50))
    power_bi.switch(posts_per_minute=10)
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds
        power_bi.advance(seconds)

    def clock() -> float:
        return time.time() + passed[0]

    limits = PushLimits(posts_per_minute=10)
    done = publishing(
        compare=lambda: False, manner=replace(QUICK, most_rows=2, limits=limits, sleep=sleep, clock=clock)
    )

    assert done.rows == 2 + 4 + 50
    # Every POST is taken at the first attempt: the windows are kept, and no longer than they have to be.
    assert done.posts == 1 + 2 + 25
    assert 115 < passed[0] < 125
