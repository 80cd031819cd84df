"""A company to post in through the API, and its ledger as the product has it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.store import CompanyData
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.warehouse.published import PublishedReader
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record, SmallBooks, customer, stamped

FOUNDED = "2026-11-01T08:00:00-07:00"
DAY = "2026-11-10"
CHECKING, PETTY_CASH, RECEIVABLE, FUNDS, INVENTORY = "1", "2", "3", "4", "5"
PAYABLE, PAYABLE_FREIGHT, CARD, TAX, SALES, SHIPPING, DISCOUNTS, COGS, RENT, EXCHANGE = (
    "6", "7", "8", "9", "11", "12", "13", "14", "15", "16",
)  # fmt: skip
RECEIVABLE_EUR, PAYABLE_EUR, EQUITY, SAVINGS, TIPS = "17", "18", "20", "21", "22"
AMY, HANS, TIM, KLAUS = "50", "51", "60", "61"
HOURS, PUMP, BUNDLE = "81", "82", "83"
ACCOUNTS = (
    (CHECKING, "Checking", "Bank", "Checking", "Asset", "USD"),
    (PETTY_CASH, "Petty Cash", "Bank", "CashOnHand", "Asset", "USD"),
    (SAVINGS, "Savings", "Bank", "Savings", "Asset", "USD"),
    (RECEIVABLE, "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable", "Asset", "USD"),
    (FUNDS, "Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset", "USD"),
    (INVENTORY, "Inventory Asset", "Other Current Asset", "Inventory", "Asset", "USD"),
    (PAYABLE, "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", "Liability", "USD"),
    (PAYABLE_FREIGHT, "Accounts Payable - Freight", "Accounts Payable", "AccountsPayable", "Liability", "USD"),
    (CARD, "Card", "Credit Card", "CreditCard", "Liability", "USD"),
    (TAX, "Ohio Payable", "Other Current Liability", "GlobalTaxPayable", "Liability", "USD"),
    (TIPS, "Undistributed Tips", "Other Current Liability", "UndistributedTips", "Liability", "USD"),
    (SALES, "Sales", "Income", "SalesOfProductIncome", "Revenue", "USD"),
    (SHIPPING, "Shipping Income", "Income", "SalesOfProductIncome", "Revenue", "USD"),
    (DISCOUNTS, "Discounts given", "Income", "DiscountsRefundsGiven", "Revenue", "USD"),
    (COGS, "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense", "USD"),
    (RENT, "Rent", "Expense", "RentOrLeaseOfBuildings", "Expense", "USD"),
    (EXCHANGE, "Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss", "Expense", "USD"),
    (RECEIVABLE_EUR, "Accounts Receivable (A/R) - EUR", "Accounts Receivable", "AccountsReceivable", "Asset", "EUR"),
    (PAYABLE_EUR, "Accounts Payable (A/P) - EUR", "Accounts Payable", "AccountsPayable", "Liability", "EUR"),
    (EQUITY, "Opening Balance Equity", "Equity", "OpeningBalanceEquity", "Equity", "USD"),
)  # fmt: skip
Balances = dict[str, Decimal]


def ref(identity: str) -> Record:
    return {"value": identity}


def company(*, currencies: bool = True, one_payable: bool = False) -> SmallBooks:
    """Customers and vendors at home and abroad, a service, stock, a bundle, a tax; no transaction."""
    records: list[tuple[str, Record]] = [
        ("CompanyInfo", stamped("1", FOUNDED, CompanyName="Ledger", Country="US")),
        ("Preferences", stamped(
            "1", FOUNDED,
            CurrencyPrefs={"HomeCurrency": ref("USD"), "MultiCurrencyEnabled": currencies},
            SalesFormsPrefs={"AllowShipping": True, "AllowDiscount": True, "AllowDeposit": True},
        )),
        *(("Account", stamped(
            identity, FOUNDED, Name=name, FullyQualifiedName=name, AccountType=kind, AccountSubType=subtype,
            Classification=classification, Active=True, CurrencyRef=ref(currency), CurrentBalance=0,
            CurrentBalanceWithSubAccounts=0,
        )) for identity, name, kind, subtype, classification, currency in ACCOUNTS
            if not (one_payable and identity == PAYABLE_FREIGHT)),
        ("Customer", customer(AMY, "Amy", BalanceWithJobs=0, CurrencyRef=ref("USD"))),
        ("Customer", customer(HANS, "Hans", BalanceWithJobs=0, CurrencyRef=ref("EUR"))),
        ("Vendor", stamped(TIM, FOUNDED, DisplayName="Tim", Active=True, Balance=0, CurrencyRef=ref("USD"))),
        ("Vendor", stamped(KLAUS, FOUNDED, DisplayName="Klaus", Active=True, Balance=0, CurrencyRef=ref("EUR"))),
        ("Item", stamped(HOURS, FOUNDED, Name="Hours", FullyQualifiedName="Hours", Active=True, Type="Service",
                         IncomeAccountRef=ref(SALES))),
        ("Item", stamped(PUMP, FOUNDED, Name="Pump", FullyQualifiedName="Pump", Active=True, Type="Inventory",
                         TrackQtyOnHand=True, QtyOnHand=0, PurchaseCost=Decimal("6.00"), IncomeAccountRef=ref(SALES),
                         AssetAccountRef=ref(INVENTORY), ExpenseAccountRef=ref(COGS))),
        ("Item", stamped(BUNDLE, FOUNDED, Name="Bundle", FullyQualifiedName="Bundle", Active=True, Type="Group",
                         ItemGroupDetail={"ItemGroupLine": [{"ItemRef": ref(HOURS), "Qty": 2}]})),
        ("TaxAgency", stamped("1", FOUNDED, DisplayName="Ohio", TaxTrackedOnSales=True, TaxTrackedOnPurchases=True)),
        ("TaxRate", stamped("1", FOUNDED, Name="Ohio 8%", Active=True, RateValue=8, AgencyRef=ref("1"))),
        ("TaxCode", stamped("2", FOUNDED, Name="Ohio", Active=True, Taxable=True, TaxGroup=True, SalesTaxRateList={
            "TaxRateDetail": [{"TaxRateRef": ref("1"), "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}]})),
        ("Class", stamped("91", FOUNDED, Name="North", FullyQualifiedName="North", Active=True)),
        ("Department", stamped("95", FOUNDED, Name="Akron", FullyQualifiedName="Akron", Active=True)),
    ]  # fmt: skip
    return SmallBooks(records=records, deleted=())


def sold(amount: Any, item: str = HOURS, quantity: Any = 1, **detail: Any) -> Record:
    """A line of a sales form."""
    kind = "SalesItemLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"ItemRef": ref(item), "Qty": quantity, **detail}}


def shipped(amount: Any) -> Record:
    """The shipping line of a sales form."""
    kind = "SalesItemLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"ItemRef": ref("SHIPPING_ITEM_ID")}}


def tipped(amount: Any) -> Record:
    """The tip on a sales form."""
    kind = "SalesItemLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"ItemRef": ref("GRATUITY_ITEM_ID")}}


def discounted(amount: Any) -> Record:
    """The discount line of a sales form."""
    kind = "DiscountLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"PercentBased": False, "DiscountAccountRef": ref(DISCOUNTS)}}


def described(text: str) -> Record:
    """A line that only says something."""
    return {"Description": text, "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}


def bundled(*children: Record) -> Record:
    """A bundle."""
    return {
        "Amount": sum(one["Amount"] for one in children), "DetailType": "GroupLineDetail",
        "GroupLineDetail": {"GroupItemRef": ref(BUNDLE), "Quantity": 1, "Line": list(children)},
    }  # fmt: skip


def bought(amount: Any, quantity: Any = 1, item: str = PUMP) -> Record:
    """A line of a purchase form with stock."""
    kind = "ItemBasedExpenseLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"ItemRef": ref(item), "Qty": quantity}}


def spent(amount: Any, account: str = RENT) -> Record:
    """A line of a purchase form with costs."""
    kind = "AccountBasedExpenseLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"AccountRef": ref(account)}}


def posted(side: str, amount: Any, account: str, **detail: Any) -> Record:
    """A line of a journal entry."""
    kind = "JournalEntryLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"PostingType": side, "AccountRef": ref(account), **detail}}


def taxed(amount: Any, on: Any) -> Record:
    """The tax of a form."""
    detail = {"TaxRateRef": ref("1"), "PercentBased": True, "TaxPercent": 8, "NetAmountTaxable": on}
    return {
        "TxnTaxCodeRef": ref("2"), "TotalTax": amount,
        "TaxLine": [{"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}],
    }  # fmt: skip


def settles(amount: Any, kind: str, identity: str) -> Record:
    """A line of a payment."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


class LedgerCompany:
    """A company of a running service, and the product's session that reads it."""

    def __init__(self, service: LocalQuickBooks, session: Session, realm_id: str = REALM) -> None:
        self.service = service
        self.session = session
        self.realm_id = realm_id
        self._caller = Caller(service, realm_id)
        self._published = PublishedReader(session.settings.data.warehouse)
        self._runs = 0

    def create(self, entity: str, **content: Any) -> Record:
        """What QuickBooks makes of a new record."""
        answer = self.post(entity.lower(), {"TxnDate": DAY, **content})
        made: Record = next(value for key, value in answer.items() if key != "time")
        return made

    def post(self, path: str, body: Record) -> Record:
        """Any other request that changes something."""
        headers = {"Content-Type": "application/json"}
        answer = self._caller.http.post(path, content=dumps(body), headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def control(self, path: str, **settings: Any) -> None:
        """Change the service."""
        httpx.post(f"{self.service.url}/control/{path}", json=settings).raise_for_status()

    def close(self) -> None:
        """Hang up."""
        self._published.close()
        self._caller.http.close()

    def load(self) -> None:
        """All records, into the warehouse."""
        self._runs += 1
        self.session.backfill(self.realm_id, ENTITIES, None, f"load-{self._runs}")

    def sync(self) -> None:
        """What changed since, deletions included."""
        self._runs += 1
        self.session.changes.sync(self.realm_id, ENTITIES, f"sync-{self._runs}")

    def pull(self) -> None:
        """QuickBooks' reports, too."""
        self._runs += 1
        self.session.reports.pull(self.realm_id, f"pull-{self._runs}", everything=True)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Of the published warehouse; to open it takes longer than most queries, so it stays open."""
        return self._published.query(sql, parameters)

    def legs(self, identity: str, basis: str = "Accrual") -> Balances:
        """Account → debit less credit of a transaction, accounts that come to nothing left out."""
        found = self.query(
            "SELECT account_id, sum(signed_amount) FROM finance.general_ledger "
            f"WHERE transaction_id = '{identity}' AND basis = '{basis}' GROUP BY ALL HAVING sum(signed_amount) <> 0"
        )
        return dict(found)

    def entity_legs(self, identity: str) -> Balances:
        """The same of what the document itself shows."""
        found = self.query(
            "SELECT account_id, sum(signed_amount) FROM finance.general_ledger WHERE posting_source = 'entity' "
            f"AND transaction_id = '{identity}' GROUP BY ALL HAVING sum(signed_amount) <> 0"
        )
        return dict(found)

    def reported(self, identity: str) -> Balances:
        """The same of QuickBooks' journal."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for account, debit, credit in self.query(
            "SELECT account_id, debit, credit FROM reports.posted_leg "
            f"WHERE transaction_id = '{identity}' AND basis = 'Accrual'"
        ):
            sums[account] += debit - credit
        return {account: amount for account, amount in sums.items() if amount}

    def patches(self) -> Mapping[str, int]:
        """Reason → legs, of what reports show otherwise than documents."""
        return dict(
            self.query(
                "SELECT patch_reason, count(*) FROM finance.general_ledger "
                "WHERE patch_reason IS NOT NULL AND basis = 'Accrual' GROUP BY ALL"
            )
        )


@contextmanager
def running(folder: Path, empty_data: Path, records: CompanyData) -> Iterator[LedgerCompany]:
    """A service with the company, and a session that is connected to it."""
    shutil.copytree(empty_data, folder / "data")
    with LocalQuickBooks(folder / "quickbooks.sqlite") as service:
        service.add_company(records)
        with open_session(settings_for(service, folder / "data"), UNLIMITED) as session:
            connect(service, session, REALM)
            with closing(LedgerCompany(service, session)) as books:
                yield books
