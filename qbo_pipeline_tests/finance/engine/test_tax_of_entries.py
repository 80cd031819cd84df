"""On which account the tax of journal entries and deposits is: that of tax on sales, or that of tax on purchases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline_tests.finance.engine.test_what_documents_post_by import ADS, BANK, SALES, Company

COLLECTED, DEDUCTIBLE = "collected", "deductible"


@pytest.fixture
def company(empty_warehouse: Path, posting_models: Models, tmp_path: Path) -> Iterator[Company]:
    """A company whose agency has an account for tax on sales and one for tax on purchases, as in France."""
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    made.books.models = posting_models
    made.account(COLLECTED, "Other Current Liability", "GlobalTaxPayable", "Liability")
    made.account(DEDUCTIBLE, "Other Current Asset", "GlobalTaxDeferred", "Asset")
    made.record(
        "TaxAgency", "1", display_name="Impôts", tax_tracked_on_sales_account_id=COLLECTED,
        tax_on_purchases_account_id=DEDUCTIBLE,
    )  # fmt: skip
    made.record("TaxRate", "1", agency_id="1")
    made.record("TaxCode", "vat", name="20%")
    made.row("tax_code_sales_tax_rate", tax_code_id="vat", tax_rate_id="1")
    yield made
    made.books.connection.close()


def _taken_of_purchases_too(company: Company) -> None:
    """The rate is one of sales and of purchases."""
    company.row("tax_code_purchase_tax_rate", tax_code_id="vat", tax_rate_id="1")


def _legs(company: Company, identity: str) -> dict[str, Decimal]:
    company.books.build()
    return dict(
        company.books.rows(
            "SELECT account_id, sum(debit - credit) FROM posting.leg WHERE transaction_id = ? GROUP BY account_id",
            [identity],
        )
    )


def _entry(company: Company, side: str, account: str, applicable_on: str | None) -> None:
    """A journal entry of 100 and 20 tax on an account, from or to the bank."""
    company.record("JournalEntry", "30", txn_date=date(2026, 3, 7))
    other = "Debit" if side == "Credit" else "Credit"
    for number, (posting, on, amount, code) in enumerate(((side, account, 100, "vat"), (other, BANK, 120, None)), 1):
        company.row(
            "journal_entry_line", journal_entry_id="30", line_number=number, detail_type="JournalEntryLineDetail",
            posting_type=posting, account_id=on, amount=Decimal(amount), tax_code_id=code,
            tax_applicable_on=applicable_on if code else None,
        )  # fmt: skip
    company.row("journal_entry_tax_line", journal_entry_id="30", tax_line_number=1, amount=Decimal(20), tax_rate_id="1")


def test_the_tax_of_a_sale_in_a_journal_entry_is_on_the_account_of_tax_on_sales(company: Company) -> None:
    _taken_of_purchases_too(company)
    _entry(company, "Credit", SALES, "Sales")

    assert _legs(company, "30") == {BANK: 120, SALES: -100, COLLECTED: -20}


@pytest.mark.parametrize("applicable_on", ["Purchase", None])
def test_the_tax_of_a_purchase_in_a_journal_entry_is_on_the_account_of_tax_on_purchases(
    company: Company, applicable_on: str | None
) -> None:
    _taken_of_purchases_too(company)
    _entry(company, "Debit", ADS, applicable_on)

    assert _legs(company, "30") == {BANK: -120, ADS: 100, DEDUCTIBLE: 20}


def test_a_rate_of_sales_alone_says_itself_that_its_tax_is_on_sales(company: Company) -> None:
    _entry(company, "Credit", SALES, None)

    assert _legs(company, "30") == {BANK: 120, SALES: -100, COLLECTED: -20}


def _deposit(company: Company, account: str, applicable_on: str | None, *, with_tax_line: bool = True) -> None:
    company.record(
        "Deposit", "40", txn_date=date(2026, 3, 7), deposit_to_account_id=BANK, total_amt=Decimal(120),
        total_tax=Decimal(20),
    )  # fmt: skip
    company.row(
        "deposit_line", deposit_id="40", line_number=1, detail_type="DepositLineDetail", account_id=account,
        amount=Decimal(100), tax_code_id="vat", tax_applicable_on=applicable_on,
    )  # fmt: skip
    if with_tax_line:
        company.row("deposit_tax_line", deposit_id="40", tax_line_number=1, amount=Decimal(20), tax_rate_id="1")


@pytest.mark.parametrize(
    ("account", "applicable_on", "tax"),
    [(SALES, "Sales", COLLECTED), (SALES, None, COLLECTED), (ADS, "Purchase", DEDUCTIBLE)],
)
def test_the_tax_of_a_deposit_is_where_its_lines_say(
    company: Company, account: str, applicable_on: str | None, tax: str
) -> None:
    _deposit(company, account, applicable_on)

    assert _legs(company, "40") == {BANK: 120, account: -100, tax: -20}


def test_a_deposit_that_tells_the_total_of_its_tax_alone_balances(company: Company) -> None:
    _deposit(company, SALES, None, with_tax_line=False)

    assert _legs(company, "40") == {BANK: 120, SALES: -100, COLLECTED: -20}
