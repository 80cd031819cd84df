"""Companies, and the day it is where they are."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.quickbooks.catalogue.model import Category
from qbo_pipeline_tests.finance.marts.books import Books

SHORTLY_AFTER_MIDNIGHT = datetime(2026, 11, 27, 0, 15)


@pytest.mark.parametrize(
    ("zone", "today"),
    [
        ("America/Los_Angeles", date(2026, 11, 26)),
        ("Europe/Rome", date(2026, 11, 27)),
        ("Nowhere/In_Particular", date(2026, 11, 27)),
        (None, date(2026, 11, 27)),
    ],
)
def test_today_is_the_day_where_the_company_is_and_utc_where_that_is_not_known(
    books: Books, zone: str | None, today: date
) -> None:
    books.insert(
        "company_info", id="1", company_name="Harbour", synced_at=SHORTLY_AFTER_MIDNIGHT, default_time_zone=zone
    )
    books.make("dim_company")
    assert books.one("SELECT as_of_date FROM finance.dim_company") == today


@pytest.mark.parametrize("table", [one.table for one in ENTITIES if one.category is Category.TRANSACTION])
def test_whatever_came_last_makes_it_today(books: Books, table: str) -> None:
    """A credit memo of today, and nothing else, is open today."""
    books.company(today=date(2026, 3, 27))
    books.insert(table, id="1", synced_at=datetime(2026, 3, 30, 12))
    books.make("dim_company")
    assert books.one("SELECT as_of_date FROM finance.dim_company") == date(2026, 3, 30)


def test_days_go_by_in_a_company_where_nothing_changes(books: Books) -> None:
    """Its balances are pulled every night, and until that day it is known what is open and what is overdue."""
    books.company(today=date(2026, 3, 30))
    books.company("2", today=date(2026, 3, 30))
    balance = "INSERT INTO reports.trial_balance VALUES ('1', 'Accrual', ?, '3', 1, 0, 1)"
    for day in (date(2026, 3, 31), date(2026, 4, 2)):
        books.connection.execute(balance, [day])
    books.make("dim_company")

    today = books.rows("SELECT as_of_date FROM finance.dim_company ORDER BY realm_id")
    assert today == [(date(2026, 4, 2),), (date(2026, 3, 30),)]
