"""Buying and bookkeeping: bills and their payments, expenses, transfers, journal entries, hours."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from qbo_pipeline.local.quickbooks.living.view import (
    Change,
    CompanyView,
    Record,
    amount,
    cents,
    currency,
    reference,
    some,
)

_WORK = ("Kick-off meeting", "Site visit", "Drawings", "Review of figures", "Training", "Report, second draft")
_ACCRUALS = ("Accrued utilities", "Month-end accrual", "Reclassified expense", "Accrued services not yet billed")


def bill(view: CompanyView, random: Random) -> Change | None:
    """A vendor's bill: for expenses, or for goods that are sold again."""
    usable = {view.home, *view.rates}
    vendor = some(random, view.of("Vendor", lambda one: currency(one, view.home) in usable))
    if vendor is None:
        return None
    stocked = view.of("Item", lambda one: one["Type"] == "Inventory" and amount(one, "PurchaseCost") > 0)
    home = currency(vendor, view.home) == view.home
    goods = home and stocked and random.random() < 0.4
    lines = [_goods(random, stocked)] if goods else _expenses(view, random)
    if not lines:
        return None
    body = {
        "VendorRef": {"value": vendor["Id"]},
        "TxnDate": view.today.isoformat(),
        "DueDate": (view.today + timedelta(days=random.choice((10, 30, 30, 60)))).isoformat(),
        "DocNumber": str(random.randint(10_000, 99_999_999)),
        **view.in_currency(currency(vendor, view.home)),
        "Line": lines,
    }
    return Change("Bill", "create", body)


def bill_payment(view: CompanyView, random: Random) -> Change | None:
    """A bill is paid whole, by check or card."""
    owed = some(random, view.open("Bill", "Vendor"))
    if owed is None:
        return None
    code = currency(owed, view.home)
    how = _paid_from(view, random)
    if how is None:
        return None
    body = {
        "VendorRef": {"value": owed["VendorRef"]["value"]},
        "TxnDate": view.today.isoformat(),
        "TotalAmt": amount(owed, "Balance"),
        **how,
        **view.in_currency(code),
        "Line": [{"Amount": amount(owed, "Balance"), "LinkedTxn": [{"TxnId": owed["Id"], "TxnType": "Bill"}]}],
    }
    if "APAccountRef" in owed:
        body["APAccountRef"] = owed["APAccountRef"]
    return Change("BillPayment", "create", body)


def expense(view: CompanyView, random: Random) -> Change | None:
    """Something bought and paid at once."""
    kind = random.choice(("CreditCard", "CreditCard", "Cash", "Check"))
    account = some(random, view.accounts("Credit Card") if kind == "CreditCard" else view.accounts("Bank", "Checking"))
    vendor = some(random, view.of("Vendor", lambda one: currency(one, view.home) == view.home))
    lines = _expenses(view, random)
    if account is None or vendor is None or not lines:
        return None
    body = {
        "AccountRef": reference(account),
        "PaymentType": kind,
        "EntityRef": {**reference(vendor), "type": "Vendor"},
        "TxnDate": view.today.isoformat(),
        **view.in_currency(view.home),
        "Line": lines,
    }
    return Change("Purchase", "create", body)


def transfer(view: CompanyView, random: Random) -> Change | None:
    """Money moves between the company's own accounts."""
    banks = view.accounts("Bank")
    if len(banks) < 2:
        return None
    source, target = random.sample(banks, 2)
    body = {
        "FromAccountRef": reference(source),
        "ToAccountRef": reference(target),
        "Amount": Decimal(50 * random.randint(1, 80)),
        "TxnDate": view.today.isoformat(),
    }
    return Change("Transfer", "create", body)


def journal_entry(view: CompanyView, random: Random) -> Change | None:
    """An accrual: an expense against a liability."""
    debit, credit = some(random, view.accounts("Expense")), some(random, view.accounts("Other Current Liability"))
    if debit is None or credit is None:
        return None
    value, memo = _price(random, 40, 2500), random.choice(_ACCRUALS)
    lines = [
        {
            "Description": memo,
            "Amount": value,
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": reference(account)},
        }
        for side, account in (("Debit", debit), ("Credit", credit))
    ]
    head = {"TxnDate": view.today.isoformat(), "PrivateNote": memo, **view.in_currency(view.home)}
    return Change("JournalEntry", "create", {**head, "Line": lines})


def time_activity(view: CompanyView, random: Random) -> Change | None:
    """An employee's hours."""
    worker, customer = some(random, view.of("Employee")), some(random, view.of("Customer"))
    service = some(random, view.of("Item", lambda one: one["Type"] == "Service"))
    if worker is None or customer is None or service is None:
        return None
    hours, quarters = divmod(random.randint(1, 32), 4)
    body = {
        "TxnDate": view.today.isoformat(),
        "NameOf": "Employee",
        "EmployeeRef": reference(worker),
        "CustomerRef": reference(customer),
        "ItemRef": reference(service),
        "BillableStatus": "NotBillable",
        "HourlyRate": service.get("UnitPrice", 0),
        "Hours": hours,
        "Minutes": 15 * quarters,
        "Description": random.choice(_WORK),
    }
    return Change("TimeActivity", "create", body)


def _paid_from(view: CompanyView, random: Random) -> Record | None:
    card, bank = some(random, view.accounts("Credit Card")), some(random, view.accounts("Bank", "Checking"))
    if card is not None and random.random() < 0.25:
        return {"PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": reference(card)}}
    if bank is not None:
        return {"PayType": "Check", "CheckPayment": {"BankAccountRef": reference(bank)}}
    return None


def _goods(random: Random, stocked: list[Record]) -> Record:
    item = random.choice(stocked)
    quantity, cost = Decimal(random.randint(5, 60)), amount(item, "PurchaseCost")
    return {
        "Description": item["Name"],
        "Amount": cents(quantity * cost),
        "DetailType": "ItemBasedExpenseLineDetail",
        "ItemBasedExpenseLineDetail": {"ItemRef": reference(item), "UnitPrice": cost, "Qty": quantity},
    }


def _expenses(view: CompanyView, random: Random) -> list[Record]:
    accounts = view.accounts("Expense")
    return [
        {
            "Description": account["Name"],
            "Amount": _price(random, 8, 900),
            "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": {"AccountRef": reference(account), "BillableStatus": "NotBillable"},
        }
        for account in random.sample(accounts, min(len(accounts), random.choice((1, 1, 2))))
    ]


def _price(random: Random, least: int, most: int) -> Decimal:
    """Small amounts are more frequent than large ones."""
    low, high = sorted((random.randint(100 * least, 100 * most), random.randint(100 * least, 100 * most)))
    return Decimal(min(low, high)) / 100
