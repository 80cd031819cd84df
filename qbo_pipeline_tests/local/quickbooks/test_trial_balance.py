"""A trial balance from elsewhere beside the books."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from qbo_pipeline.local.quickbooks.books.model import Leg, Transaction
from qbo_pipeline.local.quickbooks.import_export.trial_balance import (
    Difference,
    TrialBalanceError,
    differences,
    last_day,
    read_trial_balance,
)
from qbo_pipeline.local.quickbooks.reports.accounts import Account, AccountTree
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger

CHART = [
    Account("1", "Checking", "Bank", "Checking", number="1000"),
    Account("2", "Truck", "Fixed Asset"),
    Account("3", "Depreciation", "Fixed Asset", parent="2"),
    Account("4", "Depreciation", "Other Expense"),
    Account("5", "Retained Earnings", "Equity", "RetainedEarnings"),
    Account("6", "Sales", "Income"),
]
LAST_YEAR, THIS_YEAR = date(2025, 6, 30), date(2026, 2, 1)


def entry(day: date, debit: str, credit: str, amount: str) -> Transaction:
    value, now = Decimal(amount), datetime(2026, 2, 1, tzinfo=UTC)
    legs = (Leg(debit, value, value), Leg(credit, -value, -value))
    identity = f"{day}{debit}"
    return Transaction(
        "JournalEntry", identity, "Journal Entry", day, None, "", "", None, "USD", Decimal(1), now, now, legs
    )


LEDGER = Ledger(
    AccountTree(CHART),
    [
        entry(LAST_YEAR, "1", "6", "1000.00"),
        entry(LAST_YEAR, "4", "3", "250.50"),
        entry(THIS_YEAR, "1", "6", "70.00"),
    ],
    [],
    {},
)


def compared(tmp_path: Path, text: str, day: date = date(2026, 12, 31)) -> list[Difference]:
    path = tmp_path / "trial-balance.csv"
    path.write_text(text)
    return list(differences(LEDGER, read_trial_balance(path), day))


def test_books_that_agree_have_no_difference(tmp_path: Path) -> None:
    text = """Account,Debit,Credit
Checking,"1,070.00",
Truck:Depreciation,,250.50
Retained Earnings,,749.50
Sales,,$70.00
TOTAL,1070.00,1070.00
"""
    assert compared(tmp_path, text) == []


def test_earlier_years_are_earned_and_the_day_decides(tmp_path: Path) -> None:
    text = "account,debit,credit\nChecking,1000,\nSales,,1000\nDepreciation,0,0\n"
    found = compared(tmp_path, text, LAST_YEAR)

    assert found == [
        Difference("Truck:Depreciation", None, Decimal("-250.50")),
        Difference("Depreciation", Decimal(0), Decimal("250.50")),
    ]


def test_differences_and_unknown_accounts_are_told_in_the_order_of_the_chart(tmp_path: Path) -> None:
    text = "Credit,Debit,Account\n,1070.01,1000 Checking\n250.50,,Truck:Depreciation\n749.50,,5\n70,,Sale\n"

    assert compared(tmp_path, text) == [
        Difference("Sale", Decimal(-70), None),
        Difference("Checking", Decimal("1070.01"), Decimal("1070.00")),
        Difference("Sales", None, Decimal("-70.00")),
    ]


def test_lines_of_one_account_are_added(tmp_path: Path) -> None:
    text = "account,debit,credit\n1000,1000,\nChecking,70,\n3,(250.50),501\n5,,749.5\nSALES,,70\n"

    assert compared(tmp_path, text) == [Difference("Truck:Depreciation", Decimal("-751.50"), Decimal("-250.50"))]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("account,debit\nChecking,1\n", "no column credit"), ("account,debit,credit\nSales,,much\n", "line 2: 'much'")],
)
def test_what_is_no_trial_balance_is_told_so(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(TrialBalanceError, match=complaint):
        compared(tmp_path, text)


def test_the_last_day_is_that_of_the_last_transaction() -> None:
    assert last_day(LEDGER) == THIS_YEAR
