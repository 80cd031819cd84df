"""A small coherent company on paper: its records as QuickBooks' API has them, and what QuickBooks posts of each.

The legs are written down by hand, from how QuickBooks documents that it posts: nothing here is computed by the models
that are judged with it. Three months of 2026; the fiscal year begins in February, so that January is rolled into
retained earnings. Every kind of transaction is there, among them those that are easily posted wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]

CHECKING, PETTY, RECEIVABLE, UNDEPOSITED, STOCK, PAYABLE, OTHER_PAYABLE, TAX, CARD = (str(n) for n in range(1, 10))
RETAINED, CAPITAL, SALES, DISCOUNTS, SHIPPING, COGS, RENT, SUPPLIES, EXCHANGE, RECEIVABLE_EUR = (
    str(n) for n in range(10, 20)
)

ACCOUNTS: Sequence[tuple[str, str, str, str, str, str | None]] = (
    (CHECKING, "Checking", "Bank", "Checking", "Asset", None),
    (PETTY, "Petty Cash", "Bank", "CashOnHand", "Asset", None),
    (RECEIVABLE, "Accounts Receivable", "Accounts Receivable", "AccountsReceivable", "Asset", None),
    (UNDEPOSITED, "Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset", None),
    (STOCK, "Inventory Asset", "Other Current Asset", "Inventory", "Asset", None),
    (PAYABLE, "Accounts Payable", "Accounts Payable", "AccountsPayable", "Liability", None),
    (OTHER_PAYABLE, "Accounts Payable to Growers", "Accounts Payable", "AccountsPayable", "Liability", None),
    (TAX, "State Tax Office Payable", "Other Current Liability", "GlobalTaxPayable", "Liability", None),
    (CARD, "Company Card", "Credit Card", "CreditCard", "Liability", None),
    (RETAINED, "Retained Earnings", "Equity", "RetainedEarnings", "Equity", None),
    (CAPITAL, "Members' Capital", "Equity", "PartnersEquity", "Equity", None),
    (SALES, "Sales", "Income", "SalesOfProductIncome", "Revenue", None),
    (DISCOUNTS, "Discounts", "Income", "DiscountsRefundsGiven", "Revenue", None),
    (SHIPPING, "Shipping Income", "Income", "SalesOfProductIncome", "Revenue", None),
    (COGS, "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense", None),
    (RENT, "Rent", "Expense", "RentOrLeaseOfBuildings", "Expense", None),
    (SUPPLIES, "Supplies of the Shop", "Expense", "SuppliesMaterials", "Expense", RENT),
    (EXCHANGE, "Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss", "Expense", None),
    (RECEIVABLE_EUR, "Accounts Receivable - EUR", "Accounts Receivable", "AccountsReceivable", "Asset", None),
)
"""Id, name, type, sub-type, classification, parent."""
CREDIT_NATURE = {"Liability", "Equity", "Revenue"}
"""Classifications whose accounts grow by credits."""

LISTS: Mapping[str, Sequence[Row]] = {
    "company_info": [{"id": "1", "company_name": "Fjord Outfitters", "fiscal_year_start_month": "February"}],
    "preferences": [
        {
            "id": "1",
            "home_currency_id": "USD",
            "multi_currency_enabled": True,
            "sales_default_shipping_account": SHIPPING,
            "sales_default_discount_account": DISCOUNTS,
        }
    ],
    "account": [
        {
            "id": id_,
            "name": name,
            "fully_qualified_name": name if parent is None else f"Rent:{name}",
            "account_type": type_,
            "account_sub_type": sub_type,
            "classification": classification,
            "parent_id": parent,
            "active": True,
            "currency_id": "EUR" if id_ == RECEIVABLE_EUR else "USD",
        }
        for id_, name, type_, sub_type, classification, parent in ACCOUNTS
    ],
    "customer": [
        {"id": "1", "display_name": "Fern & Co", "active": True, "currency_id": "USD"},
        {"id": "2", "display_name": "Lieferando GmbH", "active": True, "currency_id": "EUR"},
        {"id": "3", "display_name": "Fern kiosk", "active": True, "currency_id": "USD", "parent_id": "1", "job": True},
    ],
    "vendor": [
        {"id": "1", "display_name": "Harbour Estates", "active": True, "currency_id": "USD"},
        {"id": "2", "display_name": "Widget Works", "active": True, "currency_id": "USD"},
    ],
    "item": [
        {"id": "1", "name": "Advice", "type": "Service", "active": True, "income_account_id": SALES},
        {
            "id": "2",
            "name": "Widget",
            "type": "Inventory",
            "active": True,
            "track_quantity_on_hand": True,
            "quantity_on_hand": 4,
            "income_account_id": SALES,
            "asset_account_id": STOCK,
            "expense_account_id": COGS,
        },
        {"id": "3", "name": "Starter set", "type": "Group", "active": True},
    ],
    "class": [{"id": "1", "name": "Shop", "fully_qualified_name": "Shop", "active": True}],
    "department": [{"id": "1", "name": "North", "fully_qualified_name": "North", "active": True}],
    "tax_agency": [{"id": "1", "display_name": "State Tax Office"}],
    "tax_rate": [{"id": "1", "name": "State", "agency_id": "1", "rate_value": 8, "active": True}],
}


@dataclass(frozen=True)
class Document:
    """A transaction: its record and arrays in the warehouse's columns, and the legs QuickBooks posts of it."""

    table: str
    id: str
    day: date
    title: str
    """Its type in QuickBooks' reports."""
    row: Row
    arrays: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """Suffix of the table → its rows; an element's rows name their ordinals, lines are numbered here."""
    legs: Sequence[tuple[Any, ...]] = ()
    """Account and amount in home currency, debit positive, and in the transaction's where that is another."""


def _sale(amount: str, item: str = "1", **more: Any) -> Row:
    return {"detail_type": "SalesItemLineDetail", "amount": Decimal(amount), "item_id": item, **more}


def _discount(amount: str) -> Row:
    return {"detail_type": "DiscountLineDetail", "amount": Decimal(amount), "discount_account_id": DISCOUNTS}


def _spend(amount: str, account: str) -> Row:
    return {"detail_type": "AccountBasedExpenseLineDetail", "amount": Decimal(amount), "account_id": account}


def _stock(amount: str, quantity: int) -> Row:
    return {
        "detail_type": "ItemBasedExpenseLineDetail", "amount": Decimal(amount), "item_id": "2", "quantity": quantity,
    }  # fmt: skip


def _entry(side: str, amount: str, account: str, **more: Any) -> Row:
    return {
        "detail_type": "JournalEntryLineDetail", "posting_type": side, "amount": Decimal(amount), "account_id": account,
        **more,
    }  # fmt: skip


def _link(line: int, type_: str, id_: str) -> Row:
    return {"line_number": line, "linked_txn_number": 1, "txn_type": type_, "txn_id": id_}


def _paid(*amounts: str) -> Sequence[Row]:
    return [{"amount": Decimal(amount)} for amount in amounts]


JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
LAST_DAY = date(2026, 3, 31)

DOCUMENTS: Sequence[Document] = (
    Document(
        "journal_entry", "100", date(2026, 1, 2), "Journal Entry",
        {"total_amt": 1000},
        {"line": [_entry("Debit", "1000", CHECKING), _entry("Credit", "1000", CAPITAL)]},
        [(CHECKING, 1000), (CAPITAL, -1000)],
    ),
    Document(
        "invoice", "101", date(2026, 1, 5), "Invoice",
        {"customer_id": "1", "total_amt": 200, "balance": 114, "due_date": date(2026, 2, 4), "doc_number": "101"},
        {
            "line": [
                _sale("100"),
                _sale("50"),
                {"detail_type": "GroupLineDetail", "amount": 50, "group_item_id": "3"},
                {"detail_type": "SubTotalLineDetail", "amount": 200},
            ],
            "line_group_line": [
                {"line_number": 3, "group_line_number": 1, **_sale("30")},
                {"line_number": 3, "group_line_number": 2, **_sale("20")},
            ],
        },
        [(RECEIVABLE, 200), (SALES, -100), (SALES, -50), (SALES, -30), (SALES, -20)],
    ),
    Document(
        "purchase", "106", date(2026, 1, 8), "Check",
        {"payment_type": "Check", "account_id": CHECKING, "total_amt": 60, "entity_id": "2", "entity_type": "Vendor"},
        {"line": [_stock("60", 6)]},
        [(CHECKING, -60), (STOCK, 60)],
    ),
    Document(
        "bill", "109", date(2026, 1, 10), "Bill",
        {"vendor_id": "1", "ap_account_id": PAYABLE, "total_amt": 180, "balance": 110, "due_date": date(2026, 2, 9)},
        {"line": [_spend("180", RENT)]},
        [(PAYABLE, -180), (RENT, 180)],
    ),
    Document(
        "invoice", "102", date(2026, 2, 3), "Invoice",
        {
            "customer_id": "1", "total_amt": 108, "total_tax": 8, "balance": 72, "due_date": date(2026, 3, 5),
            "doc_number": "102", "global_tax_calculation": "TaxExcluded",
        },
        {
            "line": [_sale("100", "2", quantity=2)],
            "tax_line": [{"tax_line_number": 1, "amount": 8, "tax_rate_id": "1", "net_amount_taxable": 100}],
        },
        [(RECEIVABLE, 108), (SALES, -100), (TAX, -8), (COGS, 20), (STOCK, -20)],
    ),
    Document(
        "credit_memo", "103", date(2026, 2, 4), "Credit Memo",
        {"customer_id": "1", "total_amt": 36, "balance": 0, "doc_number": "103"},
        {"line": [_sale("40"), _discount("4")]},
        [(RECEIVABLE, -36), (SALES, 40), (DISCOUNTS, -4)],
    ),
    Document(
        "refund_receipt", "104", date(2026, 2, 5), "Refund",
        {"customer_id": "1", "total_amt": 45, "deposit_to_account_id": CHECKING},
        {"line": [_sale("50"), _discount("5")]},
        [(CHECKING, -45), (SALES, 50), (DISCOUNTS, -5)],
    ),
    Document(
        "vendor_credit", "107", date(2026, 2, 6), "Vendor Credit",
        {"vendor_id": "2", "ap_account_id": PAYABLE, "total_amt": 10, "balance": 10},
        {"line": [_stock("10", 1)]},
        [(PAYABLE, 10), (STOCK, -10)],
    ),
    Document(
        "payment", "108", date(2026, 2, 9), "Payment",
        {"customer_id": "1", "total_amt": 50, "unapplied_amt": 0},
        {"line": _paid("50"), "line_linked_txn": [_link(1, "Invoice", "101")]},
        [(UNDEPOSITED, 50), (RECEIVABLE, -50)],
    ),
    Document(
        "sales_receipt", "115", date(2026, 2, 9), "Sales Receipt",
        {"customer_id": "3", "total_amt": 50},
        {"line": [_sale("50")]},
        [(UNDEPOSITED, 50), (SALES, -50)],
    ),
    Document(
        "deposit", "105", date(2026, 2, 10), "Deposit",
        {"deposit_to_account_id": CHECKING, "total_amt": 80, "cash_back_account_id": PETTY, "cash_back_amount": 20},
        {"line": _paid("50", "50"), "line_linked_txn": [_link(1, "Payment", "108"), _link(2, "SalesReceipt", "115")]},
        [(CHECKING, 80), (PETTY, 20), (UNDEPOSITED, -50), (UNDEPOSITED, -50)],
    ),
    Document(
        "invoice", "110", date(2026, 2, 12), "Invoice",
        {"customer_id": "3", "total_amt": 65, "balance": 65, "due_date": date(2026, 3, 14), "doc_number": "110"},
        {"line": [_sale("50"), {"detail_type": "DescriptionOnly"}, _sale("15", "SHIPPING_ITEM_ID")]},
        [(RECEIVABLE, 65), (SALES, -50), (SHIPPING, -15)],
    ),
    Document(
        "invoice", "111", date(2026, 2, 16), "Invoice",
        {
            "customer_id": "1", "total_amt": 100, "balance": 75, "deposit": 25, "deposit_to_account_id": CHECKING,
            "due_date": date(2026, 3, 18), "doc_number": "111",
        },
        {"line": [_sale("100")]},
        [(RECEIVABLE, 75), (CHECKING, 25), (SALES, -100)],
    ),
    Document(
        "bill_payment", "112", date(2026, 2, 18), "Bill Payment (Check)",
        {
            "vendor_id": "1", "ap_account_id": PAYABLE, "pay_type": "Check", "check_bank_account_id": CHECKING,
            "total_amt": 70,
        },
        {"line": _paid("70"), "line_linked_txn": [_link(1, "Bill", "109")]},
        [(PAYABLE, 70), (CHECKING, -70)],
    ),
    Document(
        "bill", "129", date(2026, 2, 19), "Bill",
        {
            "vendor_id": "2", "ap_account_id": OTHER_PAYABLE, "total_amt": 12, "balance": 12,
            "due_date": date(2026, 3, 21),
        },
        {"line": [_spend("12", SUPPLIES)]},
        [(OTHER_PAYABLE, -12), (SUPPLIES, 12)],
    ),
    Document(
        "journal_entry", "113", date(2026, 2, 20), "Journal Entry",
        {"total_amt": 108},
        {
            "line": [_entry("Debit", "100", SUPPLIES), _entry("Credit", "108", CHECKING)],
            "tax_line": [{"tax_line_number": 1, "amount": 8, "tax_rate_id": "1", "net_amount_taxable": 100}],
        },
        [(SUPPLIES, 100), (CHECKING, -108), (TAX, 8)],
    ),
    Document(
        "payment", "116", date(2026, 2, 21), "Payment",
        {"customer_id": "1", "total_amt": 0, "unapplied_amt": 0},
        {
            "line": _paid("36", "36"),
            "line_linked_txn": [_link(1, "Invoice", "102"), _link(2, "CreditMemo", "103")],
        },
    ),
    Document(
        "payment", "117", date(2026, 3, 2), "Payment",
        {"customer_id": "1", "total_amt": 66, "unapplied_amt": 30, "deposit_to_account_id": CHECKING},
        {"line": _paid("36"), "line_linked_txn": [_link(1, "Invoice", "101")]},
        [(CHECKING, 66), (RECEIVABLE, -66)],
    ),
    Document(
        "invoice", "118", date(2026, 3, 3), "Invoice",
        {
            "customer_id": "2", "total_amt": 100, "balance": 0, "currency_id": "EUR", "exchange_rate": Decimal("1.1"),
            "due_date": date(2026, 4, 2), "doc_number": "118",
        },
        {"line": [_sale("100")]},
        [(RECEIVABLE_EUR, 110, 100), (SALES, -110, -100)],
    ),
    Document(
        "payment", "119", date(2026, 3, 9), "Payment",
        {
            "customer_id": "2", "total_amt": 100, "unapplied_amt": 0, "currency_id": "EUR",
            "exchange_rate": Decimal("1.2"), "deposit_to_account_id": CHECKING,
        },
        {"line": _paid("100"), "line_linked_txn": [_link(1, "Invoice", "118")]},
        [(CHECKING, 120, 100), (RECEIVABLE_EUR, -110, -100), (EXCHANGE, -10, 0)],
    ),
    Document(
        "transfer", "120", date(2026, 3, 10), "Transfer",
        {"from_account_id": CHECKING, "to_account_id": PETTY, "amount": 40},
        legs=[(PETTY, 40), (CHECKING, -40)],
    ),
    Document(
        "purchase", "121", date(2026, 3, 11), "Credit Card Expense",
        {"payment_type": "CreditCard", "account_id": CARD, "total_amt": 30, "entity_id": "2", "entity_type": "Vendor"},
        {"line": [_spend("30", SUPPLIES)]},
        [(CARD, -30), (SUPPLIES, 30)],
    ),
    Document(
        "credit_card_payment", "122", date(2026, 3, 12), "Credit Card Payment",
        {"credit_card_account_id": CARD, "bank_account_id": CHECKING, "amount": 30},
        legs=[(CARD, 30), (CHECKING, -30)],
    ),
    Document(
        "invoice", "130", date(2026, 3, 12), "Invoice",
        {
            "customer_id": "1", "total_amt": 54, "total_tax": 4, "balance": 45, "due_date": date(2026, 4, 11),
            "doc_number": "130", "global_tax_calculation": "TaxInclusive",
        },
        {
            "line": [_sale("50", tax_inclusive_amt=Decimal(54))],
            "tax_line": [{"tax_line_number": 1, "amount": 4, "tax_rate_id": "1", "net_amount_taxable": 50}],
        },
        [(RECEIVABLE, 54), (SALES, -50), (TAX, -4)],
    ),
    Document(
        "tax_payment", "123", date(2026, 3, 13), "Sales Tax Payment",
        {"payment_account_id": CHECKING, "payment_amount": 3},
        legs=[(TAX, 3), (CHECKING, -3)],
    ),
    Document(
        "inventory_adjustment", "124", date(2026, 3, 16), "Inventory Qty Adjust",
        {"adjust_account_id": SUPPLIES, "total_amt": 10},
        {"line": [{"item_id": "2", "quantity_difference": 1, "value_difference": 10, "amount": 10}]},
        [(STOCK, 10), (SUPPLIES, -10)],
    ),
    Document(
        "invoice", "125", date(2026, 3, 17), "Invoice",
        {"customer_id": "1", "total_amt": 0, "balance": 0, "private_note": "Voided", "doc_number": "125"},
        {"line": [_sale("0")]},
    ),
    Document(
        "invoice", "126", date(2026, 3, 18), "Invoice",
        {"customer_id": "1", "total_amt": 70, "balance": 70, "doc_number": "126", "deleted": True},
    ),
    Document(
        "journal_entry", "127", date(2026, 3, 19), "Journal Entry",
        {"total_amt": 25},
        {
            "line": [
                _entry("Debit", "25", RECEIVABLE, entity_id="1", entity_type="Customer"),
                _entry("Credit", "25", SALES),
            ]
        },
        [(RECEIVABLE, 25), (SALES, -25)],
    ),
    Document(
        "payment", "128", date(2026, 3, 20), "Payment",
        {"customer_id": "1", "total_amt": 25, "unapplied_amt": 0, "deposit_to_account_id": CHECKING},
        {"line": _paid("25"), "line_linked_txn": [_link(1, "JournalEntry", "127")]},
        [(CHECKING, 25), (RECEIVABLE, -25)],
    ),
    Document(
        "payment", "131", date(2026, 3, 23), "Payment",
        {"customer_id": "3", "total_amt": 9, "unapplied_amt": 0},
        {"line": _paid("9"), "line_linked_txn": [_link(1, "JournalEntry", "132")]},
        [(UNDEPOSITED, 9), (RECEIVABLE, -9)],
    ),
    # What customer 3 paid is carried over to customer 1, as QuickBooks tells people to do it.
    Document(
        "journal_entry", "132", date(2026, 3, 24), "Journal Entry",
        {"total_amt": 9},
        {
            "line": [
                _entry("Debit", "9", RECEIVABLE, entity_id="3", entity_type="Customer"),
                _entry("Credit", "9", RECEIVABLE, entity_id="1", entity_type="Customer"),
            ]
        },
        [(RECEIVABLE, 9), (RECEIVABLE, -9)],
    ),
    Document(
        "payment", "133", date(2026, 3, 25), "Payment",
        {"customer_id": "1", "total_amt": 0, "unapplied_amt": 0},
        {
            "line": _paid("9", "9"),
            "line_linked_txn": [_link(1, "Invoice", "130"), _link(2, "JournalEntry", "132")],
        },
    ),
)  # fmt: skip

OPEN_AT_THE_END: Mapping[str, Mapping[str, int]] = {
    "receivable": {"101": 114, "102": 72, "110": 65, "111": 75, "117": -30, "130": 45},
    "payable": {"109": 110, "107": -10, "129": 12},
}
"""Document → what is open of it on the last day."""
STOCK_AT_THE_END = (4, 40)
"""Widgets, and what they cost."""
