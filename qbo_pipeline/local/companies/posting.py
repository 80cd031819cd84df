"""The effect of documents on the books: double entry in home currency, inventory cost first in, first out.

`legs` is a pure function of a document (and of the control accounts), so the journal of a company can be produced at
any time, in any order, and twice. Only the stock functions change something: the FIFO layers of an item; they run
when a document is entered and leave its cost on the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from qbo_pipeline.local.companies.amounts import to_home
from qbo_pipeline.local.companies.model import Account, Document, Item, Line, TaxRate


class Leg(NamedTuple):
    """One side of an entry: home cents and the account's own currency's cents, debit positive."""

    account: Account
    home: int
    native: int


@dataclass(slots=True)
class ControlAccounts:
    """Accounts that QuickBooks posts to although no document names them."""

    receivable: dict[str, Account]
    payable: dict[str, Account]
    undeposited: Account
    discounts: Account
    shipping: Account
    exchange: Account | None = None


def legs(document: Document, control: ControlAccounts) -> list[Leg]:
    """The balanced legs of a document; none for a voided or non-posting one."""
    post = _POSTINGS.get(document.entity)
    return post(document, control) if post and not document.voided else []


# -- inventory -----------------------------------------------------------------------------------------------------


def receive(item: Item, quantity: int, cost: int) -> None:
    """Adds a layer of whole units at their total cost."""
    item.layers.append([quantity, cost])


def give_back(item: Item, quantity: int) -> int:
    """Takes returned units into stock at the unit cost of the oldest layer, and returns their cost."""
    units, cost = item.layers[0] if item.layers else [1, item.cost]
    value = cost * quantity // units
    item.layers.insert(0, [quantity, value])
    return value


def issue(item: Item, quantity: int) -> int:
    """Takes units out of stock, oldest layers first, and returns their cost. The caller knows there are enough."""
    cost = 0
    while quantity:
        layer = item.layers[0]
        if layer[0] <= quantity:
            quantity -= layer[0]
            cost += layer[1]
            del item.layers[0]
        else:
            part = layer[1] * quantity // layer[0]
            layer[0] -= quantity
            layer[1] -= part
            cost += part
            quantity = 0
    return cost


# -- documents -----------------------------------------------------------------------------------------------------


def flat(lines: Iterable[Line]) -> Iterable[Line]:
    """Lines with bundles replaced by what is in them."""
    for line in lines:
        if line.kind == "bundle":
            yield from line.children
        else:
            yield line


def _balance(balanced: list[Leg], against: Leg) -> list[Leg]:
    """Puts what rounding of foreign lines left over into the largest of the other legs."""
    residue = against.home + sum(leg.home for leg in balanced)
    if residue:
        at = max(range(len(balanced)), key=lambda index: abs(balanced[index].home))
        leg = balanced[at]
        same = leg.native == leg.home
        balanced[at] = Leg(leg.account, leg.home - residue, leg.native - residue if same else leg.native)
    return [against, *balanced]


def _home_leg(account: Account, amount: int, rate: int) -> Leg:
    home = to_home(amount, rate)
    return Leg(account, home, home)


def _sales(document: Document, control: ControlAccounts, sign: int, settle: Account) -> list[Leg]:
    """Income, discount, shipping, tax and cost of goods; `sign` is -1 for credits and refunds."""
    rate = document.rate
    result: list[Leg] = []
    for line in flat(document.lines):
        if not line.amount and not line.cost:
            continue
        account = line.account or (line.item.income if line.item else None)
        if account is not None and line.amount:
            result.append(_home_leg(account, -sign * line.amount, rate))
    if document.discount:
        result.append(_home_leg(control.discounts, sign * document.discount, rate))
    if document.shipping:
        result.append(_home_leg(control.shipping, -sign * document.shipping, rate))
    for tax_rate, _, tax in document.tax_lines:
        if tax:
            result.append(_home_leg(_payable_of(tax_rate), -sign * tax, rate))
    if document.deposit and document.account is not None:
        result.append(_home_leg(document.account, sign * document.deposit, rate))
    settled = document.total - document.deposit
    native = sign * settled if settle.currency == document.currency else sign * to_home(settled, rate)
    balanced = _balance(result, Leg(settle, sign * to_home(settled, rate), native))
    for line in flat(document.lines):
        if line.cost and line.item is not None and line.item.asset is not None and line.item.expense is not None:
            balanced.append(Leg(line.item.expense, sign * line.cost, sign * line.cost))
            balanced.append(Leg(line.item.asset, -sign * line.cost, -sign * line.cost))
    return balanced


def _payable_of(rate: TaxRate) -> Account:
    if rate.payable is None:
        raise ValueError(f"tax rate {rate.name} has no liability account")
    return rate.payable


def _invoice(document: Document, control: ControlAccounts) -> list[Leg]:
    return _sales(document, control, 1, control.receivable[document.currency])


def _credit_memo(document: Document, control: ControlAccounts) -> list[Leg]:
    return _sales(document, control, -1, control.receivable[document.currency])


def _sales_receipt(document: Document, control: ControlAccounts) -> list[Leg]:
    return _sales(document, control, 1, document.account or control.undeposited)


def _refund(document: Document, control: ControlAccounts) -> list[Leg]:
    return _sales(document, control, -1, document.account or control.undeposited)


def _expense_lines(document: Document, sign: int) -> list[Leg]:
    """Purchases of items go to the item's asset account when it has one: they are stock until they are sold."""
    result = []
    for line in document.lines:
        account = line.account or (line.item and (line.item.asset or line.item.expense))
        if account and line.amount:
            result.append(_home_leg(account, sign * line.amount, document.rate))
    return result


def _bill(document: Document, control: ControlAccounts) -> list[Leg]:
    payable = control.payable[document.currency]
    return _balance(_expense_lines(document, 1), Leg(payable, -document.home_total, -document.total))


def _vendor_credit(document: Document, control: ControlAccounts) -> list[Leg]:
    payable = control.payable[document.currency]
    return _balance(_expense_lines(document, -1), Leg(payable, document.home_total, document.total))


def _purchase(document: Document, control: ControlAccounts) -> list[Leg]:
    sign = -1 if document.credit else 1
    paid = -sign * document.home_total
    return _balance(_expense_lines(document, sign), Leg(_account(document), paid, paid))


def _settlement(document: Document, control: ControlAccounts, money: Account, sign: int) -> list[Leg]:
    """Payments: every document settled leaves the control account at the rate it came in; the rest is gain or loss."""
    book = (control.receivable if sign > 0 else control.payable)[document.currency]
    paid = sign * document.home_total
    result = [Leg(money, paid, paid)] if paid else []
    settled = 0
    for target, amount in document.applications:
        home = to_home(amount, target.rate)
        settled += home
        result.append(Leg(book, -sign * home, -sign * amount))
    rest = document.unapplied
    if rest:
        home = to_home(rest, document.rate)
        settled += home
        result.append(Leg(book, -sign * home, -sign * rest))
    difference = paid - sign * settled
    if difference:
        if control.exchange is None:
            raise ValueError(f"{document.entity} {document.id} has an exchange difference in a single-currency company")
        result.append(Leg(control.exchange, -difference, -difference))
    return result


def _payment(document: Document, control: ControlAccounts) -> list[Leg]:
    return _settlement(document, control, document.account or control.undeposited, 1)


def _bill_payment(document: Document, control: ControlAccounts) -> list[Leg]:
    return _settlement(document, control, _account(document), -1)


def _deposit(document: Document, control: ControlAccounts) -> list[Leg]:
    result = [Leg(_account(document), document.total, document.total)]
    if document.deposit and document.other_account is not None:
        result.append(Leg(document.other_account, document.deposit, document.deposit))
    result.extend(Leg(line.account or control.undeposited, -line.amount, -line.amount) for line in document.lines)
    return result


def _between(document: Document, control: ControlAccounts) -> list[Leg]:
    """Transfer, card payment and tax payment: from `account` to `other_account`."""
    if document.other_account is None:
        raise ValueError(f"{document.entity} {document.id} has no receiving account")
    return [
        Leg(document.other_account, document.total, document.total),
        Leg(_account(document), -document.total, -document.total),
    ]


def _journal_entry(document: Document, control: ControlAccounts) -> list[Leg]:
    return [Leg(line.account, line.amount, line.amount) for line in document.lines if line.account is not None]


def _adjustment(document: Document, control: ControlAccounts) -> list[Leg]:
    """`cost` is positive when stock grew."""
    result = []
    for line in document.lines:
        if line.cost and line.item and line.item.asset and document.other_account:
            result.append(Leg(line.item.asset, line.cost, line.cost))
            result.append(Leg(document.other_account, -line.cost, -line.cost))
    return result


def _account(document: Document) -> Account:
    if document.account is None:
        raise ValueError(f"{document.entity} {document.id} names no account")
    return document.account


_POSTINGS: dict[str, Callable[[Document, ControlAccounts], list[Leg]]] = {
    "Invoice": _invoice,
    "CreditMemo": _credit_memo,
    "SalesReceipt": _sales_receipt,
    "RefundReceipt": _refund,
    "Bill": _bill,
    "VendorCredit": _vendor_credit,
    "Purchase": _purchase,
    "Payment": _payment,
    "BillPayment": _bill_payment,
    "Deposit": _deposit,
    "Transfer": _between,
    "CreditCardPayment": _between,
    "TaxPayment": _between,
    "JournalEntry": _journal_entry,
    "InventoryAdjustment": _adjustment,
}
