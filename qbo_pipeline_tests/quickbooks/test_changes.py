from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.errors import QueryValidationError
from qbo_pipeline_tests.quickbooks.conftest import CUSTOMER, INVOICE, TIME_ACTIVITY, StartTalk
from qbo_pipeline_tests.quickbooks.stub_service import Received, Reply

PAYMENT = Entity("Payment", Category.TRANSACTION, "", (), deletable=True)
CARD = Entity("CreditCardPayment", Category.TRANSACTION, "", (), json_key="CreditCardPaymentTxn", deletable=True)
SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


def record(entity: str, number: int, second: int) -> dict[str, object]:
    at = (SINCE + timedelta(seconds=second)).isoformat()
    return {"Id": f"{entity}-{number}", "MetaData": {"LastUpdatedTime": at}}


REFUSAL = Reply(
    {"Fault": {"Error": [{"Message": "QueryValidationError", "code": "4001"}], "type": "ValidationFault"}}, 400
)

NO_FEATURE = Reply(
    {"Fault": {"Error": [{"Message": "Feature Not Supported Error", "code": "5020"}], "type": "ValidationFault"}}, 400
)


class Company:
    """Holds changed records by entity and answers as QuickBooks does: CDC cut at 1,000 for all, queries paged."""

    def __init__(
        self,
        changed: dict[str, list[dict[str, object]]],
        server_time: str | None = None,
        without_capture: Collection[str] = (),
        without_query: Collection[str] = (),
    ) -> None:
        self.changed = changed
        self.without_capture = without_capture
        self.without_query = without_query
        self.time = server_time or datetime.now(UTC).isoformat()
        self.requests: list[str] = []
        self.asked_since: list[datetime] = []

    def __call__(self, received: Received) -> Reply:
        if received.path.endswith("/cdc"):
            names = received.parameters["entities"].split(",")
            self.asked_since.append(datetime.fromisoformat(received.parameters["changedSince"]))
            self.requests.append("cdc " + ",".join(names))
            refused = [name for name in names if name in self.without_capture]
            return REFUSAL if refused else self.cdc(names)
        statement = received.statement
        self.requests.append(statement)
        [name] = re.findall(r"FROM (\w+)", statement)
        if name in self.without_query:
            return NO_FEATURE
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


async def changed_ids(
    talk: StartTalk, company: Company, entities: list[Entity], since: datetime = SINCE
) -> tuple[set[str], set[str]]:
    """Ids that came, and names of the entities whose deletions may be unseen."""
    t = await talk(company)
    changes = await t.company.changes(dict.fromkeys(entities, since))
    found = set()
    async for page in changes.pages:
        assert page.source == "cdc"
        found |= set(re.findall(rb'"Id": "([^"]+)"', b"".join(bytes(one) for one in page.records)))
    assert set(changes.deletions_unseen.values()) <= {since}
    return {one.decode() for one in found}, {entity.name for entity in changes.deletions_unseen}


def every_id(company: Company) -> set[str]:
    return {str(row["Id"]) for changed in company.changed.values() for row in changed}


async def test_a_quiet_company_costs_one_request(talk: StartTalk) -> None:
    company = Company({})
    found, unknown = await changed_ids(talk, company, [INVOICE, CUSTOMER, PAYMENT, CARD])
    assert (found, unknown) == (set(), set())
    assert company.requests == ["cdc Invoice,Customer,Payment,CreditCardPayment"]


async def test_up_to_999_changes_of_all_entities_cost_one_request(talk: StartTalk) -> None:
    company = Company({"Invoice": rows("Invoice", 500), "CreditCardPayment": rows("Card", 499)})
    found, unknown = await changed_ids(talk, company, [INVOICE, CUSTOMER, CARD])
    assert found == every_id(company)
    assert len(company.requests) == 1
    assert unknown == set()


async def test_a_thousand_together_are_asked_apart(talk: StartTalk) -> None:
    company = Company(
        {"Invoice": rows("Invoice", 600), "Customer": rows("Customer", 300), "Payment": rows("Payment", 450)}
    )
    found, unknown = await changed_ids(talk, company, [INVOICE, CUSTOMER, PAYMENT])
    assert found == every_id(company)
    assert company.requests == ["cdc Invoice,Customer,Payment", "cdc Customer,Payment", "cdc Invoice"]
    assert unknown == set()


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
    changes = await t.company.changes({TIME_ACTIVITY: SINCE})
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
        changes = await t.company.changes({entity: SINCE})
        assert server_time - timedelta(seconds=75) < changes.next_since <= server_time - timedelta(seconds=60)


LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=29, minutes=1)


async def test_what_lies_too_far_back_for_cdc_is_read_by_query_and_its_deletions_called_unknown(
    talk: StartTalk,
) -> None:
    company = Company({"Invoice": rows("Invoice", 3), "Customer": rows("Customer", 2)})
    found, unknown = await changed_ids(talk, company, [INVOICE, CUSTOMER], LONG_AGO)
    assert found == every_id(company)
    assert unknown == {"Invoice", "Customer"}
    assert not any(request.startswith("cdc") for request in company.requests)


async def test_an_entity_that_change_data_capture_refuses_is_found_named_and_queried(talk: StartTalk) -> None:
    """Which entities it serves depends on the company, and the documentation may be wrong about one."""
    company = Company(
        {"Payment": rows("Payment", 2), "Invoice": rows("Invoice", 2), "Customer": rows("Customer", 2)},
        without_capture=["Payment"],
    )
    found, unknown = await changed_ids(talk, company, [INVOICE, PAYMENT, CARD, CUSTOMER])
    assert found == every_id(company)
    assert unknown == {"Payment"}
    assert [one for one in company.requests if one.startswith("cdc")] == [
        "cdc Invoice,Payment,CreditCardPayment,Customer",
        "cdc Invoice,Payment", "cdc Invoice", "cdc Payment",
        "cdc CreditCardPayment,Customer",
    ]  # fmt: skip


async def test_an_entity_that_was_refused_before_costs_no_question_again(talk: StartTalk) -> None:
    company = Company({"Payment": rows("Payment", 2)}, without_capture=["Payment"])
    t = await talk(company)
    changes = await t.company.changes(dict.fromkeys([INVOICE, PAYMENT], SINCE), ["Payment"])
    assert [page.entity.name async for page in changes.pages] == ["Payment"]
    assert changes.refused == []
    assert company.requests[0] == "cdc Invoice"
    assert len(company.requests) == 2


async def test_one_that_is_asked_for_alone_and_refused_is_queried(talk: StartTalk) -> None:
    company = Company({"Payment": rows("Payment", 2)}, without_capture=["Payment"])
    found, unknown = await changed_ids(talk, company, [PAYMENT])
    assert (found, unknown) == (every_id(company), {"Payment"})


async def test_a_question_that_is_refused_for_every_entity_is_an_error(talk: StartTalk) -> None:
    t = await talk(Company({}, without_capture=["Invoice", "Payment"]))
    with pytest.raises(QueryValidationError):
        await t.company.changes(dict.fromkeys([INVOICE, PAYMENT], SINCE))


@pytest.mark.parametrize("others", [[], [INVOICE], [CUSTOMER, INVOICE]])
async def test_what_a_query_refuses_as_well_is_named_and_left_out(talk: StartTalk, others: list[Entity]) -> None:
    """As in a company whose subscription lost the feature; the cursor of the others is from their own answers."""
    company = Company(
        {"Invoice": rows("Invoice", 2), "Customer": rows("Customer", 1)},
        server_time="2031-05-05T05:16:21-07:00",
        without_capture=["Invoice", "Customer"],
        without_query=["TimeActivity"],
    )
    t = await talk(company)
    changes = await t.company.changes(dict.fromkeys([TIME_ACTIVITY, *others], SINCE), ["Invoice", "Customer"])
    assert [page.entity async for page in changes.pages] == others
    assert list(changes.unread) == [TIME_ACTIVITY]
    assert (changes.next_since.year == 2031) is bool(others)


async def test_each_entity_is_asked_from_its_own_cursor(talk: StartTalk) -> None:
    later = SINCE + timedelta(hours=1)
    company = Company({"TimeActivity": rows("T", 3), "Invoice": rows("Invoice", 2)})
    t = await talk(company)
    since = {INVOICE: later, CUSTOMER: later + timedelta(hours=1), PAYMENT: LONG_AGO, TIME_ACTIVITY: SINCE}
    changes = await t.company.changes(since)
    assert [page.entity.name async for page in changes.pages] == ["Invoice", "Payment", "TimeActivity"]
    captured, payments, activities = company.requests
    assert captured == "cdc Invoice,Customer"
    assert company.asked_since == [later]
    assert LONG_AGO.isoformat() in payments
    assert SINCE.isoformat() in activities
    assert changes.deletions_unseen == {PAYMENT: LONG_AGO, TIME_ACTIVITY: SINCE}


async def test_a_cursor_without_time_zone_is_refused(talk: StartTalk) -> None:
    t = await talk(Company({}))
    with pytest.raises(ValueError, match="time zone"):
        await t.company.changes({INVOICE: SINCE.replace(tzinfo=None)})
    assert t.service.received == []


@pytest.mark.parametrize(("changed", "whole"), [(0, True), (999, True), (1000, False)])
async def test_a_glance_is_one_request_and_says_whether_it_saw_everything(
    talk: StartTalk, changed: int, whole: bool
) -> None:
    company = Company({"Invoice": rows("Invoice", changed)})
    t = await talk(company)
    seen = await t.company.glance({INVOICE: SINCE, CUSTOMER: SINCE})
    assert seen is not None
    assert (len(company.requests), seen.is_whole) == (1, whole)
    assert sum(len(page.records) for page in seen.pages) == changed


async def test_a_glance_too_far_back_is_none_and_costs_nothing(talk: StartTalk) -> None:
    t = await talk(Company({}))
    assert await t.company.glance({INVOICE: LONG_AGO, CUSTOMER: SINCE}) is None
    assert t.service.received == []


async def test_an_hour_that_comes_twice_in_autumn_hides_nothing(talk: StartTalk) -> None:
    """Stamps are Pacific: on 2026-11-01 the hour from 01:00 came twice, and as text the later stamp is the smaller."""
    before, after = "2026-11-01T01:59:59-07:00", "2026-11-01T01:00:00-08:00"
    stamps = [before] * 1000 + [after] * 3
    changed: list[dict[str, object]] = [
        {"Id": f"T-{number}", "MetaData": {"LastUpdatedTime": at}} for number, at in enumerate(stamps)
    ]
    company = Company({"TimeActivity": changed})
    found, _ = await changed_ids(talk, company, [TIME_ACTIVITY], datetime(2026, 10, 31, tzinfo=UTC))
    assert found == every_id(company)
    assert "2026-11-01T08:59:59+00:00" in company.requests[1]


async def test_deletion_stubs_come_with_the_pages(talk: StartTalk) -> None:
    stub: dict[str, object] = {
        "domain": "QBO",
        "status": "Deleted",
        "Id": "9",
        "MetaData": {"LastUpdatedTime": SINCE.isoformat()},
    }
    t = await talk(Company({"Invoice": [stub]}))
    [page] = [page async for page in (await t.company.changes({INVOICE: SINCE})).pages]
    assert b'"status": "Deleted"' in bytes(page.records[0])
