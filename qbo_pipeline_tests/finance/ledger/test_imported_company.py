"""Books that come from files: another company's, its chart in another language, and what its accountant says of it.

The company is French. Nothing of it was made by the local service: `local import` reads the files, the service posts
and reports them, and the ledger comes to the trial balance that is written here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from qbo_pipeline.cli import app
from qbo_pipeline.ingestion import open_session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.finance.ledger.ledger_company import (
    LedgerCompany,
    bought,
    posted,
    ref,
    settles,
    sold,
    spent,
    taxed,
)
from qbo_pipeline_tests.local.quickbooks.small_books import Record, customer, stamped

REALM = "4620816365000000001"
FOUNDED = "2026-08-31T10:00:00+02:00"
ACCOUNTS = (
    ("101", "Banque", "Bank", "Checking", "Asset", "EUR"),
    ("102", "Clients", "Accounts Receivable", "AccountsReceivable", "Asset", "EUR"),
    ("103", "Clients - USD", "Accounts Receivable", "AccountsReceivable", "Asset", "USD"),
    ("104", "Stock de marchandises", "Other Current Asset", "Inventory", "Asset", "EUR"),
    ("105", "Fonds non déposés", "Other Current Asset", "UndepositedFunds", "Asset", "EUR"),
    ("106", "Fournisseurs", "Accounts Payable", "AccountsPayable", "Liability", "EUR"),
    ("107", "TVA à payer", "Other Current Liability", "GlobalTaxPayable", "Liability", "EUR"),
    ("108", "Capital", "Equity", "OwnersEquity", "Equity", "EUR"),
    ("109", "Ventes de marchandises", "Income", "SalesOfProductIncome", "Revenue", "EUR"),
    ("110", "Prestations", "Income", "ServiceFeeIncome", "Revenue", "EUR"),
    ("111", "Coût des ventes", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense", "EUR"),
    ("112", "Loyer", "Expense", "RentOrLeaseOfBuildings", "Expense", "EUR"),
    ("113", "Écarts de change", "Other Expense", "ExchangeGainOrLoss", "Expense", "EUR"),
)
TRIAL_BALANCE: Mapping[str, int] = {
    "Banque": 10120, "Clients": -60, "Stock de marchandises": 120, "TVA à payer": 10, "Capital": -10000,
    "Ventes de marchandises": -200, "Prestations": -850, "Coût des ventes": 80, "Loyer": 800, "Écarts de change": -20,
}  # fmt: skip
"""At the end of October, by hand; debits positive."""


def _vat(amount: int, on: int) -> Record:
    tax = taxed(amount, on)
    tax["TaxLine"][0]["TaxLineDetail"]["TaxPercent"] = 20
    return tax


def _lists() -> Mapping[str, list[Record]]:
    stock: Record = {"AssetAccountRef": ref("104"), "ExpenseAccountRef": ref("111"), "IncomeAccountRef": ref("109")}
    lamp: Record = {
        "Name": "Lampe",
        "FullyQualifiedName": "Lampe",
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 6,
    }
    rate = {"TaxRateRef": ref("1"), "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
    return {
        "CompanyInfo": [stamped("1", FOUNDED, CompanyName="Lumière & Fils", Country="FR")],
        "Preferences": [stamped(
            "1", FOUNDED, CurrencyPrefs={"HomeCurrency": ref("EUR"), "MultiCurrencyEnabled": True},
        )],
        "Account": [stamped(
            identity, FOUNDED, Name=name, FullyQualifiedName=name, AccountType=kind, AccountSubType=subtype,
            Classification=classification, Active=True, CurrencyRef=ref(currency), CurrentBalance=0,
            CurrentBalanceWithSubAccounts=0,
        ) for identity, name, kind, subtype, classification, currency in ACCOUNTS],
        "Customer": [
            customer("201", "Hôtel du Lac", CurrencyRef=ref("EUR"), Balance=-60, BalanceWithJobs=-60),
            customer("202", "Bright Inc", CurrencyRef=ref("USD"), BalanceWithJobs=0),
            customer("203", "Café Fermé (deleted)", CurrencyRef=ref("EUR"), Active=False, BalanceWithJobs=0),
        ],
        "Vendor": [stamped("211", FOUNDED, DisplayName="Verrerie", Active=True, Balance=0, CurrencyRef=ref("EUR"))],
        "Item": [
            stamped("221", FOUNDED, Active=True, PurchaseCost=20, **lamp, **stock),
            stamped("222", FOUNDED, Name="Conseil", FullyQualifiedName="Conseil", Active=True, Type="Service",
                    IncomeAccountRef=ref("110")),
        ],
        "TaxAgency": [stamped("1", FOUNDED, DisplayName="Trésor public")],
        "TaxRate": [stamped("1", FOUNDED, Name="TVA 20 %", Active=True, RateValue=20, AgencyRef=ref("1"))],
        "TaxCode": [stamped("2", FOUNDED, Name="TVA", Active=True, Taxable=True, TaxGroup=True,
                            SalesTaxRateList={"TaxRateDetail": [rate]})],
    }  # fmt: skip


def _transactions() -> Mapping[str, list[Record]]:
    def made(identity: str, day: str, **content: Any) -> Record:
        return stamped(identity, f"{day}T09:00:00+02:00", TxnDate=day, **content)

    lake, bright, glass = {"CustomerRef": ref("201")}, {"CustomerRef": ref("202")}, {"VendorRef": ref("211")}
    euro: Record = {"CurrencyRef": ref("EUR"), "ExchangeRate": 1}
    dollar: Record = {"CurrencyRef": ref("USD")}
    check: Record = {"PayType": "Check", "CheckPayment": {"BankAccountRef": ref("101")}}
    kind = "DepositLineDetail"
    brought = {"Amount": 240, "DetailType": kind, kind: {}, "LinkedTxn": [{"TxnId": "305", "TxnType": "Payment"}]}
    return {
        "JournalEntry": [made("301", "2026-09-01", **euro, Line=[
            posted("Debit", 10000, "101"), posted("Credit", 10000, "108")])],
        "Bill": [made("302", "2026-09-03", **glass, **euro, TotalAmt=240, Balance=0, APAccountRef=ref("106"),
                      Line=[bought(200, 10, "221")], TxnTaxDetail=_vat(40, 200))],
        "Purchase": [made("303", "2026-09-05", **euro, PaymentType="Check", AccountRef=ref("101"), TotalAmt=800,
                          Line=[spent(800, "112")])],
        "Invoice": [
            made("304", "2026-09-10", **lake, **euro, TotalAmt=240, Balance=0, Line=[sold(200, "221", 4)],
                 TxnTaxDetail=_vat(40, 200)),
            made("307", "2026-10-02", **bright, **dollar, ExchangeRate=Decimal("0.90"), TotalAmt=1000, Balance=0,
                 Line=[sold(1000, "222")]),
        ],
        "Payment": [
            made("305", "2026-09-20", **lake, **euro, TotalAmt=240, UnappliedAmt=0,
                 Line=[settles(240, "Invoice", "304")]),
            made("310", "2026-10-20", **bright, **dollar, ExchangeRate=Decimal("0.92"), TotalAmt=1000, UnappliedAmt=0,
                 DepositToAccountRef=ref("101"), Line=[settles(1000, "Invoice", "307")]),
        ],
        "Deposit": [made("306", "2026-09-21", **euro, DepositToAccountRef=ref("101"), TotalAmt=240, Line=[brought])],
        "CreditMemo": [made("308", "2026-10-05", **lake, **euro, TotalAmt=60, Balance=60, RemainingCredit=60,
                            Line=[sold(50, "222")], TxnTaxDetail=_vat(10, 50))],
        "BillPayment": [made("309", "2026-10-10", **glass, **euro, **check, TotalAmt=240,
                             Line=[settles(240, "Bill", "302")])],
    }  # fmt: skip


def _local(*arguments: str) -> None:
    answer = CliRunner().invoke(app, ("local", *arguments))
    assert answer.exit_code == 0, answer.output


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, empty_data: Path) -> Iterator[LedgerCompany]:
    """The company in a service that has nothing but its files, loaded and reported."""
    folder = tmp_path_factory.mktemp("imported")
    files, state = folder / REALM, folder / "quickbooks.sqlite"
    files.mkdir()
    for entity, records in {**_lists(), **_transactions()}.items():
        text = json.dumps({"QueryResponse": {entity: records}}, default=float)
        (files / f"{entity}.json").write_text(text, encoding="utf-8")
    lines = [f"{name},{max(amount, 0)},{max(-amount, 0)}\n" for name, amount in TRIAL_BALANCE.items()]
    (folder / "october.csv").write_text("account,debit,credit\n" + "".join(lines), encoding="utf-8")
    of_october = ("--trial-balance", str(folder / "october.csv"), "--as-of", "2026-10-31")
    _local("import", str(files), "--state", str(state), *of_october)
    shutil.copytree(empty_data, folder / "data")
    with LocalQuickBooks(state) as service, open_session(settings_for(service, folder / "data"), UNLIMITED) as session:
        connect(service, session, REALM)
        with closing(LedgerCompany(service, session, REALM)) as books:
            books.load()
            books.pull()
            yield books


def test_every_imported_transaction_is_in_the_ledger_and_balances(imported: LedgerCompany) -> None:
    found = imported.query(
        "SELECT transaction_type, transaction_id, sum(signed_amount) FROM finance.general_ledger "
        "WHERE basis = 'Accrual' GROUP BY ALL"
    )
    given = {(entity, one["Id"], 0) for entity, records in _transactions().items() for one in records}
    assert set(found) == given


def test_an_imported_company_comes_to_the_trial_balance_of_its_accountant(imported: LedgerCompany) -> None:
    found = imported.query(
        "SELECT account_name, sum(signed_amount) FROM finance.general_ledger WHERE basis = 'Accrual' "
        "GROUP BY ALL HAVING sum(signed_amount) <> 0"
    )
    assert dict(found) == TRIAL_BALANCE


def test_the_ledger_of_an_imported_company_ties_with_every_report_on_both_bases(imported: LedgerCompany) -> None:
    differing = imported.query(
        """
        SELECT basis, month, account_id, sum(amount) FROM (
            SELECT basis, month, account_id, signed_amount AS amount FROM finance.general_ledger
            UNION ALL
            SELECT basis, month, account_id, credit - debit FROM reports.posted_leg
        ) GROUP BY ALL HAVING sum(amount) <> 0
        """
    )
    assert differing == []
    assert imported.query("SELECT DISTINCT basis FROM reports.posted_leg ORDER BY 1") == [("Accrual",), ("Cash",)]


def test_only_the_cost_of_stock_is_told_by_the_reports_of_an_imported_company(imported: LedgerCompany) -> None:
    assert imported.patches() == {"cogs": 2}
