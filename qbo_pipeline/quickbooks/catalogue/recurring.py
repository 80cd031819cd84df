"""Recurring transactions: templates of every kind of document."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.banking import DEPOSIT_MEMBERS, JOURNAL_ENTRY_MEMBERS, TRANSFER_MEMBERS
from qbo_pipeline.quickbooks.catalogue.lines import lines
from qbo_pipeline.quickbooks.catalogue.members import members
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity, Member
from qbo_pipeline.quickbooks.catalogue.purchases import BILL_MEMBERS, PURCHASE_MEMBERS
from qbo_pipeline.quickbooks.catalogue.sales import INVOICE
from qbo_pipeline.quickbooks.catalogue.transactions import PURCHASE_FORM

_PRESENT_LINES = lines(
    "SalesItemLineDetail",
    "DiscountLineDetail",
    "SubTotalLineDetail",
    "DescriptionLineDetail",
    "AccountBasedExpenseLineDetail",
    "ItemBasedExpenseLineDetail",
    "PurchaseOrderItemLineDetail",
    "DepositLineDetail",
    "JournalEntryLineDetail",
    groups=True,
)


def _union(*forms: tuple[Member, ...]) -> tuple[Member, ...]:
    """Members of several forms, each name once: a template is one of them."""
    known: dict[str, Member] = {}
    for form in forms:
        for member in form:
            known.setdefault(member.name, member)
    return tuple(known.values())


RECURRING_TRANSACTION = Entity(
    "RecurringTransaction",
    Category.LIST,
    "Templates from which QuickBooks makes documents; a row holds the fields of its kind of document.",
    _union(
        (_PRESENT_LINES,),
        INVOICE.members,
        PURCHASE_FORM,
        BILL_MEMBERS,
        PURCHASE_MEMBERS,
        DEPOSIT_MEMBERS,
        TRANSFER_MEMBERS,
        JOURNAL_ENTRY_MEMBERS,
        members("""
        RemainingCredit  money  Credit not applied yet.
        ExpirationDate   date  Last day an estimate holds.
        """),
    ),
    deletable=True,
    wrapped=True,
)
