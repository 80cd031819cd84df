"""Which account shipping posts to: reports tell, also where other lines of a form have the very amount of shipping."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline_tests.finance.marts.books import Books, make_template

FIRST, SHIPPING, SALES, DISCOUNTS = "6", "7", "8", "9"
"""The first income account of the chart, which nothing is sold on, is what shipping is on while no report tells."""
FORMS = {"invoice": 1, "sales_receipt": 1, "credit_memo": -1, "refund_receipt": -1}
"""Table of the form → whether it credits income or takes it back."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shipping") / "empty.duckdb"
    make_template(path)
    return path


@pytest.fixture
def books(empty: Path, tmp_path: Path) -> Iterator[Books]:
    made = Books(empty, tmp_path / "books.duckdb")
    made.company()
    made.accounts(
        (FIRST, "Income", "SalesOfProductIncome"),
        (SALES, "Income", "SalesOfProductIncome"),
        (DISCOUNTS, "Income", "DiscountsRefundsGiven"),
        (SHIPPING, "Income", "SalesOfProductIncome"),
    )
    made.insert("item", id="hours", type="Service", income_account_id=SALES)
    yield made
    made.connection.close()


def _form(books: Books, table: str, identity: str, *reported: tuple[str, int]) -> None:
    """A form with a line, a bundle of two, shipping and a discount, each of 30; reports have these credits of it."""
    head: dict[str, Any] = {f"{table}_id": identity, "amount": 30}
    sold: dict[str, Any] = {**head, "detail_type": "SalesItemLineDetail"}
    books.insert(table, id=identity, txn_date="2026-03-01")
    books.insert(f"{table}_line", line_number=1, item_id="hours", **sold)
    books.insert(f"{table}_line", line_number=2, detail_type="GroupLineDetail", **{**head, "amount": 60})
    for child in (1, 2):
        books.insert(f"{table}_line_group_line", line_number=2, group_line_number=child, item_id="hours", **sold)
    books.insert(f"{table}_line", line_number=3, item_id="SHIPPING_ITEM_ID", **sold)
    books.insert(
        f"{table}_line", line_number=4, detail_type="DiscountLineDetail", discount_account_id=DISCOUNTS, **head
    )
    for number, (account, amount) in enumerate(reported, 1):
        books.connection.execute(
            "INSERT INTO reports.posted_leg BY NAME SELECT '1' AS realm_id, 'Accrual' AS basis, "
            "DATE '2026-03-01' AS month, DATE '2026-03-01' AS transaction_date, ? AS transaction_title, "
            "? AS transaction_id, ? AS leg_number, ? AS account_id, '' AS account_name, "
            "? AS debit, ? AS credit, 1 AS pull",
            [table, identity, number, account, max(-amount, 0), max(amount, 0)],
        )


def _learned(books: Books) -> Any:
    return books.make("fct_sales_line").one("SELECT account_id FROM posting.shipping_account")


@pytest.mark.parametrize("table", FORMS)
def test_shipping_is_told_from_lines_of_the_same_amount(books: Books, table: str) -> None:
    way = FORMS[table]
    sold = [(SALES, 30 * way)] * 3
    _form(books, table, "11", *sold, (SHIPPING, 30 * way), (DISCOUNTS, -30 * way))

    assert _learned(books) == SHIPPING


def test_shipping_on_the_account_of_sales_is_told(books: Books) -> None:
    _form(books, "invoice", "11", *[(SALES, 30)] * 4, (DISCOUNTS, -30))

    assert _learned(books) == SALES


def test_most_forms_decide_where_shipping_moved(books: Books) -> None:
    sold = [(SALES, 30)] * 3
    for identity, account in (("11", SHIPPING), ("12", SALES), ("13", SHIPPING)):
        _form(books, "invoice", identity, *sold, (account, 30), (DISCOUNTS, -30))

    assert _learned(books) == SHIPPING


def test_while_no_report_tells_shipping_is_on_the_first_income_account(books: Books) -> None:
    _form(books, "invoice", "11")

    assert _learned(books) == FIRST
