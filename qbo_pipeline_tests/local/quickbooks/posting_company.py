"""A small US company to post in: one of each account and item that the rules of posting tell apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from qbo_pipeline.local.quickbooks.books.chart import Account, Chart, Item, Record
from qbo_pipeline.local.quickbooks.books.model import Transaction
from qbo_pipeline.local.quickbooks.books.posting import post

Amount = Decimal | float

_ACCOUNTS = (
    ("1", "Checking", "Bank", "Checking", "USD"),
    ("2", "Petty Cash", "Bank", "CashOnHand", "USD"),
    ("3", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable", "USD"),
    ("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds", "USD"),
    ("5", "Inventory Asset", "Other Current Asset", "Inventory", "USD"),
    ("6", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", "USD"),
    ("7", "Accounts Payable - Freight", "Accounts Payable", "AccountsPayable", "USD"),
    ("8", "Card", "Credit Card", "CreditCard", "USD"),
    ("9", "Board of Equalization Payable", "Other Current Liability", "GlobalTaxPayable", "USD"),
    ("10", "Arizona Dept. of Revenue Payable", "Other Current Liability", "GlobalTaxPayable", "USD"),
    ("11", "Sales", "Income", "SalesOfProductIncome", "USD"),
    ("12", "Shipping Income", "Income", "SalesOfProductIncome", "USD"),
    ("13", "Discounts given", "Income", "DiscountsRefundsGiven", "USD"),
    ("14", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "USD"),
    ("15", "Rent", "Expense", "RentOrLeaseOfBuildings", "USD"),
    ("16", "Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss", "USD"),
    ("17", "Accounts Receivable (A/R) - EUR", "Accounts Receivable", "AccountsReceivable", "EUR"),
    ("18", "Accounts Payable (A/P) - EUR", "Accounts Payable", "AccountsPayable", "EUR"),
    ("19", "Inventory Shrinkage", "Cost of Goods Sold", "SuppliesMaterialsCogs", "USD"),
    ("20", "Opening Balance Equity", "Equity", "OpeningBalanceEquity", "USD"),
)
NAMES = {identity: name for identity, name, *_ in _ACCOUNTS}

CHART = Chart(
    "USD",
    {row[0]: Account(*row) for row in _ACCOUNTS},
    {
        "1": Item("1", "Hours", False, "11", None, None, Decimal(0)),
        "2": Item("2", "Fountain pump", True, "11", "14", "5", Decimal(10)),
        "3": Item("3", "Bundle", False, None, None, None, Decimal(0)),
    },
    {"1": "Board of Equalization", "2": "Arizona Dept. of Revenue"},
    {"1": "1", "2": "2", "3": "2", "4": "2"},
)


def ref(identity: str) -> Record:
    return {"value": identity}


def sold(amount: Amount, item: str = "1", quantity: Amount = 1) -> Record:
    detail = {"ItemRef": ref(item), "Qty": quantity}
    return {"Id": "1", "Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def discount(amount: Amount) -> Record:
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}}


def bought(amount: Amount, item: str = "2", quantity: Amount = 1) -> Record:
    detail = {"ItemRef": ref(item), "Qty": quantity}
    kind = "ItemBasedExpenseLineDetail"
    return {"Id": "1", "Amount": amount, "DetailType": kind, kind: detail}


def spent(amount: Amount, account: str = "15") -> Record:
    kind = "AccountBasedExpenseLineDetail"
    return {"Id": "1", "Amount": amount, "DetailType": kind, kind: {"AccountRef": ref(account)}}


def taxed(*taxes: tuple[Amount, str]) -> Record:
    lines = [
        {"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": ref(rate)}}
        for amount, rate in taxes
    ]
    return {"TotalTax": sum(amount for amount, _ in taxes), "TaxLine": lines}


def record(total: Amount, *lines: Record, **fields: Any) -> Record:
    return {
        "Id": "100",
        "SyncToken": "0",
        "MetaData": {"CreateTime": "2026-05-05T03:00:00-07:00", "LastUpdatedTime": "2026-05-05T03:00:00-07:00"},
        "TxnDate": "2026-05-05",
        "TotalAmt": total,
        "CustomerRef": ref("1"),
        "Line": list(lines),
        **fields,
    }


def posted(entity: str, document: Record, *others: tuple[str, Record]) -> Transaction:
    """The transaction of a document, in a company that also has others."""
    known = {(kind, other["Id"]): other for kind, other in others}
    return post(entity, document, CHART, lambda kind, identity: known.get((kind, identity)))


def by_account(transaction: Transaction) -> dict[str, Decimal]:
    """Account name → home amount, debit positive."""
    sums: dict[str, Decimal] = {}
    for leg in transaction.legs:
        sums[NAMES[leg.account]] = sums.get(NAMES[leg.account], Decimal(0)) + leg.home
    return {name: amount for name, amount in sums.items() if amount}
