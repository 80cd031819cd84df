"""The statements, by figures on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from qbo_pipeline_tests.finance.marts.books import Books

ACCOUNTS = (
    ("bank", "Bank", "Checking"),
    ("receivable", "Accounts Receivable", "AccountsReceivable"),
    ("payable", "Accounts Payable", "AccountsPayable"),
    ("capital", "Equity", "PartnersEquity"),
    ("retained", "Equity", "RetainedEarnings"),
    ("sales", "Income", "SalesOfProductIncome"),
    ("cogs", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("rent", "Expense", "RentOrLeaseOfBuildings"),
    ("interest", "Other Income", "InterestEarned"),
    ("loss", "Other Expense", "ExchangeGainOrLoss"),
)


@pytest.fixture
def company(books: Books) -> Books:
    books.company()
    books.accounts(*ACCOUNTS)
    return books


def test_income_and_expense_are_positive_in_their_sections(company: Books) -> None:
    company.post("2026-01-10", ("bank", 100), ("sales", -100))
    company.post("2026-01-11", ("cogs", 40), ("rent", 30), ("loss", 5), ("interest", -2), ("bank", -73))
    company.make("profit_and_loss")
    assert company.rows("SELECT section, amount FROM finance.profit_and_loss ORDER BY ordinal") == [
        ("Income", 100), ("Cost of Goods Sold", 40), ("Expense", 30), ("Other Income", 2), ("Other Expense", 5),
    ]  # fmt: skip
    assert company.one("SELECT sum(net_income_effect) FROM finance.profit_and_loss") == 27


def test_a_refund_makes_income_negative(company: Books) -> None:
    company.post("2026-01-10", ("sales", 15), ("bank", -15))
    company.make("profit_and_loss")
    assert company.rows("SELECT account_id, amount FROM finance.profit_and_loss") == [("sales", -15)]


def test_earnings_are_rolled_when_the_fiscal_year_ends(books: Books) -> None:
    books.company(fiscal="April", today=date(2026, 5, 20))
    books.accounts(*ACCOUNTS)
    books.post("2025-03-10", ("bank", 100), ("sales", -100))
    books.post("2025-04-10", ("bank", 20), ("sales", -20))
    books.post("2026-03-31", ("rent", 5), ("bank", -5))
    books.post("2026-04-01", ("bank", 7), ("sales", -7))
    books.make("balance_sheet")
    found = books.rows("""
        SELECT month, coalesce(sum(balance) FILTER (line = 'retained_earnings'), 0),
        coalesce(sum(balance) FILTER (line = 'net_income'), 0)
        FROM finance.balance_sheet WHERE month IN ('2025-03-01', '2025-04-01', '2026-03-01',
        '2026-04-01') GROUP BY 1 ORDER BY 1""")
    assert found == [
        (date(2025, 3, 1), 0, 100), (date(2025, 4, 1), 100, 20), (date(2026, 3, 1), 100, 15), (date(2026, 4, 1), 115,
        7),
    ]  # fmt: skip


def test_what_is_posted_to_retained_earnings_is_in_its_line(company: Books) -> None:
    company.post("2025-06-01", ("bank", 50), ("sales", -50))
    company.post("2026-02-01", ("retained", 30), ("bank", -30))
    company.make("balance_sheet")
    assert company.rows("SELECT account_id, balance "
            "FROM finance.balance_sheet WHERE month = '2026-02-01' AND line <> 'account'") == [
        ("retained", 20)
    ]  # fmt: skip


def test_a_company_without_the_account_has_the_line_all_the_same(books: Books) -> None:
    books.company()
    books.accounts(*(one for one in ACCOUNTS if one[0] != "retained"))
    books.post("2025-06-01", ("bank", 50), ("sales", -50))
    books.make("balance_sheet")
    assert books.rows("SELECT account_id, account, balance "
            "FROM finance.balance_sheet WHERE month = '2026-01-01' AND section = 'Equity'") == [
        (None, "Retained Earnings", 50)
    ]  # fmt: skip


def test_assets_equal_liabilities_and_equity_in_every_month(company: Books) -> None:
    company.post("2024-11-03", ("bank", 1000), ("capital", -1000))
    company.post("2025-02-03", ("rent", 80), ("payable", -80))
    company.post("2025-12-30", ("receivable", 300), ("sales", -300))
    company.post("2026-01-02", ("payable", 80), ("bank", -80))
    company.make("balance_sheet")
    months = company.rows("""
        SELECT month, sum(CASE section WHEN 'Assets' THEN balance ELSE -balance END)
        FROM finance.balance_sheet GROUP BY 1""")
    assert len(months) == 17
    assert {difference for _, difference in months} == {0}


def test_liabilities_are_positive_where_something_is_owed(company: Books) -> None:
    company.post("2026-01-03", ("rent", 80), ("payable", -80))
    company.make("balance_sheet")
    assert company.rows("SELECT section, subsection, balance "
            "FROM finance.balance_sheet WHERE account_id = 'payable' AND month = '2026-01-01'") == [
        ("Liabilities", "Accounts Payable", 80)
    ]  # fmt: skip


def test_a_month_without_postings_has_its_balances(company: Books) -> None:
    company.post("2026-01-03", ("bank", 10), ("capital", -10))
    company.post("2026-03-03", ("bank", 1), ("capital", -1))
    company.make("account_balance_month")
    assert company.rows(
        "SELECT month, opening_balance, net, closing_balance "
        "FROM finance.account_balance_month WHERE account_id = 'bank' ORDER BY 1"
    ) == [(date(2026, 1, 1), 0, 10, 10), (date(2026, 2, 1), 10, 0, 10), (date(2026, 3, 1), 10, 1, 11)]


def test_income_begins_at_zero_with_the_fiscal_year(books: Books) -> None:
    books.company(fiscal="October", today=date(2025, 11, 30))
    books.accounts(*ACCOUNTS)
    books.post("2025-09-03", ("bank", 10), ("sales", -10))
    books.post("2025-10-03", ("bank", 4), ("sales", -4))
    books.make("trial_balance")
    assert books.rows(
        "SELECT month, account_id, debit, credit "
                "FROM finance.trial_balance WHERE month < '2025-11-01' ORDER BY month, account_id"
    ) == [
        (date(2025, 9, 1), "bank", 10, 0), (date(2025, 9, 1), "sales", 0, 10),
        (date(2025, 10, 1), "bank", 14, 0), (date(2025, 10, 1), "retained", 0, 10), (date(2025, 10, 1), "sales", 0, 4),
    ]  # fmt: skip


def test_the_fiscal_year_is_named_after_the_year_it_ends_in(books: Books) -> None:
    books.company(fiscal="July", today=date(2026, 7, 1))
    books.accounts(*ACCOUNTS)
    books.post("2026-06-01", ("bank", 1), ("sales", -1))
    books.make("company_month")
    assert books.rows("SELECT month, fiscal_year, fiscal_period, fiscal_year_start "
            "FROM finance.company_month ORDER BY 1") == [
        (date(2026, 6, 1), 2026, 12, date(2025, 7, 1)), (date(2026, 7, 1), 2027, 1, date(2026, 7, 1)),
    ]  # fmt: skip


def test_the_bases_stand_side_by_side(company: Books) -> None:
    company.post("2026-01-10", ("receivable", 100), ("sales", -100))
    company.post("2026-02-10", ("bank", 100), ("sales", -100), basis="Cash")
    company.make("profit_and_loss")
    assert company.rows("SELECT basis, month, amount FROM finance.profit_and_loss ORDER BY 1") == [
        ("Accrual", date(2026, 1, 1), 100), ("Cash", date(2026, 2, 1), 100),
    ]  # fmt: skip


def test_what_is_to_come_on_one_basis_leaves_the_other_its_balances(company: Books) -> None:
    """An invoice of a month to come that nobody has paid is on no cash basis, and what was there before still is."""
    for basis in ("Accrual", "Cash"):
        company.post("2026-03-10", ("bank", 30), ("sales", -30), basis=basis)
    company.post("2026-05-10", ("receivable", 100), ("sales", -100))
    company.make("balance_sheet")
    assert company.rows(
        "SELECT basis, line, balance FROM finance.balance_sheet WHERE month = '2026-05-01' ORDER BY ALL"
    ) == [
        ("Accrual", "account", 30), ("Accrual", "account", 100), ("Accrual", "net_income", 130),
        ("Cash", "account", 30), ("Cash", "net_income", 30),
    ]  # fmt: skip


def test_companies_do_not_run_into_each_other(company: Books) -> None:
    company.company("2")
    company.accounts(*ACCOUNTS, realm="2")
    company.post("2025-01-10", ("bank", 100), ("sales", -100))
    company.post("2026-01-10", ("bank", 9), ("sales", -9), realm="2")
    company.make("balance_sheet")
    assert company.rows(
        "SELECT realm_id, line, balance "
        "FROM finance.balance_sheet WHERE month = '2026-03-01' AND section = 'Equity' ORDER BY 1, 2"
    ) == [("1", "retained_earnings", 100), ("2", "net_income", 9)]


def test_an_account_that_only_the_report_knows_is_shown_where_the_report_shows_it(company: Books) -> None:
    company.post("2026-01-10", ("bank", 100), ("unapplied", -100), basis="Cash")
    company.connection.execute(
        "INSERT INTO reports.account_month (realm_id, basis, month, statement, account_id, line, amount, pull) "
        "VALUES ('1', 'Cash', '2026-01-01', 'ProfitAndLoss', 'unapplied', 'account', 100, 1)"
    )
    company.connection.execute(
        "INSERT INTO reports.posted_leg (realm_id, basis, month, transaction_id, "
        "transaction_title, leg_number, transaction_date, account_id, account_name, debit, credit, pull) "
        "VALUES ('1', 'Cash', '2026-01-01', 't1', 'Payment', 1, '2026-01-10', 'unapplied', 'Unapplied Cash', 0, 100, 1)"
    )
    company.make("profit_and_loss", "general_ledger")
    assert company.rows("SELECT section, account, amount FROM finance.profit_and_loss") == [
        ("Income", "Unapplied Cash", 100)
    ]
    assert company.rows(
        "SELECT account_name, account_type, natural_amount, foreign_natural_amount FROM finance.general_ledger "
        "WHERE account_id = 'unapplied'"
    ) == [("Unapplied Cash", "Income", 100, 100)]


UNAPPLIED = "~Unapplied Cash Payment Income"
"""An account that QuickBooks' reports have without an id."""


def unapplied(company: Books, day: str, amount: int) -> None:
    """What a payment leaves unapplied, a credit, or what of it is applied, as the ledger and the report have it."""
    company.post(day, (UNAPPLIED, amount), ("bank", -amount), basis="Cash")
    company.connection.execute(
        "INSERT INTO reports.posted_leg (realm_id, basis, month, transaction_id, transaction_title, leg_number, "
        "transaction_date, account_id, account_name, debit, credit, pull) "
        "VALUES ('1', 'Cash', ?, ?, 'Payment', 1, ?, ?, 'Unapplied Cash Payment Income', ?, ?, 1)",
        [f"{day[:7]}-01", f"t{company.legs}", day, UNAPPLIED, max(amount, 0), max(-amount, 0)],
    )


def test_what_is_unapplied_for_some_days_of_a_month_is_income_of_these(company: Books) -> None:
    """No month has a figure of it, but whoever asks for the days between does."""
    unapplied(company, "2026-01-10", -100)
    unapplied(company, "2026-01-20", 100)
    company.make("dim_account")
    assert company.rows(
        f"SELECT account_type, statement, natural_sign FROM finance.dim_account WHERE account_id = '{UNAPPLIED}'"
    ) == [("Income", "ProfitAndLoss", -1)]


@pytest.mark.parametrize("left", [100, 0])
def test_income_that_only_the_report_knows_stays_income_when_less_of_it_is_left(company: Books, left: int) -> None:
    """One of two payments, or both, were deleted after the reports had been pulled."""
    unapplied(company, "2026-01-10", -100)
    if not left:
        unapplied(company, "2026-01-20", 100)
    company.connection.execute(
        "INSERT INTO reports.account_month (realm_id, basis, month, statement, account_id, line, amount, pull) "
        "VALUES ('1', 'Cash', '2026-01-01', 'ProfitAndLoss', ?, 'account', 150, 1)",
        [UNAPPLIED],
    )
    company.make("profit_and_loss")
    assert company.rows("SELECT section, amount FROM finance.profit_and_loss") == [("Income", left)]


def test_a_class_has_its_share_of_the_profit_and_loss(company: Books) -> None:
    company.insert("class", id="k", name="Kiosk", active=True)
    company.post("2026-01-10", ("bank", 100), ("sales", -100), class_id="k")
    company.post("2026-01-10", ("bank", 30), ("sales", -30))
    company.make("profit_and_loss_by_class", "profit_and_loss")
    assert company.rows('SELECT "class", amount FROM finance.profit_and_loss_by_class ORDER BY amount') == [
        ("Not specified", 30), ("Kiosk", 100),
    ]  # fmt: skip
    assert company.one("SELECT amount FROM finance.profit_and_loss") == 130


def test_accounts_are_ordered_by_type_then_number_then_name(books: Books) -> None:
    books.company()
    for id_, type_, number in (
        ("z", "Bank", None),
        ("rent", "Expense", "10"),
        ("b", "Bank", "20"),
        ("a", "Bank", "30"),
    ):
        books.insert("account", id=id_, name=id_, account_type=type_, acct_num=number, active=True)
    books.make("dim_account")
    assert [id_ for (id_,) in books.rows("SELECT account_id "
            "FROM finance.dim_account WHERE account_id <> '-1' ORDER BY ordinal")] == [
        "b", "a", "z", "rent",
    ]  # fmt: skip


def test_a_foreign_account_is_revalued_at_the_rate_of_the_day(company: Books) -> None:
    company.insert("account", id="euro", name="Euro", account_type="Bank", currency_id="EUR", active=True)
    company.post("2026-01-10", ("euro", 110), ("sales", -110), foreign_debit=100, foreign_credit=0)
    for day, rate in (("2026-01-10", "1.10"), ("2026-01-31", "1.25")):
        company.insert(
            "exchange_rate", id=day, source_currency_code="EUR", target_currency_code="USD", as_of_date=day, rate=rate
        )
    company.make("foreign_currency_position")
    assert company.rows(
        "SELECT foreign_balance, booked_balance, revalued_balance, unrealized_gain "
        "FROM finance.foreign_currency_position WHERE month = '2026-01-01'"
    ) == [(100, 110, 125, 15)]
    assert company.one("SELECT unrealized_gain FROM finance.foreign_currency_position LIMIT 1") == Decimal(15)
