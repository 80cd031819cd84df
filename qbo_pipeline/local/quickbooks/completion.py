"""What QuickBooks fills in: lines numbered and totalled, names of references, defaults of lists."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qbo_pipeline.local.quickbooks.clock import pacific
from qbo_pipeline.local.quickbooks.entities import NESTED, TRANSACTIONS
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.references import full_name
from qbo_pipeline.local.quickbooks.sales_tax import completed_tax
from qbo_pipeline.local.quickbooks.store import Record, Store

PEOPLE = ("Customer", "Vendor", "Employee")
"""Lists that share one space of display names."""

_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")

SALES_FORMS = frozenset({"CreditMemo", "Estimate", "Invoice", "RefundReceipt", "SalesReceipt"})
WITHOUT_CURRENCY = frozenset({"InventoryAdjustment", "RecurringTransaction", "TaxPayment", "TimeActivity", "Transfer"})
OWN_TOTAL = frozenset(
    {
        "BillPayment", "CreditCardPayment", "InventoryAdjustment", "JournalEntry", "Payment", "RecurringTransaction",
        "ReimburseCharge", "TaxPayment", "TimeActivity", "Transfer",
    }
)  # fmt: skip
"""Their total is what was sent (or none), not the sum of lines."""

_NEW: dict[str, Record] = {
    "Customer": {"Balance": 0, "BalanceWithJobs": 0, "Job": False, "Taxable": True, "BillWithParent": False},
    "Vendor": {"Balance": 0, "Vendor1099": False},
    "Account": {"CurrentBalance": 0, "CurrentBalanceWithSubAccounts": 0, "SubAccount": False},
}

_REFERENCES = {"CustomerRef": "Customer", "VendorRef": "Vendor", "EmployeeRef": "Employee"}
_OPEN = frozenset({"Bill", "CreditMemo", "Invoice", "VendorCredit"})
_PAYMENTS = frozenset({"BillPayment", "BillPaymentCheck", "BillPaymentCreditCard", "Payment"})
"""What documents call that which pays them."""
_TOTALLED = ("Line", "TxnTaxDetail", "GlobalTaxCalculation", "Deposit", "CashBack", "ExchangeRate")
"""What totals are made of."""
_HOME = {
    "HomeTotalAmt": ("TotalAmt", SALES_FORMS | {"Deposit"}),
    "HomeBalance": ("Balance", frozenset({"Bill", "CreditMemo", "Invoice"})),
}
"""Amounts in home currency, of what, and whose: documents show them where the company has several currencies."""
_CENT = Decimal("0.01")
_COMPUTED_OF_LISTS = {
    "Account": ("CurrentBalance", "CurrentBalanceWithSubAccounts"),
    "Customer": ("Balance", "BalanceWithJobs"),
    "Vendor": ("Balance",),
}

_CLASSIFICATIONS = {
    **dict.fromkeys(("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset"), "Asset"),
    **dict.fromkeys(("Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability"), "Liability"),
    **dict.fromkeys(("Cost of Goods Sold", "Expense", "Other Expense"), "Expense"),
    **dict.fromkeys(("Income", "Other Income"), "Revenue"),
    "Equity": "Equity",
}
"""AccountType → Classification: QuickBooks derives it."""


def name_shown(record: Record) -> None:
    """Who is not said how to be shown is shown by the parts of the name (Intuit's reference page of customers)."""
    parts = [record[part] for part in _NAME_PARTS if record.get(part)]
    if parts:
        record.setdefault("DisplayName", " ".join(parts))


def completed_list(store: Store, realm: str, entity: str, record: Record, *, new: bool) -> Record:
    """A record of a list with the names QuickBooks derives (recorded: create__customer, update__customer)."""
    name = record.get("DisplayName") if entity in PEOPLE else record.get("Name")
    if name is None:
        return record
    if new:
        for key, value in ({"Active": True} | _NEW.get(entity, {})).items():
            record.setdefault(key, value)
    if entity in PEOPLE:
        record.setdefault("PrintOnCheckName", name)
    if entity == "Account" and record.get("AccountType") in _CLASSIFICATIONS:
        record["Classification"] = _CLASSIFICATIONS[record["AccountType"]]
    if entity in NESTED:
        record["FullyQualifiedName"] = qualified(store, realm, entity, record)
    return record


def qualified(store: Store, realm: str, entity: str, record: Record) -> str:
    """The full name of a record of a list with parents: `Utilities:Gas and Electric`."""
    name = str(record.get("DisplayName") if entity in PEOPLE else record.get("Name", ""))
    parent = record.get("ParentRef", {}).get("value")
    above = store.get(realm, entity, parent) if parent else None
    return name if above is None else f"{full_name(above)}:{name}"


def completed_transaction(store: Store, realm: str, entity: str, record: Record, now: float, known: Record) -> Record:
    """A transaction with date, currency, lines, total and balance as QuickBooks answers it (recorded: create__invoice).

    Args:
        store: where names of references are looked up.
        realm: the company.
        entity: its entity.
        record: what was sent, merged with what is kept.
        now: seconds since 1970.
        known: the record before the change; empty when there was none.
    """
    record.setdefault("TxnDate", pacific(now)[:10])
    for reference, target in _REFERENCES.items():
        if reference in record:
            named = store.get(realm, target, str(record[reference]["value"])) or {}
            if "DisplayName" in named:
                record[reference] = {"value": record[reference]["value"], "name": named["DisplayName"]}
            if "CurrencyRef" in named:
                record.setdefault("CurrencyRef", named["CurrencyRef"])
    if not known:
        _rated(store, realm, entity, record)
    if "Line" not in record or (known and all(record.get(name) == known.get(name) for name in _TOTALLED)):
        return record
    record["Line"] = _numbered(record["Line"], entity, known.get("Line", []))
    if entity in SALES_FORMS:
        record.setdefault("TxnTaxDetail", {"TotalTax": 0})
    if entity in OWN_TOTAL:
        return record
    if "TxnTaxDetail" in record:
        record["TxnTaxDetail"] = completed_tax(store, realm, record, sale=entity in SALES_FORMS)
    total = lines_total(record) + _tax(record) - Decimal(record.get("CashBack", {}).get("Amount", 0))
    if entity in _OPEN:
        record["Balance"] = plain(total - Decimal(record.get("Deposit", 0)) - _settled(known))
    record["TotalAmt"] = plain(total)
    if "ExchangeRate" in record:
        for name, (amount, entities) in _HOME.items():
            if entity in entities:
                home = Decimal(record[amount]) * Decimal(record["ExchangeRate"])
                record[name] = plain(home.quantize(_CENT, ROUND_HALF_UP))
    if entity == "Invoice":
        record.setdefault("LinkedTxn", [])
    return record


def _rated(store: Store, realm: str, entity: str, record: Record) -> None:
    """Where a company has several currencies, every document has a rate: that of its day, where none was sent."""
    settings = store.rows("SELECT body FROM record WHERE realm = ? AND entity = 'Preferences'", [realm])
    prefs = loads(settings[0][0]).get("CurrencyPrefs", {}) if settings else {}
    if prefs.get("MultiCurrencyEnabled") is not True or "ExchangeRate" in record or entity in WITHOUT_CURRENCY:
        return
    home = prefs.get("HomeCurrency", {}).get("value")
    currency = record.get("CurrencyRef", {}).get("value", home)
    record["ExchangeRate"] = 1 if currency == home else _rate(store, realm, currency, record["TxnDate"])


def _rate(store: Store, realm: str, currency: str, day: str) -> Decimal | int:
    """The rate of a currency on a day, or the last one before it, else the first one; 1 where there is none."""
    rates = store.rows(
        "SELECT body FROM record WHERE realm = ? AND entity = 'ExchangeRate' "
        "AND json_extract(body, '$.SourceCurrencyCode') = ? "
        "ORDER BY txn_date > ?, CASE WHEN txn_date > ? THEN txn_date END, txn_date DESC LIMIT 1",
        [realm, currency, day, day],
    )
    rate: Decimal | int = loads(rates[0][0])["Rate"] if rates else 1
    return rate


def keep_computed(entity: str, record: Record, known: Record) -> None:
    """What QuickBooks computes is as it was, whatever a request says of it."""
    for name in _computed(entity):
        if name in known:
            record[name] = known[name]
        else:
            record.pop(name, None)
    if entity in _OPEN:
        _keep_payments(record, known)


def _keep_payments(record: Record, known: Record) -> None:
    """What pays a document is written on the payment alone.

    A payment does not move the document's SyncToken, so that apps send documents as they were before it in good faith.
    """
    sent, kept = record.get("LinkedTxn", []), known.get("LinkedTxn", [])
    paid = [link for link in kept if link.get("TxnType") in _PAYMENTS]
    if [link for link in sent if link.get("TxnType") in _PAYMENTS] != paid:
        record["LinkedTxn"] = [link for link in sent if link.get("TxnType") not in _PAYMENTS] + paid


def _computed(entity: str) -> tuple[str, ...]:
    if entity in TRANSACTIONS:
        return () if entity in OWN_TOTAL else ("Balance", "TotalAmt")
    return _COMPUTED_OF_LISTS.get(entity, ())


def _settled(known: Record) -> Decimal:
    """What payments and credits have settled of a document before it changes."""
    return Decimal(known.get("TotalAmt", 0)) - Decimal(known.get("Deposit", 0)) - Decimal(known.get("Balance", 0))


def completed_attachment(record: Record) -> Record:
    """An attachment with its references as QuickBooks answers them (recorded: create_for_invoice)."""
    if "AttachableRef" in record:
        record["AttachableRef"] = [
            {**one, "IncludeOnSend": one.get("IncludeOnSend", False)} for one in record["AttachableRef"]
        ]
    return record


def lines_total(record: Record) -> Decimal:
    """Sum of the lines: subtotals repeat others, discounts are positive and taken off, bundles carry their own sum."""
    return sum((_signed(line) for line in record.get("Line", [])), Decimal(0))


def plain(amount: Decimal | int) -> Decimal | int:
    """Whole amounts without a point, as QuickBooks computes them (`100.0` is what a caller sent)."""
    return int(amount) if amount == int(amount) else Decimal(amount)


def _signed(line: dict[str, Any]) -> Decimal:
    amount = Decimal(line.get("Amount", 0))
    match line.get("DetailType"):
        case "SubTotalLineDetail":
            return Decimal(0)
        case "DiscountLineDetail":
            return -amount
    return amount


def _tax(record: Record) -> Decimal:
    return Decimal(record.get("TxnTaxDetail", {}).get("TotalTax", 0))


def _numbered(lines: list[Record], entity: str, before: list[Record]) -> list[Record]:
    """Lines with Id and LineNum; sales forms end with a subtotal, which has neither.

    A line sent without its Id is a new line: it gets a number no line had (recorded: update__sales_receipt).
    """
    kept = [line for line in lines if line.get("DetailType") != "SubTotalLineDetail"]
    taken = [int(line["Id"]) for line in [*kept, *before] if str(line.get("Id", "")).isdigit()]
    following = max(taken) + 1 if taken else int(entity != "JournalEntry")
    numbered = []
    for number, line in enumerate(kept, 1):
        if "DetailType" not in line:
            numbered.append(line)
            continue
        identity = line.get("Id")
        if identity is None:
            identity, following = str(following), following + 1
        place = {"LineNum": number} if entity in SALES_FORMS else {}
        numbered.append({**place, **line, "Id": identity})
    if entity in SALES_FORMS and kept:
        subtotal = sum((_signed(line) for line in kept if line.get("DetailType") != "DiscountLineDetail"), Decimal(0))
        numbered.append({"Amount": plain(subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    return numbered
