"""Two records of a list become one: as people merge them, and as the API refuses to."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.webhooks import Outbox
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record
from qbo_pipeline_tests.local.quickbooks.trading_company import (
    AMY,
    BILL,
    CARS,
    CHECKING,
    CONSULTING,
    DAYS,
    HOURS,
    INCOME,
    JOB,
    OFFICE,
    POND_PUMP,
    PUMP,
    RENT,
    TIM,
    TOM,
    bought,
    prove,
    settles,
    sold,
    spent,
    trading_company,
)

LATER = 1800


@pytest.fixture
def company(service: LocalQuickBooks, caller: Caller) -> Caller:
    service.add_company(trading_company())
    return caller


def made(caller: Caller, entity: str, **values: Any) -> Record:
    answer = caller.post(entity.lower(), values)
    assert answer.status_code == 200, answer.text
    record: Record = answer.json()[entity]
    return record


def merge(company: Caller, entity: str, loser: str, winner: str) -> Record:
    return company.service.writer.merge(REALM, entity, loser, winner)


def proven(company: Caller) -> None:
    prove(CompanyBooks(company.service.store, REALM), company.service.store)


def test_everything_of_a_merged_customer_is_the_other_ones(company: Caller) -> None:
    invoice = made(company, "Invoice", CustomerRef={"value": AMY}, Line=[sold(100)])
    payment = made(
        company, "Payment", CustomerRef={"value": AMY}, TotalAmt=70, Line=[settles(60, "Invoice", invoice["Id"])]
    )
    made(company, "Invoice", CustomerRef={"value": CARS}, Line=[sold(5)])

    merge(company, "Customer", AMY, CARS)

    assert company.read("Invoice", invoice["Id"])["CustomerRef"] == {"value": CARS, "name": "Cool Cars"}
    assert company.read("Payment", payment["Id"])["CustomerRef"]["value"] == CARS
    assert company.read("Customer", CARS)["Balance"] == 100 - 70 + 5
    proven(company)


def test_the_loser_is_gone_and_change_data_capture_says_so(company: Caller) -> None:
    company.service.clock.advance(LATER)
    since = company.read("Customer", CARS)["MetaData"]["LastUpdatedTime"]
    merge(company, "Customer", AMY, CARS)

    assert company.http.get(f"customer/{AMY}").json()["Fault"]["Error"][0]["code"] == "610"
    assert AMY not in company.ids("SELECT * FROM Customer WHERE Active IN (true, false)", "Customer")
    answer = company.http.get("cdc", params={"entities": "Customer", "changedSince": since}).json()
    seen = answer["CDCResponse"][0]["QueryResponse"][0]["Customer"]
    assert [one["Id"] for one in seen if one.get("status") == "Deleted"] == [AMY]


def test_the_winner_is_a_new_version_and_documents_are_stamped_but_not_edited(company: Caller) -> None:
    invoice = made(company, "Invoice", CustomerRef={"value": AMY}, Line=[sold(100)])
    company.service.clock.advance(LATER)
    merge(company, "Customer", AMY, CARS)

    after = company.read("Invoice", invoice["Id"])
    assert (after["SyncToken"], company.read("Customer", CARS)["SyncToken"]) == ("0", "1")
    assert after["MetaData"]["LastUpdatedTime"] > invoice["MetaData"]["LastUpdatedTime"]


def test_documents_may_keep_their_times(company: Caller) -> None:
    invoice = made(company, "Invoice", CustomerRef={"value": AMY}, Line=[sold(100)])
    company.service.clock.advance(LATER)
    company.service.writer.merges.stamp_documents = False
    try:
        merge(company, "Customer", AMY, CARS)
    finally:
        company.service.writer.merges.stamp_documents = True

    after = company.read("Invoice", invoice["Id"])
    assert (after["MetaData"], after["CustomerRef"]["value"]) == (invoice["MetaData"], CARS)


def test_the_control_endpoint_merges_and_switches(company: Caller) -> None:
    control = f"{company.service.url}/control"
    asked = {"realm": REALM, "entity": "Customer", "loser": AMY, "winner": CARS}
    assert httpx.post(f"{control}/merge", json=asked).json() == {"merged": AMY, "into": CARS}
    again = httpx.post(f"{control}/merge", json=asked)
    assert (again.status_code, "Object Not Found" in again.json()["error"]) == (400, True)
    assert httpx.post(f"{control}/merge", json={"realm": REALM}).json() == {"error": "entity is missing"}
    for value in (False, True):
        switches = httpx.post(f"{control}/switches", json={"merges_stamp_documents": value}).json()
        assert switches["merges_stamp_documents"] is value


def test_webhooks_tell_of_a_merge_which_record_stays_and_which_is_gone(company: Caller) -> None:
    outbox = Outbox(company.service.store)
    subscription = outbox.subscribe("http://127.0.0.1:9/nobody", "token")
    merge(company, "Customer", AMY, CARS)
    try:
        waiting = outbox.waiting(subscription.number, 10, linked=True)
        [event] = waiting or outbox.in_delivery(subscription.number)
        assert (event.entity, event.operation, event.identity, event.deleted_id) == ("Customer", "Merge", CARS, AMY)
    finally:
        outbox.unsubscribe("http://127.0.0.1:9/nobody")


def test_jobs_move_with_their_customer_and_owe_to_the_new_one(company: Caller) -> None:
    made(company, "Invoice", CustomerRef={"value": JOB}, Line=[sold(12)])
    made(company, "Invoice", CustomerRef={"value": BILL}, Line=[sold(30)])

    merge(company, "Customer", BILL, CARS)

    job, cars = company.read("Customer", JOB), company.read("Customer", CARS)
    assert (job["ParentRef"]["value"], job["FullyQualifiedName"]) == (CARS, "Cool Cars:Aviary")
    assert (cars["Balance"], cars["BalanceWithJobs"]) == (30, 42)
    proven(company)


def test_a_job_becomes_part_of_its_customer(company: Caller) -> None:
    made(company, "Invoice", CustomerRef={"value": JOB}, Line=[sold(12)])
    merge(company, "Customer", JOB, BILL)

    bill = company.read("Customer", BILL)
    assert (bill["Balance"], bill["BalanceWithJobs"]) == (12, 12)
    proven(company)


def test_bills_and_payments_of_a_merged_vendor_are_the_other_ones(company: Caller) -> None:
    bill = made(company, "Bill", VendorRef={"value": TIM}, Line=[spent(45.5)])
    made(
        company, "Purchase", AccountRef={"value": CHECKING}, PaymentType="Cash", Line=[spent(3)],
        EntityRef={"value": TIM, "type": "Vendor", "name": "Tim Masonry"},
    )  # fmt: skip
    merge(company, "Vendor", TIM, TOM)

    assert company.read("Bill", bill["Id"])["VendorRef"] == {"value": TOM, "name": "Tom Masonry"}
    [purchase] = company.query("SELECT * FROM Purchase")["Purchase"]
    assert purchase["EntityRef"] == {"value": TOM, "type": "Vendor", "name": "Tom Masonry"}
    assert company.read("Vendor", TOM)["Balance"] == 45.5
    proven(company)


def test_what_was_posted_to_a_merged_account_is_posted_to_the_other(company: Caller) -> None:
    company.service.store.put(
        REALM,
        "Account",
        {**(company.service.store.get(REALM, "Account", INCOME) or {}), "CurrentBalance": 90},
    )
    invoice = made(company, "Invoice", CustomerRef={"value": AMY}, Line=[sold(100)])
    merge(company, "Account", INCOME, CONSULTING)

    books = CompanyBooks(company.service.store, REALM)
    transaction = books.transaction("Invoice", invoice["Id"])
    assert transaction is not None
    assert CONSULTING in {leg.account for leg in transaction.legs}
    assert company.read("Item", HOURS)["IncomeAccountRef"]["value"] == CONSULTING
    assert company.read("Account", CONSULTING)["CurrentBalance"] == 90
    proven(company)


def test_lines_name_the_item_that_stays_and_stock_adds_up(company: Caller) -> None:
    bill = made(company, "Bill", VendorRef={"value": TIM}, Line=[bought(40, PUMP, 10), bought(30, POND_PUMP, 5)])
    invoice = made(company, "Invoice", CustomerRef={"value": AMY}, Line=[sold(20, PUMP, 12)])
    merge(company, "Item", PUMP, POND_PUMP)

    [line, _] = company.read("Invoice", invoice["Id"])["Line"]
    assert line["SalesItemLineDetail"]["ItemRef"] == {"value": POND_PUMP, "name": "Pond Pump"}
    items = {one["ItemBasedExpenseLineDetail"]["ItemRef"]["value"] for one in company.read("Bill", bill["Id"])["Line"]}
    assert items == {POND_PUMP}
    proven(company)


def test_classes_on_lines_merge(company: Caller) -> None:
    line = sold(10, ClassRef={"value": "91", "name": "North"})
    invoice = made(company, "Invoice", CustomerRef={"value": AMY}, Line=[line])
    merge(company, "Class", "91", "92")
    assert company.read("Invoice", invoice["Id"])["Line"][0]["SalesItemLineDetail"]["ClassRef"]["name"] == "South"


def test_an_id_of_another_entity_is_left_alone(company: Caller) -> None:
    """Customer 2 is merged; whatever else has that number stays."""
    entry = [
        {"Amount": 1, "DetailType": "JournalEntryLineDetail",
         "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account},
                                    "Entity": {"Type": kind, "EntityRef": {"value": party}}}}
        for side, account, kind, party in (("Debit", OFFICE, "Customer", AMY), ("Credit", OFFICE, "Vendor", TIM))
    ]  # fmt: skip
    made(company, "JournalEntry", Line=entry)
    merge(company, "Customer", AMY, BILL)

    [found] = company.query("SELECT * FROM JournalEntry")["JournalEntry"]
    parties = [line["JournalEntryLineDetail"]["Entity"]["EntityRef"]["value"] for line in found["Line"]]
    assert parties == [BILL, TIM]


@pytest.mark.parametrize(
    ("entity", "loser", "winner", "code"),
    [
        ("Account", INCOME, RENT, "6000"),
        ("Item", HOURS, PUMP, "6000"),
        ("Customer", AMY, AMY, "6000"),
        ("Customer", BILL, JOB, "6000"),
        ("Customer", "999", AMY, "610"),
        ("Term", "1", "2", "500"),
    ],
    ids=["of another type", "of another kind", "with itself", "into its own part", "of nobody", "of no such list"],
)
def test_what_differs_too_much_does_not_merge(company: Caller, entity: str, loser: str, winner: str, code: str) -> None:
    with pytest.raises(ServiceFaultError) as refused:
        merge(company, entity, loser, winner)
    assert refused.value.error["code"] == code


@pytest.mark.parametrize(
    ("entity", "identity", "name"),
    [
        ("Customer", AMY, {"DisplayName": "Cool Cars"}),
        ("Vendor", TIM, {"DisplayName": "tom masonry"}),
        ("Account", INCOME, {"Name": "Consulting"}),
        ("Item", HOURS, {"Name": "Days"}),
        ("Class", "91", {"Name": "South"}),
    ],
)
@pytest.mark.parametrize("sparse", [True, False], ids=["sparse", "full"])
def test_the_api_refuses_the_name_of_another(
    company: Caller, entity: str, identity: str, name: Record, sparse: bool
) -> None:
    before = company.read(entity, identity)
    sent = {**({} if sparse else before), "Id": identity, "SyncToken": "0", "sparse": sparse, **name}
    answer = company.post(entity.lower(), sent)
    assert answer.json()["Fault"]["Error"][0]["code"] == "6240"
    assert company.read(entity, identity) == before


def test_the_same_name_below_another_parent_is_another_name(company: Caller) -> None:
    below = made(company, "Item", Name="Days", Type="Service", ParentRef={"value": HOURS}, SubItem=True)
    assert below["FullyQualifiedName"] == "Hours:Days"
    assert DAYS in company.ids("SELECT * FROM Item WHERE Name = 'Days'", "Item")


def test_full_names_below_follow_a_new_name(company: Caller) -> None:
    made(company, "Customer", Id=BILL, SyncToken="0", sparse=True, DisplayName="Surf")
    assert company.read("Customer", JOB)["FullyQualifiedName"] == "Surf:Aviary"


@pytest.mark.parametrize("parent", [JOB, BILL], ids=["its own job", "itself"])
def test_nobody_is_a_part_of_their_own_part(company: Caller, parent: str) -> None:
    sent = {"Id": BILL, "SyncToken": "0", "sparse": True, "ParentRef": {"value": parent}}
    assert company.post("customer", sent).json()["Fault"]["Error"][0]["code"] == "900"
