"""On the cash basis income and expenses count when forms are paid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from decimal import Decimal
from threading import Barrier, BrokenBarrierError

import pytest
from hypothesis import given, settings

from qbo_pipeline.local.quickbooks.books.model import Application, Leg, Transaction
from qbo_pipeline.local.quickbooks.reports import ledger as ledger_module
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, legs
from qbo_pipeline.local.quickbooks.reports.periods import Period
from qbo_pipeline_tests.local.quickbooks.report_books import amounts, applied, companies, ledger_of, transaction

CASH, UNDEPOSITED, RECEIVABLE, PAYABLE, TAX, SERVICES, MATERIALS, RENT = "1", "2", "3", "7", "9", "13", "14", "16"


def posted(ledger: Ledger, account: str, start: str, end: str) -> Decimal | None:
    days = Period(date.fromisoformat(start), date.fromisoformat(end))
    return ledger.balances("Cash").totals.change(account, days)


def invoice(identity: str = "10", day: str = "2026-01-10") -> Transaction:
    return transaction("Invoice", identity, day, (RECEIVABLE, 330), (SERVICES, -100), (MATERIALS, -200), (TAX, -30))


def payment(identity: str, day: str, amount: int) -> Transaction:
    return transaction("Payment", identity, day, (CASH, amount), (RECEIVABLE, -amount))


def test_an_unpaid_invoice_is_no_income() -> None:
    ledger = ledger_of([invoice()])
    assert posted(ledger, SERVICES, "2026-01-01", "2026-12-31") is None
    assert posted(ledger, TAX, "2026-01-01", "2026-12-31") == -30
    assert posted(ledger, RECEIVABLE, "2026-01-01", "2026-12-31") == 30


def test_what_reports_share_is_computed_once_when_they_are_asked_for_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together = Barrier(2)
    computed: list[int] = []

    def computing(*_: object) -> list[Transaction]:
        computed.append(1)
        with suppress(BrokenBarrierError):  # nobody else computes
            together.wait(0.2)
        return []

    monkeypatch.setattr(ledger_module, "cash_basis", computing)
    ledger = ledger_of([invoice()])
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(ledger.transactions, ["Cash"] * 2))
    assert computed == [1]


def test_a_payment_in_parts_recognises_every_line_pro_rata_on_the_days_of_payment() -> None:
    books = [invoice(), payment("11", "2026-02-05", 110), payment("12", "2026-03-05", 220)]
    settled = [
        applied(("Payment", "11"), ("Invoice", "10"), "2026-02-05", 110),
        applied(("Payment", "12"), ("Invoice", "10"), "2026-03-05", 220),
    ]
    ledger = ledger_of(books, settled)
    assert posted(ledger, SERVICES, "2026-02-01", "2026-02-28") == Decimal("-33.33")
    assert posted(ledger, MATERIALS, "2026-02-01", "2026-02-28") == Decimal("-66.67")
    assert posted(ledger, SERVICES, "2026-03-01", "2026-03-31") == Decimal("-66.67")
    assert posted(ledger, MATERIALS, "2026-03-01", "2026-03-31") == Decimal("-133.33")
    assert ledger.balances("Cash").totals.balance(RECEIVABLE, date(2026, 12, 31)) == 0


def test_a_payment_before_its_invoice_is_unapplied_income_until_the_invoice_comes() -> None:
    ledger = ledger_of(
        [payment("9", "2026-01-02", 330), invoice()], [applied(("Payment", "9"), ("Invoice", "10"), "2026-01-10", 330)]
    )
    account = ledger.accounts.of_subtype("UnappliedCashPaymentIncome").id
    assert posted(ledger, account, "2026-01-02", "2026-01-09") == -330
    assert posted(ledger, account, "2026-01-10", "2026-01-10") == 330
    assert posted(ledger, SERVICES, "2026-01-10", "2026-01-10") == -100


def test_what_a_bill_payment_leaves_unapplied_is_an_expense_of_its_own() -> None:
    bill = transaction("Bill", "20", "2026-01-10", (PAYABLE, -50), (RENT, 50))
    paid = transaction("BillPayment", "21", "2026-01-20", (PAYABLE, 80), (CASH, -80))
    ledger = ledger_of([bill, paid], [applied(("BillPayment", "21"), ("Bill", "20"), "2026-01-20", 50)])
    account = ledger.accounts.of_subtype("UnappliedCashBillPaymentExpense").id
    assert posted(ledger, RENT, "2026-01-20", "2026-01-20") == 50
    assert posted(ledger, account, "2026-01-20", "2026-01-20") == 30


@pytest.mark.parametrize("paid_to", [CASH, UNDEPOSITED])
def test_a_deposit_on_the_form_is_income_at_once(paid_to: str) -> None:
    form = transaction("Invoice", "10", "2026-01-10", (RECEIVABLE, 75), (paid_to, 25), (SERVICES, -100))
    ledger = ledger_of([form])
    assert posted(ledger, SERVICES, "2026-01-10", "2026-01-10") == -25
    assert posted(ledger, RECEIVABLE, "2026-01-10", "2026-01-10") == 0


@pytest.mark.parametrize("account", [CASH, RECEIVABLE], ids=["bank", "receivable"])
def test_a_line_of_a_bill_on_an_account_of_money_or_of_a_customer_settles_nothing(account: str) -> None:
    lines = (*amounts((RENT, 60), line_id="1"), *amounts((account, 40), line_id="2"))
    bill = transaction("Bill", "20", "2026-01-10", legs=(*amounts((PAYABLE, -100)), *lines))
    paid = transaction("BillPayment", "21", "2026-02-10", (PAYABLE, 50), (CASH, -50))
    ledger = ledger_of([bill, paid], [applied(("BillPayment", "21"), ("Bill", "20"), "2026-02-10", 50)])
    assert posted(ledger, RENT, "2026-01-01", "2026-01-31") is None
    assert posted(ledger, RENT, "2026-02-10", "2026-02-10") == 30


def test_a_credit_memo_counts_when_it_is_used() -> None:
    credit = transaction("CreditMemo", "12", "2026-01-15", (RECEIVABLE, -110), (SERVICES, 110))
    ledger = ledger_of([invoice(), credit], [applied(("CreditMemo", "12"), ("Invoice", "10"), "2026-02-01", 110)])
    assert posted(ledger, SERVICES, "2026-01-01", "2026-01-31") is None
    assert posted(ledger, SERVICES, "2026-02-01", "2026-02-01") == 110 - Decimal("33.33")


def test_a_credit_at_another_rate_than_the_invoice_leaves_nothing_unapplied() -> None:
    # In euros: an invoice of 100 at 1.1 and a credit of 40 at 1.3, settled with 60 at 1.2.
    form = transaction("Invoice", "10", "2026-01-10", (RECEIVABLE, 110), (SERVICES, -110))
    credit = transaction("CreditMemo", "12", "2026-01-15", (RECEIVABLE, -52), (SERVICES, 52))
    paid = transaction("Payment", "13", "2026-02-01", (CASH, 72), (RECEIVABLE, -58), ("20", -14))
    settled = [
        applied(("Payment", "13"), ("Invoice", "10"), "2026-02-01", 110),
        applied(("Payment", "13"), ("CreditMemo", "12"), "2026-02-01", -52),
    ]
    ledger = ledger_of([form, credit, paid], settled)
    account = ledger.accounts.of_subtype("UnappliedCashPaymentIncome").id
    assert posted(ledger, account, "2026-01-01", "2026-12-31") is None
    assert posted(ledger, SERVICES, "2026-02-01", "2026-02-01") == -58
    assert ledger.balances("Cash").totals.balance(RECEIVABLE, date(2026, 2, 1)) == 0


def in_euros(*legs: tuple[str, int, int]) -> tuple[Leg, ...]:
    """Legs of (account, home amount, euros)."""
    return tuple(Leg(account, Decimal(home), Decimal(euros)) for account, home, euros in legs)


def test_what_is_paid_at_another_rate_leaves_receivables_empty_in_either_currency() -> None:
    # In euros: an invoice of 100 at 1.1, of which 40 and then 90 are paid at 1.2; the last 30 are for nothing yet.
    form = transaction("Invoice", "10", "2026-01-10", legs=in_euros((RECEIVABLE, 110, 100), (SERVICES, -110, -100)))
    first = transaction(
        "Payment", "11", "2026-02-01", legs=in_euros((CASH, 48, 40), (RECEIVABLE, -44, -40), ("20", -4, 0))
    )
    last = transaction(
        "Payment", "12", "2026-03-01", legs=in_euros((CASH, 108, 90), (RECEIVABLE, -102, -90), ("20", -6, 0))
    )
    settled = [
        Application(("Payment", "11"), ("Invoice", "10"), date(2026, 2, 1), Decimal(40), Decimal(44)),
        Application(("Payment", "12"), ("Invoice", "10"), date(2026, 3, 1), Decimal(60), Decimal(66)),
    ]
    ledger = ledger_of([form, first, last], settled)
    account = ledger.accounts.of_subtype("UnappliedCashPaymentIncome").id
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for _, leg in legs(ledger.transactions("Cash")):
        home, euros = sums.get(leg.account, (Decimal(0), Decimal(0)))
        sums[leg.account] = home + leg.home, euros + leg.foreign
    expected = in_euros(
        (CASH, 156, 130), (SERVICES, -110, -100), ("20", -10, 0), (account, -36, -30), (RECEIVABLE, 0, 0)
    )
    assert sums == {leg.account: (leg.home, leg.foreign) for leg in expected}


def test_a_payment_without_money_waits_for_a_later_credit_as_unapplied_income() -> None:
    credit = transaction("CreditMemo", "12", "2026-03-15", (RECEIVABLE, -110), (SERVICES, 110))
    settled = [
        applied(("Payment", "13"), ("Invoice", "10"), "2026-02-01", 110),
        applied(("Payment", "13"), ("CreditMemo", "12"), "2026-03-15", -110),
    ]
    ledger = ledger_of([invoice(), credit, transaction("Payment", "13", "2026-02-01")], settled)
    account = ledger.accounts.of_subtype("UnappliedCashPaymentIncome").id
    assert posted(ledger, account, "2026-02-01", "2026-02-01") == 110
    assert posted(ledger, account, "2026-03-15", "2026-03-15") == -110
    # The tax of the two thirds of the invoice that are open.
    assert ledger.balances("Cash").totals.balance(RECEIVABLE, date(2026, 2, 1)) == 20


def test_a_bill_payment_that_uses_what_a_customer_owed_is_of_payables() -> None:
    """A journal entry sets off what a customer owes against what the same party is owed, for a bill to come."""
    entry = transaction("JournalEntry", "31", "2026-01-05", (RECEIVABLE, -50), (PAYABLE, 50))
    bill = transaction("Bill", "20", "2026-03-10", (PAYABLE, -50), (RENT, 50))
    settled = [
        applied(("BillPayment", "21"), ("JournalEntry", "31"), "2026-02-01", -50),
        applied(("BillPayment", "21"), ("Bill", "20"), "2026-03-10", 50),
    ]
    ledger = ledger_of([entry, bill, transaction("BillPayment", "21", "2026-02-01")], settled)
    account = ledger.accounts.of_subtype("UnappliedCashBillPaymentExpense").id
    assert posted(ledger, account, "2026-02-01", "2026-02-01") == 50
    assert posted(ledger, PAYABLE, "2026-02-01", "2026-02-01") == -50
    assert posted(ledger, RECEIVABLE, "2026-02-01", "2026-12-31") is None
    assert posted(ledger, account, "2026-03-10", "2026-03-10") == -50


def test_sales_receipts_and_journal_entries_count_on_their_day() -> None:
    receipt = transaction("SalesReceipt", "30", "2026-01-05", (CASH, 40), (SERVICES, -40))
    entry = transaction("JournalEntry", "31", "2026-01-06", (RENT, 15), (RECEIVABLE, -15))
    ledger = ledger_of([receipt, entry])
    assert posted(ledger, SERVICES, "2026-01-05", "2026-01-05") == -40
    assert posted(ledger, RENT, "2026-01-06", "2026-01-06") == 15


@given(companies())
@settings(max_examples=50, deadline=None)
def test_every_posting_on_the_cash_basis_balances(ledger: Ledger) -> None:
    for one in ledger.transactions("Cash"):
        assert sum(leg.home for leg in one.legs) == 0
        assert sum(leg.foreign for leg in one.legs) == 0
