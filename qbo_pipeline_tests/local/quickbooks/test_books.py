"""The books follow the records: whatever is written, they are what they would be if made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from qbo_pipeline.local.companies import DEMO_COMPANIES, GeneratedCompany, generate
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline.local.quickbooks.writes import Writer


@pytest.fixture(scope="module", params=DEMO_COMPANIES)
def company(request: pytest.FixtureRequest) -> GeneratedCompany:
    return generate(request.param, scale=0.05)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "quickbooks.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ironbark() -> GeneratedCompany:
    return generate("ironbark", scale=0.05)


@pytest.fixture
def realm(store: Store, ironbark: GeneratedCompany) -> str:
    store.add_company(ironbark)
    return ironbark.realm_id


@pytest.fixture
def writer(store: Store) -> Writer:
    return Writer(store, Clock())


Balances = dict[tuple[str, str, str], Decimal]


def test_every_transaction_of_a_demo_company_posts_as_its_own_journal_says(
    store: Store, company: GeneratedCompany
) -> None:
    store.add_company(company)
    books = CompanyBooks(store, company.realm_id)
    ours: Balances = defaultdict(Decimal)
    for transaction in books.transactions():
        assert sum(leg.home for leg in transaction.legs) == 0
        for leg in transaction.legs:
            ours[transaction.entity, transaction.id, leg.account] += leg.home
    theirs: Balances = defaultdict(Decimal)
    for entity, identity, _, legs in company.journal:
        for account, home, _ in legs:
            theirs[entity, identity, account.id] += Decimal(home) / 100
    assert {key: amount for key, amount in ours.items() if amount} == {
        key: amount for key, amount in theirs.items() if amount
    }
    assert books.unposted() == {}


def legs_of(books: CompanyBooks) -> dict[tuple[str, str], object]:
    return {(one.entity, one.id): (one.legs, one.day, one.voided) for one in books.transactions()}


def first(store: Store, realm: str, entity: str, **having: object) -> Record:
    for identity, _ in store.texts(realm, entity):
        record = store.get(realm, entity, identity)
        if record is not None and all(record.get(name) for name in having):
            return record
    raise AssertionError(f"no {entity}")


def test_after_edits_deletions_and_voids_the_books_are_as_if_made_anew(
    store: Store, realm: str, writer: Writer
) -> None:
    books = CompanyBooks(store, realm)
    before, version = legs_of(books), books.version
    bill = next(
        record
        for identity, _ in store.texts(realm, "Bill")
        if (record := store.get(realm, "Bill", identity)) and "ItemBasedExpenseLineDetail" in record["Line"][0]
    )
    bill["Line"][0]["Amount"] += 100
    writer.save(realm, "Bill", bill)
    writer.void(realm, "Invoice", first(store, realm, "Invoice"))
    writer.remove(realm, "Payment", first(store, realm, "Payment")["Id"])
    writer.remove(realm, "SalesReceipt", first(store, realm, "SalesReceipt")["Id"])

    after = legs_of(books)

    assert after != before
    assert books.version > version
    assert after == legs_of(CompanyBooks(store, realm))


def test_an_earlier_purchase_restates_later_sales_whose_records_do_not_change(
    store: Store, realm: str, writer: Writer
) -> None:
    books = CompanyBooks(store, realm)
    costs = {one.id: one.legs for one in books.transactions() if one.entity == "Invoice"}
    texts = dict(store.texts(realm, "Invoice"))
    for identity, _ in store.texts(realm, "Bill"):
        bill = store.get(realm, "Bill", identity)
        assert bill is not None
        if "ItemBasedExpenseLineDetail" in bill["Line"][0]:
            bill["Line"][0]["Amount"] *= 2
            writer.save(realm, "Bill", bill)
    restated = {one.id for one in books.transactions() if one.entity == "Invoice" and one.legs != costs[one.id]}
    assert restated
    assert dict(store.texts(realm, "Invoice")) == texts


def test_nothing_new_is_nothing_to_do(store: Store, realm: str) -> None:
    books = CompanyBooks(store, realm)
    version = books.version
    assert books.version == version
    store.put(realm, "Invoice", first(store, realm, "Invoice"))
    assert books.version == version


def test_a_record_that_cannot_be_posted_is_told_and_the_others_are_posted(store: Store, realm: str) -> None:
    books = CompanyBooks(store, realm)
    posted = len(list(books.transactions()))
    entry = first(store, realm, "JournalEntry")
    entry["Line"][0]["Amount"] += 1
    store.put(realm, "JournalEntry", entry)
    assert books.unposted() == {("JournalEntry", entry["Id"]): "debits and credits differ by 1.00"}
    assert len(list(books.transactions())) == posted - 1


def test_what_names_an_account_that_is_not_there_cannot_be_written(store: Store, realm: str, writer: Writer) -> None:
    bill = first(store, realm, "Bill")
    count = store.counts(realm)["Bill"]
    line = {
        "Amount": 10,
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "99999"}},
    }
    with pytest.raises(ServiceFaultError, match="Object Not Found"):
        writer.save(realm, "Bill", {"VendorRef": bill["VendorRef"], "Line": [line]})
    assert store.counts(realm)["Bill"] == count


def test_a_transaction_that_no_entity_shows_is_in_the_books(store: Store, realm: str) -> None:
    checking, wages = (
        next(identity for identity, text in store.texts(realm, "Account") if f'"{name}"' in text)
        for name in ("Operating Account", "Shop Wages")
    )
    lines = [
        {"AccountRef": {"value": checking}, "Amount": Decimal("-800.10")},
        {"AccountRef": {"value": wages}, "Amount": Decimal("800.10")},
    ]
    store.add_unlisted(realm, "Payroll Check", {"Id": "900001", "TxnDate": "2026-10-30", "Line": lines})
    check = CompanyBooks(store, realm).transaction("Payroll Check", "900001")
    assert check is not None
    assert check.kind == "Payroll Check"
    assert [leg.home for leg in check.legs] == [Decimal("-800.10"), Decimal("800.10")]


def test_an_item_that_starts_with_stock_puts_it_into_the_books(store: Store, realm: str, writer: Writer) -> None:
    model = first(store, realm, "Item", AssetAccountRef=True, TrackQtyOnHand=True)
    accounts = {key: model[key] for key in ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef")}
    made = writer.save(
        realm,
        "Item",
        {
            "Name": "Anvil",
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": 10,
            "InvStartDate": "2026-10-01",
            "PurchaseCost": Decimal("12.50"),
            **accounts,
        },
    )
    [start] = [one for one in CompanyBooks(store, realm).transactions() if one.kind == "Inventory Starting Value"]
    [stock, _] = start.legs
    assert (stock.home, stock.quantity, stock.item) == (Decimal("125.00"), Decimal(10), made["Id"])
    assert start.day.isoformat() == "2026-10-01"


def test_what_no_entity_shows_keeps_its_id_to_itself(store: Store, realm: str, writer: Writer) -> None:
    """Reports name transactions by their ids: what comes after the stock an item starts with has another one."""
    accounts = {"AssetAccountRef", "ExpenseAccountRef", "IncomeAccountRef"}
    model = first(store, realm, "Item", AssetAccountRef=True, TrackQtyOnHand=True)
    stocked = {"Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 10, "PurchaseCost": 3}
    writer.save(realm, "Item", {"Name": "Anvil", **stocked, **{key: model[key] for key in accounts}})
    [start] = [identity for kind, identity, _ in store.unlisted(realm) if kind == "Inventory Starting Value"]
    after = writer.save(realm, "Class", {"Name": "Anvils"})
    assert int(after["Id"]) > int(start)


@pytest.mark.parametrize("entity", ["Invoice", "InventoryAdjustment"])
def test_goods_without_an_amount_cost_what_they_cost_whatever_the_note_says(
    store: Store, realm: str, writer: Writer, entity: str
) -> None:
    """What is given away for a voided order, or counted after one, is not voided itself."""
    stocked = first(store, realm, "Item", AssetAccountRef=True, TrackQtyOnHand=True)
    item = {"ItemRef": {"value": stocked["Id"]}}
    sold = {"DetailType": "SalesItemLineDetail", "Amount": 0, "SalesItemLineDetail": {**item, "Qty": 1}}
    lost = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": {**item, "QtyDiff": -1}}
    heads = {
        "Invoice": {"CustomerRef": {"value": first(store, realm, "Customer")["Id"]}, "Line": [sold]},
        "InventoryAdjustment": {"AdjustAccountRef": stocked["ExpenseAccountRef"], "Line": [lost]},
    }
    made = writer.save(realm, entity, {**heads[entity], "PrivateNote": "Voided order 7"})
    posted = CompanyBooks(store, realm).transaction(entity, made["Id"])
    assert posted is not None
    assert not posted.voided
    assert sorted(leg.home > 0 for leg in posted.legs) == [False, True]
