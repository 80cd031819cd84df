"""Payments that use credits of every kind, at home and abroad, before and after what they pay: everything ties.

The service posts them and ages what is left of them, the product computes the same from the documents alone, and all
checks of the books hold, so that no report differs from ours in any document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.finance.checks import judge, shipped_checks
from qbo_pipeline_tests.finance.ledger.ledger_company import (
    CARD,
    CHECKING,
    PAYABLE,
    PAYABLE_EUR,
    RECEIVABLE,
    RECEIVABLE_EUR,
    RENT,
    LedgerCompany,
    company,
    posted,
    ref,
    running,
    settles,
    sold,
    spent,
)
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Record

SEPTEMBER, OCTOBER, NOVEMBER = "2026-09-10", "2026-10-10", "2026-11-10"
NOT_KEPT = "current_balances_are_the_ledgers"
"""The accounts of this company stand at zero, whatever is posted."""

RATES = {"document": Decimal("1.1"), "credit": Decimal("1.3"), "payment": Decimal("1.2")}
ORDERS = {
    "at once": (SEPTEMBER, SEPTEMBER, SEPTEMBER),
    "the payment last": (SEPTEMBER, SEPTEMBER, NOVEMBER),
    "the credit last": (SEPTEMBER, NOVEMBER, OCTOBER),
    "the document last": (NOVEMBER, SEPTEMBER, OCTOBER),
}
"""Days of the document, the credit and the payment; agings are asked for at the end of October, too."""

Link = tuple[str, str]


class Desk:
    """Where the transactions of one order of days, in one currency, are entered."""

    def __init__(self, books: LedgerCompany, currency: str, days: Sequence[str]) -> None:
        self._books = books
        self._currency = currency
        self._days = dict(zip(("document", "credit", "payment"), days, strict=True))
        foreign = currency == "EUR"
        self.receivable, self.payable = (RECEIVABLE_EUR, PAYABLE_EUR) if foreign else (RECEIVABLE, PAYABLE)

    def party(self, kind: str, parent: str | None = None) -> str:
        """A customer or vendor of its own."""
        job: Record = {"ParentRef": ref(parent), "Job": True} if parent else {}
        [(number,)] = self._books.service.store.rows("SELECT count(*) FROM record")
        named = {"DisplayName": f"{kind} {number}", "CurrencyRef": ref(self._currency), **job}
        return str(self._books.post(kind.lower(), named)[kind]["Id"])

    def make(self, part: str, entity: str, **content: Any) -> Record:
        """A transaction on the day and at the rate of its part."""
        rate: Record = {"CurrencyRef": ref("EUR"), "ExchangeRate": RATES[part]} if self._currency == "EUR" else {}
        return self._books.create(entity, TxnDate=self._days[part], **rate, **content)

    def invoice(self, customer: str, amount: int = 100) -> Link:
        """What the customer owes."""
        return "Invoice", self.make("document", "Invoice", CustomerRef=ref(customer), Line=[sold(amount)])["Id"]

    def bill(self, vendor: str) -> Link:
        """What the vendor is owed: 100."""
        return "Bill", self.make("document", "Bill", VendorRef=ref(vendor), Line=[spent(100)])["Id"]

    def memo(self, customer: str) -> Link:
        """A credit of 40."""
        return "CreditMemo", self.make("credit", "CreditMemo", CustomerRef=ref(customer), Line=[sold(40)])["Id"]

    def vendor_credit(self, vendor: str) -> Link:
        """A credit of 40."""
        return "VendorCredit", self.make("credit", "VendorCredit", VendorRef=ref(vendor), Line=[spent(40)])["Id"]

    def entry(self, side: str, account: str, kind: str, party: str, against: str | None = None) -> Link:
        """40 on one side of the account of a customer or vendor, against those of another one or the rent."""
        other = "Credit" if side == "Debit" else "Debit"
        entity = {"Entity": {"Type": kind, "EntityRef": ref(party)}}
        theirs = {"Entity": {"Type": kind, "EntityRef": ref(against)}} if against else {}
        lines = [posted(side, 40, account, **entity), posted(other, 40, account if against else RENT, **theirs)]
        return "JournalEntry", self.make("credit", "JournalEntry", Line=lines)["Id"]

    def deposit(self, account: str, kind: str, party: str) -> Link:
        """40 from a customer or vendor."""
        detail = {"AccountRef": ref(account), "Entity": {**ref(party), "type": kind.upper()}}
        line = {"Amount": 40, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}
        return "Deposit", self.make("credit", "Deposit", DepositToAccountRef=ref(CHECKING), Line=[line])["Id"]

    def purchase(self, link: str, account: str, kind: str, party: str) -> Link:
        """40 to a customer or vendor; a `CreditCardCredit` came from there."""
        by_card = link.startswith("CreditCard")
        how = {"PaymentType": "CreditCard" if by_card else "Check", "AccountRef": ref(CARD if by_card else CHECKING)}
        credit = {"Credit": True} if link == "CreditCardCredit" else {}
        entity = {"EntityRef": {**ref(party), "type": kind}}
        return link, self.make("credit", "Purchase", **how, **credit, **entity, Line=[spent(40, account)])["Id"]

    def receive(self, customer: str, total: int, *settled: tuple[int, Link]) -> Record:
        """A payment."""
        lines = [settles(amount, *link) for amount, link in settled]
        return self.make("payment", "Payment", CustomerRef=ref(customer), TotalAmt=total, Line=lines)

    def pay(self, vendor: str, total: int, *settled: tuple[int, Link]) -> Record:
        """A payment of bills."""
        how: Record = {"PayType": "Check", "CheckPayment": {"BankAccountRef": ref(CHECKING)}}
        lines = [settles(amount, *link) for amount, link in settled]
        return self.make("payment", "BillPayment", VendorRef=ref(vendor), TotalAmt=total, **how, Line=lines)


def _received(desk: Desk) -> Mapping[str, tuple[Record, int]]:
    """Payments of customers, and what has to be unapplied of each."""
    made: dict[str, tuple[Record, int]] = {}
    receivable = desk.receivable
    one = desk.party("Customer")
    made["a memo"] = desk.receive(one, 60, (100, desk.invoice(one)), (40, desk.memo(one))), 0
    one = desk.party("Customer")
    made["in part"] = desk.receive(one, 33, (70, desk.invoice(one)), (37, desk.memo(one))), 0
    one = desk.party("Customer")
    made["too much"] = desk.receive(one, 100, (100, desk.invoice(one)), (40, desk.memo(one))), 40
    one = desk.party("Customer")
    made["no money"] = desk.receive(one, 0, (40, desk.invoice(one)), (40, desk.memo(one))), 0
    one = desk.party("Customer")
    entry = desk.entry("Credit", receivable, "Customer", one)
    made["an entry"] = desk.receive(one, 60, (100, desk.invoice(one)), (40, entry)), 0
    one = desk.party("Customer")
    owed = desk.entry("Debit", receivable, "Customer", one)
    made["an entry that is owed"] = desk.receive(one, 140, (100, desk.invoice(one)), (40, owed)), 0
    one, other = desk.party("Customer"), desk.party("Customer")
    carried = desk.entry("Credit", receivable, "Customer", one, against=other)
    made["carried over"] = desk.receive(one, 60, (100, desk.invoice(one)), (40, carried)), 0
    parent = desk.party("Customer")
    one, other = desk.party("Customer", parent), desk.party("Customer", parent)
    entry = desk.entry("Credit", receivable, "Customer", one)
    owed_by_jobs = ((100, desk.invoice(one)), (50, desk.invoice(other, 50)), (40, entry))
    made["a parent for its jobs"] = desk.receive(parent, 110, *owed_by_jobs), 0
    one = desk.party("Customer")
    deposit = desk.deposit(receivable, "Customer", one)
    made["a deposit"] = desk.receive(one, 60, (100, desk.invoice(one)), (40, deposit)), 0
    parent = desk.party("Customer")
    one = desk.party("Customer", parent)
    deposit = desk.deposit(receivable, "Customer", one)
    made["a parent with the deposit of a job"] = desk.receive(parent, 60, (100, desk.invoice(one)), (40, deposit)), 0
    parent = desk.party("Customer")
    one = desk.party("Customer", parent)
    back = desk.purchase("CreditCardCredit", receivable, "Customer", one)
    made["a parent, back on the card of a job"] = desk.receive(parent, 60, (100, desk.invoice(one)), (40, back)), 0
    one = desk.party("Customer")
    check = desk.purchase("Check", receivable, "Customer", one)
    made["a refund by check"] = desk.receive(one, 140, (100, desk.invoice(one)), (40, check)), 0
    one = desk.party("Customer")
    back = desk.purchase("CreditCardCredit", receivable, "Customer", one)
    made["back on the card"] = desk.receive(one, 60, (100, desk.invoice(one)), (40, back)), 0
    return made


def _paid(desk: Desk) -> None:
    """Payments to vendors."""
    payable = desk.payable
    one = desk.party("Vendor")
    desk.pay(one, 60, (100, desk.bill(one)), (40, desk.vendor_credit(one)))
    for side, total in (("Debit", 60), ("Credit", 140)):
        one = desk.party("Vendor")
        desk.pay(one, total, (100, desk.bill(one)), (40, desk.entry(side, payable, "Vendor", one)))
    one, other = desk.party("Vendor"), desk.party("Vendor")
    desk.pay(one, 60, (100, desk.bill(one)), (40, desk.entry("Debit", payable, "Vendor", one, against=other)))
    for link, total in (("Check", 60), ("Expense", 60), ("CreditCardExpense", 60), ("CreditCardCredit", 140)):
        one = desk.party("Vendor")
        desk.pay(one, total, (100, desk.bill(one)), (40, desk.purchase(link, payable, "Vendor", one)))
    one = desk.party("Vendor")
    desk.pay(one, 140, (100, desk.bill(one)), (40, desk.deposit(payable, "Vendor", one)))
    one = desk.party("Vendor")
    desk.pay(one, 130, (100, desk.bill(one)))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerCompany]:
    folder, empty = tmp_path_factory.mktemp("credits"), tmp_path_factory.mktemp("empty")
    with running(folder, empty, company(one_payable=True)) as made:
        yield made


def test_whatever_credits_a_payment_uses_everything_ties(books: LedgerCompany) -> None:
    unapplied = {}
    for currency in ("USD", "EUR"):
        for order, days in ORDERS.items():
            desk = Desk(books, currency, days)
            for name, (payment, left) in _received(desk).items():
                if payment["UnappliedAmt"] != left:
                    unapplied[currency, order, name] = payment["UnappliedAmt"]
            _paid(desk)
    assert unapplied == {}

    books.load()
    books.pull()

    verdicts = {one.name: judge(books.query, one, [REALM]) for one in shipped_checks()}
    assert {
        name: verdict.offenders for name, verdict in verdicts.items() if not verdict.holds and name != NOT_KEPT
    } == {}
    assert books.patches() == {}
