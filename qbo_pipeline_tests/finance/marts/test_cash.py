"""Where cash came from and went to, and what is expected of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from qbo_pipeline_tests.finance.marts.books import Books


@pytest.fixture
def company(books: Books) -> Books:
    books.company()
    books.accounts(
        ("bank", "Bank", "Checking"),
        ("undeposited", "Other Current Asset", "UndepositedFunds"),
        ("card", "Credit Card", "CreditCard"),
        ("payable", "Accounts Payable", "AccountsPayable"),
        ("receivable", "Accounts Receivable", "AccountsReceivable"),
        ("van", "Fixed Asset", "Vehicles"),
        ("wear", "Fixed Asset", "AccumulatedDepreciation"),
        ("loan", "Long Term Liability", "NotesPayable"),
        ("capital", "Equity", "PartnersEquity"),
        ("sales", "Income", "SalesOfProductIncome"),
        ("wages", "Expense", "PayrollExpenses"),
        ("depreciation", "Other Expense", "Depreciation"),
    )
    return books


def _a_quarter(books: Books) -> None:
    books.post("2026-01-02", ("bank", 1000), ("capital", -1000), type_="Deposit")
    books.post("2026-01-03", ("van", 600), ("loan", -400), ("bank", -200), type_="Purchase")
    books.post("2026-01-20", ("receivable", 300), ("sales", -300), type_="Invoice")
    books.post("2026-02-05", ("undeposited", 120), ("receivable", -120), type_="Payment")
    books.post("2026-02-28", ("depreciation", 50), ("wear", -50))
    books.post("2026-03-15", ("wages", 90), ("bank", -90), type_="Purchase")


def test_opening_cash_and_the_sections_give_closing_cash(company: Books) -> None:
    _a_quarter(company)
    company.make("cash_flow")
    found = company.rows("""
        SELECT month, sum(amount) FILTER (line = 'opening_cash'), coalesce(sum(amount) FILTER (section <> 'Cash'), 0),
            sum(amount) FILTER (line = 'closing_cash')
        FROM finance.cash_flow GROUP BY 1 ORDER BY 1""")
    assert found == [
        (date(2026, 1, 1), 0, 800, 800), (date(2026, 2, 1), 800, 120, 920), (date(2026, 3, 1), 920, -90, 830),
    ]  # fmt: skip


def test_each_account_is_in_its_section(company: Books) -> None:
    _a_quarter(company)
    company.make("cash_flow")
    assert company.rows(
        "SELECT section, account, amount "
                "FROM finance.cash_flow WHERE month = '2026-01-01' AND section <> 'Cash' ORDER BY 1, 2"
    ) == [
        ("Financing", "capital", 1000), ("Financing", "loan", 400), ("Investing", "van", -600),
        ("Operating", "Net Income", 300), ("Operating", "receivable", -300),
    ]  # fmt: skip


def test_what_wears_off_is_added_back_to_operations(company: Books) -> None:
    _a_quarter(company)
    company.make("cash_flow")
    assert company.rows(
        "SELECT account, amount FROM finance.cash_flow WHERE month = '2026-02-01' AND section = 'Operating' ORDER BY 1"
    ) == [("Net Income", -50), ("receivable", 120), ("wear", 50)]


@pytest.mark.parametrize(
    ("type_", "sub_type"),
    [
        ("Fixed Asset", "AccumulatedAmortization"), ("Fixed Asset", "AccumulatedDepletion"),
        ("Fixed Asset", "CumulativeDepreciationOnIntangibleAssets"),
        ("Other Asset", "AccumulatedAmortizationOfOtherAssets"),
    ],
)  # fmt: skip
def test_so_is_what_is_written_off_of_other_assets(company: Books, type_: str, sub_type: str) -> None:
    company.accounts(("written off", type_, sub_type))
    company.post("2026-02-28", ("depreciation", 50), ("written off", -50))
    company.make("cash_flow")
    lines = "SELECT section, account, amount FROM finance.cash_flow WHERE month = '2026-02-01' ORDER BY 2"
    assert company.rows(lines) == [("Operating", "Net Income", -50), ("Operating", "written off", 50)]


def test_money_that_waits_for_its_deposit_is_cash(company: Books) -> None:
    _a_quarter(company)
    company.post("2026-02-06", ("bank", 120), ("undeposited", -120), type_="Deposit")
    company.make("cash_flow")
    assert company.one("SELECT amount FROM finance.cash_flow WHERE month = '2026-02-01' AND line = 'net_change'") == 120


def test_by_counter_account_it_is_the_same_change_of_cash(company: Books) -> None:
    _a_quarter(company)
    company.make("fct_cash_flow_direct")
    assert company.rows(
        "SELECT month, account_id, amount FROM finance.fct_cash_flow_direct ORDER BY 1, 2"
    ) == [
        (date(2026, 1, 1), "capital", 1000), (date(2026, 1, 1), "loan", 400), (date(2026, 1, 1), "van", -600),
        (date(2026, 2, 1), "receivable", 120), (date(2026, 3, 1), "wages", -90),
    ]  # fmt: skip


def test_a_transfer_between_cash_accounts_is_no_cash_flow(company: Books) -> None:
    company.post("2026-02-06", ("bank", 120), ("undeposited", -120), type_="Deposit")
    company.make("fct_cash_flow_direct")
    assert company.rows("SELECT * FROM finance.fct_cash_flow_direct") == []


def test_an_invoice_is_expected_as_late_as_its_customer_mostly_is(company: Books) -> None:
    company.insert("invoice", id="old", customer_id="c", txn_date="2026-01-01", due_date="2026-01-11", total_amt=50)
    company.insert("payment", id="p", customer_id="c", txn_date="2026-01-21", total_amt=50, unapplied_amt=0)
    company.insert("payment_line", payment_id="p", line_number=1, amount=50)
    company.insert(
        "payment_line_linked_txn", payment_id="p", line_number=1, linked_txn_number=1, txn_type="Invoice", txn_id="old"
    )
    company.insert("invoice", id="new", customer_id="c", txn_date="2026-03-30", due_date="2026-04-06", total_amt=80)
    company.make("fct_cash_forecast")
    assert company.rows("SELECT week, week_start, source, amount FROM finance.fct_cash_forecast") == [
        (3, date(2026, 4, 14), "receivables", 80)
    ]  # fmt: skip


def test_bills_templates_and_payroll_cost_cash(company: Books) -> None:
    for month in ("2025-12", "2026-01", "2026-02"):
        company.post(f"{month}-15", ("wages", 130), ("bank", -130), type_="Purchase")
    company.insert("bill", id="b", vendor_id="v", txn_date="2026-03-20", due_date="2026-03-25", total_amt=70)
    company.insert(
        "recurring_transaction", id="r", transaction_type="Bill", recurring_name="Rent", recurring_active=True,
        total_amt=40,
        recurring_schedule_interval_type="Monthly", recurring_schedule_num_interval=1,
        recurring_schedule_next_date="2026-04-01",
    )  # fmt: skip
    company.make("cash_forecast_week")
    assert company.rows("SELECT source, amount FROM finance.fct_cash_forecast WHERE week = 1 ORDER BY 1") == [
        ("payables", -70), ("payroll", -30), ("recurring", -40),
    ]  # fmt: skip
    assert company.rows("SELECT opening_cash, inflow, outflow, closing_cash "
            "FROM finance.cash_forecast_week WHERE week <= 2 ORDER BY week") == [
        (-390, 0, -140, -530), (-530, 0, -30, -560),
    ]  # fmt: skip


def test_a_template_occurs_until_it_ends(company: Books) -> None:
    company.insert(
        "recurring_transaction", id="r", transaction_type="Invoice", recurring_active=True, total_amt=40,
        recurring_schedule_interval_type="Weekly", recurring_schedule_num_interval=2,
        recurring_schedule_next_date="2026-04-03", recurring_schedule_end_date="2026-05-01",
    )  # fmt: skip
    company.make("recurring_occurrence")
    assert [day for (day,) in company.rows("SELECT occurs_on FROM finance.recurring_occurrence ORDER BY 1")] == [
        date(2026, 4, 3), date(2026, 4, 17), date(2026, 5, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("every", [1, 0])
def test_a_template_of_the_last_of_the_month_comes_back_to_it_after_a_short_month(company: Books, every: int) -> None:
    company.insert("company_info", "2", id="1", synced_at="2026-01-20 12:00:00")
    company.insert("preferences", "2", id="1", home_currency_id="USD")
    company.insert(
        "recurring_transaction", "2", id="r", transaction_type="Bill", recurring_active=True, total_amt=40,
        recurring_schedule_interval_type="Monthly", recurring_schedule_num_interval=every,
        recurring_schedule_next_date="2026-01-31",
    )  # fmt: skip
    company.make("recurring_occurrence")
    assert [day for (day,) in company.rows("SELECT occurs_on FROM finance.recurring_occurrence ORDER BY 1")] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        # Short months have an end, too: the 31st comes after the 28th of February.
        ({"next_date": "2026-02-28", "day_of_month": 31}, ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ({"next_date": "2026-02-28", "day_of_month": 28}, ["2026-02-28", "2026-03-28", "2026-04-28"]),
        # The second Tuesday.
        ({"next_date": "2026-03-10", "week_of_month": 2}, ["2026-03-10", "2026-04-14", "2026-05-12"]),
        # The last Saturday.
        ({"next_date": "2026-02-28", "week_of_month": 5}, ["2026-02-28", "2026-03-28", "2026-04-25"]),
        # Three times, of which two were.
        ({"next_date": "2026-03-05", "start_date": "2026-01-02", "max_occurrences": 3}, ["2026-03-05"]),
        # Without a schedule, whatever it had before.
        ({"next_date": "2026-03-05", "recur_type": "UnScheduled"}, []),
    ],
)
def test_a_template_occurs_on_the_days_it_names(books: Books, schedule: dict[str, Any], days: list[str]) -> None:
    books.company(today=date(2026, 2, 20))
    kind = {"recurring_recur_type": schedule.pop("recur_type", "Automated")}
    books.insert(
        "recurring_transaction", id="r", transaction_type="Bill", recurring_active=True, total_amt=40,
        recurring_schedule_interval_type="Monthly", recurring_schedule_num_interval=1, **kind,
        **{f"recurring_schedule_{name}": value for name, value in schedule.items()},
    )  # fmt: skip
    books.make("recurring_occurrence")
    found = books.rows("SELECT occurs_on FROM finance.recurring_occurrence ORDER BY 1")
    assert [day.isoformat() for (day,) in found] == days


@pytest.mark.parametrize(
    ("made", "due"),
    [
        ("2026-04-01", date(2026, 4, 15)),
        ("2026-04-10", date(2026, 5, 15)),
        ("2026-04-15", date(2026, 5, 15)),
        ("2026-04-20", date(2026, 5, 15)),
    ],
)
def test_a_template_whose_term_names_a_day_of_the_month_is_due_on_it(company: Books, made: str, due: date) -> None:
    company.insert("term", id="15th", type="DATE_DRIVEN", day_of_month_due=15, due_next_month_days=5)
    company.insert("term", id="net30", type="STANDARD", due_days=30)
    for term in ("15th", "net30"):
        company.insert(
            "recurring_transaction", id=term, transaction_type="Bill", recurring_active=True, total_amt=40,
            sales_term_id=term, recurring_schedule_interval_type="Yearly", recurring_schedule_next_date=made,
        )  # fmt: skip
    company.make("recurring_occurrence")
    query = "SELECT recurring_transaction_id, due_date FROM finance.recurring_occurrence ORDER BY 1"
    assert company.rows(query) == [("15th", due), ("net30", date.fromisoformat(made) + timedelta(days=30))]


@pytest.mark.parametrize("rate", [None, "0.90"])
def test_a_template_in_another_currency_is_at_the_newest_rate(company: Books, rate: str | None) -> None:
    company.insert("company_currency", id="1", code="EUR", name="Euro", active=True)
    for day, known in (("2026-01-05", "1.00"), ("2026-03-05", "1.10")):
        company.insert("exchange_rate", id=day, source_currency_code="EUR", target_currency_code="USD",
                       as_of_date=day, rate=known)  # fmt: skip
    company.insert(
        "recurring_transaction", id="r", transaction_type="Invoice", recurring_active=True, total_amt=40,
        currency_id="EUR", exchange_rate=rate, recurring_schedule_interval_type="Monthly",
        recurring_schedule_next_date="2026-06-20",
    )  # fmt: skip
    company.make("recurring_occurrence", "metric_recurring_revenue")
    assert company.rows("SELECT amount FROM finance.recurring_occurrence") == [(44,)]
    assert company.rows("SELECT value FROM finance.metric_recurring_revenue") == [(44,)]


def test_a_recurring_refund_costs_cash(company: Books) -> None:
    company.insert(
        "recurring_transaction", id="r", transaction_type="RefundReceipt", recurring_active=True, total_amt=40,
        recurring_schedule_interval_type="Yearly", recurring_schedule_next_date="2026-04-01",
    )  # fmt: skip
    company.make("fct_cash_forecast")
    assert company.rows("SELECT week, source, amount FROM finance.fct_cash_forecast") == [(1, "recurring", -40)]


@pytest.mark.parametrize("credit", [False, True])
@pytest.mark.parametrize("by", [{"payment_type": "CreditCard"}, {"account_id": "card"}])
def test_a_template_that_charges_or_credits_a_card_moves_no_cash(
    company: Books, credit: bool, by: dict[str, str]
) -> None:
    company.insert(
        "recurring_transaction", id="p", transaction_type="Purchase", credit=credit, recurring_active=True,
        total_amt=40, recurring_schedule_interval_type="Yearly", recurring_schedule_next_date="2026-04-01", **by,
    )  # fmt: skip
    company.make("fct_cash_forecast")
    assert company.rows("SELECT source, amount FROM finance.fct_cash_forecast") == []


def test_a_card_of_a_customer_brings_cash(company: Books) -> None:
    company.insert(
        "recurring_transaction", id="s", transaction_type="SalesReceipt", payment_type="CreditCard",
        recurring_active=True, total_amt=40, recurring_schedule_interval_type="Yearly",
        recurring_schedule_next_date="2026-04-01",
    )  # fmt: skip
    company.make("fct_cash_forecast")
    assert company.rows("SELECT source, amount FROM finance.fct_cash_forecast") == [("recurring", 40)]


def test_cards_cost_cash_at_the_rate_they_are_paid_at_without_the_bills_they_pay(company: Books) -> None:
    company.post("2025-12-20", ("card", 200), ("bank", -200), type_="CreditCardPayment")
    company.post("2026-02-20", ("card", 125), ("bank", -125), type_="Transfer")
    company.post("2026-02-21", ("payable", 65), ("card", -65), type_="BillPayment")
    company.post("2026-02-22", ("wages", 500), ("card", -500), type_="Purchase")
    company.make("fct_cash_forecast")
    found = company.rows("SELECT source, count(*), min(amount), max(amount) FROM finance.fct_cash_forecast GROUP BY 1")
    assert found == [("cards", 13, -20, -20)]


def test_a_check_that_a_template_makes_for_wages_is_in_the_rate_of_payroll(company: Books) -> None:
    for month in ("2025-12", "2026-01", "2026-02"):
        company.post(f"{month}-15", ("wages", 130), ("bank", -130), type_="Purchase")
    company.insert(
        "recurring_transaction", id="r", transaction_type="Purchase", payment_type="Check", recurring_active=True,
        total_amt=140, recurring_schedule_interval_type="Monthly", recurring_schedule_next_date="2026-04-01",
    )  # fmt: skip
    for number, (account, amount) in enumerate((("wages", 130), ("depreciation", 10)), 1):
        company.insert(
            "recurring_transaction_line", recurring_transaction_id="r", line_number=number, account_id=account,
            amount=amount,
        )  # fmt: skip
    company.make("fct_cash_forecast")
    assert company.rows("SELECT source, amount FROM finance.fct_cash_forecast WHERE week = 1 ORDER BY 1") == [
        ("payroll", -30), ("recurring", -10),
    ]  # fmt: skip


def test_books_of_one_month_have_the_payroll_of_it(company: Books) -> None:
    company.post("2026-02-15", ("wages", 130), ("bank", -130), type_="Purchase")
    company.make("fct_cash_forecast")
    assert company.rows("SELECT source, amount FROM finance.fct_cash_forecast WHERE week = 1") == [("payroll", -30)]


def test_what_is_booked_with_a_day_to_come_is_counted_on_it_and_once(books: Books) -> None:
    books.company(today=date(2026, 3, 16))
    books.accounts(
        ("bank", "Bank", "Checking"), ("payable", "Accounts Payable", "AccountsPayable"),
        ("capital", "Equity", "PartnersEquity"), ("rent", "Expense", "RentOrLeaseOfBuildings"),
    )  # fmt: skip
    books.post("2026-01-01", ("bank", 1000), ("capital", -1000), type_="Deposit")
    for id_, day, due, amount in (("paid", "2026-03-01", "2026-03-31", 70), ("later", "2026-03-20", "2026-04-10", 30)):
        books.insert("bill", id=id_, vendor_id="v", txn_date=day, due_date=due, total_amt=amount)
        books.post(day, ("rent", amount), ("payable", -amount), type_="Bill", id_=id_)
    books.insert("bill_payment", id="p", vendor_id="v", txn_date="2026-03-28", total_amt=70)
    books.insert("bill_payment_line", bill_payment_id="p", line_number=1, amount=70)
    books.insert(
        "bill_payment_line_linked_txn", bill_payment_id="p", line_number=1, linked_txn_number=1, txn_type="Bill",
        txn_id="paid",
    )  # fmt: skip
    books.post("2026-03-28", ("payable", 70), ("bank", -70), type_="BillPayment", id_="p")
    books.post("2026-04-02", ("rent", 11), ("bank", -11), type_="Purchase")
    books.make("cash_forecast_week")
    moves = "SELECT week, opening_cash, outflow FROM finance.cash_forecast_week WHERE outflow < 0 ORDER BY 1"
    assert books.rows(moves) == [(2, 1000, -70), (3, 930, -11), (4, 919, -30)]
    assert books.rows("SELECT week, source FROM finance.fct_cash_forecast ORDER BY 1") == [
        (2, "booked"), (3, "booked"), (4, "payables"),
    ]  # fmt: skip


def test_a_company_that_has_no_cash_yet_has_a_forecast(company: Books) -> None:
    company.insert("invoice", id="i", customer_id="c", txn_date="2026-03-30", due_date="2026-04-06", total_amt=80)
    company.make("cash_forecast_week")
    assert company.rows("SELECT closing_cash FROM finance.cash_forecast_week ORDER BY week LIMIT 1") == [(80,)]


@pytest.mark.parametrize("account", ["wages", "card"])
def test_what_is_booked_ahead_for_wages_or_a_card_is_counted_where_nothing_of_it_was_paid_before(
    company: Books, account: str
) -> None:
    company.post("2026-01-10", ("bank", 1000), ("capital", -1000), type_="Deposit")
    company.post("2026-04-02", (account, 400), ("bank", -400), type_="Purchase")
    company.make("fct_cash_forecast")
    assert company.rows("SELECT source, amount FROM finance.fct_cash_forecast") == [("booked", -400)]


def test_what_is_booked_ahead_of_what_has_a_rate_is_in_the_rate(company: Books) -> None:
    for month in ("2025-12", "2026-01", "2026-02"):
        company.post(f"{month}-15", ("wages", 130), ("bank", -130), type_="Purchase")
    company.post("2026-04-02", ("wages", 130), ("bank", -130), type_="Purchase")
    company.make("fct_cash_forecast")
    found = company.rows("SELECT source, count(*), min(amount), max(amount) FROM finance.fct_cash_forecast GROUP BY 1")
    assert found == [("payroll", 13, -30, -30)]
