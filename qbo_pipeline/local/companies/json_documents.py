"""Documents as QuickBooks returns them: keys in its order, absent where there is no value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qbo_pipeline.local.companies.amounts import number, to_home
from qbo_pipeline.local.companies.json_parts import Record, address, currency_ref, custom_fields, head, name_value, ref
from qbo_pipeline.local.companies.model import Account, Document, Line
from qbo_pipeline.local.companies.posting import ControlAccounts


@dataclass(frozen=True, slots=True)
class Forms:
    """What the company's settings decide about its documents."""

    control: ControlAccounts
    multi_currency: bool
    custom_field_names: tuple[str, ...]


def document_record(document: Document, forms: Forms) -> Record:
    """The JSON of a document."""
    return _RECORDS[document.entity](document, forms)


# -- lines ---------------------------------------------------------------------------------------------------------


def _links(documents: list[Document]) -> list[Record]:
    return [{"TxnId": document.id, "TxnType": txn_type(document)} for document in documents]


def txn_type(document: Document) -> str:
    """The name a document has inside LinkedTxn, which tells checks from card payments."""
    if document.entity == "BillPayment":
        card = document.account is not None and document.account.type == "Credit Card"
        return "BillPaymentCreditCard" if card else "BillPaymentCheck"
    return document.entity


def _line_link(line: Line, with_line: bool = False) -> list[Record]:
    if line.source is None:
        return []
    link: Record = {"TxnId": line.source.id, "TxnType": txn_type(line.source)}
    if with_line:
        link["TxnLineId"] = _line_id(line)
    return [link]


def _line_id(line: Line) -> str:
    """The Id of the order line that a bill's line receives; receipts are deposited whole, which is line 0."""
    source = line.source
    if source is None or source.entity != "PurchaseOrder":
        return "0"
    return next(str(index) for index, ordered in enumerate(source.lines, 1) if ordered.item is line.item)


def _sales_detail(line: Line, document: Document) -> Record:
    detail: Record = {}
    if line.item is not None:
        detail["ItemRef"] = ref(line.item)
    if line.klass is not None:
        detail["ClassRef"] = ref(line.klass)
    if not document.voided:
        detail["UnitPrice"] = number(line.price)
        detail["Qty"] = number(line.quantity)
    account = line.account or (line.item.income if line.item else None)
    if account is not None:
        detail["ItemAccountRef"] = ref(account)
    if line.service_date is not None:
        detail["ServiceDate"] = line.service_date.isoformat()
    detail["TaxCodeRef"] = {"value": "TAX" if line.taxable else "NON"}
    return detail


def _sales_line(line: Line, document: Document, ident: str, line_number: int) -> Record:
    record: Record = {"Id": ident, "LineNum": line_number}
    if line.description:
        record["Description"] = line.description
    if line.kind == "text":
        return record | {"DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
    record["Amount"] = number(line.amount)
    links = _line_link(line)
    if links:
        record["LinkedTxn"] = links
    record["DetailType"] = "SalesItemLineDetail"
    record["SalesItemLineDetail"] = _sales_detail(line, document)
    return record


def _sales_lines(document: Document, forms: Forms) -> list[Record]:
    """Lines, subtotal, then shipping and discount; a bundle's children nest inside it and continue its Ids."""
    records: list[Record] = []
    ident = 0
    subtotal = 0
    for line_number, line in enumerate(document.lines, 1):
        ident += 1
        subtotal += line.amount
        if line.kind != "bundle":
            records.append(_sales_line(line, document, str(ident), line_number))
            continue
        bundle: Record = {"Id": str(ident), "LineNum": line_number}
        if line.description:
            bundle["Description"] = line.description
        children = []
        for child_number, child in enumerate(line.children, 1):
            ident += 1
            children.append(_sales_line(child, document, str(ident), child_number))
        bundle["Amount"] = number(line.amount)
        bundle["DetailType"] = "GroupLineDetail"
        bundle["GroupLineDetail"] = {
            "GroupItemRef": ref(line.item) if line.item is not None else {},
            "Quantity": number(line.quantity),
            "Line": children,
        }
        records.append(bundle)
    records.append({"Amount": number(subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    if document.shipping:
        ident += 1
        records.append(
            {
                "Id": str(ident),
                "Amount": number(document.shipping),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {"ItemRef": {"value": "SHIPPING_ITEM_ID"}, "TaxCodeRef": {"value": "NON"}},
            }
        )
    if document.discount:
        detail: Record = {"PercentBased": document.discount_percent > 0}
        if document.discount_percent:
            detail["DiscountPercent"] = number(document.discount_percent)
        detail["DiscountAccountRef"] = ref(forms.control.discounts)
        # Positive, although it is taken off.
        records.append(
            {"Amount": number(document.discount), "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
        )
    return records


def _purchase_line(line: Line, line_number: int) -> Record:
    record: Record = {"Id": str(line_number), "LineNum": line_number}
    if line.description:
        record["Description"] = line.description
    record["Amount"] = number(line.amount)
    links = _line_link(line, with_line=True)
    if links:
        record["LinkedTxn"] = links
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


# -- headers -------------------------------------------------------------------------------------------------------


def _dated(document: Document, forms: Forms, currency: bool = True) -> Record:
    """`head`, then DocNumber, TxnDate, DepartmentRef, CurrencyRef, ExchangeRate, PrivateNote."""
    record = head(document)
    if document.number:
        record["DocNumber"] = document.number
    record["TxnDate"] = document.day.isoformat()
    if document.department is not None:
        record["DepartmentRef"] = ref(document.department)
    if currency:
        record["CurrencyRef"] = currency_ref(document.currency)
        if forms.multi_currency:
            record["ExchangeRate"] = number(document.rate, 6)
    if document.memo:
        record["PrivateNote"] = document.memo
    return record


def _sales_form(document: Document, forms: Forms) -> Record:
    """What invoices, receipts, estimates, credits and refunds have in common."""
    dated = _dated(document, forms)
    record: Record = {}
    for key, value in dated.items():
        record[key] = value
        if key == "MetaData" and forms.custom_field_names:
            record["CustomField"] = custom_fields(forms.custom_field_names, document.custom)
    if document.entity == "Estimate":
        record["TxnStatus"] = document.status
    if document.links or document.entity == "Invoice":
        record["LinkedTxn"] = _links(document.links)
    record["Line"] = _sales_lines(document, forms)
    tax: Record = {}
    if document.tax_code is not None:
        tax["TxnTaxCodeRef"] = {"value": document.tax_code.id}
    tax["TotalTax"] = number(document.tax)
    if document.tax_lines:
        tax["TaxLine"] = [
            {
                "Amount": number(amount),
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": rate.id},
                    "PercentBased": True,
                    "TaxPercent": number(rate.percent),
                    "NetAmountTaxable": number(taxable),
                },
            }
            for rate, taxable, amount in document.tax_lines
        ]
    record["TxnTaxDetail"] = tax
    party = document.party
    if party is not None:
        record["CustomerRef"] = ref(party)
        if party.is_project:
            record["ProjectRef"] = {"value": party.id}
    if document.customer_memo:
        record["CustomerMemo"] = {"value": document.customer_memo}
    place = party.root.address if party is not None else None
    if place is not None:
        record["BillAddr"] = address(place)
        record["ShipAddr"] = address(place)
        record["FreeFormAddress"] = False
    if document.klass is not None:
        record["ClassRef"] = ref(document.klass)
    if document.term is not None:
        record["SalesTermRef"] = ref(document.term)
    if document.due is not None:
        record["DueDate" if document.entity != "Estimate" else "ExpirationDate"] = document.due.isoformat()
    record["TotalAmt"] = number(document.total)
    if forms.multi_currency:
        record["HomeTotalAmt"] = number(document.home_total)
    record["ApplyTaxAfterDiscount"] = document.tax_code is not None and document.discount > 0
    record["PrintStatus"] = "PrintComplete" if document.printed else "NeedToPrint"
    record["EmailStatus"] = "EmailSent" if document.emailed else "NotSet"
    if document.emailed and party is not None and party.root.email:
        record["BillEmail"] = {"Address": party.root.email}
    return record


def _balance(record: Record, document: Document, forms: Forms, open_amount: int) -> None:
    record["Balance"] = number(open_amount)
    if forms.multi_currency:
        record["HomeBalance"] = number(to_home(open_amount, document.rate))


def _account_ref(record: Record, key: str, account: Account | None) -> None:
    if account is not None:
        record[key] = ref(account)


def _invoice(document: Document, forms: Forms) -> Record:
    record: Record = {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
    } | _sales_form(document, forms)
    _balance(record, document, forms, document.open)
    if document.deposit:
        record["Deposit"] = number(document.deposit)
        _account_ref(record, "DepositToAccountRef", document.account)
    if document.emailed:
        record["DeliveryInfo"] = {"DeliveryType": "Email"}
    return record


def _paid_form(document: Document, forms: Forms) -> Record:
    record = _sales_form(document, forms)
    _balance(record, document, forms, 0)
    if document.method is not None:
        record["PaymentMethodRef"] = ref(document.method)
    if document.reference:
        record["PaymentRefNum"] = document.reference
    _account_ref(record, "DepositToAccountRef", document.account or forms.control.undeposited)
    return record


def _credit_memo(document: Document, forms: Forms) -> Record:
    record: Record = {"RemainingCredit": number(document.open)} | _sales_form(document, forms)
    _balance(record, document, forms, document.open)
    return record


def _estimate(document: Document, forms: Forms) -> Record:
    record = _sales_form(document, forms)
    if document.status in ("Accepted", "Closed") and document.party is not None:
        person = document.party.root
        record["AcceptedBy"] = f"{person.given} {person.family}"
        record["AcceptedDate"] = document.day.isoformat()
    return record


def _payment(document: Document, forms: Forms) -> Record:
    record: Record = {}
    if document.party is not None:
        record["CustomerRef"] = ref(document.party)
    _account_ref(record, "DepositToAccountRef", document.account or forms.control.undeposited)
    if document.method is not None:
        record["PaymentMethodRef"] = ref(document.method)
    if document.reference:
        record["PaymentRefNum"] = document.reference
    record["TotalAmt"] = number(document.total)
    record["UnappliedAmt"] = number(document.unapplied)
    record["ProcessPayment"] = False
    record |= _dated(document, forms)
    if document.links:
        record["LinkedTxn"] = _links(document.links)
    record["Line"] = _settled_lines(document)
    return record


def _bill(document: Document, forms: Forms) -> Record:
    record: Record = {}
    if document.term is not None:
        record["SalesTermRef"] = ref(document.term)
    if document.due is not None:
        record["DueDate"] = document.due.isoformat()
    _balance(record, document, forms, document.open)
    record |= _dated(document, forms)
    record["LinkedTxn"] = _links(document.links)
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


def _vendor_credit(document: Document, forms: Forms) -> Record:
    record: Record = {"Balance": number(document.open)} | _dated(document, forms)
    if document.links:
        record["LinkedTxn"] = _links(document.links)
    record["Line"] = [_purchase_line(line, index) for index, line in enumerate(document.lines, 1)]
    _vendor(record, document, forms)
    return record


def _purchase_order(document: Document, forms: Forms) -> Record:
    record = _dated(document, forms)
    if document.links:
        record["LinkedTxn"] = _links(document.links)
    record["Line"] = [_purchase_line(line, index) for index, line in enumerate(document.lines, 1)]
    _vendor(record, document, forms)
    if document.due is not None:
        record["DueDate"] = document.due.isoformat()
    record["POStatus"] = document.status
    record["EmailStatus"] = "EmailSent" if document.emailed else "NotSet"
    if document.emailed and document.party is not None:
        record["POEmail"] = {"Address": document.party.email}
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
    record |= _dated(document, forms)
    record["Line"] = _settled_lines(document)
    return record


def _purchase(document: Document, forms: Forms) -> Record:
    record: Record = {}
    _account_ref(record, "AccountRef", document.account)
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
    record |= _dated(document, forms)
    if document.links:
        record["LinkedTxn"] = _links(document.links)
    record["Line"] = [_purchase_line(line, index) for index, line in enumerate(document.lines, 1)]
    return record


def _deposit(document: Document, forms: Forms) -> Record:
    record: Record = {}
    _account_ref(record, "DepositToAccountRef", document.account)
    if document.deposit and document.other_account is not None:
        record["CashBack"] = {
            "AccountRef": ref(document.other_account),
            "Amount": number(document.deposit),
            "Memo": "Petty cash",
        }
    record["TotalAmt"] = number(document.total)
    if forms.multi_currency:
        record["HomeTotalAmt"] = number(document.home_total)
    record |= _dated(document, forms)
    lines = []
    for index, line in enumerate(document.lines, 1):
        entry: Record = {"Id": str(index), "LineNum": index}
        if line.description:
            entry["Description"] = line.description
        entry["Amount"] = number(line.amount)
        if line.source is not None:
            entry["LinkedTxn"] = _line_link(line, with_line=True)
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
    record |= _dated(document, forms)
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
    _account_ref(record, "FromAccountRef", document.account)
    _account_ref(record, "ToAccountRef", document.other_account)
    record["Amount"] = number(document.total)
    return record | _dated(document, forms, currency=False)


def _card_payment(document: Document, forms: Forms) -> Record:
    record: Record = {}
    _account_ref(record, "CreditCardAccountRef", document.other_account)
    _account_ref(record, "BankAccountRef", document.account)
    record["Amount"] = number(document.total)
    if document.memo:
        record["Memo"] = document.memo
    record |= _dated(document, forms)
    return record


def _tax_payment(document: Document, forms: Forms) -> Record:
    record: Record = {"PaymentDate": document.day.isoformat()}
    _account_ref(record, "PaymentAccountRef", document.account)
    record["PaymentAmount"] = number(document.total)
    record["Description"] = document.memo
    record["Refund"] = False
    return record | head(document)


def _adjustment(document: Document, forms: Forms) -> Record:
    record: Record = {}
    _account_ref(record, "AdjustAccountRef", document.other_account)
    record |= _dated(document, forms, currency=False)
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
    record |= _dated(document, forms)
    record["LinkedTxn"] = _links(document.links)
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
    "Invoice": _invoice,
    "SalesReceipt": _paid_form,
    "RefundReceipt": _paid_form,
    "CreditMemo": _credit_memo,
    "Estimate": _estimate,
    "Payment": _payment,
    "Bill": _bill,
    "VendorCredit": _vendor_credit,
    "PurchaseOrder": _purchase_order,
    "BillPayment": _bill_payment,
    "Purchase": _purchase,
    "Deposit": _deposit,
    "JournalEntry": _journal_entry,
    "Transfer": _transfer,
    "CreditCardPayment": _card_payment,
    "TaxPayment": _tax_payment,
    "InventoryAdjustment": _adjustment,
    "ReimburseCharge": _reimburse_charge,
    "TimeActivity": _time_activity,
}
