"""What every kind of document shares: its head, its date and currency, its links."""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.local.companies.amounts import number, to_home
from qbo_pipeline.local.companies.json_parts import Record, currency_ref, head, ref
from qbo_pipeline.local.companies.model import Account, Document, Line
from qbo_pipeline.local.companies.posting import ControlAccounts


@dataclass(frozen=True, slots=True)
class Forms:
    """What the company's settings decide about its documents."""

    control: ControlAccounts
    multi_currency: bool
    custom_field_names: tuple[str, ...]


def dated(document: Document, forms: Forms, currency: bool = True) -> Record:
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


def balance(record: Record, document: Document, forms: Forms, open_amount: int) -> None:
    """Adds Balance, and HomeBalance where there are several currencies."""
    record["Balance"] = number(open_amount)
    if forms.multi_currency:
        record["HomeBalance"] = number(to_home(open_amount, document.rate))


def account_ref(record: Record, key: str, account: Account | None) -> None:
    """Adds a reference when there is an account."""
    if account is not None:
        record[key] = ref(account)


def links(documents: list[Document]) -> list[Record]:
    """LinkedTxn of a header."""
    return [{"TxnId": document.id, "TxnType": txn_type(document)} for document in documents]


def txn_type(document: Document) -> str:
    """The name a document has inside LinkedTxn, which tells checks from card payments."""
    if document.entity == "BillPayment":
        card = document.account is not None and document.account.type == "Credit Card"
        return "BillPaymentCreditCard" if card else "BillPaymentCheck"
    return document.entity


def line_link(line: Line, with_line: bool = False) -> list[Record]:
    """LinkedTxn of a line; `with_line` says which line of the other document."""
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
