"""Lines of documents: what was sold and bought, each thing once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline_tests.finance.marts.books import Books


@pytest.fixture
def company(books: Books) -> Books:
    books.company(sales_default_shipping_account="freight", sales_default_discount_account="discounts")
    books.accounts(
        ("sales", "Income", "SalesOfProductIncome"),
        ("freight", "Income", "SalesOfProductIncome"),
        ("discounts", "Income", "DiscountsRefundsGiven"),
        ("stock", "Other Current Asset", "Inventory"),
        ("cogs", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    )
    books.insert("item", id="gate", name="Gate", type="Inventory", income_account_id="sales", expense_account_id="cogs",
                 asset_account_id="stock", purchase_cost=7, active=True)  # fmt: skip
    books.insert("item", id="set", name="Set", type="Group", active=True)
    return books


def _sale(books: Books, table: str, lines: list[dict[str, Any]], id_: str = "d", **head: Any) -> None:
    books.insert(table, **{"id": id_, "txn_date": "2026-01-15", "customer_id": "c", "currency_id": "USD", **head})
    for number, line in enumerate(lines, 1):
        books.insert(
            f"{table}_line", **{f"{table}_id": id_}, line_number=number, line_id=str(number),
            **{"detail_type": "SalesItemLineDetail", **line},
        )  # fmt: skip


def test_a_bundle_is_counted_by_its_items_once(company: Books) -> None:
    _sale(company, "invoice", [{"detail_type": "GroupLineDetail", "amount": 50, "group_item_id": "set"}], total_amt=50)
    for number, amount in enumerate((30, 20), 1):
        company.insert(
            "invoice_line_group_line", invoice_id="d", line_number=1, group_line_number=number,
            detail_type="SalesItemLineDetail",
            amount=amount, item_id="gate", quantity=1,
        )  # fmt: skip
    company.make("fct_sales_line")
    assert company.rows("SELECT line_type, child_number, bundle_item_id, item_id, net_amount "
            "FROM finance.fct_sales_line ORDER BY 2") == [
        ("bundle_item", 1, "set", "gate", 30), ("bundle_item", 2, "set", "gate", 20),
    ]  # fmt: skip


def test_two_bundles_and_a_line_do_not_multiply_each_other(company: Books) -> None:
    group: dict[str, Any] = {"detail_type": "GroupLineDetail", "amount": 10, "group_item_id": "set"}
    _sale(company, "invoice", [group, {"amount": 5, "item_id": "gate"}, group])
    for line in (1, 3):
        company.insert(
            "invoice_line_group_line", invoice_id="d", line_number=line, group_line_number=1,
            detail_type="SalesItemLineDetail",
            amount=10, item_id="gate",
        )  # fmt: skip
    company.make("fct_sales_line")
    assert company.one("SELECT sum(net_amount) FROM finance.fct_sales_line") == 25


def test_discount_shipping_and_tax_are_lines_of_their_own(company: Books) -> None:
    _sale(company, "invoice", [
        {"amount": 100, "item_id": "gate", "quantity": 2, "unit_price": 50},
        {"amount": 10, "detail_type": "DiscountLineDetail"},
        {"amount": 15, "item_id": "SHIPPING_ITEM_ID"},
        {"amount": 105, "detail_type": "SubTotalLineDetail"},
        {"detail_type": "DescriptionOnly"},
    ], total_amt=Decimal("112.35"), total_tax=Decimal("7.35"))  # fmt: skip
    company.insert("invoice_tax_line", invoice_id="d", tax_line_number=1, amount=Decimal("7.35"), tax_rate_id="r")
    company.make("fct_sales_line")
    assert company.rows(
        "SELECT line_type, account_id, gross_amount, discount_amount, net_amount, tax_amount "
                "FROM finance.fct_sales_line ORDER BY line_type"
    ) == [
        ("discount", "discounts", 0, -10, -10, 0), ("item", "sales", 100, 0, 100, 0),
        ("shipping", "freight", 15, 0, 15, 0), ("tax", None, 0, 0, 0, Decimal("7.35")),
    ]  # fmt: skip
    assert company.one("SELECT sum(amount) FROM finance.fct_sales_line") == Decimal("112.35")


@pytest.mark.parametrize(("preferred", "account"), [("savings", "savings"), ("gone", "tips"), (None, "tips")])
def test_a_tip_is_a_line_of_its_own_and_no_sale(company: Books, preferred: str | None, account: str) -> None:
    company.accounts(
        ("savings", "Other Current Liability", ""), ("tips", "Other Current Liability", "UndistributedTips")
    )
    if preferred is not None:
        company.insert(
            "preferences_other", preferences_id="1", other_number=1, name="SalesFormsPrefs.GratuityAccount",
            value=preferred,
        )  # fmt: skip
    _sale(company, "sales_receipt", [{"amount": 40, "item_id": "gate"}, {"amount": 6, "item_id": "GRATUITY_ITEM_ID"}])
    company.make("fct_sales_line")
    assert company.rows(
        "SELECT line_type, account_id, item_id, gross_amount, net_amount, amount FROM finance.fct_sales_line ORDER BY 1"
    ) == [("item", "sales", "gate", 40, 40, 40), ("tip", account, None, 0, 0, 6)]


@pytest.mark.parametrize("form", ["credit_memo", "refund_receipt"])
def test_what_goes_back_to_a_customer_is_negative(company: Books, form: str) -> None:
    _sale(
        company,
        form,
        [{"amount": 40, "item_id": "gate", "quantity": 1}, {"amount": 4, "detail_type": "DiscountLineDetail"}],
    )
    company.make("fct_sales_line")
    assert company.rows("SELECT line_type, quantity::INTEGER, amount FROM finance.fct_sales_line ORDER BY 1") == [
        ("discount", None, 4), ("item", -1, -40),
    ]  # fmt: skip


def test_foreign_sales_are_at_the_rate_of_the_document(company: Books) -> None:
    _sale(company, "invoice", [{"amount": 100, "item_id": "gate"}], exchange_rate=Decimal("1.0725"))
    company.make("fct_sales_line")
    assert company.rows("SELECT foreign_amount, amount FROM finance.fct_sales_line") == [(100, Decimal("107.25"))]


def test_a_line_of_a_foreign_bill_shows_the_cents_that_its_leg_posts(company: Books) -> None:
    """Three times 0.33 at 1.111111 is 1.11, and 0.99 is 1.10: the largest leg has the cent less."""
    company.insert(
        "bill", id="b", vendor_id="v", txn_date="2026-01-15", currency_id="EUR", exchange_rate=Decimal("1.111111")
    )
    for number, cents in enumerate((36, 37, 37), 1):
        company.insert(
            "bill_line", bill_id="b", line_number=number, detail_type="AccountBasedExpenseLineDetail",
            amount=Decimal("0.33"), account_id="cogs",
        )  # fmt: skip
        company.leg(
            "2026-01-15", 1000 * number, "cogs", Decimal(cents) / 100, id_="b", type_="Bill",
            exchange_rate=Decimal("1.111111"),
        )  # fmt: skip
    company.make("fct_spend_line")
    assert company.rows("SELECT line_number, foreign_amount, amount, net_amount FROM finance.fct_spend_line") == [
        (number, Decimal("0.33"), cents, cents)
        for number, cents in enumerate((Decimal("0.36"), Decimal("0.37"), Decimal("0.37")), 1)
    ]  # fmt: skip


def test_lines_are_on_the_account_that_theirs_was_merged_into(company: Books) -> None:
    for merged, into in (("former sales", "sales"), ("former costs", "cogs")):
        company.merged("Account", merged, into)
    _sale(company, "invoice", [{"amount": 40, "item_account_id": "former sales"}])
    company.insert("bill", id="b", vendor_id="v", txn_date="2026-01-15")
    company.insert(
        "bill_line", bill_id="b", line_number=1, detail_type="AccountBasedExpenseLineDetail", amount=30,
        account_id="former costs",
    )  # fmt: skip
    company.make("fct_sales_line", "fct_spend_line")
    assert company.rows("SELECT account_id, account_key FROM finance.fct_sales_line") == [("sales", "1|sales")]
    assert company.rows("SELECT account_id, account_key FROM finance.fct_spend_line") == [("cogs", "1|cogs")]


def test_payments_deposits_and_entries_are_on_the_accounts_that_theirs_were_merged_into(company: Books) -> None:
    """As their legs are: who adds up by account finds them where the ledger has them."""
    for merged, into in (("former bank", "bank"), ("former costs", "cogs")):
        company.merged("Account", merged, into)
    company.insert("payment", id="p", txn_date="2026-01-15", total_amt=40, deposit_to_account_id="former bank")
    company.insert("bill_payment", id="q", txn_date="2026-01-15", total_amt=40, check_bank_account_id="former bank")
    company.insert("deposit", id="d", txn_date="2026-01-15", total_amt=30, deposit_to_account_id="former bank")
    company.insert("deposit_line", deposit_id="d", line_number=1, amount=30, account_id="former costs")
    company.insert("journal_entry", id="j", txn_date="2026-01-15")
    company.insert(
        "journal_entry_line", journal_entry_id="j", line_number=1, posting_type="Debit", amount=20,
        account_id="former costs",
    )  # fmt: skip
    company.make("fct_payment", "fct_deposit_line", "fct_journal_line")

    columns = "account_id, account_key"
    assert company.rows(f"SELECT {columns} FROM finance.fct_payment") == [("bank", "1|bank")] * 2
    assert company.rows(f"SELECT deposit_to_account_id, {columns} FROM finance.fct_deposit_line") == [
        ("bank", "cogs", "1|cogs")
    ]
    assert company.rows(f"SELECT {columns} FROM finance.fct_journal_line") == [("cogs", "1|cogs")]


def test_a_payment_that_names_no_bank_is_in_the_undeposited_funds(company: Books) -> None:
    company.accounts(("funds", "Other Current Asset", "UndepositedFunds"))
    company.insert("payment", id="p", txn_date="2026-01-15", customer_id="c", total_amt=50)
    company.make("fct_payment")
    assert company.rows("SELECT account_id, account_key FROM finance.fct_payment") == [("funds", "1|funds")]


def test_a_deleted_document_counts_nowhere(company: Books) -> None:
    _sale(company, "invoice", [{"amount": 100, "item_id": "gate"}], deleted=True, total_amt=100)
    company.make("fct_sales_line", "dim_transaction", "ar_aging")
    for name in ("fct_sales_line", "dim_transaction", "ar_aging"):
        assert company.rows(f"SELECT * FROM finance.{name}") == []


def test_sales_of_a_job_belong_to_its_topmost_customer(company: Books) -> None:
    company.insert("customer", id="root", display_name="Root", active=True)
    company.insert("customer", id="c", display_name="Job", parent_id="root", job=True, active=True)
    _sale(company, "invoice", [{"amount": 100, "item_id": "gate"}])
    company.make("sales_by_customer_month")
    assert company.rows("SELECT customer_id, month, amount FROM finance.sales_by_customer_month") == [
        ("root", date(2026, 1, 1), 100)
    ]  # fmt: skip


def test_stock_that_is_bought_goes_to_its_asset_account(company: Books) -> None:
    company.insert("bill", id="b", txn_date="2026-01-15", vendor_id="v")
    company.insert(
        "bill_line",
        bill_id="b",
        line_number=1,
        detail_type="ItemBasedExpenseLineDetail",
        amount=70,
        item_id="gate",
        quantity=10,
    )
    company.insert(
        "bill_line",
        bill_id="b",
        line_number=2,
        detail_type="AccountBasedExpenseLineDetail",
        amount=5,
        account_id="freight",
    )
    company.make("fct_spend_line")
    assert company.rows("SELECT line_type, account_id, vendor_key, amount "
            "FROM finance.fct_spend_line ORDER BY line_number") == [
        ("item", "stock", "1|v", 70), ("account", "freight", "1|v", 5),
    ]  # fmt: skip


def test_a_credit_on_the_card_and_a_vendor_credit_are_negative_spend(company: Books) -> None:
    company.insert("purchase", id="p", txn_date="2026-01-15", credit=True, entity_type="Vendor", entity_id="v")
    company.insert(
        "purchase_line",
        purchase_id="p",
        line_number=1,
        detail_type="AccountBasedExpenseLineDetail",
        amount=5,
        account_id="freight",
    )
    company.insert("vendor_credit", id="c", txn_date="2026-01-15", vendor_id="v")
    company.insert("vendor_credit_line", vendor_credit_id="c", line_number=1,
        detail_type="AccountBasedExpenseLineDetail", amount=6,
                   account_id="freight")  # fmt: skip
    company.make("spend_by_vendor_month")
    assert company.rows("SELECT vendor_id, amount, documents FROM finance.spend_by_vendor_month") == [("v", -11, 2)]


def test_a_check_that_pays_a_vendor_a_card_or_a_loan_buys_nothing(company: Books) -> None:
    company.accounts(
        ("payable", "Accounts Payable", "AccountsPayable"), ("card", "Credit Card", "CreditCard"),
        ("loan", "Long Term Liability", "NotesPayable"), ("savings", "Bank", "Savings"),
    )  # fmt: skip
    company.insert("bill", id="b", txn_date="2026-01-15", vendor_id="v", total_amt=100)
    company.insert("bill_line", bill_id="b", line_number=1, detail_type="AccountBasedExpenseLineDetail", amount=100,
                   account_id="cogs")  # fmt: skip
    company.insert("purchase", id="p", txn_date="2026-01-20", entity_type="Vendor", entity_id="v", total_amt=265)
    for number, (account, amount) in enumerate(
        (("payable", 100), ("card", 50), ("loan", 60), ("savings", 40), ("freight", 15)), 1
    ):
        company.insert("purchase_line", purchase_id="p", line_number=number, amount=amount, account_id=account,
                       detail_type="AccountBasedExpenseLineDetail")  # fmt: skip
    company.make("spend_by_vendor_month", "semantic_spend_line")
    assert company.rows("SELECT vendor_id, amount, documents FROM finance.spend_by_vendor_month") == [("v", 115, 2)]
    assert company.rows("SELECT sum(net_amount), sum(amount) FROM finance.semantic_spend_line") == [(115, 365)]


def test_stock_moves_by_the_lines_until_the_report_tells_its_cost(company: Books) -> None:
    _sale(company, "invoice", [{"amount": 100, "item_id": "gate", "quantity": 2}])
    company.insert("bill", id="b", txn_date="2026-01-10", vendor_id="v")
    company.insert(
        "bill_line",
        bill_id="b",
        line_number=1,
        detail_type="ItemBasedExpenseLineDetail",
        amount=80,
        item_id="gate",
        quantity=10,
    )
    company.post("2026-01-10", ("stock", 80), ("cogs", -80), type_="Bill", id_="b")
    company.make("inventory_valuation")
    assert company.rows(
        "SELECT transaction_type, direction, quantity::INTEGER, value, confirmed "
        "FROM finance.fct_inventory_movement ORDER BY transaction_date"
    ) == [("Bill", "in", 10, 80, False), ("Invoice", "out", -2, -14, False)]
    assert company.rows(
        "SELECT quantity::INTEGER, asset_value FROM finance.inventory_valuation WHERE as_of = '2026-01-31'"
    ) == [(8, 66)]


MOVED = "SELECT transaction_id, quantity::INTEGER, value, confirmed FROM finance.fct_inventory_movement ORDER BY ALL"


def _stock_bought(company: Books, id_: str, day: str, quantity: int | None, amount: int) -> None:
    company.insert("bill", id=id_, txn_date=day, vendor_id="v")
    company.insert(
        "bill_line", bill_id=id_, line_number=1, detail_type="ItemBasedExpenseLineDetail", amount=amount,
        item_id="gate", quantity=quantity,
    )  # fmt: skip
    company.post(day, ("stock", amount), ("cogs", -amount), type_="Bill", id_=id_)


def test_what_was_traded_before_an_item_became_stock_moved_none(company: Books) -> None:
    company.connection.execute("UPDATE quickbooks.item SET inventory_start_date = '2026-01-10' WHERE id = 'gate'")
    _stock_bought(company, "before", "2026-01-09", 10, 80)
    _stock_bought(company, "since", "2026-01-10", 3, 24)
    for id_, day in (("sold before", "2026-01-09"), ("sold since", "2026-01-10")):
        _sale(company, "invoice", [{"amount": 50, "item_id": "gate", "quantity": 1}], id_=id_, txn_date=day)
    company.make("fct_inventory_movement")
    assert company.rows(MOVED) == [("since", 3, 24, False), ("sold since", -1, -7, False)]


def test_a_bill_without_units_corrects_the_value_of_stock(company: Books) -> None:
    _stock_bought(company, "units", "2026-01-10", 10, 80)
    _stock_bought(company, "freight later", "2026-01-11", None, 5)
    company.make("inventory_valuation")
    assert company.rows(MOVED) == [("freight later", 0, 5, False), ("units", 10, 80, False)]
    assert company.rows("SELECT quantity::INTEGER, asset_value FROM finance.inventory_valuation LIMIT 1") == [(10, 85)]


def test_stock_that_was_on_another_account_has_moved_as_the_report_says(company: Books) -> None:
    """Its item was given another asset account, for what is to come alone."""
    company.accounts(("former stock", "Other Current Asset", "Inventory"))
    _stock_bought(company, "b", "2026-01-10", 10, 80)
    company.connection.execute(
        "INSERT INTO reports.posted_leg BY NAME SELECT '1' AS realm_id, 'Accrual' AS basis, "
        "DATE '2026-01-01' AS month, DATE '2026-01-10' AS transaction_date, 'Bill' AS transaction_title, "
        "'b' AS transaction_id, 1 AS leg_number, 'former stock' AS account_id, '' AS account_name, 81 AS debit, "
        "0 AS credit, 'gate' AS item_id, 10 AS quantity, 1 AS pull"
    )
    company.make("fct_inventory_movement")
    assert company.rows(MOVED) == [("b", 10, 81, True)]


def test_revenue_is_earned_in_the_month_of_its_service(company: Books) -> None:
    _sale(company, "invoice", [
        {"amount": 100, "item_id": "gate", "service_date": "2026-03-02"}, {"amount": 30, "item_id": "gate"},
    ])  # fmt: skip
    company.make("revenue_schedule_month")
    assert company.rows("SELECT month, invoiced_amount, earned_amount, deferred_balance "
            "FROM finance.revenue_schedule_month ORDER BY 1") == [
        (date(2026, 1, 1), 130, 30, 100), (date(2026, 3, 1), 0, 100, 0),
    ]  # fmt: skip


def test_a_discount_is_earned_with_what_it_is_on(company: Books) -> None:
    _sale(company, "invoice", [
        {"amount": 100, "item_id": "gate", "service_date": "2026-02-02"},
        {"amount": 200, "item_id": "gate", "service_date": "2026-03-02"},
        {"amount": 10, "detail_type": "DiscountLineDetail", "discount_account_id": "discounts"},
    ])  # fmt: skip
    company.make("revenue_schedule_month")
    assert company.rows("SELECT earned_month, amount FROM finance.fct_revenue_schedule "
            "WHERE line_type = 'discount' ORDER BY 1") == [
        (date(2026, 2, 1), Decimal("-3.33")), (date(2026, 3, 1), Decimal("-6.67")),
    ]  # fmt: skip
    assert company.rows("SELECT month, invoiced_amount, earned_amount, deferred_balance "
            "FROM finance.revenue_schedule_month ORDER BY 1") == [
        (date(2026, 1, 1), 290, 0, 290), (date(2026, 2, 1), 0, Decimal("96.67"), Decimal("193.33")),
        (date(2026, 3, 1), 0, Decimal("193.33"), 0),
    ]  # fmt: skip


def test_an_order_is_open_for_what_is_not_billed(company: Books) -> None:
    company.insert("purchase_order", id="o", txn_date="2026-01-05", vendor_id="v", po_status="Open")
    company.insert("purchase_order_line", purchase_order_id="o", line_number=1, line_id="1",
        detail_type="ItemBasedExpenseLineDetail",
                   amount=70, item_id="gate", quantity=10)  # fmt: skip
    company.insert("bill", id="b", txn_date="2026-01-10", vendor_id="v")
    company.insert(
        "bill_line",
        bill_id="b",
        line_number=1,
        detail_type="ItemBasedExpenseLineDetail",
        amount=28,
        item_id="gate",
        quantity=4,
    )
    company.insert(
        "bill_line_linked_txn",
        bill_id="b",
        line_number=1,
        linked_txn_number=1,
        txn_type="PurchaseOrder",
        txn_id="o",
        txn_line_id="1",
    )
    company.make("fct_purchase_order_line")
    assert company.rows(
        "SELECT billed_quantity::INTEGER, open_quantity::INTEGER, open_amount FROM finance.fct_purchase_order_line"
    ) == [(4, 6, 42)]


def test_what_was_paid_at_once_is_received_of_an_order(company: Books) -> None:
    """With a check or an expense to which the order was added."""
    kind = "ItemBasedExpenseLineDetail"
    company.insert("purchase_order", id="o", txn_date="2026-01-05", vendor_id="v", po_status="Open")
    company.insert(
        "purchase_order_line", purchase_order_id="o", line_number=1, line_id="1", detail_type=kind, amount=70,
        item_id="gate", quantity=10,
    )  # fmt: skip
    company.insert("purchase", id="c", txn_date="2026-01-10", payment_type="Check", entity_type="Vendor", entity_id="v")
    company.insert(
        "purchase_line", purchase_id="c", line_number=1, detail_type=kind, amount=28, item_id="gate", quantity=4
    )
    company.insert(
        "purchase_line_linked_txn", purchase_id="c", line_number=1, linked_txn_number=1, txn_type="PurchaseOrder",
        txn_id="o", txn_line_id="1",
    )  # fmt: skip
    company.make("fct_purchase_order_line")
    assert company.rows(
        "SELECT billed_quantity::INTEGER, open_quantity::INTEGER, open_amount FROM finance.fct_purchase_order_line"
    ) == [(4, 6, 42)]


def test_time_is_billed_by_the_hour(company: Books) -> None:
    company.insert("time_activity", id="t", txn_date="2026-01-05", employee_id="e", hours=1, minutes=30,
        hourly_rate=100, cost_rate=40,
                   billable_status="Billable")  # fmt: skip
    company.insert("time_activity", id="u", txn_date="2026-01-05", employee_id="e", start_time="2026-01-05 09:00",
        end_time="2026-01-05 11:15",
                   break_minutes=14, break_seconds=60, cost_rate=40, billable_status="NotBillable")  # fmt: skip
    company.make("fct_time_activity")
    assert company.rows("SELECT hours::DECIMAL(9, 2), billable_amount, cost_amount "
            "FROM finance.fct_time_activity ORDER BY time_activity_id") == [
        (Decimal("1.50"), 150, 60), (2, 0, 80),
    ]  # fmt: skip


def test_a_receipt_on_a_deposit_leaves_the_undeposited_funds_that_the_ledger_has_it_on(company: Books) -> None:
    """Whoever makes an account may give it that detail type: QuickBooks' own is the first of them."""
    company.accounts(*((id_, "Other Current Asset", "UndepositedFunds") for id_ in ("117", "4")))
    company.insert("deposit", id="d", txn_date="2026-01-15", total_amt=100)
    company.insert("deposit_line", deposit_id="d", line_number=1, amount=100)
    company.insert(
        "deposit_line_linked_txn", deposit_id="d", line_number=1, linked_txn_number=1, txn_id="p", txn_type="Payment"
    )
    company.make("fct_deposit_line")
    assert company.rows("SELECT account_id, linked_id FROM finance.fct_deposit_line") == [("4", "p")]


def test_cash_taken_back_is_a_line_of_the_deposit(company: Books) -> None:
    company.insert(
        "deposit",
        id="d",
        txn_date="2026-01-05",
        deposit_to_account_id="bank",
        total_amt=80,
        cash_back_account_id="petty",
        cash_back_amount=20,
    )
    company.insert(
        "deposit_line", deposit_id="d", line_number=1, amount=100, account_id="sales", detail_type="DepositLineDetail"
    )
    company.make("fct_deposit_line")
    assert company.rows("SELECT line_number, account_id, amount FROM finance.fct_deposit_line ORDER BY 1") == [
        (0, "petty", -20),
        (1, "sales", 100),
    ]
