"""Foreign payments that use deposits, checks and expenses give each up at its own rate, before any report tells."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.finance.checks import judge, shipped_checks
from qbo_pipeline_tests.finance.engine.small_books import REALM
from qbo_pipeline_tests.finance.engine.test_what_documents_post_by import Company

OF_PAYMENTS = {"open_items_equal_their_control_accounts", "payments_are_applied_or_unapplied"}
CHECKS = [check for check in shipped_checks() if check.name in OF_PAYMENTS]
AT_OWN_RATE = {"currency_id": "EUR", "exchange_rate": Decimal("1.3")}
AT_PAYMENTS_RATE = {"currency_id": "EUR", "exchange_rate": Decimal("1.2")}


@pytest.fixture
def company(empty_warehouse: Path, tmp_path: Path) -> Iterator[Company]:
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    made.account("euros", "Bank", "Checking", "Asset", "EUR")
    made.account("receivable", "Accounts Receivable", "AccountsReceivable", "Asset", "EUR")
    made.account("payable", "Accounts Payable", "AccountsPayable", "Liability", "EUR")
    made.account("exchange", "Other Expense", "ExchangeGainOrLoss", "Expense")
    # Something stays open on either side, as it does in any company.
    _document(made, "invoice", "1", Decimal(7), customer_id="c")
    _document(made, "bill", "2", Decimal(7), vendor_id="v", ap_account_id="payable")
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


def _deposit(company: Company, account: str, party: tuple[str, str]) -> None:
    company.record(
        "Deposit", "20", txn_date=date(2026, 3, 6), total_amt=Decimal(40), deposit_to_account_id="euros", **AT_OWN_RATE
    )
    company.row(
        "deposit_line", deposit_id="20", line_number=1, amount=Decimal(40), account_id=account,
        entity_type=party[0].upper(), entity_id=party[1],
    )  # fmt: skip


def _purchase(company: Company, account: str, party: tuple[str, str], *, credit: bool) -> None:
    company.record(
        "Purchase", "20", txn_date=date(2026, 3, 6), total_amt=Decimal(40), account_id="euros", credit=credit,
        entity_type=party[0], entity_id=party[1], **AT_OWN_RATE,
    )  # fmt: skip
    company.row(
        "purchase_line", purchase_id="20", line_number=1, amount=Decimal(40), account_id=account,
        detail_type="AccountBasedExpenseLineDetail",
    )  # fmt: skip


def _pay(company: Company, table: str, total: int, paid: str, link: str, **more: Any) -> None:
    """100 of an invoice or bill and 40 of what was received or given otherwise, in one payment at 1.2."""
    entity = "Payment" if table == "payment" else "BillPayment"
    company.record(entity, "30", txn_date=date(2026, 3, 7), total_amt=Decimal(total), **AT_PAYMENTS_RATE, **more)
    for number, (id_, type_, amount) in enumerate((("10", paid, 100), ("20", link, 40)), 1):
        company.row(f"{table}_line", **{f"{table}_id": "30"}, line_number=number, amount=Decimal(amount))
        company.row(
            f"{table}_line_linked_txn", **{f"{table}_id": "30"}, line_number=number, linked_txn_number=1, txn_id=id_,
            txn_type=type_,
        )  # fmt: skip


def _posted(company: Company) -> dict[str, Decimal]:
    """What the payment posts, home currency."""
    company.books.build()
    return dict(
        company.books.rows("SELECT account_id, debit - credit FROM posting.leg WHERE transaction_id = '30' ORDER BY 1")
    )


def _red(company: Company) -> set[str]:
    """The checks of payments that do not hold."""
    found = {one.name: judge(company.books.rows, one, [REALM]) for one in CHECKS}
    return {name for name, verdict in found.items() if not verdict.holds}


@pytest.mark.parametrize(
    ("link", "credit", "total", "receivable"),
    [
        # The invoice is given up at 1.1, the 40 at 1.3: for 60 and for 140 in euros.
        ("Deposit", None, 60, "-58.00"),
        ("CreditCardCredit", True, 60, "-58.00"),
        ("Check", False, 140, "-162.00"),
        ("Expense", False, 140, "-162.00"),
        ("CreditCardExpense", False, 140, "-162.00"),
    ],
)
def test_a_payment_uses_what_was_received_or_refunded_at_its_own_rate(
    company: Company, link: str, credit: bool | None, total: int, receivable: str
) -> None:
    _document(company, "invoice", "10", Decimal(100), customer_id="c")
    if credit is None:
        _deposit(company, "receivable", ("Customer", "c"))
    else:
        _purchase(company, "receivable", ("Customer", "c"), credit=credit)
    _pay(company, "payment", total, "Invoice", link, customer_id="c", deposit_to_account_id="euros")

    bank = Decimal(total) * Decimal("1.2")
    assert _posted(company) == {
        "euros": bank,
        "receivable": Decimal(receivable),
        "exchange": -bank - Decimal(receivable),
    }
    assert _red(company) == set()


@pytest.mark.parametrize(
    ("link", "credit", "total", "payable"),
    [
        ("Check", False, 60, "58.00"),
        ("Expense", None, 60, "58.00"),
        ("CreditCardExpense", False, 60, "58.00"),
        ("CreditCardCredit", True, 140, "162.00"),
        ("Deposit", None, 140, "162.00"),
    ],
)
def test_a_bill_payment_uses_what_was_paid_before_or_given_back_at_its_own_rate(
    company: Company, link: str, credit: bool | None, total: int, payable: str
) -> None:
    _document(company, "bill", "10", Decimal(100), vendor_id="v", ap_account_id="payable")
    if link == "Deposit":
        _deposit(company, "payable", ("Vendor", "v"))
    else:
        _purchase(company, "payable", ("Vendor", "v"), credit=bool(credit))
    _pay(company, "bill_payment", total, "Bill", link, vendor_id="v", check_bank_account_id="euros")

    bank = -Decimal(total) * Decimal("1.2")
    assert _posted(company) == {"euros": bank, "exchange": -bank - Decimal(payable), "payable": Decimal(payable)}
    assert _red(company) == set()
