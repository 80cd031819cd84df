"""The records look like QuickBooks': coverage, references, ids, times, numbers, deletions, and the same every time."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.local.companies import DEMO_COMPANIES, generate, pacific
from qbo_pipeline.local.companies.amounts import number
from qbo_pipeline_tests.local.companies.conftest import Record, Shown, shown

ENTITIES = (
    "Account Attachable Bill BillPayment Budget Class CompanyCurrency CompanyInfo CreditCardPayment CreditMemo "
    "Customer CustomerType Department Deposit Employee Estimate ExchangeRate InventoryAdjustment Invoice Item "
    "JournalCode JournalEntry Payment PaymentMethod Preferences Purchase PurchaseOrder RecurringTransaction "
    "RefundReceipt ReimburseCharge SalesReceipt TaxAgency TaxCode TaxPayment TaxRate Term TimeActivity Transfer "
    "Vendor VendorCredit"
)
TRANSACTIONS = set(
    "Bill BillPayment CreditCardPayment CreditMemo Deposit Estimate InventoryAdjustment Invoice JournalEntry Payment "  # noqa: SIM905
    "Purchase PurchaseOrder RefundReceipt ReimburseCharge SalesReceipt TaxPayment TimeActivity Transfer "
    "VendorCredit".split()
)
REFERENCES = {
    "CustomerRef": "Customer",
    "ProjectRef": "Customer",
    "VendorRef": "Vendor",
    "PrefVendorRef": "Vendor",
    "EmployeeRef": "Employee",
    "ItemRef": "Item",
    "GroupItemRef": "Item",
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "SalesTermRef": "Term",
    "TermRef": "Term",
    "PaymentMethodRef": "PaymentMethod",
    "CustomerTypeRef": "CustomerType",
    "TaxCodeRef": "TaxCode",
    "TxnTaxCodeRef": "TaxCode",
    "DefaultTaxCodeRef": "TaxCode",
    "TaxGroupCodeRef": "TaxCode",
    "TaxRateRef": "TaxRate",
    "AgencyRef": "TaxAgency",
    "DefaultTerms": "Term",
    "APAccountRef": "Account",
}


def digest(name: str, seed: int) -> str:
    company = generate(name, seed, 0.1)
    text = json.dumps([list(company.records), [str(gone) for gone in company.deleted]], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_seed_gives_the_same_company_in_any_process() -> None:
    program = (
        "from qbo_pipeline_tests.local.companies.test_records import digest;"
        "print(digest('larkspur', 3), digest('ironbark', 3))"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert other == [digest("larkspur", 3), digest("ironbark", 3)]


@pytest.mark.parametrize("name", DEMO_COMPANIES)
def test_another_seed_gives_another_company(name: str) -> None:
    assert digest(name, 3) != digest(name, 4)


def test_records_can_be_read_twice_and_changed_by_the_reader() -> None:
    company = generate("ironbark", 5, 0.05)
    for _, record in company.records:
        for _, value in list(nodes(record)):
            if isinstance(value, dict | list):
                value.clear()
        record.clear()
    assert [record for _, record in company.records] == [record for _, record in generate("ironbark", 5, 0.05).records]


def test_an_unknown_company_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="larkspur, ironbark"):
        generate("acme")
    with pytest.raises(ValueError, match="scale"):
        generate("larkspur", scale=0)


def test_every_entity_occurs() -> None:
    found = {entity for name in DEMO_COMPANIES for entity, _ in generate(name).records}
    assert found == set(ENTITIES.split())


def test_there_are_about_as_many_transactions_as_promised(full: Shown) -> None:
    count = sum(len(full.by_entity[entity]) for entity in TRANSACTIONS)
    promised = {"Larkspur Advisory": 6000, "Ironbark Fabrication": 9000}[full.company.name]
    assert abs(count - promised) < promised * 0.12


def test_scale_multiplies_customers_and_transactions() -> None:
    sizes = []
    for scale in (0.5, 1.0):
        entities = Counter(entity for entity, _ in generate("ironbark", scale=scale).records)
        sizes.append((entities["Customer"], entities["Invoice"]))
    assert 1.8 < sizes[1][0] / sizes[0][0] < 2.2
    assert 1.7 < sizes[1][1] / sizes[0][1] < 2.3


def nodes(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value of nested JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def test_every_reference_leads_to_a_record_of_the_same_name(full: Shown) -> None:
    for entity, records in full.by_entity.items():
        for record in records:
            for key, target in nodes(record):
                if not isinstance(target, dict) or "value" not in target:
                    continue
                kind = target.get("type") or REFERENCES.get(key)
                if kind in ("Inventory", "Service", "NonInventory"):
                    kind = "Item"
                if kind is None and key.endswith("AccountRef"):
                    kind = "Account"
                if kind is None or target["value"] == "SHIPPING_ITEM_ID":
                    assert kind or key in (
                        "CurrencyRef",
                        "HomeCurrency",
                        "CustomerMemo",
                        "ParentRef",
                        "Entity",
                        "EntityRef",
                    )
                    continue
                found = full.by_id[{"CUSTOMER": "Customer", "VENDOR": "Vendor"}.get(kind, kind), target["value"]]
                if "name" in target:
                    named = found.get("FullyQualifiedName") or found.get("DisplayName") or found.get("Name")
                    assert target["name"] == named, (entity, record["Id"], key)


def test_every_linked_transaction_exists(full: Shown) -> None:
    for entity, records in full.by_entity.items():
        for record in records:
            for key, links in nodes(record):
                if key == "LinkedTxn":
                    for link in links:
                        kind = "BillPayment" if link["TxnType"].startswith("BillPayment") else link["TxnType"]
                        assert (kind, link["TxnId"]) in full.by_id, (entity, record["Id"], link)


def test_bills_point_at_the_order_lines_they_receive(full: Shown) -> None:
    for bill in full.by_entity["Bill"]:
        for line in bill["Line"]:
            for link in line.get("LinkedTxn", []):
                order = full.by_id["PurchaseOrder", link["TxnId"]]
                (ordered,) = [row for row in order["Line"] if row["Id"] == link["TxnLineId"]]
                wanted, got = (row["ItemBasedExpenseLineDetail"]["ItemRef"] for row in (ordered, line))
                assert wanted == got


def test_ids_are_unique_and_transactions_share_one_sequence(full: Shown) -> None:
    for entity, records in full.by_entity.items():
        ids = [record["Id"] for record in records if "Id" in record]
        assert len(set(ids)) == len(ids), entity
    shared = [
        record["Id"]
        for entity in (TRANSACTIONS | {"RecurringTransaction"}) - {"TimeActivity"}
        for record in full.by_entity[entity]
    ]
    shared += [gone.id for gone in full.company.deleted if gone.entity not in ("Customer", "TimeActivity")]
    assert sorted(map(int, shared)) == list(range(1, len(shared) + 1))


def test_line_ids_are_unique_within_a_transaction(full: Shown) -> None:
    for entity in TRANSACTIONS:
        for record in full.by_entity[entity]:
            ids = [inner["Id"] for key, lines in nodes(record) if key == "Line" for inner in lines if "Id" in inner]
            assert len(set(ids)) == len(ids), (entity, record["Id"])


def test_times_are_pacific_whole_seconds_in_order(full: Shown) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    end = datetime.combine(full.company.as_of + timedelta(days=1), datetime.min.time(), zone)
    offsets = set()
    for entity, records in full.by_entity.items():
        for record in records:
            times = [datetime.fromisoformat(text) for text in record["MetaData"].values()]
            for moment in times:
                assert moment.utcoffset() == moment.astimezone(zone).utcoffset(), (entity, record.get("Id"))
                assert moment.microsecond == 0
                offsets.add(moment.utcoffset())
            assert times == sorted(times)
            assert times[-1] <= end
    assert len(offsets) == 2


def test_transactions_are_numbered_in_the_order_of_their_creation(full: Shown) -> None:
    rows = [
        (int(record["Id"]), datetime.fromisoformat(record["MetaData"]["CreateTime"]))
        for entity in TRANSACTIONS - {"TimeActivity"}
        for record in full.by_entity[entity]
    ]
    moments = [moment for _, moment in sorted(rows)]
    assert moments == sorted(moments)
    assert len(set(moments)) < len(moments), "some share a second"


def test_a_payment_moves_its_invoice_in_time_but_not_its_sync_token(full: Shown) -> None:
    bumped = 0
    for payment in full.by_entity["Payment"]:
        for line in payment["Line"]:
            (link,) = line["LinkedTxn"]
            target = full.by_id[link["TxnType"], link["TxnId"]]
            updated = datetime.fromisoformat(target["MetaData"]["LastUpdatedTime"])
            if payment["SyncToken"] == "0":
                assert updated >= datetime.fromisoformat(payment["MetaData"]["CreateTime"])
            bumped += target["SyncToken"] == "0"
    assert bumped > 100


def test_numbers_are_whole_ints_or_decimals_without_trailing_zeros(full: Shown) -> None:
    kinds = set()
    for records in full.by_entity.values():
        for record in records:
            for key, value in nodes(record):
                assert not isinstance(value, float), key
                if isinstance(value, Decimal):
                    assert value != value.to_integral_value()
                    assert not str(value).endswith("0")
                    assert "E" not in str(value)
                if key == "TotalAmt":
                    kinds.add(type(value))
    assert kinds == {int, Decimal}


def test_deleted_records_are_gone_and_some_went_lately(full: Shown) -> None:
    assert len(full.company.deleted) > 20
    latest = datetime.fromisoformat(max(gone.deleted_at for gone in full.company.deleted)).date()
    assert full.company.as_of - timedelta(days=10) <= latest <= full.company.as_of
    lately = [gone for gone in full.company.deleted if gone.deleted_at >= str(full.company.as_of - timedelta(days=30))]
    assert len(lately) >= 3
    for gone in full.company.deleted:
        assert (gone.entity, gone.id) not in full.by_id


def test_the_loser_of_a_merge_is_gone_and_its_documents_are_the_survivors() -> None:
    company = shown(generate("larkspur"))
    (loser,) = [gone for gone in company.company.deleted if gone.entity == "Customer"]
    assert all("(old)" not in record["DisplayName"] for record in company.by_entity["Customer"])
    for records in company.by_entity.values():
        assert all(record.get("CustomerRef", {}).get("value") != loser.id for record in records)


def inactive(company: Shown, entity: str) -> list[Record]:
    return [record for record in company.by_entity[entity] if not record["Active"]]


def test_some_list_members_are_inactive_and_keep_their_plain_names(full: Shown) -> None:
    assert inactive(full, "Customer")
    assert not any(
        "(deleted)" in text
        for records in full.by_entity.values()
        for r in records
        for _, text in nodes(r)
        if isinstance(text, str)
    )
    if full.company.name.startswith("Ironbark"):
        assert inactive(full, "Account")
        assert inactive(full, "Class")
        assert inactive(full, "Item")
        assert inactive(full, "Term")
    else:
        assert inactive(full, "Employee")


def test_there_are_voids_unapplied_money_overdue_invoices_and_cash_back(full: Shown) -> None:
    as_of = full.company.as_of.isoformat()
    assert any(row.get("PrivateNote") == "Voided" for row in full.by_entity["Invoice"])
    assert any(row["UnappliedAmt"] > 0 for row in full.by_entity["Payment"])
    assert any(row["Balance"] > 0 and row["DueDate"] < as_of for row in full.by_entity["Invoice"])
    assert any("CashBack" in row for row in full.by_entity["Deposit"])
    assert {row["PaymentType"] for row in full.by_entity["Purchase"]} == {"Cash", "Check", "CreditCard"}


def test_ironbark_shows_bundles_discounts_shipping_deposits_and_two_states_of_tax() -> None:
    company = shown(generate("ironbark"))
    invoices = company.by_entity["Invoice"]
    kinds = Counter(line["DetailType"] for row in invoices for line in row["Line"])
    assert kinds["GroupLineDetail"] > 50
    assert kinds["DiscountLineDetail"] > 50
    assert any("SHIPPING_ITEM_ID" in json.dumps(row, default=str) for row in invoices)
    assert sum("Deposit" in row for row in invoices) > 20
    assert {len(row["TxnTaxDetail"].get("TaxLine", [])) for row in invoices} == {0, 1, 2}


def test_larkspur_trades_in_four_currencies_by_the_hour() -> None:
    company = shown(generate("larkspur"))
    assert {row["CurrencyRef"]["value"] for row in company.by_entity["Invoice"]} == {"USD", "EUR", "GBP", "CAD"}
    assert {row["NameOf"] for row in company.by_entity["TimeActivity"]} == {"Employee", "Vendor"}
    assert any(row["IsProject"] for row in company.by_entity["Customer"])
    gain_or_loss = [
        leg for *_, entry in company.company.journal for leg in entry if leg.account.name == "Exchange Gain or Loss"
    ]
    assert gain_or_loss


def test_history_ends_where_it_is_told_to() -> None:
    company = shown(generate("larkspur", scale=0.1, as_of=date(2025, 6, 30)))
    days = {row["TxnDate"] for row in company.by_entity["Purchase"]}
    assert max(days) <= "2025-06-30"
    assert min(days) >= "2022-06-01"


@given(st.integers(1_546_300_800, 1_893_456_000))
def test_stamps_agree_with_the_time_zone_database(instant: int) -> None:
    local = datetime.fromtimestamp(instant, ZoneInfo("America/Los_Angeles"))
    assert pacific.stamp(instant) == local.isoformat()
    wall = pacific.instant(local.date(), local.hour * 3600 + local.minute * 60 + local.second)
    assert wall == instant or (local.month == 11 and wall - instant == 3600)


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_numbers_keep_their_value_and_their_shortest_text(scaled: int, places: int) -> None:
    value = number(scaled, places)
    assert Decimal(value) == Decimal(scaled).scaleb(-places)
    assert isinstance(value, int) == (scaled % 10**places == 0)
