"""Transactions that ledgers built from QuickBooks' entities easily get wrong, each with the legs it has.

Every one is created through the API, loaded by the product and reported by QuickBooks; what is true is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline_tests.finance.ledger.ledger_company import (
    AMY,
    CHECKING,
    COGS,
    DISCOUNTS,
    EQUITY,
    FUNDS,
    INVENTORY,
    PAYABLE,
    PAYABLE_FREIGHT,
    PETTY_CASH,
    PUMP,
    RECEIVABLE,
    RENT,
    SALES,
    SHIPPING,
    TAX,
    TIM,
    LedgerCompany,
    bought,
    bundled,
    company,
    described,
    discounted,
    posted,
    ref,
    running,
    settles,
    shipped,
    sold,
    spent,
    taxed,
)


def _deposited(amount: int, account: str) -> Mapping[str, Any]:
    kind = "DepositLineDetail"
    return {"Amount": amount, "DetailType": kind, kind: {"AccountRef": ref(account)}}


class Thirteen:
    """The company with its transactions, by the number they have in the tests' names."""

    def __init__(self, books: LedgerCompany) -> None:
        self.books = books
        amy, tim = {"CustomerRef": ref(AMY)}, {"VendorRef": ref(TIM)}
        bank = {"DepositToAccountRef": ref(CHECKING)}
        cash_back = {"Amount": 20, "AccountRef": ref(PETTY_CASH)}
        self.ids: dict[int, str] = {}
        self._post(109, "Bill", **tim, APAccountRef=ref(PAYABLE), Line=[bought(600, 100)])
        self._post(100, "Bill", **tim, APAccountRef=ref(PAYABLE_FREIGHT), Line=[spent(70)])
        self._post(101, "Invoice", **amy, Line=[sold(100), sold(50), bundled(sold(30), sold(20))])
        self._post(102, "Invoice", **amy, Line=[sold(100, PUMP, 10, TaxCodeRef=ref("TAX"))], TxnTaxDetail=taxed(8, 100))
        self._post(103, "CreditMemo", **amy, Line=[sold(40), discounted(4)])
        self._post(104, "RefundReceipt", **amy, **bank, Line=[sold(50), discounted(5)])
        self._post(105, "Deposit", **bank, Line=[_deposited(100, EQUITY)], CashBack=cash_back)
        self._post(106, "Purchase", PaymentType="Check", AccountRef=ref(CHECKING), Line=[bought(60, 10)])
        self._post(107, "VendorCredit", **tim, APAccountRef=ref(PAYABLE), Line=[bought(12, 2)])
        self._post(108, "Payment", **amy, TotalAmt=50)
        self._post(110, "Invoice", **amy, Line=[sold(50), described("Thank you"), shipped(15)])
        self._post(111, "Invoice", **amy, **bank, Line=[sold(100)], Deposit=25)
        paid_by = {"PayType": "Check", "CheckPayment": {"BankAccountRef": ref(CHECKING)}}
        self._post(112, "BillPayment", **tim, **paid_by, TotalAmt=70, Line=[settles(70, "Bill", self.ids[100])])
        rent = posted("Debit", 100, RENT, TaxCodeRef=ref("2"), TaxApplicableOn="Purchase", TaxAmount=8)
        self._post(113, "JournalEntry", Line=[rent, posted("Credit", 108, CHECKING)], TxnTaxDetail=taxed(8, 100))
        books.load()
        books.pull()

    def _post(self, number: int, entity: str, **content: Any) -> None:
        self.ids[number] = self.books.create(entity, **content)["Id"]

    def legs(self, number: int) -> Mapping[str, Decimal]:
        """What the ledger has, which is also what QuickBooks reports."""
        legs = self.books.legs(self.ids[number])
        assert self.books.reported(self.ids[number]) == legs
        return legs

    def shown(self, number: int) -> Mapping[str, Decimal]:
        """What the document itself shows."""
        return self.books.entity_legs(self.ids[number])


@pytest.fixture(scope="module")
def thirteen(tmp_path_factory: pytest.TempPathFactory, empty_data: Path) -> Iterator[Thirteen]:
    with running(tmp_path_factory.mktemp("thirteen") / "books", empty_data, company()) as books:
        yield Thirteen(books)


def test_a_bundle_is_owed_once_and_sold_by_its_children(thirteen: Thirteen) -> None:
    assert thirteen.legs(101) == {RECEIVABLE: 200, SALES: -200} == thirteen.shown(101)


def test_stock_that_is_sold_costs_what_quickbooks_says(thirteen: Thirteen) -> None:
    sale = {RECEIVABLE: 108, SALES: -100, TAX: -8}

    assert thirteen.legs(102) == {**sale, COGS: 60, INVENTORY: -60}
    assert thirteen.shown(102) == sale
    assert thirteen.books.patches() == {"cogs": 2}


def test_a_discount_on_a_credit_memo_lessens_the_credit(thirteen: Thirteen) -> None:
    assert thirteen.legs(103) == {RECEIVABLE: -36, SALES: 40, DISCOUNTS: -4} == thirteen.shown(103)


def test_a_discount_on_a_refund_lessens_what_is_paid_back(thirteen: Thirteen) -> None:
    assert thirteen.legs(104) == {CHECKING: -45, SALES: 50, DISCOUNTS: -5} == thirteen.shown(104)


def test_cash_back_never_reaches_the_bank(thirteen: Thirteen) -> None:
    assert thirteen.legs(105) == {CHECKING: 80, PETTY_CASH: 20, EQUITY: -100} == thirteen.shown(105)


def test_stock_bought_by_check_is_an_asset(thirteen: Thirteen) -> None:
    assert thirteen.legs(106) == {INVENTORY: 60, CHECKING: -60} == thirteen.shown(106)


def test_stock_returned_to_a_vendor_leaves_the_asset(thirteen: Thirteen) -> None:
    assert thirteen.legs(107) == {PAYABLE: 12, INVENTORY: -12} == thirteen.shown(107)


def test_a_payment_that_names_no_bank_waits_in_undeposited_funds(thirteen: Thirteen) -> None:
    assert thirteen.legs(108) == {FUNDS: 50, RECEIVABLE: -50} == thirteen.shown(108)


def test_a_bill_of_stock_is_an_asset_and_owed(thirteen: Thirteen) -> None:
    assert thirteen.legs(109) == {INVENTORY: 600, PAYABLE: -600} == thirteen.shown(109)


def test_shipping_is_income_of_its_own_and_a_description_posts_nothing(thirteen: Thirteen) -> None:
    assert thirteen.legs(110) == {RECEIVABLE: 65, SALES: -50, SHIPPING: -15} == thirteen.shown(110)
    [(nowhere,)] = thirteen.books.query("SELECT count(*) FROM finance.general_ledger WHERE account_id IS NULL")
    assert nowhere == 0


def test_a_deposit_on_an_invoice_is_in_the_bank_and_no_longer_owed(thirteen: Thirteen) -> None:
    assert thirteen.legs(111) == {RECEIVABLE: 75, CHECKING: 25, SALES: -100} == thirteen.shown(111)


def test_a_bill_payment_settles_the_payable_account_of_its_bill_alone(thirteen: Thirteen) -> None:
    assert thirteen.legs(112) == {PAYABLE_FREIGHT: 70, CHECKING: -70} == thirteen.shown(112)


def test_the_tax_of_a_journal_entry_is_on_the_side_of_what_was_taxed(thirteen: Thirteen) -> None:
    assert thirteen.legs(113) == {RENT: 100, TAX: 8, CHECKING: -108} == thirteen.shown(113)


def test_the_ledger_ties_with_every_report_and_nothing_is_unexplained(thirteen: Thirteen) -> None:
    assert thirteen.books.query(
        """
        SELECT basis, account_id, sum(amount) FROM (
            SELECT basis, account_id, signed_amount AS amount FROM finance.general_ledger
            UNION ALL
            SELECT basis, account_id, credit - debit FROM reports.posted_leg
        ) GROUP BY ALL HAVING sum(amount) <> 0
        """
    ) == []  # fmt: skip
    assert set(thirteen.books.patches()) == {"cogs"}
