"""Foreign payments that use deposits, checks and expenses give each up at its own rate, before any report tells."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.finance.checks import Check, judge, shipped_checks
from qbo_pipeline_tests.finance.engine.small_books import REALM
from qbo_pipeline_tests.finance.engine.test_what_documents_post_by import Company

OF_PAYMENTS = {"open_items_equal_their_control_accounts", "payments_are_applied_or_unapplied"}
CHECKS = [check for check in shipped_checks() if check.name in OF_PAYMENTS]
AT_OWN_RATE = {"currency_id": "EUR", "exchange_rate": Decimal("1.3")}
AT_PAYMENTS_RATE = {"currency_id": "EUR", "exchange_rate": Decimal("1.2")}


@dataclass(frozen=True)
class Case:
    """A document of 100 and 40 on a deposit, check or expense of its own customer or vendor; a payment uses both."""

    number: int
    link: str
    credit: bool | None
    total: int
    own: str
    """What the payment posts on the account of receivables or payables, in dollars."""

    @property
    def document(self) -> str:
        return f"10{self.number}"

    @property
    def other(self) -> str:
        return f"20{self.number}"

    @property
    def payment(self) -> str:
        return f"30{self.number}"

    @property
    def party(self) -> str:
        return f"party {self.number}"


# The invoice is given up at 1.1, the 40 at 1.3: for 60 and for 140 in euros.
RECEIVED = [
    Case(0, "Deposit", None, 60, "-58.00"),
    Case(1, "CreditCardCredit", True, 60, "-58.00"),
    Case(2, "Check", False, 140, "-162.00"),
    Case(3, "Expense", False, 140, "-162.00"),
    Case(4, "CreditCardExpense", False, 140, "-162.00"),
]
PAID = [
    Case(5, "Check", False, 60, "58.00"),
    Case(6, "Expense", None, 60, "58.00"),
    Case(7, "CreditCardExpense", False, 60, "58.00"),
    Case(8, "CreditCardCredit", True, 140, "162.00"),
    Case(9, "Deposit", None, 140, "162.00"),
]


@pytest.fixture(scope="module")
def company(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """All cases, built at once: a build takes longer than all that is looked at in it."""
    path = tmp_path_factory.mktemp("foreign") / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    made.account("euros", "Bank", "Checking", "Asset", "EUR")
    made.account("receivable", "Accounts Receivable", "AccountsReceivable", "Asset", "EUR")
    made.account("payable", "Accounts Payable", "AccountsPayable", "Liability", "EUR")
    made.account("exchange", "Other Expense", "ExchangeGainOrLoss", "Expense")
    # Something stays open on either side, as it does in any company.
    _document(made, "invoice", "1", Decimal(7), customer_id="c")
    _document(made, "bill", "2", Decimal(7), vendor_id="v", ap_account_id="payable")
    for case in RECEIVED:
        _document(made, "invoice", case.document, Decimal(100), customer_id=case.party)
        _give(made, case, "receivable", "Customer")
        _pay(made, "payment", case, "Invoice", customer_id=case.party, deposit_to_account_id="euros")
    for case in PAID:
        _document(made, "bill", case.document, Decimal(100), vendor_id=case.party, ap_account_id="payable")
        _give(made, case, "payable", "Vendor")
        _pay(made, "bill_payment", case, "Bill", vendor_id=case.party, check_bank_account_id="euros")
    made.books.build()
    yield made
    made.books.connection.close()


def _document(company: Company, table: str, id_: str, amount: Decimal, **more: Any) -> None:
    """An invoice or bill of one line, at 1.1."""
    head = {"txn_date": date(2026, 3, 5), "total_amt": amount, "currency_id": "EUR", "exchange_rate": Decimal("1.1")}
    company.record(table.capitalize(), id_, **head, **more)
    detail = (
        {"detail_type": "SalesItemLineDetail", "item_account_id": "sales"}
        if table == "invoice"
        else {"detail_type": "AccountBasedExpenseLineDetail", "account_id": "rent"}
    )
    company.row(f"{table}_line", **{f"{table}_id": id_}, line_number=1, amount=amount, **detail)


def _deposit(company: Company, id_: str, account: str, party: tuple[str, str]) -> None:
    company.record(
        "Deposit", id_, txn_date=date(2026, 3, 6), total_amt=Decimal(40), deposit_to_account_id="euros", **AT_OWN_RATE
    )
    company.row(
        "deposit_line", deposit_id=id_, line_number=1, amount=Decimal(40), account_id=account,
        entity_type=party[0].upper(), entity_id=party[1],
    )  # fmt: skip


def _purchase(company: Company, id_: str, account: str, party: tuple[str, str], *, credit: bool) -> None:
    company.record(
        "Purchase", id_, txn_date=date(2026, 3, 6), total_amt=Decimal(40), account_id="euros", credit=credit,
        entity_type=party[0], entity_id=party[1], **AT_OWN_RATE,
    )  # fmt: skip
    company.row(
        "purchase_line", purchase_id=id_, line_number=1, amount=Decimal(40), account_id=account,
        detail_type="AccountBasedExpenseLineDetail",
    )  # fmt: skip


def _give(company: Company, case: Case, account: str, kind: str) -> None:
    """The 40."""
    if case.link == "Deposit":
        _deposit(company, case.other, account, (kind, case.party))
    else:
        _purchase(company, case.other, account, (kind, case.party), credit=bool(case.credit))


def _pay(company: Company, table: str, case: Case, paid: str, **more: Any) -> None:
    """100 of an invoice or bill and 40 of what was received or given otherwise, in one payment at 1.2."""
    entity, id_ = "Payment" if table == "payment" else "BillPayment", case.payment
    company.record(entity, id_, txn_date=date(2026, 3, 7), total_amt=Decimal(case.total), **AT_PAYMENTS_RATE, **more)
    for number, (used, type_, amount) in enumerate(((case.document, paid, 100), (case.other, case.link, 40)), 1):
        company.row(f"{table}_line", **{f"{table}_id": id_}, line_number=number, amount=Decimal(amount))
        company.row(
            f"{table}_line_linked_txn", **{f"{table}_id": id_}, line_number=number, linked_txn_number=1, txn_id=used,
            txn_type=type_,
        )  # fmt: skip


def _posted(company: Company, case: Case) -> dict[str, Decimal]:
    """What the payment posts, home currency."""
    legs = "SELECT account_id, debit - credit FROM posting.leg WHERE transaction_id = ? ORDER BY 1"
    return dict(company.books.connection.execute(legs, [case.payment]).fetchall())


@pytest.mark.parametrize("case", RECEIVED, ids=lambda case: case.link)
def test_a_payment_uses_what_was_received_or_refunded_at_its_own_rate(company: Company, case: Case) -> None:
    bank = Decimal(case.total) * Decimal("1.2")
    own = Decimal(case.own)
    assert _posted(company, case) == {"euros": bank, "receivable": own, "exchange": -bank - own}


@pytest.mark.parametrize("case", PAID, ids=lambda case: case.link)
def test_a_bill_payment_uses_what_was_paid_before_or_given_back_at_its_own_rate(company: Company, case: Case) -> None:
    bank = -Decimal(case.total) * Decimal("1.2")
    own = Decimal(case.own)
    assert _posted(company, case) == {"euros": bank, "exchange": -bank - own, "payable": own}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_checks_of_payments_hold(company: Company, check: Check) -> None:
    assert judge(company.books.rows, check, [REALM]).holds
