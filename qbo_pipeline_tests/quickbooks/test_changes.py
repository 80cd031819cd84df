from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from qbo_pipeline.quickbooks import errors
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline_tests.quickbooks.conftest import CUSTOMER, INVOICE, TIME_ACTIVITY, StartTalk
from qbo_pipeline_tests.quickbooks.stub_service import Received, Reply

PAYMENT = Entity("Payment", Category.TRANSACTION, "", (), deletable=True)
CARD = Entity("CreditCardPayment", Category.TRANSACTION, "", (), json_key="CreditCardPaymentTxn", deletable=True)
SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


def record(entity: str, number: int, second: int) -> dict[str, object]:
    at = (SINCE + timedelta(seconds=second)).isoformat()
    return {"Id": f"{entity}-{number}", "MetaData": {"LastUpdatedTime": at}}


class Company:
    """Holds changed records by entity and answers as QuickBooks does: CDC cut at 1,000 for all, queries paged."""

    def __init__(self, changed: dict[str, list[dict[str, object]]], server_time: str | None = None) -> None:
        self.changed = changed
        self.time = server_time or datetime.now(UTC).isoformat()
        self.requests: list[str] = []

    def __call__(self, received: Received) -> Reply:
        if received.path.endswith("/cdc"):
            names = received.parameters["entities"].split(",")
            assert datetime.fromisoformat(received.parameters["changedSince"]) == SINCE
            self.requests.append("cdc " + ",".join(names))
            return self.cdc(names)
        statement = received.statement
        self.requests.append(statement)
        [name] = re.findall(r"FROM (\w+)", statement)
        [lower] = re.findall(r"LastUpdatedTime >= '([^']+)'", statement)
        assert "ORDERBY MetaData.LastUpdatedTime" in statement
        start = int(statement.split()[-3])
        after = datetime.fromisoformat(lower)
        rows = sorted((row for row in self.changed.get(name, []) if stamp(row) >= after), key=lambda row: stamp(row))[
            start - 1 : start + 999
        ]
        return Reply({"QueryResponse": {name: rows} if rows else {}, "time": self.time})

    def cdc(self, names: list[str]) -> Reply:
        room = 1000
        responses: list[dict[str, object]] = []
        for name in names:
            key = "CreditCardPaymentTxn" if name == "CreditCardPayment" else name
            rows = self.changed.get(name, [])[:room]
            room -= len(rows)
            responses.append({key: rows, "startPosition": 1, "maxResults": len(rows)} if rows else {})
        return Reply({"CDCResponse": [{"QueryResponse": responses}], "time": self.time})


def stamp(row: dict[str, object]) -> datetime:
    meta = row["MetaData"]
    assert isinstance(meta, dict)
    return datetime.fromisoformat(meta["LastUpdatedTime"])


def rows(entity: str, count: int, per_second: int = 1) -> list[dict[str, object]]:
    return [record(entity, number, number // per_second) for number in range(count)]


async def changed_ids(talk: StartTalk, company: Company, entities: list[Entity]) -> tuple[set[str], frozenset[str]]:
    t = await talk(company)
    changes = await t.company.changes(entities, SINCE)
    found = set()
    async for page in changes.pages:
        assert page.source == "cdc"
        found |= set(re.findall(rb'"Id": "([^"]+)"', b"".join(bytes(one) for one in page.records)))
    return {one.decode() for one in found}, changes.deletes_unknown


def every_id(company: Company) -> set[str]:
    return {str(row["Id"]) for changed in company.changed.values() for row in changed}


async def test_a_quiet_company_costs_one_request(talk: StartTalk) -> None:
    company = Company({})
    found, unknown = await changed_ids(talk, company, [INVOICE, CUSTOMER, PAYMENT, CARD])
    assert (found, unknown) == (set(), frozenset())
    assert company.requests == ["cdc Invoice,Customer,Payment,CreditCardPayment"]


async def test_up_to_999_changes_of_all_entities_cost_one_request(talk: StartTalk) -> None:
    company = Company({"Invoice": rows("Invoice", 500), "CreditCardPayment": rows("Card", 499)})
    found, unknown = await changed_ids(talk, company, [INVOICE, CUSTOMER, CARD])
    assert found == every_id(company)
    assert len(company.requests) == 1
    assert unknown == frozenset()


async def test_a_thousand_together_are_asked_apart(talk: StartTalk) -> None:
    company = Company(
        {"Invoice": rows("Invoice", 600), "Customer": rows("Customer", 300), "Payment": rows("Payment", 450)}
    )
    found, unknown = await changed_ids(talk, company, [INVOICE, CUSTOMER, PAYMENT])
    assert found == every_id(company)
    assert company.requests == ["cdc Invoice,Customer,Payment", "cdc Customer,Payment", "cdc Invoice"]
    assert unknown == frozenset()


async def test_a_thousand_of_one_entity_are_read_by_query_and_its_deletions_called_unknown(talk: StartTalk) -> None:
    company = Company(
        {"Invoice": rows("Invoice", 2500), "Customer": rows("Customer", 20), "Payment": rows("Payment", 3)}
    )
    found, unknown = await changed_ids(talk, company, [CUSTOMER, INVOICE, PAYMENT])
    assert found == every_id(company)
    assert unknown == {"Invoice"}
    assert len(company.requests) <= 7
    assert sum("Customer,Payment" in request for request in company.requests) == 1


async def test_exactly_a_thousand_changed_invoices_cost_a_handful_of_requests(talk: StartTalk) -> None:
    company = Company({"Invoice": rows("Invoice", 1000), "Customer": rows("Customer", 50)})
    found, _ = await changed_ids(talk, company, [CUSTOMER, INVOICE, PAYMENT])
    assert found == every_id(company)
    assert len(company.requests) <= 6


async def test_more_than_a_page_in_one_second_is_read_by_position(talk: StartTalk) -> None:
    company = Company({"Invoice": rows("Invoice", 3500, per_second=2200)})
    found, _ = await changed_ids(talk, company, [INVOICE])
    assert found == every_id(company)


async def test_an_edit_between_pages_hides_nothing(talk: StartTalk) -> None:
    company = Company({"TimeActivity": rows("T", 2500)})
    answer = company.__call__
    edited: list[int] = []

    def edit_meanwhile(received: Received) -> Reply:
        reply = answer(received)
        edited.append(len(edited))
        for row in company.changed["TimeActivity"][100 * len(edited) - 100 : 100 * len(edited)]:
            # A hundred that were read move to the end: those not yet read move up a hundred places.
            row["MetaData"] = {"LastUpdatedTime": (SINCE + timedelta(hours=5)).isoformat()}
        return reply

    t = await talk(edit_meanwhile)
    changes = await t.company.changes([TIME_ACTIVITY], SINCE)
    found: set[bytes] = set()
    async for page in changes.pages:
        found |= set(re.findall(rb'"Id": "([^"]+)"', page.body))
    assert {one.decode() for one in found} == every_id(company)


async def test_the_five_without_cdc_are_queried_and_their_deletions_called_unknown(talk: StartTalk) -> None:
    company = Company({"TimeActivity": rows("T", 3), "Invoice": rows("Invoice", 2)})
    found, unknown = await changed_ids(talk, company, [INVOICE, TIME_ACTIVITY])
    assert found == every_id(company)
    assert company.requests[0] == "cdc Invoice"
    assert len(company.requests) == 2
    assert unknown == {"TimeActivity"}


async def test_a_quiet_entity_without_cdc_costs_one_request(talk: StartTalk) -> None:
    company = Company({"TimeActivity": rows("T", 3)})
    found, _ = await changed_ids(talk, company, [TIME_ACTIVITY])
    assert found == every_id(company)
    assert len(company.requests) == 1


async def test_the_next_cursor_is_quickbooks_time_before_the_answer_less_an_overlap(talk: StartTalk) -> None:
    server_time = SINCE + timedelta(hours=3)
    for entity in (INVOICE, TIME_ACTIVITY):
        t = await talk(Company({}, server_time.isoformat()))
        changes = await t.company.changes([entity], SINCE)
        assert server_time - timedelta(seconds=75) < changes.next_since <= server_time - timedelta(seconds=60)


async def test_the_cursor_never_goes_back(talk: StartTalk) -> None:
    t = await talk(Company({}, (SINCE - timedelta(hours=1)).isoformat()))
    assert (await t.company.changes([INVOICE], SINCE)).next_since == SINCE


async def test_a_cursor_of_more_than_29_days_is_refused_without_a_request(talk: StartTalk) -> None:
    t = await talk(Company({}))
    with pytest.raises(errors.CursorTooOldError, match="qbo-pipeline backfill"):
        await t.company.changes([INVOICE], datetime.now(UTC) - timedelta(days=29, minutes=1))
    assert t.service.received == []


async def test_deletion_stubs_come_with_the_pages(talk: StartTalk) -> None:
    stub: dict[str, object] = {
        "domain": "QBO",
        "status": "Deleted",
        "Id": "9",
        "MetaData": {"LastUpdatedTime": SINCE.isoformat()},
    }
    t = await talk(Company({"Invoice": [stub]}))
    [page] = [page async for page in (await t.company.changes([INVOICE], SINCE)).pages]
    assert b'"status": "Deleted"' in bytes(page.records[0])
