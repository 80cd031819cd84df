"""Several companies in one currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from qbo_pipeline_tests.finance.marts.books import Books

ACCOUNTS = (
    ("bank", "Bank", "Checking"),
    ("capital", "Equity", "PartnersEquity"),
    ("retained", "Equity", "RetainedEarnings"),
    ("sales", "Income", "SalesOfProductIncome"),
)


@pytest.fixture
def two(books: Books) -> Books:
    for realm, currency in (("1", "USD"), ("2", "EUR")):
        books.company(realm, currency=currency, today=date(2026, 2, 28))
        books.accounts(*ACCOUNTS, realm=realm)
    return books


def _rate(books: Books, day: str, rate: str, source: str = "EUR", target: str = "USD") -> None:
    books.insert(
        "exchange_rate",
        id=f"{source}{day}",
        source_currency_code=source,
        target_currency_code=target,
        as_of_date=day,
        rate=Decimal(rate),
    )


def test_companies_of_one_currency_need_no_rate(books: Books) -> None:
    for realm in ("1", "2"):
        books.company(realm, today=date(2026, 1, 31))
        books.accounts(*ACCOUNTS, realm=realm)
        books.post("2026-01-10", ("bank", 100), ("sales", -100), realm=realm)
    books.make("group_profit_and_loss", "group_balance_sheet")
    assert books.rows("SELECT group_currency, sum(amount) FROM finance.group_profit_and_loss GROUP BY 1") == [
        ("USD", 200)
    ]
    assert books.rows("SELECT line, sum(balance) FROM finance.group_balance_sheet GROUP BY 1 ORDER BY 1") == [
        ("account", 200), ("net_income", 200),
    ]  # fmt: skip


def test_income_is_at_the_average_rate_of_its_month(two: Books) -> None:
    _rate(two, "2026-01-05", "1.10")
    _rate(two, "2026-01-20", "1.20")
    two.post("2026-01-10", ("bank", 100), ("sales", -100), realm="2")
    two.make("group_profit_and_loss")
    assert two.rows("SELECT rate::DECIMAL(9, 2), home_amount, amount "
            "FROM finance.group_profit_and_loss WHERE group_currency = 'USD'") == [
        (Decimal("1.15"), 100, 115)
    ]  # fmt: skip


def test_the_balance_sheet_balances_with_the_translation_adjustment(two: Books) -> None:
    _rate(two, "2026-01-05", "1.10")
    _rate(two, "2026-02-28", "1.30")
    two.post("2026-01-02", ("bank", 1000), ("capital", -1000), realm="2")
    two.post("2026-02-10", ("bank", 100), ("sales", -100), realm="2")
    two.make("group_balance_sheet")
    found = two.rows("""
        SELECT line, account, home_balance, balance FROM finance.group_balance_sheet
        WHERE group_currency = 'USD' AND month = '2026-02-01' ORDER BY ordinal""")
    assert found == [
        ("account", "bank", 1100, 1430), ("account", "capital", 1000, 1100), ("net_income", "Net Income", 100, 130),
        ("translation_adjustment", "Translation adjustment", 0, 200),
    ]  # fmt: skip


def test_a_rate_the_other_way_round_is_turned_over(two: Books) -> None:
    _rate(two, "2026-01-05", "0.80", source="USD", target="EUR")
    two.post("2026-01-10", ("bank", 100), ("sales", -100), realm="2")
    two.make("group_profit_and_loss")
    assert two.rows("SELECT amount FROM finance.group_profit_and_loss WHERE group_currency = 'USD'") == [(125,)]


def test_a_rate_that_no_company_has_leads_over_the_currency_of_another(two: Books) -> None:
    two.company("3", currency="GBP", today=date(2026, 2, 28))
    two.accounts(*ACCOUNTS, realm="3")
    _rate(two, "2026-01-05", "1.20")
    _rate(two, "2026-01-05", "1.50", source="GBP")
    for realm in ("1", "2", "3"):
        two.post("2026-01-10", ("bank", 100), ("sales", -100), realm=realm)
    two.make("group_profit_and_loss", "group_balance_sheet")
    sums = "SELECT group_currency, sum(amount), count(amount) FROM finance.group_profit_and_loss GROUP BY 1 ORDER BY 1"
    assert two.rows(sums) == [
        ("EUR", Decimal("308.33"), 3),  # 100 / 1.20 + 100 + 100 * 1.50 / 1.20
        ("GBP", Decimal("246.67"), 3),  # 100 / 1.50 + 100 * 1.20 / 1.50 + 100
        ("USD", 370, 3),
    ]


def test_a_month_without_rates_takes_the_newest_before(two: Books) -> None:
    _rate(two, "2025-12-20", "1.10")
    two.post("2026-01-10", ("bank", 100), ("sales", -100), realm="2")
    two.make("group_profit_and_loss")
    assert two.rows("SELECT amount FROM finance.group_profit_and_loss WHERE group_currency = 'USD'") == [(110,)]


def test_without_any_rate_the_amount_is_empty_never_wrong(two: Books) -> None:
    two.post("2026-01-10", ("bank", 100), ("sales", -100), realm="2")
    two.make("group_profit_and_loss")
    assert two.rows("SELECT amount FROM finance.group_profit_and_loss WHERE group_currency = 'USD'") == [(None,)]


def test_equity_of_months_before_the_first_rate_is_taken_over_at_it_and_no_translation_adjustment(two: Books) -> None:
    two.post("2024-01-10", ("bank", 1000), ("capital", -1000), realm="2")
    two.post("2024-02-10", ("bank", 500), ("sales", -500), realm="2")
    two.post("2026-01-10", ("bank", 100), ("sales", -100), realm="2")
    _rate(two, "2026-02-05", "1.10")
    two.make("group_balance_sheet")
    sheet = """
        SELECT line, account, balance FROM finance.group_balance_sheet
        WHERE group_currency = 'USD' AND month = '{}'
            AND (home_balance <> 0 OR line = 'translation_adjustment' AND balance <> 0)
        ORDER BY ordinal"""
    assert two.rows(sheet.format("2026-02-01")) == [
        ("account", "bank", 1760), ("account", "capital", 1100),
        ("retained_earnings", "Retained Earnings of prior years", 550), ("net_income", "Net Income", 110),
    ]  # fmt: skip
    assert {balance for *_, balance in two.rows(sheet.format("2026-01-01"))} == {None}
