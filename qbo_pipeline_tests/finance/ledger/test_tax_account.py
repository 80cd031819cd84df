"""Which account the tax of an agency posts to: reports tell, also where two agencies take the same of a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline_tests.finance.marts.books import Books, make_template

STATE, CITY = "21", "22"
AGENCIES = {"1": "Alabama", "2": "Birmingham"}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tax") / "empty.duckdb"
    make_template(path)
    return path


@pytest.fixture
def books(empty: Path, tmp_path: Path) -> Iterator[Books]:
    made = Books(empty, tmp_path / "books.duckdb")
    made.company()
    for id_, name in AGENCIES.items():
        made.insert("tax_agency", id=id_, display_name=name)
        made.insert("tax_rate", id=id_, agency_id=id_)
    yield made
    made.connection.close()


def _accounts(books: Books, state: str, city: str) -> None:
    for id_, name in ((STATE, state), (CITY, city)):
        books.insert(
            "account", id=id_, name=name, account_type="Other Current Liability", account_sub_type="GlobalTaxPayable",
            classification="Liability", currency_id="USD", active=True,
        )  # fmt: skip


def _invoice(books: Books, identity: str, state: int, city: int) -> None:
    """An invoice with the tax of both agencies, and its legs as QuickBooks reports them."""
    books.insert("invoice", id=identity, txn_date="2026-03-01")
    for number, (agency, account, amount) in enumerate((("1", STATE, state), ("2", CITY, city)), 1):
        books.insert("invoice_tax_line", invoice_id=identity, tax_line_number=number, tax_rate_id=agency, amount=amount)
        books.connection.execute(
            "INSERT INTO reports.posted_leg BY NAME SELECT '1' AS realm_id, 'Accrual' AS basis, "
            "DATE '2026-03-01' AS month, DATE '2026-03-01' AS transaction_date, 'Invoice' AS transaction_title, "
            "? AS transaction_id, ? AS leg_number, ? AS account_id, '' AS account_name, 0 AS debit, ? AS credit, "
            "1 AS pull",
            [identity, number, account, amount],
        )


def _learned(books: Books) -> dict[str, str]:
    """Agency → account of the tax on its sales."""
    made = books.make("fct_sales_line")
    return dict(made.rows("SELECT tax_agency_id, account_id FROM posting.tax_account WHERE side = 'sales'"))


def test_agencies_that_always_take_the_same_are_told_by_the_names_of_their_accounts(books: Books) -> None:
    """Four percent each on every sale: each account has a leg of just the amount of either."""
    _accounts(books, "Alabama Payable", "Birmingham Payable")
    for identity in ("11", "12", "13"):
        _invoice(books, identity, 4, 4)

    assert _learned(books) == {"1": STATE, "2": CITY}


def test_a_document_of_which_agencies_take_different_amounts_tells_more_than_names(books: Books) -> None:
    _accounts(books, "Birmingham and all of Alabama", "Alabama, city tax")
    for identity in ("11", "12", "13"):
        _invoice(books, identity, 4, 4)
    _invoice(books, "14", 4, 9)

    assert _learned(books) == {"1": STATE, "2": CITY}
