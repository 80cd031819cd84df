"""What documents of every kind post: the same as QuickBooks reports of them, found from the documents alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline_tests.finance.ledger.ledger_company import (
    AMY,
    CARD,
    CHECKING,
    COGS,
    DISCOUNTS,
    EXCHANGE,
    FUNDS,
    HANS,
    INVENTORY,
    KLAUS,
    PAYABLE,
    PAYABLE_EUR,
    PETTY_CASH,
    PUMP,
    RECEIVABLE,
    RECEIVABLE_EUR,
    RENT,
    SALES,
    SAVINGS,
    TAX,
    TIM,
    TIPS,
    LedgerCompany,
    bought,
    company,
    posted,
    ref,
    running,
    settles,
    sold,
    spent,
    taxed,
    tipped,
)

EUR = {"CurrencyRef": ref("EUR")}
BANK = {"DepositToAccountRef": ref(CHECKING)}
BY_CHECK = {"PayType": "Check", "CheckPayment": {"BankAccountRef": ref(CHECKING)}}
BY_CARD = {"PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": ref(CARD)}}
Legs = Mapping[str, Decimal | int]


def d(text: str) -> Decimal:
    return Decimal(text)


def _percent(amount: Any, percent: Any) -> Mapping[str, Any]:
    kind = "DiscountLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"PercentBased": True, "DiscountPercent": percent}}


def _brought(amount: Any, kind: str, identity: str) -> Mapping[str, Any]:
    linked = [{"TxnId": identity, "TxnType": kind, "TxnLineId": "0"}]
    return {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": {}, "LinkedTxn": linked}


class Documents:
    """A company with documents by name."""

    def __init__(self, books: LedgerCompany) -> None:
        self.books = books
        self.ids: dict[str, str] = {}
        self._at_home()
        self._abroad()
        books.load()
        books.pull()

    def _add(self, name: str, entity: str, **content: Any) -> None:
        self.ids[name] = self.books.create(entity, **content)["Id"]

    def _at_home(self) -> None:
        amy, tim = {"CustomerRef": ref(AMY)}, {"VendorRef": ref(TIM)}
        gross = sold(100, TaxCodeRef=ref("2"), TaxInclusiveAmt=108)
        self._add("stock", "Bill", **tim, Line=[bought(60, 10)])
        self._add(
            "inclusive", "Invoice", **amy, GlobalTaxCalculation="TaxInclusive", Line=[gross], TxnTaxDetail=taxed(8, 100)
        )
        self._add("discount", "Invoice", **amy, Line=[sold(200), _percent(20, 10)], TxnTaxDetail=taxed(d("14.40"), 180))
        self._add("taxed bill", "Bill", **tim, Line=[spent(50)], TxnTaxDetail=taxed(4, 50))
        self._add("taxed credit", "VendorCredit", **tim, Line=[spent(25)], TxnTaxDetail=taxed(2, 25))
        self._add(
            "taxed refund", "RefundReceipt", CustomerRef=ref(AMY), **BANK, Line=[sold(50)], TxnTaxDetail=taxed(4, 50)
        )
        card = {"PaymentType": "CreditCard", "AccountRef": ref(CARD)}
        self._add("card", "Purchase", **card, Line=[spent(50)], TxnTaxDetail=taxed(4, 50))
        self._add("card credit", "Purchase", **card, Credit=True, Line=[spent(15)])
        self._add("receipt", "SalesReceipt", **amy, Line=[sold(30), sold(-5)])
        self._add(
            "tipped", "SalesReceipt", **amy, **BANK, Line=[sold(40), tipped(6)], TxnTaxDetail=taxed(d("3.20"), 40)
        )
        self._add("tip returned", "RefundReceipt", **amy, **BANK, Line=[sold(20), tipped(3)])
        bank_line = {"Amount": -3, "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": ref(RENT)}}
        self._add("deposit", "Deposit", **BANK, Line=[_brought(25, "SalesReceipt", self.ids["receipt"]), bank_line])
        sale = {"Amount": 50, "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": ref(SALES)}}
        self._add("taxed deposit", "Deposit", **BANK, Line=[sale], TxnTaxDetail=taxed(4, 50))
        self._add("transfer", "Transfer", FromAccountRef=ref(CHECKING), ToAccountRef=ref(SAVINGS), Amount=12)
        card_payment = {"CreditCardAccountRef": ref(CARD), "BankAccountRef": ref(CHECKING)}
        self._add("card payment", "CreditCardPayment", **card_payment, Amount=30)
        self._add("unapplied", "Payment", **amy, **BANK, TotalAmt=33)
        sale = posted("Credit", 100, SALES, TaxCodeRef=ref("2"), TaxApplicableOn="Sales", TaxAmount=8)
        self._add("taxed sale", "JournalEntry", Line=[sale, posted("Debit", 108, CHECKING)], TxnTaxDetail=taxed(8, 100))
        adjusted = {"ItemRef": ref(PUMP), "QtyDiff": -2}
        line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": adjusted}
        self._add("adjustment", "InventoryAdjustment", AdjustAccountRef=ref(COGS), Line=[line])
        self._add("cheap return", "VendorCredit", **tim, Line=[bought(10, 2)])
        self._add("void", "Invoice", **amy, Line=[sold(77)])
        self.books.post("invoice?operation=void", {"Id": self.ids["void"], "SyncToken": "0"})

    def _abroad(self) -> None:
        hans, klaus = {"CustomerRef": ref(HANS), **EUR}, {"VendorRef": ref(KLAUS), **EUR}
        self._add(
            "EUR invoice",
            "Invoice",
            **hans,
            ExchangeRate=d("1.1"),
            Line=[sold(d("100.33")), sold(d("33.37")), sold(d("7.77"))],
        )
        self._add("EUR small", "Invoice", **hans, ExchangeRate=d("1.3"), Line=[sold(50)])
        self._add("EUR credit", "CreditMemo", **hans, ExchangeRate=d("1.2"), Line=[sold(20)])
        paid = [settles(d("141.47"), "Invoice", self.ids["EUR invoice"]), settles(30, "Invoice", self.ids["EUR small"])]
        self._add("EUR payment", "Payment", **hans, ExchangeRate=d("1.25"), TotalAmt=180, Line=paid)
        used = [settles(20, "Invoice", self.ids["EUR small"]), settles(20, "CreditMemo", self.ids["EUR credit"])]
        self._add("EUR credit used", "Payment", **hans, ExchangeRate=d("1.25"), TotalAmt=0, Line=used)
        self._add("EUR bill", "Bill", **klaus, ExchangeRate=d("1.1"), Line=[spent(d("99.99")), bought(50, 5)])
        self._add("EUR vendor credit", "VendorCredit", **klaus, ExchangeRate=d("1.2"), Line=[spent(10)])
        bill = settles(d("149.99"), "Bill", self.ids["EUR bill"])
        credit = settles(10, "VendorCredit", self.ids["EUR vendor credit"])
        self._add(
            "EUR bill payment",
            "BillPayment",
            **klaus,
            **BY_CARD,
            ExchangeRate=d("1.3"),
            TotalAmt=d("139.99"),
            Line=[bill, credit],
        )
        owed = {"Type": "Customer", "EntityRef": ref(HANS)}
        lines = [posted("Debit", d("50.55"), RECEIVABLE_EUR, Entity=owed), posted("Credit", d("50.55"), SALES)]
        self._add("EUR journal", "JournalEntry", **EUR, ExchangeRate=d("1.15"), Line=lines)
        by_journal = [settles(d("50.55"), "JournalEntry", self.ids["EUR journal"])]
        self._add("EUR journal paid", "Payment", **hans, ExchangeRate=d("1.25"), TotalAmt=d("50.55"), Line=by_journal)
        thirds = [sold(d("0.33")), sold(d("0.33")), sold(d("0.33"))]
        self._add("EUR cents", "SalesReceipt", **hans, **BANK, ExchangeRate=d("1.111111"), Line=thirds)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, empty_data: Path) -> Iterator[Documents]:
    with running(tmp_path_factory.mktemp("documents") / "books", empty_data, company(one_payable=True)) as books:
        yield Documents(books)


FROM_THEMSELVES: Mapping[str, Legs] = {
    "inclusive": {RECEIVABLE: 108, SALES: -100, TAX: -8},
    "discount": {RECEIVABLE: d("194.40"), SALES: -200, DISCOUNTS: 20, TAX: d("-14.40")},
    "taxed bill": {RENT: 50, TAX: 4, PAYABLE: -54},
    "taxed credit": {RENT: -25, TAX: -2, PAYABLE: 27},
    "taxed refund": {SALES: 50, TAX: 4, CHECKING: -54},
    "card": {RENT: 50, TAX: 4, CARD: -54},
    "card credit": {RENT: -15, CARD: 15},
    "receipt": {FUNDS: 25, SALES: -25},
    "tipped": {CHECKING: d("49.20"), SALES: -40, TIPS: -6, TAX: d("-3.20")},
    "tip returned": {CHECKING: -23, SALES: 20, TIPS: 3},
    "deposit": {CHECKING: 22, RENT: 3, FUNDS: -25},
    "taxed deposit": {CHECKING: 54, SALES: -50, TAX: -4},
    "transfer": {SAVINGS: 12, CHECKING: -12},
    "card payment": {CARD: 30, CHECKING: -30},
    "unapplied": {CHECKING: 33, RECEIVABLE: -33},
    "taxed sale": {CHECKING: 108, SALES: -100, TAX: -8},
    "void": {},
    "EUR invoice": {RECEIVABLE_EUR: d("155.62"), SALES: d("-155.62")},
    "EUR payment": {FUNDS: 225, RECEIVABLE_EUR: d("-205.28"), EXCHANGE: d("-19.72")},
    "EUR credit used": {RECEIVABLE_EUR: -2, EXCHANGE: 2},
    "EUR bill": {RENT: d("109.99"), INVENTORY: 55, PAYABLE_EUR: d("-164.99")},
    "EUR bill payment": {PAYABLE_EUR: d("152.99"), CARD: d("-181.99"), EXCHANGE: 29},
    "EUR journal": {RECEIVABLE_EUR: d("58.13"), SALES: d("-58.13")},
    "EUR journal paid": {FUNDS: d("63.19"), RECEIVABLE_EUR: d("-58.13"), EXCHANGE: d("-5.06")},
    "EUR cents": {CHECKING: d("1.10"), SALES: d("-1.10")},
}


@pytest.mark.parametrize("name", FROM_THEMSELVES)
def test_a_document_posts(documents: Documents, name: str) -> None:
    identity = documents.ids[name]

    assert documents.books.entity_legs(identity) == FROM_THEMSELVES[name]
    assert documents.books.reported(identity) == FROM_THEMSELVES[name]


def test_a_tip_is_of_no_item(documents: Documents) -> None:
    identity = documents.ids["tipped"]

    assert documents.books.query(
        "SELECT account_id, item_id, posting_source FROM finance.general_ledger "
        f"WHERE transaction_id = '{identity}' AND basis = 'Accrual' AND leg_role = 'tip'"
    ) == [(TIPS, None, "entity")]  # fmt: skip


def test_adjusted_stock_is_worth_what_quickbooks_says(documents: Documents) -> None:
    identity = documents.ids["adjustment"]

    assert documents.books.entity_legs(identity) == {}
    assert documents.books.legs(identity) == documents.books.reported(identity) != {}


def test_stock_returned_for_less_than_it_cost_leaves_at_its_cost(documents: Documents) -> None:
    identity = documents.ids["cheap return"]

    assert documents.books.entity_legs(identity) == {PAYABLE: 10, INVENTORY: -10}
    assert documents.books.legs(identity) == documents.books.reported(identity)
    assert set(documents.books.patches()) == {"cogs"}


def test_each_transaction_balances_in_both_currencies(documents: Documents) -> None:
    assert documents.books.query(
        "SELECT basis, transaction_type, transaction_id FROM finance.general_ledger GROUP BY ALL "
        "HAVING sum(debit) <> sum(credit) OR (basis = 'Accrual' AND sum(foreign_debit) <> sum(foreign_credit))"
    ) == []  # fmt: skip


def test_a_leg_carries_what_its_line_says(documents: Documents) -> None:
    [leg] = documents.books.query(
        "SELECT account_name, debit, signed_amount, natural_amount, currency_id, foreign_signed_amount, exchange_rate, "
        "vendor_id, item_id, quantity, leg_role, line_number, confirmed FROM finance.general_ledger "
        f"WHERE transaction_id = '{documents.ids['EUR bill']}' AND basis = 'Accrual' AND item_id IS NOT NULL"
    )

    assert leg == ("Inventory Asset", 55, 55, 55, "EUR", 50, d("1.1"), KLAUS, PUMP, 5, "line", 2, True)


def test_a_leg_leads_to_its_page_in_quickbooks(documents: Documents) -> None:
    identity = documents.ids["receipt"]
    [(url,)] = documents.books.query(
        f"SELECT DISTINCT qbo_url FROM finance.general_ledger WHERE transaction_id = '{identity}'"
    )

    assert url == f"https://app.qbo.intuit.com/app/salesreceipt?txnId={identity}"


LEGS = (
    "SELECT basis, transaction_type, transaction_id, leg_number, account_id, debit, credit, foreign_debit, "
    "customer_id, vendor_id, item_id, patch_reason, transaction_date FROM finance.general_ledger ORDER BY ALL"
)


@pytest.mark.parametrize("settings", [{"report_version": "v1"}, {"report_language": "fr"}])
def test_reports_of_another_shape_or_language_give_the_same_ledger(
    documents: Documents, settings: Mapping[str, str]
) -> None:
    before = documents.books.query(LEGS)
    documents.books.control("switches", **settings)
    try:
        documents.books.pull()
        assert documents.books.query(LEGS) == before
    finally:
        documents.books.control("switches", report_version="v2", report_language="en")
        documents.books.pull()


def test_a_document_newer_than_its_report_stands_by_itself_until_the_next_pull(documents: Documents) -> None:
    books = documents.books
    identity = books.create("Invoice", CustomerRef=ref(AMY), Line=[sold(100, PUMP, 1)], TxnTaxDetail=taxed(8, 100))[
        "Id"
    ]
    shown = {RECEIVABLE: 108, SALES: -100, TAX: -8}
    state = f"SELECT DISTINCT confirmed FROM posting.leg WHERE transaction_id = '{identity}' AND basis = 'Accrual'"

    books.load()
    assert books.legs(identity) == shown
    assert books.query(state) == [(False,)]

    books.pull()
    assert books.legs(identity) == {**shown, COGS: 6, INVENTORY: -6} == books.reported(identity)
    assert books.query(state) == [(True,)]


def test_a_deleted_document_is_gone_though_its_report_still_has_it(documents: Documents) -> None:
    books = documents.books
    made = books.create("Purchase", PaymentType="Cash", AccountRef=ref(PETTY_CASH), Line=[spent(9)])
    books.load()
    books.pull()
    assert books.legs(made["Id"]) == {RENT: 9, PETTY_CASH: -9}

    books.post("purchase?operation=delete", {"Id": made["Id"], "SyncToken": made["SyncToken"]})
    books.sync()

    assert books.legs(made["Id"]) == {} != books.reported(made["Id"])
