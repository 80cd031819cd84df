"""What a write means for the books: whether it can be posted, and what it brings along that no entity shows."""

from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.chart import MissingAccountError, PostingError, Record, read_chart
from qbo_pipeline.local.quickbooks.books.posting import POSTED, post
from qbo_pipeline.local.quickbooks.books.posting.draft import CENT
from qbo_pipeline.local.quickbooks.faults import business_fault
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.store import Store

STARTING_VALUE = "Inventory Starting Value"


def refuse_what_cannot_be_posted(store: Store, realm: str, entity: str, record: Record) -> Record | None:
    """6000 for a transaction that does not balance; an account that it needs and QuickBooks makes, None without one.

    QuickBooks makes its control accounts when they are first needed. Another account that the chart lacks is no reason
    to refuse: what the record itself refers to was looked up before (2500).

    Raises:
        ServiceFaultError: it cannot be posted; the fault says why.
    """
    if entity not in POSTED:
        return None
    chart = read_chart(lambda name: map(loads, store.records(realm, name)))
    try:
        post(entity, {"Id": "0", **record}, chart, lambda kind, identity: store.get(realm, kind, identity))
    except MissingAccountError as error:
        return error.made
    except PostingError as error:
        raise business_fault(f"{str(error).capitalize()}.") from None
    return None


def post_starting_value(store: Store, realm: str, item: Record) -> None:
    """The units that a new inventory item starts with, at its purchase cost, against opening balance equity."""
    quantity = Decimal(str(item.get("QtyOnHand") or 0))
    if item.get("Type") != "Inventory" or not quantity or "AssetAccountRef" not in item:
        return
    value = (quantity * Decimal(str(item.get("PurchaseCost") or 0))).quantize(CENT)
    chart = read_chart(lambda name: map(loads, store.records(realm, name)))
    start = {
        "Id": store.next_id(realm),
        "TxnDate": item.get("InvStartDate") or item["MetaData"]["CreateTime"][:10],
        "MetaData": item["MetaData"],
        "PrivateNote": "Opening inventory and value",
        "Line": [
            {
                "AccountRef": item["AssetAccountRef"],
                "Amount": value,
                "ItemRef": {"value": item["Id"]},
                "Qty": quantity,
            },
            {"AccountRef": {"value": chart.opening_balance}, "Amount": -value, "ItemRef": {"value": item["Id"]}},
        ],
    }
    store.add_unlisted(realm, STARTING_VALUE, start)
