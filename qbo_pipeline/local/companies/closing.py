"""Closing the books: what lists show about documents (balances, stock on order) and when that last changed."""

from __future__ import annotations

from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.json_lists import current_balance
from qbo_pipeline.local.companies.model import Account, Document
from qbo_pipeline.local.companies.posting import flat, legs

_OPENS = {"Invoice": 1, "CreditMemo": -1, "Bill": 1, "VendorCredit": -1}


def close(books: Books) -> None:
    """Fills in every derived figure of the lists, and moves the LastUpdatedTime of what a document changed."""
    for document in books.documents:
        for leg in legs(document, books.control):
            leg.account.native += leg.native
            leg.account.touch(document.updated)
        _open_balance(document)
        if document.entity == "PurchaseOrder" and document.status == "Open":
            for line in document.lines:
                if line.item is not None:
                    line.item.on_order += line.quantity // 100
        for line in flat(document.lines):
            if line.cost and line.item is not None:
                line.item.touch(document.updated)
    for customer in books.customers:
        customer.balance_with_jobs += customer.balance
        if customer.parent is not None:
            customer.parent.balance_with_jobs += customer.balance
            customer.parent.touch(customer.updated)


def _open_balance(document: Document) -> None:
    party = document.party
    if party is None or document.voided:
        return
    sign = _OPENS.get(document.entity)
    if sign is not None:
        party.balance += sign * document.open
        party.touch(document.updated)
    elif document.entity in ("Payment", "BillPayment"):
        party.balance -= document.unapplied
        party.touch(document.updated)


def balances_with_children(accounts: list[Account]) -> dict[str, int]:
    """CurrentBalanceWithSubAccounts in cents, by account id."""
    totals = {account.id: current_balance(account) for account in accounts}
    for account in accounts:
        above = account.parent
        while above is not None:
            totals[above.id] += current_balance(account)
            above = above.parent
    return totals
