"""Documents as QuickBooks returns them: keys in its order, absent where there is no value."""

from __future__ import annotations

from collections.abc import Callable

from qbo_pipeline.local.companies import json_purchases as purchases
from qbo_pipeline.local.companies import json_sales as sales
from qbo_pipeline.local.companies.amounts import number
from qbo_pipeline.local.companies.json_common import Forms, account_ref, dated, line_link, links
from qbo_pipeline.local.companies.json_parts import Record, head, name_value, ref
from qbo_pipeline.local.companies.model import Document


def document_record(document: Document, forms: Forms) -> Record:
    """The JSON of a document."""
    return _RECORDS[document.entity](document, forms)


def _settled_lines(document: Document) -> list[Record]:
    records = []
    for target, amount in document.applications:
        record: Record = {
            "Amount": number(abs(amount)),
            "LinkedTxn": [{"TxnId": target.id, "TxnType": target.entity}],
        }
        if document.entity == "Payment":
            extension = [name_value("txnId", target.id)]
            if target.number:
                extension.append(name_value("txnReferenceNumber", target.number))
            record["LineEx"] = {"any": extension}
        records.append(record)
    return records


def _payment(document: Document, forms: Forms) -> Record:
    record: Record = {}
    if document.party is not None:
        record["CustomerRef"] = ref(document.party)
    account_ref(record, "DepositToAccountRef", document.account or forms.control.undeposited)
    if document.method is not None:
        record["PaymentMethodRef"] = ref(document.method)
    if document.reference:
        record["PaymentRefNum"] = document.reference
    record["TotalAmt"] = number(document.total)
    record["UnappliedAmt"] = number(document.unapplied)
    record["ProcessPayment"] = False
    record |= dated(document, forms)
    if document.links:
        record["LinkedTxn"] = links(document.links)
    record["Line"] = _settled_lines(document)
    return record


def _bill_payment(document: Document, forms: Forms) -> Record:
    record: Record = {}
    if document.party is not None:
        record["VendorRef"] = ref(document.party)
    account = document.account
    if account is not None and account.type == "Credit Card":
        record["PayType"] = "CreditCard"
        record["CreditCardPayment"] = {"CCAccountRef": ref(account)}
    elif account is not None:
        record["PayType"] = "Check"
        record["CheckPayment"] = {"BankAccountRef": ref(account), "PrintStatus": "PrintComplete"}
    record["TotalAmt"] = number(document.total)
    record |= dated(document, forms)
    record["Line"] = _settled_lines(document)
    return record


def _deposit(document: Document, forms: Forms) -> Record:
    record: Record = {}
    account_ref(record, "DepositToAccountRef", document.account)
    if document.deposit and document.other_account is not None:
        record["CashBack"] = {
            "AccountRef": ref(document.other_account),
            "Amount": number(document.deposit),
            "Memo": "Petty cash",
        }
    record["TotalAmt"] = number(document.total)
    if forms.multi_currency:
        record["HomeTotalAmt"] = number(document.home_total)
    record |= dated(document, forms)
    lines = []
    for index, line in enumerate(document.lines, 1):
        entry: Record = {"Id": str(index), "LineNum": index}
        if line.description:
            entry["Description"] = line.description
        entry["Amount"] = number(line.amount)
        if line.source is not None:
            entry["LinkedTxn"] = line_link(line, with_line=True)
        detail: Record = {}
        if line.party is not None:
            detail["Entity"] = ref(line.party) | {"type": line.party.kind.upper()}
        if line.account is not None:
            detail["AccountRef"] = ref(line.account)
        entry["DetailType"] = "DepositLineDetail"
        entry["DepositLineDetail"] = detail
        lines.append(entry)
    record["Line"] = lines
    return record


def _journal_entry(document: Document, forms: Forms) -> Record:
    record: Record = {"Adjustment": document.credit, "TotalAmt": 0}
    if forms.multi_currency:
        record["HomeTotalAmt"] = 0
    record |= dated(document, forms)
    lines = []
    for index, line in enumerate(document.lines):
        entry: Record = {"Id": str(index)}
        if line.description:
            entry["Description"] = line.description
        entry["Amount"] = number(abs(line.amount))
        entry["DetailType"] = "JournalEntryLineDetail"
        detail: Record = {"PostingType": "Debit" if line.amount >= 0 else "Credit"}
        if line.party is not None:
            detail["Entity"] = {"Type": line.party.kind, "EntityRef": ref(line.party)}
        if line.account is not None:
            detail["AccountRef"] = ref(line.account)
        if line.klass is not None:
            detail["ClassRef"] = ref(line.klass)
        if line.department is not None:
            detail["DepartmentRef"] = ref(line.department)
        entry["JournalEntryLineDetail"] = detail
        lines.append(entry)
    record["Line"] = lines
    record["TxnTaxDetail"] = {}
    return record


def _transfer(document: Document, forms: Forms) -> Record:
    record: Record = {}
    account_ref(record, "FromAccountRef", document.account)
    account_ref(record, "ToAccountRef", document.other_account)
    record["Amount"] = number(document.total)
    return record | dated(document, forms, currency=False)


def _card_payment(document: Document, forms: Forms) -> Record:
    record: Record = {}
    account_ref(record, "CreditCardAccountRef", document.other_account)
    account_ref(record, "BankAccountRef", document.account)
    record["Amount"] = number(document.total)
    if document.memo:
        record["Memo"] = document.memo
    record |= dated(document, forms)
    return record


def _tax_payment(document: Document, forms: Forms) -> Record:
    record: Record = {"PaymentDate": document.day.isoformat()}
    account_ref(record, "PaymentAccountRef", document.account)
    record["PaymentAmount"] = number(document.total)
    record["Description"] = document.memo
    record["Refund"] = False
    return record | head(document)


def _adjustment(document: Document, forms: Forms) -> Record:
    record: Record = {}
    account_ref(record, "AdjustAccountRef", document.other_account)
    record |= dated(document, forms, currency=False)
    record["Line"] = [
        {
            "Id": str(index),
            "LineNum": index,
            "DetailType": "ItemAdjustmentLineDetail",
            "ItemAdjustmentLineDetail": {
                "ItemRef": ref(line.item) if line.item is not None else {},
                "QtyDiff": number(line.quantity),
            },
        }
        for index, line in enumerate(document.lines, 1)
    ]
    return record


def _reimburse_charge(document: Document, forms: Forms) -> Record:
    record: Record = {}
    if document.party is not None:
        record["CustomerRef"] = ref(document.party)
    record["HasBeenInvoiced"] = document.status == "HasBeenBilled"
    record["Amount"] = number(document.total)
    if forms.multi_currency:
        record["HomeTotalAmt"] = number(document.home_total)
    record |= dated(document, forms)
    record["LinkedTxn"] = links(document.links)
    record["Line"] = [
        {
            "Id": str(index),
            "LineNum": index,
            "Description": line.description,
            "Amount": number(line.amount),
            "DetailType": "ReimburseLineDetail",
            "ReimburseLineDetail": {"ItemAccountRef": ref(line.account)} if line.account is not None else {},
        }
        for index, line in enumerate(document.lines, 1)
    ]
    return record


def _time_activity(document: Document, forms: Forms) -> Record:
    worker = document.employee
    record: Record = {"TxnDate": document.day.isoformat()}
    if worker is not None:
        record["NameOf"] = worker.kind
        record[f"{worker.kind}Ref"] = ref(worker)
    if document.party is not None:
        record["CustomerRef"] = ref(document.party)
        if document.party.is_project:
            record["ProjectRef"] = {"value": document.party.id}
    if document.item is not None:
        record["ItemRef"] = ref(document.item)
    record["BillableStatus"] = document.status
    record["Taxable"] = False
    record["HourlyRate"] = number(document.total)
    if worker is not None and worker.cost_rate:
        record["CostRate"] = number(worker.cost_rate)
    record["Hours"], record["Minutes"] = divmod(document.minutes, 60)
    record["Seconds"] = 0
    if document.memo:
        record["Description"] = document.memo
    return record | head(document)


_RECORDS: dict[str, Callable[[Document, Forms], Record]] = {
    "Invoice": sales.invoice,
    "SalesReceipt": sales.paid_form,
    "RefundReceipt": sales.paid_form,
    "CreditMemo": sales.credit_memo,
    "Estimate": sales.estimate,
    "Payment": _payment,
    "Bill": purchases.bill,
    "VendorCredit": purchases.vendor_credit,
    "PurchaseOrder": purchases.purchase_order,
    "BillPayment": _bill_payment,
    "Purchase": purchases.purchase,
    "Deposit": _deposit,
    "JournalEntry": _journal_entry,
    "Transfer": _transfer,
    "CreditCardPayment": _card_payment,
    "TaxPayment": _tax_payment,
    "InventoryAdjustment": _adjustment,
    "ReimburseCharge": _reimburse_charge,
    "TimeActivity": _time_activity,
}
