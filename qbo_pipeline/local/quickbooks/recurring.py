"""Templates of transactions that recur, each wrapped in its type: `{"Invoice": {…, "RecurringInfo": {…}}}`.

They post nothing, are owed by nobody and have no number (Intuit, RecurringTransaction). What they make is made
elsewhere.
"""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.completion import completed_transaction
from qbo_pipeline.local.quickbooks.entities import WRAPPED
from qbo_pipeline.local.quickbooks.faults import missing_parameter
from qbo_pipeline.local.quickbooks.property_order import in_order
from qbo_pipeline.local.quickbooks.store import Record, Store

KINDS = ("Bill", "CreditMemo", "Deposit", "Estimate", "Invoice", "JournalEntry", "Purchase", "PurchaseOrder",
         "RefundReceipt", "SalesReceipt", "Transfer", "VendorCredit")  # fmt: skip

_NOT_OWED = ("Balance", "DocNumber", "LinkedTxn")


def unwrapped(sent: Record) -> tuple[str, Record]:
    """The type of a template and what is in it.

    Raises:
        ServiceFaultError: 2020 where it is wrapped in no type.
    """
    for kind in KINDS:
        if isinstance(sent.get(kind), dict):
            return kind, sent[kind]
    raise missing_parameter("RecurringTransaction")


def completed_template(store: Store, realm: str, kind: str, template: Record, now: float, known: Record) -> Record:
    """A template as QuickBooks keeps it: completed as its transaction would be, but for what it does not have.

    Raises:
        ServiceFaultError: 2020 where nothing says how it recurs.
    """
    if "RecurringInfo" not in template:
        raise missing_parameter("RecurringInfo")
    template["RecurringInfo"] = {"Active": True, "RecurType": "UnScheduled", **template["RecurringInfo"]}
    completed_transaction(store, realm, kind, template, now, known)
    if "RecurDataRef" not in template:
        [(templates,)] = store.rows(
            "SELECT count(*) FROM record WHERE realm = ? AND entity = ?",
            [realm, WRAPPED],
        )
        template["RecurDataRef"] = {"value": str(templates + 1)}
    kept = {name: value for name, value in template.items() if name not in _NOT_OWED}
    return in_order(kind, kept)
