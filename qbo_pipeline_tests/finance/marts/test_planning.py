"""Budgets and the calendar."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline_tests.finance.marts.books import Books


@pytest.fixture
def company(books: Books) -> Books:
    books.company()
    books.accounts(
        ("bank", "Bank", "Checking"),
        ("sales", "Income", "SalesOfProductIncome"),
        ("rent", "Expense", "RentOrLeaseOfBuildings"),
        ("taxes", "Expense", "TaxesPaid"),
    )
    books.insert("class", id="k", name="Kiosk", active=True)
    return books


def _budget(
    books: Books, *details: tuple[str, float], entry_type: str = "Monthly", month: str = "2026-01", **more: Any
) -> None:
    books.insert(
        "budget",
        id="1",
        name="Plan",
        active=True,
        budget_entry_type=entry_type,
        start_date="2026-01-01",
        end_date="2026-12-31",
    )
    for number, (account, amount) in enumerate(details, 1):
        books.insert(
            "budget_detail",
            budget_id="1",
            detail_number=number,
            budget_date=f"{month}-01",
            account_id=account,
            amount=amount,
            **more,
        )


def test_more_income_and_less_expense_are_favorable(company: Books) -> None:
    _budget(company, ("sales", 100), ("rent", 50), ("taxes", 10))
    company.post("2026-01-10", ("bank", 120), ("sales", -120))
    company.post("2026-01-10", ("rent", 45), ("taxes", 12), ("bank", -57))
    company.make("budget_vs_actual")
    assert company.rows(
        "SELECT account_id, budget_amount, actual_amount, variance, favorable_variance, is_favorable "
                "FROM finance.budget_vs_actual ORDER BY 1"
    ) == [
        ("rent", 50, 45, -5, 5, True), ("sales", 100, 120, 20, 20, True), ("taxes", 10, 12, 2, -2, False),
    ]  # fmt: skip


def test_what_was_not_planned_is_compared_with_zero(company: Books) -> None:
    _budget(company, ("sales", 100))
    company.post("2026-01-10", ("rent", 45), ("bank", -45))
    company.make("budget_vs_actual")
    assert company.rows("SELECT account_id, favorable_variance, favorable_share "
            "FROM finance.budget_vs_actual ORDER BY 1") == [
        ("rent", -45, None), ("sales", -100, -1),
    ]  # fmt: skip


def test_a_budget_is_about_its_months_in_which_nothing_is_planned_too(company: Books) -> None:
    _budget(company, ("sales", 100), month="2026-03")
    company.post("2025-12-10", ("rent", 1), ("bank", -1))
    company.post("2026-01-10", ("rent", 45), ("bank", -45))
    company.make("budget_vs_actual", "metric")
    assert company.rows("SELECT month, account_id, favorable_variance FROM finance.budget_vs_actual ORDER BY 1") == [
        (date(2026, 1, 1), "rent", -45), (date(2026, 3, 1), "sales", -100),
    ]  # fmt: skip
    assert company.rows("SELECT month, value FROM finance.metric WHERE metric = 'budget_variance' ORDER BY 1") == [
        (date(2026, 1, 1), -45), (date(2026, 3, 1), -100),
    ]  # fmt: skip


def _second_budget(company: Books, *details: tuple[str, float], active: bool = True, **more: Any) -> None:
    company.insert(
        "budget", id="2", name="Second", active=active, budget_entry_type="Monthly", start_date="2026-01-01",
        end_date="2026-12-31", **more,
    )  # fmt: skip
    for number, (account, amount) in enumerate(details, 1):
        company.insert(
            "budget_detail", budget_id="2", detail_number=number, budget_date="2026-01-01", account_id=account,
            amount=amount,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("details", "active", "in_force"),
    [
        pytest.param((("rent", 40), ("sales", 120)), True, "2", id="a newer one that says as much"),
        pytest.param((("rent", 40),), True, "1", id="a newer one that is about a part"),
        pytest.param((("rent", 40), ("sales", 0), ("taxes", 0)), True, "1", id="a newer one with lines of nothing"),
        pytest.param((("rent", 40), ("sales", 120), ("taxes", 1)), False, "1", id="a draft"),
    ],
)
def test_of_several_budgets_of_a_month_one_is_its_plan_everywhere(
    company: Books, details: tuple[tuple[str, float], ...], active: bool, in_force: str
) -> None:
    _budget(company, ("sales", 100), ("rent", 50))
    _second_budget(company, *details, active=active)
    company.post("2026-01-10", ("bank", 90), ("sales", -90))
    company.make("fct_budget", "semantic_budget_line", "metric")

    assert company.rows("SELECT DISTINCT budget_id FROM finance.fct_budget WHERE is_in_force") == [(in_force,)]
    planned = 120 - 40 if in_force == "2" else 100 - 50
    assert company.rows("SELECT sum(net_income_effect) FROM finance.semantic_budget_line WHERE is_active") == [
        (planned,)
    ]
    assert company.rows("SELECT value FROM finance.metric WHERE metric = 'budget_variance'") == [(90 - planned,)]


def test_a_budget_of_the_balance_sheet_takes_no_place_of_the_plan_of_income(company: Books) -> None:
    _budget(company, ("sales", 100), ("rent", 50))
    _second_budget(company, ("bank", 500), ("savings", 10), ("loan", 30), budget_type="BalanceSheet")
    company.post("2026-01-10", ("bank", 90), ("sales", -90))
    company.make("fct_budget", "semantic_budget_line", "metric")

    assert company.rows("SELECT DISTINCT budget_id FROM finance.fct_budget WHERE is_in_force ORDER BY 1") == [
        ("1",), ("2",),
    ]  # fmt: skip
    assert company.rows("SELECT sum(net_income_effect) FROM finance.semantic_budget_line WHERE is_active") == [(50,)]
    assert company.rows("SELECT value FROM finance.metric WHERE metric = 'budget_variance'") == [(90 - 50,)]


def test_a_newer_budget_that_plans_nothing_in_a_month_leaves_it_to_the_older(company: Books) -> None:
    _budget(company, ("sales", 100))
    company.insert(
        "budget", id="2", name="Second half", active=True, budget_entry_type="Monthly", start_date="2026-01-01",
        end_date="2026-12-31",
    )  # fmt: skip
    company.insert(
        "budget_detail", budget_id="2", detail_number=1, budget_date="2026-07-01", account_id="sales", amount=7
    )
    company.post("2026-01-10", ("bank", 90), ("sales", -90))
    company.make("metric")
    assert company.rows("SELECT month, value FROM finance.metric WHERE metric = 'budget_variance'") == [
        (date(2026, 1, 1), -10)
    ]  # fmt: skip


def test_quarters_are_spread_to_the_cent(company: Books) -> None:
    _budget(company, ("rent", 100), entry_type="Quarterly")
    company.make("fct_budget")
    assert company.rows("SELECT month, amount FROM finance.fct_budget ORDER BY 1") == [
        (date(2026, 1, 1), Decimal("33.33")), (date(2026, 2, 1), Decimal("33.33")), (date(2026, 3, 1),
        Decimal("33.34")),
    ]  # fmt: skip


def test_an_account_planned_by_class_is_compared_by_class(company: Books) -> None:
    _budget(company, ("sales", 100), class_id="k")
    company.post("2026-01-10", ("bank", 30), ("sales", -30), class_id="k")
    company.post("2026-01-10", ("bank", 7), ("sales", -7))
    company.post("2026-01-10", ("rent", 4), ("bank", -4), class_id="k")
    company.make("budget_vs_actual")
    assert company.rows("SELECT account_id, class_id, budget_amount, actual_amount "
            "FROM finance.budget_vs_actual ORDER BY ALL") == [
        ("rent", None, 0, 4), ("sales", "k", 100, 30), ("sales", None, 0, 7),
    ]  # fmt: skip


def test_the_calendar_spans_whole_years_until_twelve_months_after_the_last_due_date(company: Books) -> None:
    company.insert("invoice", id="i", txn_date="2025-11-05", due_date="2026-06-30", total_amt=1)
    company.make("dim_date")
    assert company.rows("SELECT min(date), max(date), count(*) FROM finance.dim_date") == [
        (date(2025, 1, 1), date(2027, 12, 31), 365 * 3)
    ]  # fmt: skip


def test_fiscal_periods_count_from_the_first_month_of_the_fiscal_year(books: Books) -> None:
    books.company(fiscal="October", today=date(2026, 3, 31), accounting_book_close_date="2025-12-31")
    books.make("dim_date")
    assert books.rows("""
        SELECT date, fiscal_year, fiscal_quarter, fiscal_period, fiscal_year_start, is_closed FROM finance.dim_date
        WHERE date IN ('2026-01-31', '2026-09-30', '2026-10-31') ORDER BY 1""") == [
        (date(2026, 1, 31), 2026, 2, 4, date(2025, 10, 1), False),
        (date(2026, 9, 30), 2026, 4, 12, date(2025, 10, 1), False),
        (date(2026, 10, 31), 2027, 1, 1, date(2026, 10, 1), False),
    ]  # fmt: skip
    assert books.one("SELECT min(date) FROM finance.dim_date WHERE is_current_month") == date(2026, 3, 1)


def test_a_plan_of_an_account_that_was_merged_is_compared_with_what_its_survivor_has(company: Books) -> None:
    company.merged("Account", "former rent", "rent")
    _budget(company, ("former rent", 100))
    company.post("2026-01-10", ("rent", 90), ("bank", -90))
    company.make("budget_vs_actual")

    compared = "SELECT account_id, budget_amount, actual_amount FROM finance.budget_vs_actual"
    assert company.rows(compared) == [("rent", 100, 90)]
