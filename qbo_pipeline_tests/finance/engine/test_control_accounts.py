"""Which A/R and A/P account documents post to that name none, while no report tells."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline_tests.finance.engine.test_what_documents_post_by import ADS, SALES, Company

TOTAL = Decimal(60)
KINDS = {
    "receivable": ("Accounts Receivable", "AccountsReceivable", "Asset"),
    "payable": ("Accounts Payable", "AccountsPayable", "Liability"),
}


@pytest.fixture
def company(empty_warehouse: Path, posting_models: Models, tmp_path: Path) -> Iterator[Company]:
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    made.books.models = posting_models
    yield made
    made.books.connection.close()


def _account(company: Company, side: str, identity: str, *, active: bool) -> None:
    type_, sub_type, classification = KINDS[side]
    company.record(
        "Account", identity, name=identity, account_type=type_, account_sub_type=sub_type, active=active,
        classification=classification, currency_id="USD",
    )  # fmt: skip


def _document(company: Company, side: str, identity: str) -> None:
    head = {"txn_date": date(2026, 3, 6), "total_amt": TOTAL}
    if side == "receivable":
        company.record("Invoice", identity, customer_id="c", **head)
        company.row(
            "invoice_line", invoice_id=identity, line_number=1, detail_type="SalesItemLineDetail", amount=TOTAL,
            item_account_id=SALES,
        )  # fmt: skip
    else:
        company.record("Bill", identity, vendor_id="v", **head)
        company.row(
            "bill_line", bill_id=identity, line_number=1, detail_type="AccountBasedExpenseLineDetail", amount=TOTAL,
            account_id=ADS,
        )  # fmt: skip


@pytest.mark.parametrize("side", KINDS)
def test_a_new_document_is_on_an_account_that_is_in_use(company: Company, side: str) -> None:
    """One that was made inactive may be the first of the chart, and have most of what was posted before."""
    _account(company, side, "1", active=False)
    _account(company, side, "22", active=True)
    _document(company, side, "10")
    if side == "receivable":
        company.pull("10", "Invoice", ("1", 60, None), (SALES, -60, None))
    else:
        company.pull("10", "Bill", ("1", -60, None), (ADS, 60, None))
    _document(company, side, "11")
    company.books.build()

    assert company.books.rows(
        "SELECT transaction_id, account_id FROM posting.leg WHERE leg_role = 'total' ORDER BY ALL"
    ) == [("10", "1"), ("11", "22")]  # fmt: skip


@pytest.mark.parametrize("side", KINDS)
def test_what_was_posted_to_an_account_that_was_merged_counts_for_the_one_it_became(
    company: Company, side: str
) -> None:
    for identity in ("1", "22", "33"):
        _account(company, side, identity, active=True)
    title, sign, other = ("Invoice", 1, SALES) if side == "receivable" else ("Bill", -1, ADS)
    for identity, account in (("10", "33"), ("11", "33"), ("12", "22")):
        _document(company, side, identity)
        company.books.connection.execute("DELETE FROM reports.month_pull")  # It is one report of all three.
        company.pull(identity, title, (account, sign * 60, None), (other, -sign * 60, None))
    company.books.connection.execute("UPDATE stored.account SET deleted = true WHERE id = '33'")
    company.books.connection.execute(
        "INSERT INTO audit.merged_record BY NAME SELECT realm_id, 'Account' AS entity, '33' AS deleted_id, "
        "'1' AS into_id, 'inferred' AS source FROM quickbooks.account WHERE id = '33'"
    )
    _document(company, side, "13")
    company.books.build()

    assert company.books.rows(
        "SELECT transaction_id, account_id FROM posting.leg WHERE leg_role = 'total' ORDER BY ALL"
    ) == [("10", "1"), ("11", "1"), ("12", "22"), ("13", "1")]  # fmt: skip
