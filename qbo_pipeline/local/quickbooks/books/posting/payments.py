"""Payments of customers and to vendors: what they settle leaves the control account at the rate it came in."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import Chart, PostingError, Record
from qbo_pipeline.local.quickbooks.books.model import Leg, Name
from qbo_pipeline.local.quickbooks.books.posting.draft import ZERO, Draft, Lookup, money, rate_of, referred, to_home
from qbo_pipeline.local.quickbooks.books.posting.settlements import settlements


def payment(record: Record, chart: Chart, lookup: Lookup) -> tuple[Leg, ...]:
    """Money received, against receivables."""
    draft = Draft(record, chart)
    control = chart.account(record.get("ARAccountRef")) or chart.receivable(draft.currency)
    money_account = chart.account(record.get("DepositToAccountRef")) or chart.undeposited
    customer = referred(record, "CustomerRef")
    return _settle(
        "Payment", draft, lookup, 1, money_account, control, Name("Customer", customer) if customer else None
    )


def bill_payment(record: Record, chart: Chart, lookup: Lookup) -> tuple[Leg, ...]:
    """Money paid from a bank account or by card, against payables."""
    paid_by = record.get("CreditCardPayment") or record.get("CheckPayment") or {}
    account = chart.account(paid_by.get("CCAccountRef") or paid_by.get("BankAccountRef"))
    if account is None:
        raise PostingError("the bill payment names no account it was paid from")
    draft = Draft(record, chart)
    control = chart.account(record.get("APAccountRef")) or ""
    vendor = referred(record, "VendorRef")
    return _settle("BillPayment", draft, lookup, -1, account, control, Name("Vendor", vendor) if vendor else None)


def _settle(
    entity: str, draft: Draft, lookup: Lookup, sign: int, account: str, control: str, name: Name | None
) -> tuple[Leg, ...]:
    total = money(draft.record.get("TotalAmt"))
    foreign: dict[str, Decimal] = defaultdict(lambda: ZERO)
    home: dict[str, Decimal] = defaultdict(lambda: ZERO)
    rest = total
    for one in settlements(entity, draft.record, lookup, draft.chart.kind_of):
        if one.document is None:
            continue  # what is gone is unapplied
        booked = control or draft.chart.account(one.document.get("APAccountRef")) or draft.chart.payable(draft.currency)
        foreign[booked] -= sign * one.amount
        home[booked] -= sign * to_home(one.amount, rate_of(one.document))
        rest -= one.amount
    if rest:
        booked = control or next(iter(foreign), None) or draft.chart.payable(draft.currency)
        foreign[booked] -= sign * rest
        home[booked] -= sign * to_home(rest, draft.rate)
    draft.settle(account, sign * total, name=name)
    for booked, amount in foreign.items():
        draft.settle(booked, amount, home[booked], name)
    draft.exchange_difference()
    return draft.legs()
