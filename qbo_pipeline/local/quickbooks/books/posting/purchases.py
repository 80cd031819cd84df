"""Purchases: bills, vendor credits, checks, expenses and card charges. Stock goes to the item's asset account."""

from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import Chart, PostingError, Record
from qbo_pipeline.local.quickbooks.books.model import Leg, Name, NameKind
from qbo_pipeline.local.quickbooks.books.posting.draft import Draft, Lookup, flat, money, referred

_KINDS: dict[str, NameKind] = {"customer": "Customer", "vendor": "Vendor", "employee": "Employee"}


def bill(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """Payable against what was bought."""
    return _on_account(record, chart, 1)


def vendor_credit(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """A bill the other way round."""
    return _on_account(record, chart, -1)


def purchase(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """Money spent at once; with `Credit`, money that came back on a card."""
    account = chart.account(record.get("AccountRef"))
    if account is None:
        raise PostingError("the expense names no account it was paid from")
    sign = -1 if record.get("Credit") is True else 1
    draft = Draft(record, chart)
    draft.settle(account, -sign * money(record.get("TotalAmt")), name=named(record.get("EntityRef")))
    _post_lines(draft, sign)
    return draft.legs()


def named(entity: Record | None) -> Name | None:
    """Whom a reference with a type is about; types come as `Vendor`, `VENDOR` or `EntityRef` within `Entity`."""
    if not entity:
        return None
    reference = entity.get("EntityRef", entity)
    kind = _KINDS.get(str(entity.get("type") or entity.get("Type") or reference.get("type") or "").lower())
    return Name(kind, str(reference["value"])) if kind and "value" in reference else None


def _on_account(record: Record, chart: Chart, sign: int) -> tuple[Leg, ...]:
    draft = Draft(record, chart)
    account = chart.account(record.get("APAccountRef")) or chart.payable(draft.currency)
    vendor = referred(record, "VendorRef")
    draft.settle(account, -sign * money(record.get("TotalAmt")), name=Name("Vendor", vendor) if vendor else None)
    _post_lines(draft, sign)
    return draft.legs()


def _post_lines(draft: Draft, sign: int) -> None:
    for line in flat(draft.record.get("Line", [])):
        amount, kind = money(line.get("Amount")), line.get("DetailType")
        if not amount:
            continue
        detail = line.get(str(kind), {})
        customer = referred(detail, "CustomerRef")
        name = Name("Customer", customer) if customer else None
        if kind == "AccountBasedExpenseLineDetail":
            account = draft.chart.account(detail.get("AccountRef"))
            if account is None:
                raise PostingError(f"line {line.get('Id')} names no account")
            draft.add(account, sign * amount, line, detail, name=name)
        elif kind == "ItemBasedExpenseLineDetail":
            quantity = sign * Decimal(str(detail.get("Qty") or 0))
            draft.add(_bought(draft.chart, detail), sign * amount, line, detail, name=name, quantity=quantity)
    draft.tax(sign)


def _bought(chart: Chart, detail: Record) -> str:
    item = chart.items.get(referred(detail, "ItemRef") or "")
    account = item and ((item.asset if item.stocked else None) or item.expense or item.asset or item.income)
    if not account:
        raise PostingError(f"item {referred(detail, 'ItemRef')} has no account for purchases")
    return account
