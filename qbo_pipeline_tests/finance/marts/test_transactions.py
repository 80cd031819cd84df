"""The hub of the drill: every transaction, whatever knows of it."""

from __future__ import annotations

from typing import Any

import pytest

from qbo_pipeline_tests.finance.marts.books import Books


@pytest.fixture
def company(books: Books) -> Books:
    books.company()
    books.accounts(("bank", "Bank", "Checking"), ("wages", "Expense", "PayrollExpenses"))
    return books


def test_a_transaction_that_only_the_report_knows_is_there(company: Books) -> None:
    company.post(
        "2026-01-15", ("wages", 90), ("bank", -90), type_="PayrollCheck", id_="7", doc_number="501",
        posting_source="report_only", patch_reason="no_entity",
    )  # fmt: skip
    company.make("dim_transaction")
    assert company.rows(
        "SELECT transaction_key, type_label, doc_number, amount, has_entity, is_posting FROM finance.dim_transaction"
    ) == [("1|PayrollCheck|7", "Payroll check", "501", 90, False, True)]


@pytest.mark.parametrize("bases", [["Cash"], ["Accrual", "Cash"]])
def test_a_transaction_that_only_a_report_of_the_cash_basis_knows_is_there_once(
    company: Books, bases: list[str]
) -> None:
    """A payment that lets a credit pay posts nothing on the accrual basis, and may be reported before it is loaded."""
    for basis in bases:
        company.post(
            "2026-01-15", ("wages", 90), ("bank", -90), type_="Payment", id_="7", basis=basis,
            posting_source="report_only", patch_reason="no_entity",
        )  # fmt: skip
    company.make("dim_transaction")
    assert company.rows("SELECT transaction_key, amount, has_entity FROM finance.dim_transaction") == [
        ("1|Payment|7", 90, False)
    ]


def test_the_cash_basis_makes_no_transaction_of_its_own(company: Books) -> None:
    company.post("2026-01-15", ("wages", 90), ("bank", -90), id_="7", basis="Cash", posting_source="report_only")
    company.make("dim_transaction")
    assert company.rows("SELECT * FROM finance.dim_transaction") == []


def test_estimates_and_orders_post_nothing(company: Books) -> None:
    company.insert("estimate", id="1", txn_date="2026-01-02", total_amt=10)
    company.insert("purchase_order", id="1", txn_date="2026-01-02", total_amt=10)
    company.make("dim_transaction")
    assert company.rows("SELECT transaction_key, is_posting FROM finance.dim_transaction ORDER BY 1") == [
        ("1|Estimate|1", False),
        ("1|PurchaseOrder|1", False),
    ]


def test_ids_are_unique_within_their_type_alone(company: Books) -> None:
    company.insert("invoice", id="1", txn_date="2026-01-02", total_amt=10)
    company.insert("bill", id="1", txn_date="2026-01-02", total_amt=20)
    company.make("dim_transaction")
    assert company.rows("SELECT transaction_key, amount FROM finance.dim_transaction ORDER BY 1") == [
        ("1|Bill|1", 20),
        ("1|Invoice|1", 10),
    ]


@pytest.mark.parametrize(("amount", "voided"), [(90, False), (0, True)])
def test_a_journal_entry_about_a_voided_check_is_not_voided_itself(company: Books, amount: int, voided: bool) -> None:
    """QuickBooks gives journal entries a total of zero, whatever is on their lines."""
    company.insert("journal_entry", id="1", txn_date="2026-01-02", total_amt=0, private_note="Voided check 7: reversed")
    for number, (side, account) in enumerate((("Debit", "wages"), ("Credit", "bank")), start=1):
        company.insert(
            "journal_entry_line", journal_entry_id="1", line_number=number, detail_type="JournalEntryLineDetail",
            posting_type=side, account_id=account, amount=amount,
        )  # fmt: skip
    company.make("dim_transaction")
    assert company.rows("SELECT is_voided FROM finance.dim_transaction") == [(voided,)]


@pytest.mark.parametrize(
    ("entity", "lines", "voided"),
    [
        ("invoice", ({"amount": 100}, {"amount": -100}), False),
        ("invoice", ({"amount": 0, "quantity": 2},), False),
        ("invoice", ({"amount": 0},), True),
        ("bill", ({"amount": 100}, {"amount": -100}), False),
        ("deposit", ({"amount": 50},), False),
        ("payment", ({"amount": 20},), False),
        ("payment", (), True),
    ],
)
def test_a_total_of_zero_alone_does_not_void_a_document(
    company: Books, entity: str, lines: tuple[dict[str, Any], ...], voided: bool
) -> None:
    """Lines that make up for each other, goods given away, a deposit that is handed out, a payment by credits."""
    company.insert(entity, id="1", txn_date="2026-01-02", total_amt=0, private_note="Voided order, sent again")
    for number, line in enumerate(lines, start=1):
        values: dict[str, Any] = {f"{entity}_id": "1", "line_number": number, **line}
        company.insert(f"{entity}_line", **values)
    company.make("dim_transaction")
    assert company.rows("SELECT is_voided FROM finance.dim_transaction") == [(voided,)]


@pytest.mark.parametrize("entity", ["invoice", "bill"])
@pytest.mark.parametrize(
    ("inside", "voided"), [({"quantity": 2}, False), ({"amount": 5}, False), ({"amount": 0}, True)]
)
def test_what_is_in_a_bundle_tells_whether_a_document_is_voided(
    company: Books, entity: str, inside: dict[str, Any], voided: bool
) -> None:
    """A void takes amounts and units from what is in the bundle, and leaves how many bundles there were."""
    company.insert(entity, id="1", txn_date="2026-01-02", total_amt=0, private_note="Voided order, sent again")
    place: dict[str, Any] = {f"{entity}_id": "1", "line_number": 1}
    company.insert(f"{entity}_line", **place, amount=0, detail_type="GroupLineDetail", group_item_id="9", quantity=1)
    company.insert(f"{entity}_line_group_line", **place, group_line_number=1, **inside)
    company.make("dim_transaction")
    assert company.rows("SELECT is_voided FROM finance.dim_transaction") == [(voided,)]


def test_a_foreign_document_has_both_amounts(company: Books) -> None:
    company.insert("bill", id="1", txn_date="2026-01-02", total_amt=20, currency_id="EUR", exchange_rate="1.105")
    company.make("dim_transaction")
    assert company.rows(
        "SELECT currency_id, foreign_amount::INTEGER, amount::VARCHAR FROM finance.dim_transaction"
    ) == [("EUR", 20, "22.10")]
