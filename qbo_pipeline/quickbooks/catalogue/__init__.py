"""The entity catalogue: every QuickBooks entity declared once, as data."""

from __future__ import annotations

from difflib import get_close_matches

from qbo_pipeline.quickbooks.catalogue import banking, company, lists, names, purchases, recurring, sales, tax
from qbo_pipeline.quickbooks.catalogue.model import Category, Column, Entity, Table, Type
from qbo_pipeline.quickbooks.catalogue.tables import CatalogueError, tables

__all__ = [
    "ENTITIES",
    "CatalogueError",
    "Category",
    "Column",
    "Entity",
    "Table",
    "Type",
    "UnknownEntityError",
    "entity",
    "tables",
]

ENTITIES: tuple[Entity, ...] = (
    company.COMPANY_INFO,
    company.PREFERENCES,
    lists.COMPANY_CURRENCY,
    lists.EXCHANGE_RATE,
    lists.JOURNAL_CODE,
    lists.ACCOUNT,
    lists.CLASS,
    lists.DEPARTMENT,
    lists.TERM,
    lists.PAYMENT_METHOD,
    tax.TAX_AGENCY,
    tax.TAX_RATE,
    tax.TAX_CODE,
    names.CUSTOMER_TYPE,
    names.CUSTOMER,
    names.VENDOR,
    names.EMPLOYEE,
    lists.ITEM,
    company.BUDGET,
    sales.ESTIMATE,
    sales.INVOICE,
    sales.SALES_RECEIPT,
    sales.CREDIT_MEMO,
    sales.REFUND_RECEIPT,
    sales.PAYMENT,
    sales.REIMBURSE_CHARGE,
    purchases.PURCHASE_ORDER,
    purchases.BILL,
    purchases.VENDOR_CREDIT,
    purchases.BILL_PAYMENT,
    purchases.PURCHASE,
    purchases.CREDIT_CARD_PAYMENT,
    banking.DEPOSIT,
    banking.TRANSFER,
    banking.JOURNAL_ENTRY,
    banking.INVENTORY_ADJUSTMENT,
    banking.TIME_ACTIVITY,
    tax.TAX_PAYMENT,
    recurring.RECURRING_TRANSACTION,
    company.ATTACHABLE,
)
"""Every entity, lists before the transactions that refer to them."""

_BY_NAME = {one.name: one for one in ENTITIES}
_BY_TABLE = {one.table: one for one in ENTITIES}


class UnknownEntityError(LookupError):
    """No entity of that name is declared; the message names the nearest."""

    def __init__(self, name: str) -> None:
        near = get_close_matches(name, _BY_NAME, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(sorted(_BY_NAME))}."
        super().__init__(f"No QuickBooks entity is called '{name}'; {hint}")


def entity(name: str) -> Entity:
    """The entity of that name, as QuickBooks spells it or as its table is called: `JournalEntry`, `journal_entry`.

    Raises:
        UnknownEntityError: naming the nearest ones.
    """
    found = _BY_NAME.get(name) or _BY_TABLE.get(name)
    if found is None:
        raise UnknownEntityError(name)
    return found
