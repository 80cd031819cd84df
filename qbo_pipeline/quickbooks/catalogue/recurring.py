"""Recurring transactions: templates of every kind of document that can recur."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.banking import DEPOSIT, JOURNAL_ENTRY, TRANSFER
from qbo_pipeline.quickbooks.catalogue.lines import lines
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity, Member
from qbo_pipeline.quickbooks.catalogue.purchases import BILL, PURCHASE, PURCHASE_ORDER, VENDOR_CREDIT
from qbo_pipeline.quickbooks.catalogue.sales import CREDIT_MEMO, ESTIMATE, INVOICE, REFUND_RECEIPT, SALES_RECEIPT

RECURRING_FORMS = (
    INVOICE,
    SALES_RECEIPT,
    CREDIT_MEMO,
    REFUND_RECEIPT,
    ESTIMATE,
    BILL,
    PURCHASE,
    VENDOR_CREDIT,
    PURCHASE_ORDER,
    DEPOSIT,
    TRANSFER,
    JOURNAL_ENTRY,
)
"""The documents QuickBooks can make from a template."""

_LINES_OF_EVERY_FORM = lines(
    "SalesItemLineDetail",
    "SalesOrderItemLineDetail",
    "DiscountLineDetail",
    "SubTotalLineDetail",
    "DescriptionLineDetail",
    "PaymentLineDetail",
    "TDSLineDetail",
    "ReimburseLineDetail",
    "AccountBasedExpenseLineDetail",
    "ItemBasedExpenseLineDetail",
    "ItemReceiptLineDetail",
    "PurchaseOrderItemLineDetail",
    "DepositLineDetail",
    "JournalEntryLineDetail",
    groups=True,
)


def _union(*forms: tuple[Member, ...]) -> tuple[Member, ...]:
    """Members of several forms, each name once, the first declaration kept: a template is one of them."""
    known: dict[str, Member] = {}
    for form in forms:
        for member in form:
            known.setdefault(member.name, member)
    return tuple(known.values())


RECURRING_TRANSACTION = Entity(
    "RecurringTransaction",
    Category.LIST,
    "Templates from which QuickBooks makes documents; a row holds the fields of its kind of document.",
    _union((_LINES_OF_EVERY_FORM,), *(form.members for form in RECURRING_FORMS)),
    deletable=True,
    wrapped=True,
)
