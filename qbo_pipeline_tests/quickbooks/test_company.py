from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qbo_pipeline.quickbooks import errors
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.quickbooks.scan import UNDER_WAY, WAITING, in_completion_order
from qbo_pipeline_tests.patience import PATIENCE_SECONDS, wait_until
from qbo_pipeline_tests.quickbooks.conftest import CUSTOMER, INVOICE, PREFERENCES, REALM, StartTalk
from qbo_pipeline_tests.quickbooks.stub_service import Received, Reply, in_turn, query_page


def three_thousand(received: Received) -> Reply:
    words = received.statement.split()
    start = int(words[words.index("STARTPOSITION") + 1])
    return Reply(query_page("Invoice", [str(one) for one in range(start, min(start + 1000, 2501))]))


async def test_a_scan_reads_every_position_once_with_the_fewest_requests(talk: StartTalk) -> None:
    t = await talk(three_thousand)
    pages = [page async for page in t.company.scan(INVOICE, count=2500)]
    assert sorted((page.start_position or 0, len(page.records)) for page in pages) == [
        (1, 1000),
        (1001, 1000),
        (2001, 500),
    ]
    assert len(t.service.received) == 3
    page = next(page for page in pages if page.start_position == 1)
    assert (page.realm_id, page.entity, page.source, page.intuit_tid) == (REALM, INVOICE, "backfill", "1-stub")
    assert page.query == "SELECT * FROM Invoice ORDERBY MetaData.CreateTime STARTPOSITION 1 MAXRESULTS 1000"
    assert page.server_time == datetime(2026, 5, 5, 12, 16, 21, 718000, UTC)
    assert all(bytes(record) in page.body for record in page.records)


async def test_nothing_to_scan_costs_nothing(talk: StartTalk) -> None:
    t = await talk(three_thousand)
    assert [page async for page in t.company.scan(INVOICE, count=0)] == []
    assert t.service.received == []


async def test_a_singleton_is_one_page_without_a_count(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(query_page("Preferences", ["1"]))))
    count = await t.company.count(PREFERENCES)
    [page] = [page async for page in t.company.scan(PREFERENCES, count=count)]
    assert len(page.records) == 1
    assert [received.statement for received in t.service.received] == ["SELECT * FROM Preferences"]


async def test_a_count_tells_when_it_was_true(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply({"QueryResponse": {"totalCount": 7}, "time": "2026-05-05T05:16:21.718-07:00"})))
    counted = await t.company.counted(INVOICE)
    assert (counted.total, counted.counted_at) == (7, datetime(2026, 5, 5, 12, 16, 21, 718000, UTC))


async def test_a_count_without_a_total_is_not_taken_for_none(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply({"QueryResponse": {}, "time": "2026-05-05T05:16:21.718-07:00"})))
    with pytest.raises(errors.MalformedResponseError, match="totalCount"):
        await t.company.count(INVOICE)


async def test_pages_are_read_ahead_together_and_a_slow_reader_makes_the_scan_wait(talk: StartTalk) -> None:
    all_together = threading.Barrier(UNDER_WAY, timeout=PATIENCE_SECONDS)
    first = iter(range(UNDER_WAY))

    def script(_: Received) -> Reply:
        if next(first, None) is not None:
            all_together.wait()  # breaks, and so fails the scan, unless that many requests are here at once
        return Reply(query_page("Invoice", ["1"]))

    t = await talk(script)
    scan = t.company.scan(INVOICE, count=100_000)
    read = 0
    async for _ in scan:
        read += 1
        if read == 5:
            break
        await asyncio.sleep(0.3)
        assert len(t.service.received) <= read + UNDER_WAY + WAITING
    assert not all_together.broken
    await scan.aclose()  # type: ignore[attr-defined]


async def test_requests_go_on_while_the_caller_works_on_a_page() -> None:
    started: list[int] = []

    async def read(start: int) -> Page:
        started.append(start)
        await asyncio.sleep(0.01)
        return Page(REALM, INVOICE, [], b"", datetime.now(UTC), None, "backfill", "", None, start)

    scan = in_completion_order(read, range(1, 100), most=2)
    await anext(scan)
    before = len(started)
    await asyncio.to_thread(wait_until, lambda: len(started) >= before + WAITING - 2)
    await scan.aclose()  # type: ignore[attr-defined]


async def test_leaving_a_scan_leaves_no_request_behind() -> None:
    running = 0

    async def read(start: int) -> Page:
        nonlocal running
        running += 1
        try:
            await asyncio.sleep(0 if start == 1 else 60)
        finally:
            running -= 1
        return Page(REALM, INVOICE, [], b"", datetime.now(UTC), None, "backfill", "", None, start)

    scan = in_completion_order(read, range(1, 100))
    assert (await anext(scan)).start_position == 1
    assert running > 0
    await scan.aclose()  # type: ignore[attr-defined]
    assert running == 0


async def test_the_first_error_ends_a_scan(talk: StartTalk) -> None:
    fault = {"Fault": {"Error": [{"Message": "Invalid query", "code": "4001"}], "type": "ValidationFault"}}

    def script(received: Received) -> Reply:
        return Reply(fault, 400) if "STARTPOSITION 2001" in received.statement else three_thousand(received)

    t = await talk(script)
    with pytest.raises(errors.QueryValidationError):
        [page async for page in t.company.scan(INVOICE, count=100_000)]


async def test_a_window_of_positions_can_be_read_again(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(query_page("Customer", ["9"]))))
    [page] = [page async for page in t.company.read_positions(CUSTOMER, [951], size=100, where="Balance > '0'")]
    assert page.start_position == 951
    assert t.service.received[0].statement == (
        "SELECT * FROM Customer WHERE Balance > '0' AND Active IN (true, false) "
        "ORDERBY MetaData.CreateTime STARTPOSITION 951 MAXRESULTS 100"
    )


async def test_a_thousand_ids_cost_five_requests_and_each_is_asked_once(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(query_page("Customer", ["1"]))))
    ids = [str(one) for one in range(10_000, 11_000)]
    pages = await t.company.read_many(CUSTOMER, ids + ids)
    assert len(pages) == len(t.service.received) == 5
    assert {page.source for page in pages} == {"webhook"}
    statements = [received.statement for received in t.service.received]
    assert all(received.method == "POST" for received in t.service.received)
    assert all(received.headers["content-type"] == "application/text" for received in t.service.received)
    asked = [one for text in statements for one in text[text.index("(") + 1 : text.index(")")].split(", ")]
    assert sorted(asked) == sorted(f"'{one}'" for one in ids)
    assert all(text.endswith("MAXRESULTS 1000") and "Active IN (true, false)" in text for text in statements)


async def test_a_few_ids_are_asked_by_get_and_none_cost_nothing(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(query_page("Invoice", ["1"]))))
    assert await t.company.read_many(INVOICE, []) == []
    await t.company.read_many(INVOICE, ["1", "2"])
    assert [received.method for received in t.service.received] == ["GET"]


async def test_entities_without_id_cannot_be_read_by_it(talk: StartTalk) -> None:
    t = await talk(three_thousand)
    rate = replace(INVOICE, name="ExchangeRate", key=("SourceCurrencyCode", "AsOfDate"))
    with pytest.raises(ValueError, match="no Id"):
        await t.company.read_many(rate, ["1"])


async def test_a_read_by_id_confirms_a_record_or_its_absence(talk: StartTalk) -> None:
    gone = {"Fault": {"Error": [{"Message": "Object Not Found", "code": "610"}], "type": "ValidationFault"}}
    record = b'{"Id":"129","TotalAmt":1.10}'
    t = await talk(in_turn(Reply(b'{"Invoice":' + record + b',"time":"2026-05-05T05:16:21-07:00"}'), Reply(gone, 400)))
    page = await t.company.read(INVOICE, "129")
    assert [bytes(one) for one in page.records] == [record]
    assert t.service.received[0].path == f"/v3/company/{REALM}/invoice/129"
    with pytest.raises(errors.ObjectNotFoundError):
        await t.company.read(INVOICE, "130")


async def test_company_info_is_parsed(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply({"CompanyInfo": {"CompanyName": "Ironbark"}, "time": "2026-05-05T05:16:21-07:00"})))
    assert await t.company.company_info() == {"CompanyName": "Ironbark"}
