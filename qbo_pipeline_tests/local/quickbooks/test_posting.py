"""How each kind of document posts, account by account: the cases that other packages get wrong among them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks.books.chart import PostingError, Record
from qbo_pipeline_tests.local.quickbooks.posting_company import (
    bought,
    by_account,
    discount,
    posted,
    record,
    ref,
    sold,
    spent,
    taxed,
)


def journal_line(amount: float, side: str, account: str) -> Record:
    detail = {"PostingType": side, "AccountRef": ref(account)}
    return {"Id": "0", "Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


BUNDLE = {
    "Id": "3",
    "Amount": 50,
    "DetailType": "GroupLineDetail",
    "GroupLineDetail": {"GroupItemRef": ref("3"), "Quantity": 1, "Line": [sold(30), sold(20)]},
}
SUBTOTAL = {"Amount": 200, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
TEXT = {"Id": "4", "Description": "Thank you", "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
SHIPPING = {
    "Amount": 15,
    "DetailType": "SalesItemLineDetail",
    "SalesItemLineDetail": {"ItemRef": ref("SHIPPING_ITEM_ID")},
}
PAID_BILL = {**record(70, spent(70)), "Id": "9", "APAccountRef": ref("7")}

CASES: dict[str, tuple[str, Record, dict[str, float]]] = {
    "an invoice with a bundle: its children post, not their sum": (
        "Invoice",
        record(200, sold(100), sold(50), BUNDLE, SUBTOTAL),
        {"Accounts Receivable (A/R)": 200, "Sales": -200},
    ),
    "an invoice with sales tax of three rates of one agency: one payable account": (
        "Invoice",
        record(21.80, sold(20), TxnTaxDetail=taxed((1.25, "2"), (0.20, "3"), (0.35, "4"))),
        {"Accounts Receivable (A/R)": 21.80, "Sales": -20, "Arizona Dept. of Revenue Payable": -1.80},
    ),
    "an invoice with tax of two agencies": (
        "Invoice",
        record(110, sold(100), TxnTaxDetail=taxed((8, "1"), (2, "2"))),
        {
            "Accounts Receivable (A/R)": 110,
            "Sales": -100,
            "Board of Equalization Payable": -8,
            "Arizona Dept. of Revenue Payable": -2,
        },
    ),
    "tax-inclusive amounts: lines come net, tax beside them": (
        "Invoice",
        record(108, sold(100), TxnTaxDetail=taxed((8, "1")), GlobalTaxCalculation="TaxInclusive"),
        {"Accounts Receivable (A/R)": 108, "Sales": -100, "Board of Equalization Payable": -8},
    ),
    "a credit memo with a discount": (
        "CreditMemo",
        record(36, sold(40), discount(4)),
        {"Accounts Receivable (A/R)": -36, "Sales": 40, "Discounts given": -4},
    ),
    "a refund with a discount": (
        "RefundReceipt",
        record(45, sold(50), discount(5), DepositToAccountRef=ref("1")),
        {"Checking": -45, "Sales": 50, "Discounts given": -5},
    ),
    "a sales receipt without an account waits among the undeposited funds": (
        "SalesReceipt",
        record(50, sold(50)),
        {"Undeposited Funds": 50, "Sales": -50},
    ),
    "a deposit less cash back": (
        "Deposit",
        record(
            80,
            {"Id": "1", "Amount": 100, "LinkedTxn": [{"TxnId": "5", "TxnType": "Payment"}], "DepositLineDetail": {}},
            DepositToAccountRef=ref("1"),
            CashBack={"AccountRef": ref("2"), "Amount": 20},
        ),
        {"Checking": 80, "Petty Cash": 20, "Undeposited Funds": -100},
    ),
    "a check for stock": (
        "Purchase",
        record(60, bought(60), AccountRef=ref("1"), PaymentType="Check"),
        {"Checking": -60, "Inventory Asset": 60},
    ),
    "a card credit": (
        "Purchase",
        record(60, spent(60), AccountRef=ref("8"), PaymentType="CreditCard", Credit=True),
        {"Card": 60, "Rent": -60},
    ),
    "a vendor credit for stock": (
        "VendorCredit",
        record(10, bought(10), APAccountRef=ref("6")),
        {"Accounts Payable (A/P)": 10, "Inventory Asset": -10},
    ),
    "a payment without an account": (
        "Payment",
        record(50),
        {"Undeposited Funds": 50, "Accounts Receivable (A/R)": -50},
    ),
    "a bill": ("Bill", record(70, spent(70)), {"Accounts Payable (A/P)": -70, "Rent": 70}),
    "shipping and a line of text": (
        "Invoice",
        record(65, sold(50), TEXT, SHIPPING),
        {"Accounts Receivable (A/R)": 65, "Sales": -50, "Shipping Income": -15},
    ),
    "a deposit taken on the form": (
        "Invoice",
        record(100, sold(100), Deposit=25, DepositToAccountRef=ref("1")),
        {"Accounts Receivable (A/R)": 75, "Checking": 25, "Sales": -100},
    ),
    "a journal entry with tax on its open side": (
        "JournalEntry",
        record(
            0,
            journal_line(100, "Debit", "15"),
            journal_line(108, "Credit", "1"),
            TxnTaxDetail=taxed((8, "1")),
        ),
        {"Rent": 100, "Checking": -108, "Board of Equalization Payable": 8},
    ),
    "a transfer": (
        "Transfer",
        record(0, Amount=30, FromAccountRef=ref("1"), ToAccountRef=ref("2")),
        {"Checking": -30, "Petty Cash": 30},
    ),
    "a card paid from the bank": (
        "CreditCardPayment",
        record(0, Amount=30, BankAccountRef=ref("1"), CreditCardAccountRef=ref("8")),
        {"Checking": -30, "Card": 30},
    ),
    "sales tax paid to one of two agencies": (
        "TaxPayment",
        record(0, PaymentAmount=30, PaymentAccountRef=ref("1"), Description="March, Arizona Dept. of Revenue"),
        {"Checking": -30, "Arizona Dept. of Revenue Payable": 30},
    ),
    "a voided invoice": ("Invoice", record(0, sold(0), PrivateNote="Voided"), {}),
    "a journal entry that tells of a voided check": (
        "JournalEntry",
        record(0, journal_line(100, "Debit", "1"), journal_line(100, "Credit", "15"), PrivateNote="Voided check 7"),
        {"Checking": 100, "Rent": -100},
    ),
    "a transfer that tells of a voided one": (
        "Transfer",
        record(0, Amount=30, FromAccountRef=ref("1"), ToAccountRef=ref("2"), PrivateNote="Voided before, again"),
        {"Checking": -30, "Petty Cash": 30},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_document_posts_to_the_right_accounts(case: tuple[str, Record, dict[str, float]]) -> None:
    entity, document, expected = case
    assert by_account(posted(entity, document)) == {
        name: Decimal(str(amount)).quantize(Decimal("0.01")) for name, amount in expected.items()
    }


def linked(amount: float, entity: str, identity: str) -> Record:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": entity}]}


def test_a_bill_is_paid_out_of_the_payables_it_is_in_once() -> None:
    payment = record(
        70, linked(70, "Bill", "9"), PayType="Check", CheckPayment={"BankAccountRef": ref("1")}, VendorRef=ref("2")
    )
    assert by_account(posted("BillPayment", payment, ("Bill", PAID_BILL))) == {
        "Checking": Decimal(-70),
        "Accounts Payable - Freight": Decimal(70),
    }


def test_a_payment_that_uses_a_credit_and_leaves_a_rest() -> None:
    invoice, credit = {**record(100, sold(100)), "Id": "7"}, {**record(30, sold(30)), "Id": "8"}
    payment = record(90, linked(100, "Invoice", "7"), linked(30, "CreditMemo", "8"))
    transaction = posted("Payment", payment, ("Invoice", invoice), ("CreditMemo", credit))
    assert by_account(transaction) == {"Undeposited Funds": Decimal(90), "Accounts Receivable (A/R)": Decimal(-90)}


def test_a_link_without_an_amount_settles_nothing() -> None:
    owed = {**record(100, sold(100)), "Id": "9"}
    paid = record(20, {"LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]})
    assert by_account(posted("Payment", paid, ("Invoice", owed))) == {
        "Undeposited Funds": 20,
        "Accounts Receivable (A/R)": -20,
    }


def test_settling_at_another_rate_realizes_the_difference() -> None:
    euro: dict[str, Any] = {"CurrencyRef": ref("EUR")}
    invoice = {**record(100, sold(100), ExchangeRate=Decimal("1.10"), **euro), "Id": "7"}
    payment = record(
        100, linked(100, "Invoice", "7"), ExchangeRate=Decimal("1.25"), DepositToAccountRef=ref("1"), **euro
    )
    assert by_account(posted("Invoice", invoice)) == {
        "Accounts Receivable (A/R) - EUR": Decimal(110),
        "Sales": Decimal(-110),
    }
    assert by_account(posted("Payment", payment, ("Invoice", invoice))) == {
        "Checking": Decimal(125),
        "Accounts Receivable (A/R) - EUR": Decimal(-110),
        "Exchange Gain or Loss": Decimal(-15),
    }


def test_a_bill_in_another_currency_is_in_the_payables_of_that_currency_and_realizes_what_its_rate_moves() -> None:
    euro: dict[str, Any] = {"CurrencyRef": ref("EUR"), "VendorRef": ref("2")}
    bill = {**record(100, spent(100), ExchangeRate=Decimal("1.10"), **euro), "Id": "7"}
    check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": ref("1")}}
    payment = record(100, linked(100, "Bill", "7"), ExchangeRate=Decimal("1.25"), **check, **euro)
    assert by_account(posted("Bill", bill)) == {"Accounts Payable (A/P) - EUR": Decimal(-110), "Rent": Decimal(110)}
    assert by_account(posted("BillPayment", payment, ("Bill", bill))) == {
        "Checking": Decimal(-125),
        "Accounts Payable (A/P) - EUR": Decimal(110),
        "Exchange Gain or Loss": Decimal(15),
    }


EURO: dict[str, Any] = {"CurrencyRef": ref("EUR")}
AT_ITS_OWN_RATE = {"Id": "8", "ExchangeRate": Decimal("1.30"), **EURO}


def carried(side: str, account: str, kind: str) -> Record:
    """An entry of 40 between the first and the second customer or vendor, both on one account."""
    lines = [journal_line(40, side, account), journal_line(40, "Debit" if side == "Credit" else "Credit", account)]
    for line, party in zip(lines, "12", strict=True):
        line["JournalEntryLineDetail"]["Entity"] = {"Type": kind, "EntityRef": ref(party)}
    return record(0, *lines, **AT_ITS_OWN_RATE)


@pytest.mark.parametrize(
    ("link", "entity", "document", "total", "receivable"),
    [
        ("JournalEntry", "JournalEntry", carried("Credit", "17", "Customer"), 60, -58),
        ("JournalEntry", "JournalEntry", carried("Debit", "17", "Customer"), 140, -162),
        ("Deposit", "Deposit", record(40, **AT_ITS_OWN_RATE), 60, -58),
        ("Check", "Purchase", record(40, **AT_ITS_OWN_RATE), 140, -162),
        ("Expense", "Purchase", record(40, **AT_ITS_OWN_RATE), 140, -162),
        ("CreditCardCredit", "Purchase", record(40, Credit=True, **AT_ITS_OWN_RATE), 60, -58),
    ],
)
def test_a_payment_uses_up_what_is_a_credit_of_its_customer(
    link: str, entity: str, document: Record, total: int, receivable: int
) -> None:
    # The invoice of 100 is at 1.1, the 40 are at 1.3, the payment is at 1.2.
    invoice = {**record(100, sold(100), ExchangeRate=Decimal("1.10"), **EURO), "Id": "7"}
    paid = record(
        total, linked(100, "Invoice", "7"), linked(40, link, "8"), ExchangeRate=Decimal("1.20"),
        DepositToAccountRef=ref("1"), **EURO,
    )  # fmt: skip
    assert by_account(posted("Payment", paid, ("Invoice", invoice), (entity, document))) == {
        "Checking": total * Decimal("1.2"),
        "Accounts Receivable (A/R) - EUR": receivable,
        "Exchange Gain or Loss": -receivable - total * Decimal("1.2"),
    }


@pytest.mark.parametrize(
    ("link", "entity", "document", "total", "payable"),
    [
        ("JournalEntry", "JournalEntry", carried("Debit", "18", "Vendor"), 60, 58),
        ("JournalEntry", "JournalEntry", carried("Credit", "18", "Vendor"), 140, 162),
        ("Deposit", "Deposit", record(40, **AT_ITS_OWN_RATE), 140, 162),
        ("Check", "Purchase", record(40, **AT_ITS_OWN_RATE), 60, 58),
        ("CreditCardExpense", "Purchase", record(40, **AT_ITS_OWN_RATE), 60, 58),
        ("CreditCardCredit", "Purchase", record(40, Credit=True, **AT_ITS_OWN_RATE), 140, 162),
    ],
)
def test_a_bill_payment_uses_up_what_was_paid_before(
    link: str, entity: str, document: Record, total: int, payable: int
) -> None:
    vendor = {"VendorRef": ref("1"), **EURO}
    bill = {**record(100, spent(100), ExchangeRate=Decimal("1.10"), **vendor), "Id": "7"}
    check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": ref("1")}}
    lines = linked(100, "Bill", "7"), linked(40, link, "8")
    paid = record(total, *lines, ExchangeRate=Decimal("1.20"), **check, **vendor)
    assert by_account(posted("BillPayment", paid, ("Bill", bill), (entity, document))) == {
        "Checking": -total * Decimal("1.2"),
        "Accounts Payable (A/P) - EUR": payable,
        "Exchange Gain or Loss": total * Decimal("1.2") - payable,
    }


def test_a_parent_settles_of_an_entry_what_is_most_where_nothing_is_its_own() -> None:
    entry = carried("Credit", "17", "Customer")
    entry["Line"][0]["Amount"] = 45
    entry["Line"].append(journal_line(5, "Debit", "15"))
    paid = record(0, linked(40, "JournalEntry", "8"), ExchangeRate=1, CustomerRef=ref("3"), **EURO)
    assert by_account(posted("Payment", paid, ("JournalEntry", entry))) == {
        "Accounts Receivable (A/R) - EUR": 12,  # the credit at 1.3, against 40 that are unapplied at 1
        "Exchange Gain or Loss": -12,
    }


def test_an_entry_that_does_not_balance_is_refused_with_the_difference() -> None:
    with pytest.raises(PostingError, match=r"differ by 5\.00"):
        posted("JournalEntry", record(0, journal_line(10, "Debit", "15"), journal_line(5, "Credit", "1")))


def test_an_account_that_is_not_there_is_named() -> None:
    with pytest.raises(PostingError, match="account 999 does not exist"):
        posted("Bill", record(70, spent(70, account="999")))


CENTS = st.integers(1, 10_000_000).map(lambda cents: Decimal(cents) / 100)


@given(
    amounts=st.lists(CENTS, min_size=1, max_size=8),
    rate=st.decimals("0.001", "200", places=6),
    taken_off=st.integers(0, 100),
    tax=st.integers(0, 5000),
    entity=st.sampled_from(["Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt"]),
)
def test_every_sales_form_balances_to_the_cent_in_both_currencies(
    amounts: list[Decimal], rate: Decimal, taken_off: int, tax: int, entity: str
) -> None:
    off, tax_amount = Decimal(taken_off) / 100, Decimal(tax) / 100
    total = sum(amounts, Decimal(0)) - off + tax_amount
    lines = [sold(amount) for amount in amounts]
    document = record(
        total,
        *lines,
        discount(off),
        TxnTaxDetail=taxed((tax_amount, "1")),
        ExchangeRate=rate,
        CurrencyRef=ref("EUR"),
    )
    legs = posted(entity, document).legs
    assert sum(leg.home for leg in legs) == 0
    assert sum(leg.foreign for leg in legs) == 0
    assert max(abs(leg.home - leg.foreign * rate) for leg in legs) <= Decimal("0.005") * (len(legs) + 1)
