"""Metrics, by figures on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from qbo_pipeline_tests.finance.marts.books import Books


@pytest.fixture
def company(books: Books) -> Books:
    books.company()
    books.accounts(
        ("bank", "Bank", "Checking"),
        ("receivable", "Accounts Receivable", "AccountsReceivable"),
        ("stock", "Other Current Asset", "Inventory"),
        ("payable", "Accounts Payable", "AccountsPayable"),
        ("capital", "Equity", "PartnersEquity"),
        ("sales", "Income", "SalesOfProductIncome"),
        ("cogs", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
        ("rent", "Expense", "RentOrLeaseOfBuildings"),
        ("loss", "Other Expense", "ExchangeGainOrLoss"),
    )
    books.post("2026-01-02", ("bank", 1000), ("capital", -1000))
    books.post("2026-01-15", ("receivable", 200), ("sales", -200))
    books.post("2026-01-16", ("stock", 300), ("payable", -300))
    books.post("2026-02-15", ("receivable", 300), ("sales", -300))
    books.post("2026-02-16", ("bank", 250), ("receivable", -250))
    books.post("2026-02-17", ("cogs", 100), ("stock", -100))
    books.post("2026-03-01", ("rent", 80), ("loss", 20), ("bank", -100))
    books.post("2026-03-15", ("receivable", 400), ("sales", -400))
    books.post("2026-03-16", ("payable", 120), ("bank", -120))
    return books


def _value(books: Books, metric: str, month: str = "2026-03-01") -> Decimal | None:
    found = books.rows(f"SELECT value FROM finance.metric WHERE metric = '{metric}' AND month = '{month}'")
    return round(found[0][0], 4) if found else None


@pytest.mark.parametrize(
    ("metric", "on_paper"),
    [
        ("dso", Decimal("65.0000")),  # 650 owed / 900 charged * 90 days
        (
            "dso_count_back",
            Decimal("54.3333"),
        ),  # all of March (400, 31 days), 250 of February's 300 (23.3333 of 28 days)
        ("dpo", Decimal("54.0000")),  # 180 owed / 300 bought * 90 days
        ("dio", Decimal("180.0000")),  # 200 in stock / 100 sold at cost * 90 days
        ("cash_conversion_cycle", Decimal("191.0000")),
        ("income", Decimal(400)),
        ("net_income", Decimal(300)),
        ("gross_margin", Decimal(1)),
        ("operating_margin", Decimal("0.8")),
        ("net_margin", Decimal("0.75")),
        ("cash", Decimal(1030)),
        ("burn", Decimal("-343.3333")),  # 1000 + 250 - 220 in three months
        ("runway", None),
        ("current_ratio", Decimal("10.4444")),  # (1030 + 650 + 200) / 180
        ("quick_ratio", Decimal("9.3333")),  # (1030 + 650) / 180
    ],
)
def test_it_is_what_it_is_on_paper(company: Books, metric: str, on_paper: Decimal | None) -> None:
    company.make("metric")
    assert _value(company, metric) == on_paper


def test_margins_of_a_month_with_cost(company: Books) -> None:
    company.make("metric")
    assert _value(company, "gross_margin", "2026-02-01") == Decimal("0.6667")


def test_runway_is_cash_over_burn(company: Books) -> None:
    for month in ("04", "05", "06"):
        company.post(f"2026-{month}-10", ("rent", 103), ("bank", -103))
    company.connection.execute("UPDATE quickbooks.company_info SET synced_at = '2026-06-30'")
    company.make("metric")
    assert _value(company, "burn", "2026-06-01") == 103
    assert _value(company, "runway", "2026-06-01") == Decimal("7.0000")


def test_a_month_that_is_not_over_counts_its_days_so_far(company: Books) -> None:
    company.connection.execute("UPDATE quickbooks.company_info SET synced_at = '2026-03-16'")
    company.make("metric")
    assert _value(company, "dso") == Decimal("54.1667")  # 650 / 900 * 75 days


def test_a_month_that_has_just_begun_does_not_make_cash_last_longer(company: Books) -> None:
    for month in ("04", "05", "06"):
        company.post(f"2026-{month}-10", ("rent", 103), ("bank", -103))
    company.connection.execute("UPDATE quickbooks.company_info SET synced_at = '2026-07-03'")
    company.make("metric")
    assert _value(company, "burn", "2026-07-01") == Decimal("98.2462")  # 206 in two months and 3 of 31 days
    assert _value(company, "burn", "2026-01-01") == -1000


def test_growth_is_against_the_same_month_of_the_year_before(company: Books) -> None:
    company.post("2025-03-15", ("receivable", 320), ("sales", -320))
    company.make("metric")
    assert _value(company, "income_growth") == Decimal("0.25")


def test_more_than_a_loss_of_the_year_before_is_growth(company: Books) -> None:
    company.post("2025-03-15", ("receivable", -100), ("sales", 100))
    company.make("metric")
    assert _value(company, "income_growth") == 5  # from -100 to 400


def test_overdue_share_and_collection_effectiveness(company: Books) -> None:
    company.insert("invoice", id="late", customer_id="c", txn_date="2026-02-01", due_date="2026-03-01", total_amt=250)
    company.insert("invoice", id="fresh", customer_id="c", txn_date="2026-03-15", due_date="2026-04-15", total_amt=400)
    company.make("metric")
    assert _value(company, "receivables_overdue_share") == Decimal("0.3846")
    assert _value(company, "collection_effectiveness") == Decimal("0.5")  # (0 + 900 - 650) / (0 + 900 - 400)


def test_days_to_pay_are_weighted_by_amount(company: Books) -> None:
    for id_, day, total in (("a", "2026-02-01", 300), ("b", "2026-02-21", 100)):
        company.insert("invoice", id=id_, customer_id="c", txn_date=day, due_date=day, total_amt=total)
        company.insert(
            "payment", id=f"p{id_}", customer_id="c", txn_date="2026-03-03", total_amt=total, unapplied_amt=0
        )
        company.insert("payment_line", payment_id=f"p{id_}", line_number=1, amount=total)
        company.insert(
            "payment_line_linked_txn",
            payment_id=f"p{id_}",
            line_number=1,
            linked_txn_number=1,
            txn_type="Invoice",
            txn_id=id_,
        )
    company.make("metric")
    assert _value(company, "customer_days_to_pay") == Decimal("25.0000")  # (30 * 300 + 10 * 100) / 400


def test_a_payment_with_a_day_to_come_took_no_days_yet(company: Books) -> None:
    company.insert("invoice", id="i", customer_id="c", txn_date="2026-03-01", due_date="2026-03-31", total_amt=70)
    company.insert("payment", id="p", customer_id="c", txn_date="2026-05-28", total_amt=70, unapplied_amt=0)
    company.insert("payment_line", payment_id="p", line_number=1, amount=70)
    company.insert(
        "payment_line_linked_txn", payment_id="p", line_number=1, linked_txn_number=1, txn_type="Invoice", txn_id="i"
    )
    company.make("metric")
    assert company.rows("SELECT month, metric FROM finance.metric WHERE month > '2026-03-01'") == []


def test_concentration_is_shares_and_their_squares(company: Books) -> None:
    for number, amount in enumerate((50, 20, 10, 10, 5, 5)):
        company.insert("bill", id=f"b{number}", vendor_id=f"v{number}", txn_date="2026-03-01", total_amt=amount)
        company.insert(
            "bill_line",
            bill_id=f"b{number}",
            line_number=1,
            detail_type="AccountBasedExpenseLineDetail",
            amount=amount,
            account_id="rent",
        )
    company.make("metric")
    assert _value(company, "vendor_top_5_share") == Decimal("0.95")
    assert _value(company, "vendor_hhi") == Decimal("0.315")


def test_what_is_bought_of_nobody_in_particular_is_spend_too(company: Books) -> None:
    for id_, vendor, amount in (("a", "v", 10), ("b", None, 90)):
        company.insert("purchase", id=id_, txn_date="2026-03-01", entity_type="Vendor", entity_id=vendor)
        company.insert(
            "purchase_line", purchase_id=id_, line_number=1, detail_type="AccountBasedExpenseLineDetail",
            amount=amount, account_id="rent",
        )  # fmt: skip
    company.make("metric")
    assert _value(company, "vendor_top_5_share") == Decimal("0.1")
    assert _value(company, "vendor_hhi") == Decimal("0.01")


def test_spend_of_more_than_twelve_months_ago_does_not_concentrate(company: Books) -> None:
    company.post("2024-03-01", ("bank", 1), ("capital", -1))
    for id_, day in (("old", "2025-03-31"), ("new", "2025-04-01")):
        company.insert("bill", id=id_, vendor_id=id_, txn_date=day, total_amt=10)
        company.insert(
            "bill_line",
            bill_id=id_,
            line_number=1,
            detail_type="AccountBasedExpenseLineDetail",
            amount=10,
            account_id="rent",
        )
    company.make("metric")
    assert _value(company, "vendor_hhi") == 1


def test_a_bill_entered_twice_is_suspected_a_monthly_one_is_not(company: Books) -> None:
    for id_, number, day, amount in (
        ("1", "88", "2026-01-05", 70), ("2", "88", "2026-02-20", 70),
        ("3", None, "2026-03-01", 900), ("4", None, "2026-03-03", 900),
        ("5", "R-1", "2026-01-01", 500), ("6", "R-2", "2026-01-02", 500),
        ("7", None, "2026-01-10", 33), ("8", None, "2026-02-10", 33),
    ):  # fmt: skip
        company.insert("bill", id=id_, vendor_id="v", doc_number=number, txn_date=day, total_amt=amount)
    company.make("metric", "duplicate_bill_suspect")
    assert company.rows("SELECT transaction_id, other_transaction_id, reason "
            "FROM finance.duplicate_bill_suspect ORDER BY 1") == [
        ("2", "1", "same number and amount"), ("4", "3", "same amount within three days"),
    ]  # fmt: skip
    assert _value(company, "duplicate_bill_suspects") == 1


def test_the_budget_variance_is_what_net_income_is_beyond_the_plan(company: Books) -> None:
    company.insert("budget", id="1", name="Plan", active=True, budget_entry_type="Monthly")
    for number, (account, amount) in enumerate((("sales", 350), ("rent", 100)), 1):
        company.insert(
            "budget_detail",
            budget_id="1",
            detail_number=number,
            budget_date="2026-03-01",
            account_id=account,
            amount=amount,
        )
    company.make("metric")
    assert _value(company, "budget_variance") == 50  # 50 more sales, 20 less rent, 20 of losses no one planned


def test_recurring_revenue_is_normal_to_a_month(company: Books) -> None:
    for id_, interval, every, amount in (("m", "Monthly", 1, 100), ("q", "Monthly", 3, 300), ("y", "Yearly", 1, 600)):
        company.insert(
            "recurring_transaction", id=id_, transaction_type="Invoice", recurring_active=True, total_amt=amount,
            recurring_schedule_interval_type=interval, recurring_schedule_num_interval=every,
        )  # fmt: skip
    company.make("metric")
    assert _value(company, "recurring_revenue_estimate") == 250


def test_tax_is_no_recurring_revenue(company: Books) -> None:
    company.insert(
        "recurring_transaction", id="r", transaction_type="Invoice", recurring_active=True, total_amt=108, total_tax=8,
        recurring_schedule_interval_type="Monthly", recurring_schedule_num_interval=1,
    )  # fmt: skip
    company.make("metric")
    assert _value(company, "recurring_revenue_estimate") == 100


def test_every_metric_is_defined_once(company: Books) -> None:
    company.make("metric")
    assert company.rows("SELECT metric FROM finance.metric_definition GROUP BY 1 HAVING count(*) <> 1") == []
    assert company.rows("SELECT realm_id, month, metric FROM finance.metric GROUP BY ALL HAVING count(*) <> 1") == []
    assert company.one("SELECT max(month) FROM finance.metric") == date(2026, 3, 1)


def test_templates_that_make_no_more_documents_are_no_recurring_revenue(company: Books) -> None:
    scheduled = {"recurring_schedule_interval_type": "Monthly", "recurring_schedule_num_interval": 1}
    for id_, amount, more in (
        ("runs", 100, {"recurring_recur_type": "Automated", **scheduled}),
        ("has no schedule", 20, {"recurring_recur_type": "UnScheduled"}),
        ("is over", 3, {"recurring_recur_type": "Automated", "recurring_schedule_end_date": "2025-12-31", **scheduled}),
        (
            "was made six times",
            4,
            {"recurring_schedule_start_date": "2025-09-01", "recurring_schedule_max_occurrences": 6, **scheduled},
        ),
    ):
        company.insert(
            "recurring_transaction", id=id_, transaction_type="Invoice", recurring_active=True, total_amt=amount, **more
        )
    company.make("metric")
    assert _value(company, "recurring_revenue_estimate") == 100
