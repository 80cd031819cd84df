"""Sales forms as QuickBooks returns them: invoices, receipts, refunds, credit memos, estimates."""

from __future__ import annotations

from qbo_pipeline.local.companies.amounts import number
from qbo_pipeline.local.companies.json_common import Forms, account_ref, balance, dated, line_link, links
from qbo_pipeline.local.companies.json_parts import Record, address, custom_fields, ref
from qbo_pipeline.local.companies.model import Document, Line


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
    if line.source is not None:
        record["LinkedTxn"] = line_link(line)
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


def sales_form(document: Document, forms: Forms) -> Record:
    """What invoices, receipts, estimates, credits and refunds have in common."""
    record: Record = {}
    for key, value in dated(document, forms).items():
        record[key] = value
        if key == "MetaData" and forms.custom_field_names:
            record["CustomField"] = custom_fields(forms.custom_field_names, document.custom)
    if document.entity == "Estimate":
        record["TxnStatus"] = document.status
    if document.links or document.entity == "Invoice":
        record["LinkedTxn"] = links(document.links)
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


def invoice(document: Document, forms: Forms) -> Record:
    """An invoice."""
    record: Record = {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
    } | sales_form(document, forms)
    balance(record, document, forms, document.open)
    if document.deposit:
        record["Deposit"] = number(document.deposit)
        account_ref(record, "DepositToAccountRef", document.account)
    if document.emailed:
        record["DeliveryInfo"] = {"DeliveryType": "Email"}
    return record


def paid_form(document: Document, forms: Forms) -> Record:
    """A sales receipt or refund receipt: money changes hands with the form."""
    record = sales_form(document, forms)
    balance(record, document, forms, 0)
    if document.method is not None:
        record["PaymentMethodRef"] = ref(document.method)
    if document.reference:
        record["PaymentRefNum"] = document.reference
    account_ref(record, "DepositToAccountRef", document.account or forms.control.undeposited)
    return record


def credit_memo(document: Document, forms: Forms) -> Record:
    """A credit memo."""
    record: Record = {"RemainingCredit": number(document.open)} | sales_form(document, forms)
    balance(record, document, forms, document.open)
    return record


def estimate(document: Document, forms: Forms) -> Record:
    """An estimate."""
    record = sales_form(document, forms)
    if document.status in ("Accepted", "Closed") and document.party is not None:
        person = document.party.root
        record["AcceptedBy"] = f"{person.given} {person.family}"
        record["AcceptedDate"] = document.day.isoformat()
    return record
