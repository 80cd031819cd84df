"""A company that buys, stocks and sells, with no transaction yet: whatever is in its books, a test has put there."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Record, SmallBooks, customer, stamped

FOUNDED = "2026-01-01T08:00:00-08:00"
CHECKING, INCOME, RENT, CONSULTING, OFFICE = "7", "8", "9", "10", "11"
RECEIVABLE, PAYABLE, INVENTORY = "71", "72", "77"
AMY, BILL, CARS, JOB = "2", "3", "4", "5"
TIM, TOM = "61", "62"
HOURS, DAYS, PUMP, POND_PUMP = "81", "82", "83", "84"

_ACCOUNTS = (
    (CHECKING, "Checking", "Bank", "Checking"),
    (INCOME, "Services", "Income", "ServiceFeeIncome"),
    (CONSULTING, "Consulting", "Income", "ServiceFeeIncome"),
    (RENT, "Rent", "Expense", "RentOrLeaseOfBuildings"),
    (OFFICE, "Office", "Expense", "OfficeGeneralAdministrativeExpenses"),
    (RECEIVABLE, "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    (PAYABLE, "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("73", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("74", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("76", "Discounts given", "Income", "DiscountsRefundsGiven"),
    (INVENTORY, "Inventory Asset", "Other Current Asset", "Inventory"),
    ("78", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("79", "Inventory Shrinkage", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
)


def _account(identity: str, name: str, kind: str, subtype: str) -> Record:
    return stamped(
        identity, FOUNDED, Name=name, FullyQualifiedName=name, AccountType=kind, AccountSubType=subtype, Active=True,
        CurrentBalance=0, CurrentBalanceWithSubAccounts=0,
    )  # fmt: skip


def _item(identity: str, name: str, **values: Any) -> Record:
    known: Record = {"Name": name, "FullyQualifiedName": name, "Active": True, "IncomeAccountRef": {"value": INCOME}}
    return stamped(identity, FOUNDED, **known, **values)


def _stocked(identity: str, name: str) -> Record:
    accounts = {"AssetAccountRef": {"value": INVENTORY}, "ExpenseAccountRef": {"value": "78"}}
    return _item(identity, name, Type="Inventory", TrackQtyOnHand=True, PurchaseCost=Decimal("4.00"), **accounts)


def trading_company() -> SmallBooks:
    """Customers (one the job of another), vendors, services and stock."""
    people: tuple[tuple[str, str, Record], ...] = (
        (AMY, "Amy's Bird Sanctuary", {}),
        (BILL, "Bill's Windsurf Shop", {}),
        (CARS, "Cool Cars", {}),
        (JOB, "Aviary", {"ParentRef": {"value": BILL}, "Job": True}),
    )
    records: list[tuple[str, Record]] = [
        ("CompanyInfo", stamped("1", FOUNDED, CompanyName="Trading", Country="US")),
        ("Preferences", stamped("1", FOUNDED, CurrencyPrefs={"HomeCurrency": {"value": "USD"}})),
        *(("Account", _account(*row)) for row in _ACCOUNTS),
        *(("Customer", customer(identity, name, BalanceWithJobs=0, **more)) for identity, name, more in people),
        *(("Vendor", stamped(one, FOUNDED, DisplayName=name, Active=True, Balance=0))
          for one, name in ((TIM, "Tim Masonry"), (TOM, "Tom Masonry"))),
        ("Item", _item(HOURS, "Hours", Type="Service")),
        ("Item", _item(DAYS, "Days", Type="Service")),
        ("Item", _stocked(PUMP, "Pump")),
        ("Item", _stocked(POND_PUMP, "Pond Pump")),
        ("Class", stamped("91", FOUNDED, Name="North", FullyQualifiedName="North", Active=True)),
        ("Class", stamped("92", FOUNDED, Name="South", FullyQualifiedName="South", Active=True)),
    ]  # fmt: skip
    for entity, record in records:
        if entity == "Customer" and record["Id"] == JOB:
            record["FullyQualifiedName"] = "Bill's Windsurf Shop:Aviary"
    return SmallBooks(records=records, deleted=())


def sold(amount: Any, item: str = HOURS, quantity: Any = 1, **detail: Any) -> Record:
    """A line of a sales form."""
    named = {"ItemRef": {"value": item, "name": "as it was"}, "Qty": quantity, **detail}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": named}


def bought(amount: Any, item: str = PUMP, quantity: Any = 1) -> Record:
    """A line of a bill with goods."""
    kind = "ItemBasedExpenseLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"ItemRef": {"value": item}, "Qty": quantity}}


def spent(amount: Any, account: str = RENT) -> Record:
    """A line of a bill with costs."""
    kind = "AccountBasedExpenseLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"AccountRef": {"value": account, "name": "as it was"}}}


def settles(amount: Any, kind: str, identity: str) -> Record:
    """A line of a payment."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


def prove(books: CompanyBooks, store: Store) -> None:
    """The books balance, everything is in them, and customers and vendors owe what the control accounts say."""
    assert books.unposted() == {}
    owed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for transaction in books.transactions():
        assert sum(leg.home for leg in transaction.legs) == 0, (transaction.entity, transaction.id)
        for leg in transaction.legs:
            if leg.account in (RECEIVABLE, PAYABLE):
                name = leg.name or transaction.name
                assert name is not None, (transaction.entity, transaction.id)
                owed[name.kind, name.id] += leg.home if leg.account == RECEIVABLE else -leg.home
    for entity in ("Customer", "Vendor"):
        for _, text in store.texts(REALM, entity):
            record = loads(text)
            assert Decimal(record["Balance"]) == owed.pop((entity, record["Id"]), Decimal(0)), record
    assert {key: amount for key, amount in owed.items() if amount} == {}
