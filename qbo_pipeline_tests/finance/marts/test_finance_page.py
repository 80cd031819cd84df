"""The page for finance people: its statements run, and no table is missing from it that people look for."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import qbo_pipeline
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.model import Built
from qbo_pipeline_tests.finance.marts.books import Books, make_template

PAGE = (Path(qbo_pipeline.__file__).parent.parent / "docs" / "finance.md").read_text(encoding="utf-8")
STATEMENTS = re.findall(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL)
SEMANTIC = set(re.findall(r"`(semantic_\w+)`", PAGE))
TOLD = set(re.findall(r"finance\.(\w+)", PAGE)) | set(re.findall(r"`((?:dim|bridge)_\w+)`", PAGE)) | SEMANTIC
INNER = {
    "account_type", "calendar_span", "company_month", "company_synchronization", "net_income_month",
    "statement_balance", "hierarchy", "uncharted_account", "aging_day",
    "receivable_movement", "payable_movement", "fct_receivable_item", "fct_payable_item", "fct_account_balance_month",
    "group_rate",
    "recurring_occurrence", "fct_budget", "fct_deposit_line", "fct_journal_line", "fct_payment",
}  # fmt: skip
"""What the others are made of."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Books:
    folder = tmp_path_factory.mktemp("page")
    make_template(folder / "empty.duckdb")
    books = Books(folder / "empty.duckdb", folder / "books.duckdb")
    books.company(today=date(2026, 3, 31))
    books.accounts(
        ("bank", "Bank", "Checking"),
        ("receivable", "Accounts Receivable", "AccountsReceivable"),
        ("sales", "Income", "SalesOfProductIncome"),
    )
    books.insert("customer", id="c", display_name="Customer", active=True)
    books.insert(
        "invoice",
        id="9",
        doc_number="1038",
        customer_id="c",
        txn_date="2026-03-01",
        due_date="2026-03-10",
        total_amt=40,
    )
    books.insert("invoice_line", invoice_id="9", line_number=1, detail_type="SalesItemLineDetail", amount=40)
    books.post("2026-03-01", ("receivable", 40), ("sales", -40), type_="Invoice", id_="9", doc_number="1038")
    return books.make(*(TOLD - SEMANTIC - {"reconciliation"}))


@pytest.mark.parametrize("statement", STATEMENTS, ids=range(len(STATEMENTS)))
def test_a_statement_of_the_page_runs(company: Books, statement: str) -> None:
    company.rows(statement)


def test_the_drill_goes_down_to_the_cent(company: Books) -> None:
    cell = company.one("SELECT amount FROM finance.profit_and_loss WHERE section = 'Income'")
    of_legs = company.rows("""
        SELECT transaction_key, sum(natural_amount) FROM finance.general_ledger
        WHERE basis = 'Accrual' AND month = '2026-03-01' AND account_id = 'sales' GROUP BY 1""")
    assert of_legs == [("1|Invoice|9", cell)]
    assert company.one("SELECT amount FROM finance.dim_transaction WHERE transaction_key = '1|Invoice|9'") == cell
    assert company.one("SELECT sum(amount) FROM finance.fct_sales_line WHERE transaction_key = '1|Invoice|9'") == cell


def test_every_table_people_look_for_is_on_the_page() -> None:
    asked = {
        model.relation.name
        for model in shipped().ordered
        if model.relation.schema == "finance" and model.built is not Built.INLINE and model.folder != "proof"
    }
    assert {name for name in asked - INNER - TOLD if not name.startswith("metric_")} == set()


def test_nothing_on_the_page_is_missing() -> None:
    there = {model.relation.name for model in shipped().ordered}
    assert TOLD - there == set()
