"""Invoices, sales receipts, credit memos, refunds: income, discount, shipping, tip, tax, deposit on the form."""

from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import SHIPPING_ITEM, TIP_ITEM, Chart, PostingError, Record
from qbo_pipeline.local.quickbooks.books.model import Leg, Name
from qbo_pipeline.local.quickbooks.books.posting.draft import Draft, Lookup, flat, money, referred


def invoice(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """Receivable, less what was paid on the form, against income and tax."""
    return _on_account(record, chart, 1)


def credit_memo(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """An invoice the other way round."""
    return _on_account(record, chart, -1)


def sales_receipt(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """Money at once: in the bank, or among the undeposited funds."""
    return _paid(record, chart, 1)


def refund_receipt(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """Money back."""
    return _paid(record, chart, -1)


def _on_account(record: Record, chart: Chart, sign: int) -> tuple[Leg, ...]:
    draft = Draft(record, chart)
    account = chart.account(record.get("ARAccountRef")) or chart.receivable(draft.currency)
    deposit = money(record.get("Deposit"))
    draft.settle(account, sign * (money(record.get("TotalAmt")) - deposit), name=_customer(record))
    _post_lines(draft, sign)
    if deposit:
        draft.add(chart.account(record.get("DepositToAccountRef")) or chart.undeposited, sign * deposit)
    return draft.legs()


def _paid(record: Record, chart: Chart, sign: int) -> tuple[Leg, ...]:
    draft = Draft(record, chart)
    account = chart.account(record.get("DepositToAccountRef")) or chart.undeposited
    draft.settle(account, sign * money(record.get("TotalAmt")), name=_customer(record))
    _post_lines(draft, sign)
    return draft.legs()


def _post_lines(draft: Draft, sign: int) -> None:
    chart = draft.chart
    for line in flat(draft.record.get("Line", [])):
        amount, kind = money(line.get("Amount")), line.get("DetailType")
        detail = line.get(str(kind), {})
        if kind == "SalesItemLineDetail" and amount:
            quantity = None if "Qty" not in detail else sign * Decimal(str(detail["Qty"] or 0))
            draft.add(_income(chart, detail), -sign * amount, line, detail, quantity=quantity)
        elif kind == "DiscountLineDetail" and amount:
            account = chart.account(detail.get("DiscountAccountRef")) or chart.discounts
            draft.add(account, sign * amount, line, detail)
    draft.tax(-sign)


def _income(chart: Chart, detail: Record) -> str:
    item = referred(detail, "ItemRef") or ""
    if item == SHIPPING_ITEM:
        return chart.account(detail.get("ItemAccountRef")) or chart.shipping
    if item == TIP_ITEM:
        return chart.account(detail.get("ItemAccountRef")) or chart.tips
    named = chart.account(detail.get("ItemAccountRef"))
    account = named or (chart.items[item].income if item in chart.items else None)
    if account is None:
        raise PostingError(f"item {item} has no income account")
    return account


def _customer(record: Record) -> Name | None:
    customer = referred(record, "CustomerRef")
    return None if customer is None else Name("Customer", customer)
