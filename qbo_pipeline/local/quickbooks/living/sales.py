"""Selling: invoices, receipts, estimates, credits, and the money that comes in for them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from qbo_pipeline.local.quickbooks.living.view import (
    Change,
    CompanyView,
    Record,
    amount,
    cents,
    currency,
    reference,
    some,
)

_STOCK_KEPT = 20
"""Units of an item that are never sold: somebody else may sell at the same moment."""


def invoice(view: CompanyView, random: Random) -> Change | None:
    """An invoice of one to three lines."""
    form = _form(view, random, stock=True)
    if form is None:
        return None
    due = view.today + timedelta(days=random.choice((15, 30, 30, 45)))
    return Change("Invoice", "create", {**form, "DocNumber": view.number("Invoice"), "DueDate": due.isoformat()})


def sales_receipt(view: CompanyView, random: Random) -> Change | None:
    """A sale that is paid at once."""
    form, account = _form(view, random, stock=True, home_only=True), view.undeposited()
    if form is None or account is None:
        return None
    paid = {"DocNumber": view.number("SalesReceipt"), "DepositToAccountRef": reference(account)}
    return Change("SalesReceipt", "create", {**form, **_method(view, random), **paid})


def estimate(view: CompanyView, random: Random) -> Change | None:
    """An offer."""
    form = _form(view, random, stock=False)
    if form is None:
        return None
    expires = (view.today + timedelta(days=30)).isoformat()
    body = {**form, "DocNumber": view.number("Estimate"), "TxnStatus": "Pending", "ExpirationDate": expires}
    return Change("Estimate", "create", body)


def credit_memo(view: CompanyView, random: Random) -> Change | None:
    """A unit, or a quarter of an hour, given back to a customer."""
    form = _form(view, random, stock=False, home_only=True, most=1)
    return Change("CreditMemo", "create", {**form, "DocNumber": view.number("CreditMemo")}) if form else None


def payment(view: CompanyView, random: Random) -> Change | None:
    """A customer pays an invoice, some of it or several at once; to the bank, or to be deposited later."""
    first = some(random, view.open("Invoice", "Customer"))
    if first is None:
        return None
    code = currency(first, view.home)
    paid = [first]
    if random.random() < 0.3:
        paid += [
            one
            for one in view.open("Invoice", "Customer")
            if one["CustomerRef"]["value"] == first["CustomerRef"]["value"]
            and currency(one, view.home) == code
            and one is not first
        ][:2]
    whole = random.random() < 0.85
    lines: list[Record] = [
        {
            "Amount": amount(one, "Balance") if whole else cents(amount(one, "Balance") / 2) or amount(one, "Balance"),
            "LinkedTxn": [{"TxnId": one["Id"], "TxnType": "Invoice"}],
        }
        for one in paid
    ]
    waiting, bank = view.undeposited(), some(random, view.accounts("Bank", "Checking"))
    account = waiting if waiting is not None and random.random() < 0.5 and code == view.home else bank or waiting
    body = {
        "CustomerRef": {"value": first["CustomerRef"]["value"]},
        "TxnDate": view.today.isoformat(),
        "TotalAmt": sum((line["Amount"] for line in lines), Decimal(0)),
        **({"DepositToAccountRef": reference(account)} if account is not None else {}),
        **_method(view, random),
        **view.in_currency(code),
        "Line": lines,
    }
    return Change("Payment", "create", body)


def deposit(view: CompanyView, random: Random) -> Change | None:
    """What waits in Undeposited Funds is taken to the bank."""
    waiting, bank = view.undeposited(), some(random, view.accounts("Bank", "Checking"))
    if waiting is None or bank is None:
        return None
    receipts = [
        (kind, one)
        for kind in ("Payment", "SalesReceipt")
        for one in view.of(kind)
        if one.get("DepositToAccountRef", {}).get("value") == waiting["Id"]
        and not any(link["TxnType"] == "Deposit" for link in one.get("LinkedTxn", []))
        and currency(one, view.home) == view.home
        and amount(one, "TotalAmt") > 0
    ]
    if not receipts:
        return None
    taken = random.sample(receipts, min(len(receipts), random.randint(1, 4)))
    lines = [
        {
            "Amount": one["TotalAmt"],
            "LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind, "TxnLineId": "0"}],
            "DetailType": "DepositLineDetail",
            "DepositLineDetail": {},
        }
        for kind, one in taken
    ]
    head = {"DepositToAccountRef": reference(bank), "TxnDate": view.today.isoformat()}
    return Change("Deposit", "create", {**head, **view.in_currency(view.home), "Line": lines})


def _form(view: CompanyView, random: Random, *, stock: bool, home_only: bool = False, most: int = 24) -> Record | None:
    """Customer, date, lines and tax of a sales form; of a service at most so many quarters of an hour."""
    usable = {view.home, *(() if home_only else view.rates)}
    customer = some(random, view.of("Customer", lambda one: currency(one, view.home) in usable))
    items = view.of("Item", lambda one: _sold(one, stock=stock))
    if customer is None or not items:
        return None
    chosen = random.sample(items, min(len(items), random.choice((1, 1, 2, 3)) if most > 1 else 1))
    taxed = bool(customer.get("Taxable")) and _rates(view) != []
    lines = [_line(item, random, most, taxed=taxed and bool(item.get("Taxable"))) for item in chosen]
    return {
        "CustomerRef": {"value": customer["Id"]},
        "TxnDate": view.today.isoformat(),
        **view.in_currency(currency(customer, view.home)),
        "Line": lines,
        **_tax(view, lines),
    }


def _sold(item: Record, *, stock: bool) -> bool:
    if "IncomeAccountRef" not in item or amount(item, "UnitPrice") <= 0:
        return False
    return item["Type"] != "Inventory" or (stock and amount(item, "QtyOnHand") > _STOCK_KEPT)


def _line(item: Record, random: Random, most: int, *, taxed: bool) -> Record:
    quarters = random.randint(1, most) if item["Type"] == "Service" else 4 * random.randint(1, max(1, most // 3))
    quantity, price = Decimal(quarters) / 4, amount(item, "UnitPrice")
    return {
        "Description": item.get("Description") or item["Name"],
        "Amount": cents(quantity * price),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": reference(item),
            "UnitPrice": price,
            "Qty": quantity,
            "TaxCodeRef": {"value": "TAX" if taxed else "NON"},
        },
    }


def _rates(view: CompanyView) -> list[Record]:
    """The rates of the company's sales tax; none where it charges none."""
    settings = view.preferences.get("TaxPrefs", {})
    code = view.get("TaxCode", settings.get("TaxGroupCodeRef", {}).get("value", ""))
    if not settings.get("UsingSalesTax") or code is None:
        return []
    details = code.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    found = [view.get("TaxRate", one["TaxRateRef"]["value"]) for one in details]
    return [one for one in found if one is not None]


def _tax(view: CompanyView, lines: list[Record]) -> Record:
    """`TxnTaxDetail` of lines: each rate's share of what is taxed."""
    taxed = [line["Amount"] for line in lines if line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX"]
    if not taxed:
        return {}
    taxable = sum(taxed, Decimal(0))
    shares = [(rate, cents(taxable * amount(rate, "RateValue") / 100)) for rate in _rates(view)]
    tax = [
        {
            "Amount": share,
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {
                "TaxRateRef": {"value": rate["Id"]},
                "PercentBased": True,
                "TaxPercent": rate["RateValue"],
                "NetAmountTaxable": taxable,
            },
        }
        for rate, share in shares
    ]
    code = view.preferences["TaxPrefs"]["TaxGroupCodeRef"]["value"]
    total = sum((share for _, share in shares), Decimal(0))
    return {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": code}, "TotalTax": total, "TaxLine": tax}}


def _method(view: CompanyView, random: Random) -> Record:
    method = some(random, view.of("PaymentMethod"))
    return {"PaymentMethodRef": reference(method)} if method is not None else {}
