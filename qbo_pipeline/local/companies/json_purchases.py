"""Purchases as QuickBooks returns them: bills, vendor credits, orders, expenses."""

from __future__ import annotations

from qbo_pipeline.local.companies.amounts import number
from qbo_pipeline.local.companies.json_common import Forms, account_ref, balance, dated, line_link, links
from qbo_pipeline.local.companies.json_parts import Record, address, name_value, ref
from qbo_pipeline.local.companies.model import Document, Line


def _purchase_line(line: Line, line_number: int) -> Record:
    record: Record = {"Id": str(line_number), "LineNum": line_number}
    if line.description:
        record["Description"] = line.description
    record["Amount"] = number(line.amount)
    if line.source is not None:
        record["LinkedTxn"] = line_link(line, with_line=True)
    detail: Record = {}
    if line.party is not None:
        detail["CustomerRef"] = ref(line.party)
    if line.klass is not None:
        detail["ClassRef"] = ref(line.klass)
    if line.item is not None:
        record["DetailType"] = "ItemBasedExpenseLineDetail"
        stock: Record = {"BillableStatus": line.billable or "NotBillable", "ItemRef": ref(line.item)}
        detail = stock | detail
        detail |= {"UnitPrice": number(line.price), "Qty": number(line.quantity), "TaxCodeRef": {"value": "NON"}}
        record["ItemBasedExpenseLineDetail"] = detail
        return record
    if line.account is not None:
        detail["AccountRef"] = ref(line.account)
    detail["BillableStatus"] = line.billable or "NotBillable"
    detail["TaxCodeRef"] = {"value": "NON"}
    record["DetailType"] = "AccountBasedExpenseLineDetail"
    record["AccountBasedExpenseLineDetail"] = detail
    return record


def bill(document: Document, forms: Forms) -> Record:
    """A vendor's bill."""
    record: Record = {}
    if document.term is not None:
        record["SalesTermRef"] = ref(document.term)
    if document.due is not None:
        record["DueDate"] = document.due.isoformat()
    balance(record, document, forms, document.open)
    record |= dated(document, forms)
    record["LinkedTxn"] = links(document.links)
    record["Line"] = [_purchase_line(line, index) for index, line in enumerate(document.lines, 1)]
    _vendor(record, document, forms)
    return record


def _vendor(record: Record, document: Document, forms: Forms) -> None:
    if document.party is not None:
        record["VendorRef"] = ref(document.party)
        if document.party.address is not None:
            record["VendorAddr"] = address(document.party.address)
    record["APAccountRef"] = ref(forms.control.payable[document.currency])
    record["TotalAmt"] = number(document.total)


def vendor_credit(document: Document, forms: Forms) -> Record:
    """A vendor's credit."""
    record: Record = {"Balance": number(document.open)} | dated(document, forms)
    if document.links:
        record["LinkedTxn"] = links(document.links)
    record["Line"] = [_purchase_line(line, index) for index, line in enumerate(document.lines, 1)]
    _vendor(record, document, forms)
    return record


def purchase_order(document: Document, forms: Forms) -> Record:
    """A purchase order."""
    record = dated(document, forms)
    if document.links:
        record["LinkedTxn"] = links(document.links)
    record["Line"] = [_purchase_line(line, index) for index, line in enumerate(document.lines, 1)]
    _vendor(record, document, forms)
    if document.due is not None:
        record["DueDate"] = document.due.isoformat()
    record["POStatus"] = document.status
    record["EmailStatus"] = "EmailSent" if document.emailed else "NotSet"
    if document.emailed and document.party is not None:
        record["POEmail"] = {"Address": document.party.email}
    return record


def purchase(document: Document, forms: Forms) -> Record:
    """An expense, check or card charge."""
    record: Record = {}
    account_ref(record, "AccountRef", document.account)
    if document.method is not None:
        record["PaymentMethodRef"] = ref(document.method)
    record["PaymentType"] = document.status
    if document.party is not None:
        record["EntityRef"] = ref(document.party) | {"type": document.party.kind}
    if document.status == "CreditCard":
        record["Credit"] = document.credit
    record["TotalAmt"] = number(document.total)
    if document.status == "Check":
        record["PrintStatus"] = "PrintComplete"
    record["PurchaseEx"] = {"any": [name_value("TxnType", {"Check": "3"}.get(document.status, "54"))]}
    record |= dated(document, forms)
    if document.links:
        record["LinkedTxn"] = links(document.links)
    record["Line"] = [_purchase_line(line, index) for index, line in enumerate(document.lines, 1)]
    return record
