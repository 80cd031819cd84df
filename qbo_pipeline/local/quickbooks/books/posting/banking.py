"""Money between accounts: deposits, transfers, card payments, payments of sales tax."""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.books.chart import Chart, PostingError, Record
from qbo_pipeline.local.quickbooks.books.model import Leg
from qbo_pipeline.local.quickbooks.books.posting.draft import Draft, Lookup, money, referred
from qbo_pipeline.local.quickbooks.books.posting.purchases import named


def deposit(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """Receipts out of the undeposited funds, other money in with its tax, cash back out; the rest is in the bank."""
    draft = Draft(record, chart)
    draft.settle(_account(chart, record, "DepositToAccountRef"), money(record.get("TotalAmt")))
    cash = record.get("CashBack") or {}
    if money(cash.get("Amount")):
        draft.add(_account(chart, cash, "AccountRef"), money(cash["Amount"]), {"Description": cash.get("Memo", "")})
    for line in record.get("Line", []):
        detail = line.get("DepositLineDetail", {})
        account = chart.account(detail.get("AccountRef")) or chart.undeposited
        draft.add(account, -money(line.get("Amount")), line, detail, name=named(detail.get("Entity")))
    for tax in record.get("TxnTaxDetail", {}).get("TaxLine", []):
        rate = referred(tax.get("TaxLineDetail", {}), "TaxRateRef")
        if money(tax.get("Amount")):
            draft.add(chart.tax_liability(rate), -money(tax["Amount"]), tax_rate=rate)
    return draft.legs()


def transfer(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """From one account to another."""
    return _between(record, chart, "ToAccountRef", "FromAccountRef", "Amount")


def card_payment(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """The card's debt, paid from the bank."""
    return _between(record, chart, "CreditCardAccountRef", "BankAccountRef", "Amount")


def tax_payment(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """Sales tax paid to its agency, which the record names in its description only; a refund comes back."""
    sign = -1 if record.get("Refund") is True else 1
    amount = sign * money(record.get("PaymentAmount"))
    draft = Draft(record, chart)
    draft.settle(_account(chart, record, "PaymentAccountRef"), -amount)
    draft.add(chart.liability_of_agency(str(record.get("Description", ""))), amount)
    return draft.legs()


def _between(record: Record, chart: Chart, to: str, source: str, amount: str) -> tuple[Leg, ...]:
    draft = Draft(record, chart)
    draft.settle(_account(chart, record, source), -money(record.get(amount)))
    draft.add(_account(chart, record, to), money(record.get(amount)))
    return draft.legs()


def _account(chart: Chart, record: Record, name: str) -> str:
    account = chart.account(record.get(name))
    if account is None:
        raise PostingError(f"{name} is missing")
    return account
