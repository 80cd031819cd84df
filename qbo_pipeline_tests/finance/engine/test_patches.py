"""What QuickBooks' report has otherwise than a document, in both currencies."""

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
from qbo_pipeline_tests.finance.engine.test_what_documents_post_by import ADS, BANK, SALES, Company

[CONTROL] = [check for check in shipped_checks() if check.name == "open_items_equal_their_control_accounts"]


@pytest.fixture
def company(empty_warehouse: Path, tmp_path: Path) -> Iterator[Company]:
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    yield made
    made.books.connection.close()


TOTAL = Decimal("33.33")
"""Euros of a document: 37.03 by its rate, 37.04 in QuickBooks' report."""


def owed(company: Company, side: str) -> dict[str, Any]:
    """An invoice or a bill of that, with the head that its payment has, too."""
    company.account("receivable", "Accounts Receivable", "AccountsReceivable", "Asset", "EUR")
    company.account("payable", "Accounts Payable", "AccountsPayable", "Liability", "EUR")
    head = {"txn_date": date(2026, 3, 6), "total_amt": TOTAL, "currency_id": "EUR", "exchange_rate": Decimal("1.1111")}
    if side == "receivable":
        company.record("Invoice", "10", customer_id="c", **head)
        company.row(
            "invoice_line", invoice_id="10", line_number=1, detail_type="SalesItemLineDetail", amount=TOTAL,
            item_account_id=SALES,
        )  # fmt: skip
    else:
        company.record("Bill", "10", vendor_id="v", ap_account_id="payable", **head)
        company.row(
            "bill_line", bill_id="10", line_number=1, detail_type="AccountBasedExpenseLineDetail", amount=TOTAL,
            account_id=ADS,
        )  # fmt: skip
    return head


def build_where_reports_show_a_cent_more(company: Company) -> None:
    """Legs were pulled in whole amounts: in both currencies they are those of the documents, and a cent."""
    company.books.rows(
        "UPDATE reports.posted_leg SET debit = debit * 37.04 / 37, credit = credit * 37.04 / 37, currency_id = 'EUR', "
        "foreign_debit = debit * 33.33 / 37, foreign_credit = credit * 33.33 / 37"
    )
    company.books.build()


def test_a_patch_is_the_same_in_the_currency_of_a_document_at_home(company: Company) -> None:
    """The report of a company with one currency has no columns for another: what it shows is of that one, too."""
    company.transfer(BANK, ADS)
    company.pull("20", "Transfer", (BANK, -60, None), (ADS, 60, None))
    company.books.build()

    legs = company.books.rows(
        "SELECT account_id, posting_source, debit - credit, foreign_debit - foreign_credit "
        "FROM posting.leg ORDER BY ALL"
    )
    assert legs == [
        (BANK, "entity", Decimal(-50), Decimal(-50)),
        (BANK, "report_patch", Decimal(-10), Decimal(-10)),
        (ADS, "entity", Decimal(50), Decimal(50)),
        (ADS, "report_patch", Decimal(10), Decimal(10)),
    ]


@pytest.mark.parametrize("side", ["receivable", "payable"])
def test_a_cent_that_quickbooks_rounds_otherwise_is_open_like_the_rest(company: Company, side: str) -> None:
    """What is open stays what the control account has; a cent that is explained holds up no publication."""
    owed(company, side)
    debited, credited, title = ("receivable", SALES, "Invoice") if side == "receivable" else (ADS, "payable", "Bill")
    company.pull("10", title, (debited, 37, None), (credited, -37, None))
    build_where_reports_show_a_cent_more(company)

    reasons = company.books.rows("SELECT DISTINCT patch_reason FROM posting.leg WHERE posting_source = 'report_patch'")
    assert reasons == [("rounding",)]
    short = {"receivable": "ar", "payable": "ap"}[side]
    [open_] = company.books.rows(f"SELECT foreign_open_balance, open_balance FROM finance.{short}_open_item")
    assert open_ == (TOTAL, Decimal("37.04"))
    assert judge(lambda query, parameters=(): company.books.rows(query, parameters), CONTROL, [REALM]).holds


@pytest.mark.parametrize("side", ["receivable", "payable"])
def test_what_is_paid_is_open_no_more_whatever_quickbooks_rounds_otherwise(company: Company, side: str) -> None:
    """The document and its payment are a cent more in QuickBooks, and it shows neither of them as open."""
    head = owed(company, side)
    if side == "receivable":
        company.record("Payment", "11", customer_id="parent", deposit_to_account_id=BANK, **head)
        legs = ("receivable", SALES, "Invoice"), (BANK, "receivable", "Payment")
        payment, document = "payment", "Invoice"
    else:
        company.record("BillPayment", "11", vendor_id="v", ap_account_id="payable", check_bank_account_id=BANK, **head)
        legs = (ADS, "payable", "Bill"), ("payable", BANK, "Bill Payment (Check)")
        payment, document = "bill_payment", "Bill"
    company.row(f"{payment}_line", **{f"{payment}_id": "11"}, line_number=1, amount=TOTAL)
    company.row(
        f"{payment}_line_linked_txn", **{f"{payment}_id": "11"}, line_number=1, linked_txn_number=1, txn_id="10",
        txn_type=document,
    )  # fmt: skip
    for id_, (debited, credited, title) in zip(("10", "11"), legs, strict=True):
        company.books.rows("DELETE FROM reports.month_pull")
        company.pull(id_, title, (debited, 37, None), (credited, -37, None))
    build_where_reports_show_a_cent_more(company)

    patched = "SELECT count(DISTINCT transaction_id) FROM posting.leg WHERE posting_source = 'report_patch'"
    assert company.books.rows(patched) == [(2,)]
    short = {"receivable": "ar", "payable": "ap"}[side]
    assert company.books.rows(f"SELECT transaction_id, open_balance FROM finance.{short}_open_item") == []
    assert company.books.rows(f"SELECT transaction_id, open_balance FROM finance.{short}_aging") == []
    assert judge(lambda query, parameters=(): company.books.rows(query, parameters), CONTROL, [REALM]).holds
