"""What QuickBooks fills in where a request creates a record and leaves it out (recorded: create__invoice)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from qbo_pipeline.local.companies.exchange import CURRENCY_NAMES
from qbo_pipeline.local.quickbooks.completion import SALES_FORMS, WITHOUT_CURRENCY
from qbo_pipeline.local.quickbooks.entities import TRANSACTIONS
from qbo_pipeline.local.quickbooks.faults import business_fault
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.store import Record, Store

_DEFAULT_DAYS = 30
"""Until an invoice is due where no term says so (recorded: create__invoice)."""
_NUMBERED_FROM = 1000
_LOOKED_AT = 50
"""Of how many of the newest forms the highest number is taken."""

_ALWAYS: dict[str, Record] = {
    "Budget": {"Active": True, "BudgetType": "ProfitAndLoss", "BudgetEntryType": "Monthly"},
    "Customer": {"PreferredDeliveryMethod": "Print"},
    "Invoice": {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
    },
    "TaxAgency": {"TaxTrackedOnPurchases": False, "TaxTrackedOnSales": True, "TaxAgencyConfig": "USER_DEFINED"},
}
_SALES: Record = {"ApplyTaxAfterDiscount": False, "PrintStatus": "NeedToPrint", "EmailStatus": "NotSet"}


def filled(store: Store, realm: str, entity: str, record: Record) -> None:
    """Add to a new record what settings, the customer and the term decide."""
    settings = _settings(store, realm)
    for name, value in _ALWAYS.get(entity, {}).items():
        record.setdefault(name, value)
    home = settings.get("CurrencyPrefs", {}).get("HomeCurrency", {}).get("value")
    owns = entity in ("Customer", "Vendor") or (entity in TRANSACTIONS and entity not in WITHOUT_CURRENCY)
    if home and owns:
        record.setdefault("CurrencyRef", {"value": home, "name": CURRENCY_NAMES.get(home, home)})
    if entity == "Customer" and settings.get("TaxPrefs", {}).get("UsingSalesTax"):
        code = settings["TaxPrefs"].get("TaxGroupCodeRef")
        if code is not None:
            record.setdefault("DefaultTaxCodeRef", {"value": code["value"]})
    if entity in SALES_FORMS:
        _sales_form(store, realm, entity, record, settings.get("SalesFormsPrefs", {}))


def _sales_form(store: Store, realm: str, entity: str, record: Record, settings: Record) -> None:
    for name, value in _SALES.items():
        record.setdefault(name, value)
    fields = _custom_fields(settings)
    if fields:
        record.setdefault("CustomField", fields)
    if "DocNumber" not in record and settings.get("CustomTxnNumbers") is False:
        record["DocNumber"] = _next_number(store, realm)
    for line in record.get("Line", []):
        if "SalesItemLineDetail" in line:
            line["SalesItemLineDetail"] = {**line["SalesItemLineDetail"]}
            line["SalesItemLineDetail"].setdefault("TaxCodeRef", {"value": "NON"})
    customer = store.get(realm, "Customer", str(record.get("CustomerRef", {}).get("value", ""))) or {}
    for name in ("BillAddr", "ShipAddr"):
        if name in customer:
            record.setdefault(name, customer[name])
    if entity == "Invoice" and "DueDate" not in record:
        term = record.get("SalesTermRef") or customer.get("SalesTermRef") or {}
        days = (store.get(realm, "Term", str(term.get("value", ""))) or {}).get("DueDays", _DEFAULT_DAYS)
        record["DueDate"] = _after(record["TxnDate"], int(days))


def _after(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise business_fault(f"{days} days after {day} is no date.") from None


def _settings(store: Store, realm: str) -> dict[str, Any]:
    rows = store.rows("SELECT body FROM record WHERE realm = ? AND entity = 'Preferences'", [realm])
    found: dict[str, Any] = loads(rows[0][0]) if rows else {}
    return found


def _custom_fields(settings: Record) -> list[Record]:
    """The fields in use on sales forms, without values."""
    entries = [one for group in settings.get("CustomField", []) for one in group.get("CustomField", [])]
    flags = [(one.get("Name", ""), one.get("BooleanValue")) for one in entries]
    texts = [(one.get("Name", ""), one.get("StringValue", "")) for one in entries]
    used = {name[-1] for name, value in flags if "UseSalesCustom" in name and value}
    names = {name[-1]: value for name, value in texts if "SalesCustomName" in name}
    return [
        {"DefinitionId": place, "Name": names[place], "Type": "StringType"} for place in sorted(used) if place in names
    ]


def _next_number(store: Store, realm: str) -> str:
    """The number after the highest of the newest sales forms, which count together."""
    newest = [
        number
        for entity in sorted(SALES_FORMS)
        for (number,) in store.rows(
            "SELECT json_extract(body, '$.DocNumber') FROM record WHERE realm = ? AND entity = ? "
            "ORDER BY created DESC LIMIT ?",
            [realm, entity, _LOOKED_AT],
        )
    ]
    return str(max((int(one) for one in newest if str(one).isdigit()), default=_NUMBERED_FROM) + 1)
