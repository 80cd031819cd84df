"""What was open on any day, rebuilt from documents and what was paid on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline_tests.finance.marts.books import Books


@pytest.fixture
def company(books: Books) -> Books:
    books.company(reports_calc_aging_report_from_txn_date=False)
    books.accounts(
        ("bank", "Bank", "Checking"),
        ("receivable", "Accounts Receivable", "AccountsReceivable"),
        ("payable", "Accounts Payable", "AccountsPayable"),
        ("sales", "Income", "SalesOfProductIncome"),
    )
    books.post("2026-01-01", ("bank", 1), ("sales", -1))
    return books


def _invoice(books: Books, id_: str, day: str, due: str, total: float, **more: Any) -> None:
    books.insert(
        "invoice", id=id_, customer_id="c", doc_number=id_.upper(), txn_date=day, due_date=due, total_amt=total, **more
    )


def _payment(
    books: Books, id_: str, day: str, *applied: tuple[str, str, float], unapplied: float = 0, **more: Any
) -> None:
    signs = {"CreditMemo": -1, "VendorCredit": -1}
    total = sum(amount * signs.get(type_, 1) for type_, _, amount in applied) + unapplied
    books.insert("payment", id=id_, customer_id="c", txn_date=day, total_amt=total, unapplied_amt=unapplied, **more)
    _apply(books, "payment", id_, applied)


def _apply(books: Books, table: str, id_: str, applied: tuple[tuple[str, str, float], ...]) -> None:
    for number, (type_, document, amount) in enumerate(applied, 1):
        books.insert(f"{table}_line", **{f"{table}_id": id_}, line_number=number, amount=amount)
        books.insert(
            f"{table}_line_linked_txn",
            **{f"{table}_id": id_},
            line_number=number,
            linked_txn_number=1,
            txn_type=type_,
            txn_id=document,
        )


def _open(books: Books, day: str, side: str = "ar") -> list[tuple[object, ...]]:
    return books.rows(f"SELECT transaction_id, open_balance FROM finance.{side}_aging_as_of(DATE '{day}') ORDER BY 1")


def test_an_invoice_is_open_until_it_is_paid(company: Books) -> None:
    _invoice(company, "i", "2026-01-10", "2026-02-09", 100)
    _payment(company, "p", "2026-03-05", ("Invoice", "i", 60))
    company.make("ar_aging_as_of")
    assert _open(company, "2026-01-09") == []
    assert _open(company, "2026-03-04") == [("i", 100)]
    assert _open(company, "2026-03-05") == [("i", 40)]


def test_buckets_count_from_the_due_date(company: Books) -> None:
    for id_, due in (
        ("a", "2026-03-31"),
        ("b", "2026-03-30"),
        ("c", "2026-03-01"),
        ("d", "2026-02-28"),
        ("e", "2026-01-30"),
        ("f", "2025-12-30"),
    ):
        _invoice(company, id_, "2025-12-01", due, 10)
    company.make("ar_aging")
    assert company.rows("SELECT transaction_id, days_overdue, bucket "
            "FROM finance.ar_aging WHERE as_of = '2026-03-31' ORDER BY 1") == [
        ("a", 0, "Current"), ("b", 1, "1-30"), ("c", 30, "1-30"), ("d", 31, "31-60"), ("e", 60, "31-60"), ("f", 91,
        "91+"),
    ]  # fmt: skip


def test_a_company_may_count_from_the_transaction_date(books: Books) -> None:
    books.company(reports_calc_aging_report_from_txn_date=True)
    books.accounts(("bank", "Bank", "Checking"))
    _invoice(books, "i", "2026-03-01", "2026-03-31", 10)
    books.make("ar_aging_as_of")
    assert books.rows("SELECT days_overdue FROM finance.ar_aging_as_of(DATE '2026-03-31')") == [(30,)]


def test_a_payment_that_was_applied_to_nothing_is_a_credit(company: Books) -> None:
    _invoice(company, "i", "2026-01-10", "2026-02-09", 100)
    _payment(company, "p", "2026-02-05", ("Invoice", "i", 100), unapplied=25)
    company.make("ar_aging_as_of")
    assert _open(company, "2026-02-28") == [("p", -25)]


def test_a_payment_before_its_invoice_was_unapplied_on_days_between(company: Books) -> None:
    _payment(company, "p", "2026-01-05", ("Invoice", "i", 100))
    _invoice(company, "i", "2026-02-10", "2026-03-09", 100)
    company.make("ar_aging_as_of", "fct_ar_application")
    assert _open(company, "2026-01-31") == [("p", -100)]
    assert _open(company, "2026-02-10") == []
    assert company.rows("SELECT application_date, days_to_pay FROM finance.fct_ar_application") == [
        (date(2026, 2, 10), 0)
    ]


def test_a_credit_memo_is_used_up_by_a_payment_of_nothing(company: Books) -> None:
    _invoice(company, "i", "2026-01-10", "2026-02-09", 100)
    company.insert("credit_memo", id="m", customer_id="c", txn_date="2026-01-20", total_amt=30)
    _payment(company, "p", "2026-02-01", ("Invoice", "i", 30), ("CreditMemo", "m", 30))
    company.make("ar_aging_as_of")
    assert _open(company, "2026-01-31") == [("i", 100), ("m", -30)]
    assert _open(company, "2026-02-01") == [("i", 70)]


def test_what_was_paid_on_the_form_is_not_open(company: Books) -> None:
    _invoice(company, "i", "2026-01-10", "2026-02-09", 100, deposit=25)
    company.make("ar_aging_as_of")
    assert _open(company, "2026-01-31") == [("i", 75)]


def test_a_journal_line_on_receivables_is_open_until_a_payment_takes_it(company: Books) -> None:
    company.post("2026-01-08", ("receivable", 40), ("sales", -40), id_="j", customer_id="c")
    company.insert("journal_entry", id="j", txn_date="2026-01-08")
    for number, (account, side) in enumerate((("receivable", "Debit"), ("sales", "Credit")), 1):
        company.insert(
            "journal_entry_line",
            journal_entry_id="j",
            line_number=number,
            account_id=account,
            posting_type=side,
            amount=40,
        )
    _payment(company, "p", "2026-02-01", ("JournalEntry", "j", 40))
    company.make("ar_aging_as_of")
    assert _open(company, "2026-01-31") == [("j", 40)]
    assert _open(company, "2026-02-01") == []


def test_a_journal_line_that_credits_receivables_works_like_a_credit_memo(company: Books) -> None:
    _invoice(company, "i", "2026-01-05", "2026-02-09", 100)
    company.post("2026-01-08", ("sales", 40), ("receivable", -40), id_="j", customer_id="c")
    company.insert("journal_entry", id="j", txn_date="2026-01-08")
    company.insert(
        "journal_entry_line",
        journal_entry_id="j",
        line_number=1,
        account_id="receivable",
        posting_type="Credit",
        amount=40,
    )
    _payment(company, "p", "2026-02-01", ("Invoice", "i", 40), unapplied=0)
    company.connection.execute("UPDATE quickbooks.payment SET total_amt = 0")
    company.insert("payment_line", payment_id="p", line_number=2, amount=40)
    company.insert(
        "payment_line_linked_txn",
        payment_id="p",
        line_number=2,
        linked_txn_number=1,
        txn_type="JournalEntry",
        txn_id="j",
    )
    company.make("ar_aging_as_of")
    assert _open(company, "2026-01-31") == [("i", 100), ("j", -40)]
    assert _open(company, "2026-02-01") == [("i", 60)]


def _entry(books: Books, id_: str, day: str, *lines: tuple[str, str, str, float]) -> None:
    """A journal entry: account, customer or vendor, whose, and the amount, debits positive."""
    books.insert("journal_entry", id=id_, txn_date=day)
    for number, (account, kind, party, amount) in enumerate(lines, 1):
        books.insert(
            "journal_entry_line", journal_entry_id=id_, line_number=number, account_id=account, amount=abs(amount),
            posting_type="Debit" if amount > 0 else "Credit", entity_type=kind, entity_id=party,
        )  # fmt: skip
        books.leg(day, number, account, amount, id_=id_, **{f"{kind.lower()}_id": party})


def test_a_credit_is_carried_over_from_one_customer_to_another(company: Books) -> None:
    """As QuickBooks tells people to do it: an entry that debits one and credits the other, and a payment of nothing of
    each."""
    company.insert("credit_memo", id="m", customer_id="c", txn_date="2026-01-05", total_amt=100)
    company.insert("invoice", id="i", customer_id="d", txn_date="2026-01-06", due_date="2026-02-05", total_amt=120)
    _entry(
        company, "j", "2026-01-08", ("receivable", "Customer", "c", 100), ("receivable", "Customer", "d", -100)
    )  # fmt: skip
    _payment(company, "p", "2026-02-01", ("JournalEntry", "j", 100), ("CreditMemo", "m", 100))
    company.insert("payment", id="q", customer_id="d", txn_date="2026-02-01", total_amt=0, unapplied_amt=0)
    _apply(company, "payment", "q", (("Invoice", "i", 100), ("JournalEntry", "j", 100)))
    company.make("ar_aging_as_of")
    assert _open(company, "2026-01-31") == [("i", 120), ("j", -100), ("j", 100), ("m", -100)]
    assert _open(company, "2026-02-01") == [("i", 20)]


def test_a_parent_pays_for_the_journal_line_of_a_job(company: Books) -> None:
    _entry(company, "j", "2026-01-08", ("receivable", "Customer", "job", 40), ("sales", "Customer", "job", -40))
    _payment(company, "p", "2026-02-01", ("JournalEntry", "j", 40))
    company.make("ar_aging_as_of")
    assert _open(company, "2026-02-01") == []


def test_what_is_owed_is_carried_over_from_one_vendor_to_another(company: Books) -> None:
    company.insert("bill", id="b", vendor_id="v", txn_date="2026-01-05", due_date="2026-02-05", total_amt=100)
    _entry(company, "j", "2026-01-08", ("payable", "Vendor", "v", 100), ("payable", "Vendor", "w", -100))
    company.insert("bill_payment", id="p", vendor_id="v", txn_date="2026-02-01", total_amt=0)
    _apply(company, "bill_payment", "p", (("Bill", "b", 100), ("JournalEntry", "j", 100)))
    company.make("ap_aging_as_of")
    assert company.rows(
        "SELECT transaction_id, vendor_id, open_balance FROM finance.ap_aging_as_of(DATE '2026-02-28')"
    ) == [("j", "w", 100)]  # fmt: skip


def test_what_a_vendor_gave_back_to_the_card_settles_its_credit(company: Books) -> None:
    company.insert("vendor_credit", id="k", vendor_id="v", txn_date="2026-01-05", total_amt=50)
    company.insert("purchase", id="g", txn_date="2026-01-06", credit=True, entity_type="Vendor", entity_id="v")
    company.post("2026-01-06", ("bank", 50), ("payable", -50), type_="Purchase", id_="g", vendor_id="v")
    company.insert("bill_payment", id="p", vendor_id="v", txn_date="2026-02-01", total_amt=0)
    _apply(company, "bill_payment", "p", (("CreditCardCredit", "g", 50), ("VendorCredit", "k", 50)))
    company.make("ap_aging_as_of")
    assert _open(company, "2026-01-31", "ap") == [("g", 50), ("k", -50)]
    assert _open(company, "2026-02-01", "ap") == []


def test_open_items_come_to_the_ledger_though_what_was_paid_is_not_there(company: Books) -> None:
    """What is older than the history that was asked for."""
    company.insert("bill_payment", id="p", vendor_id="v", txn_date="2026-02-01", total_amt=100)
    _apply(company, "bill_payment", "p", (("JournalEntry", "j", 100),))
    company.make("ap_aging_as_of")
    assert _open(company, "2026-02-28", "ap") == [("j", -100)]


def test_foreign_items_are_open_at_the_rate_they_were_booked_with(company: Books) -> None:
    _invoice(company, "i", "2026-01-10", "2026-02-09", 100, currency_id="EUR", exchange_rate=Decimal("1.10"))
    _payment(company, "p", "2026-02-05", ("Invoice", "i", 60), currency_id="EUR", exchange_rate=Decimal("1.25"))
    company.make("ar_aging_as_of", "fct_ar_application")
    assert company.rows(
        "SELECT currency_id, foreign_open_balance, open_balance FROM finance.ar_aging_as_of(DATE '2026-02-28')"
    ) == [("EUR", 40, 44)]
    assert company.rows("SELECT amount, exchange_gain FROM finance.fct_ar_application") == [(66, 9)]


def test_a_bill_paid_at_a_higher_rate_is_a_loss(company: Books) -> None:
    company.insert("bill", id="b", vendor_id="v", txn_date="2026-01-10", due_date="2026-02-09", total_amt=100,
        currency_id="EUR",
                   exchange_rate=Decimal("1.10"))  # fmt: skip
    company.insert(
        "bill_payment",
        id="p",
        vendor_id="v",
        txn_date="2026-02-11",
        total_amt=100,
        currency_id="EUR",
        exchange_rate=Decimal("1.25"),
    )
    _apply(company, "bill_payment", "p", (("Bill", "b", 100),))
    company.make("fct_ap_application")
    assert company.rows("SELECT amount, exchange_gain, days_to_pay, days_late FROM finance.fct_ap_application") == [
        (110, -15, 32, 2)
    ]


def test_what_was_paid_too_much_to_a_vendor_is_a_credit(company: Books) -> None:
    company.insert("bill", id="b", vendor_id="v", txn_date="2026-01-10", due_date="2026-02-09", total_amt=100)
    company.insert("vendor_credit", id="c", vendor_id="v", txn_date="2026-01-12", total_amt=30)
    company.insert("bill_payment", id="p", vendor_id="v", txn_date="2026-02-11", total_amt=90)
    _apply(company, "bill_payment", "p", (("Bill", "b", 100), ("VendorCredit", "c", 30)))
    company.make("ap_aging_as_of")
    assert _open(company, "2026-01-31", "ap") == [("b", 100), ("c", -30)]
    assert _open(company, "2026-02-28", "ap") == [("p", -20)]


def test_month_ends_and_any_day_agree_and_today_is_there(company: Books) -> None:
    _invoice(company, "i", "2026-01-10", "2026-02-09", 100)
    _invoice(company, "k", "2026-02-10", "2026-03-09", 30)
    _payment(company, "p", "2026-02-20", ("Invoice", "i", 60), unapplied=5)
    company.make("ar_aging", "ar_aging_as_of", "ar_open_item")
    assert [day for (day,) in company.rows("SELECT DISTINCT as_of FROM finance.ar_aging ORDER BY 1")] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip
    columns = (
        "transaction_type, transaction_id, customer_key, due_date, days_overdue, bucket, open_balance, foreign_total"
    )
    for day in ("2026-01-31", "2026-02-28", "2026-03-31"):
        assert company.rows(
            f"SELECT {columns} FROM finance.ar_aging WHERE as_of = '{day}' ORDER BY ALL"
        ) == company.rows(f"SELECT {columns} FROM finance.ar_aging_as_of(DATE '{day}') ORDER BY ALL")
    assert company.one("SELECT sum(open_balance) FROM finance.ar_open_item") == 65


def test_a_voided_invoice_is_not_open_and_is_marked(company: Books) -> None:
    _invoice(company, "i", "2026-01-10", "2026-02-09", 0, private_note="Voided - typed twice")
    company.make("ar_aging", "dim_transaction")
    assert company.rows("SELECT * FROM finance.ar_aging") == []
    assert company.rows("SELECT is_voided, qbo_url FROM finance.dim_transaction") == [
        (True, "https://app.qbo.intuit.com/app/invoice?txnId=i")
    ]  # fmt: skip
