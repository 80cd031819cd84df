"""The ledger of a company of the service: its postings, with accounts and names as its records have them now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from qbo_pipeline.local.quickbooks.books.model import Application, Transaction
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.reports.accounts import Account, AccountTree
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, Listed, ListKind
from qbo_pipeline.local.quickbooks.store import Store

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_NAMES: Mapping[ListKind, tuple[str, ...]] = {
    "Customer": ("FullyQualifiedName", "DisplayName"),
    "Vendor": ("DisplayName",),
    "Employee": ("DisplayName",),
    "Class": ("FullyQualifiedName", "Name"),
    "Department": ("FullyQualifiedName", "Name"),
    "Item": ("FullyQualifiedName", "Name"),
}
"""List → properties of which the first that is there is the name that reports show."""

Record = dict[str, Any]


class PostedBooks(Protocol):
    """What was posted in a company."""

    def transactions(self) -> Iterable[Transaction]:
        """Everything posted."""

    def applications(self) -> Iterable[Application]:
        """What settled what."""


class CompanyLedgers:
    """The ledger of every company, made anew when anything has changed."""

    def __init__(self, store: Store, books_of: Callable[[str], PostedBooks]) -> None:
        self._store = store
        self._books_of = books_of
        self._kept: dict[str, tuple[int, Ledger]] = {}
        self._lock = threading.Lock()

    def __call__(self, realm: str) -> Ledger:
        """The ledger of a company as it is now."""
        with self._lock:
            version = self._store.version
            kept = self._kept.get(realm)
            if kept is None or kept[0] != version:
                kept = self._kept[realm] = version, _ledger(self._store, realm, self._books_of(realm))
            return kept[1]


def _ledger(store: Store, realm: str, books: PostedBooks) -> Ledger:
    preferences = next(_records(store, realm, "Preferences"), {})
    info = next(_records(store, realm, "CompanyInfo"), {})
    accounting = preferences.get("AccountingInfoPrefs", {})
    currency = preferences.get("CurrencyPrefs", {})
    first_month = accounting.get("FirstMonthOfFiscalYear") or info.get("FiscalYearStartMonth")
    basis = preferences.get("ReportPrefs", {}).get("ReportBasis")
    return Ledger(
        AccountTree(_account(record) for record in _records(store, realm, "Account")),
        books.transactions(),
        books.applications(),
        {kind: _list(store, realm, kind) for kind in _NAMES},
        home_currency=currency.get("HomeCurrency", {}).get("value", "USD"),
        multi_currency=bool(currency.get("MultiCurrencyEnabled")),
        first_month=_MONTHS.index(first_month) + 1 if first_month in _MONTHS else 1,
        preferred_basis="Cash" if basis == "Cash" else "Accrual",
    )


def _records(store: Store, realm: str, entity: str) -> Iterator[Record]:
    return (loads(text) for text in store.records(realm, entity))


def _account(record: Record) -> Account:
    return Account(
        record["Id"],
        record["Name"],
        record.get("AccountType", ""),
        record.get("AccountSubType", ""),
        record.get("ParentRef", {}).get("value"),
        record.get("AcctNum", ""),
    )


def _list(store: Store, realm: str, kind: ListKind) -> dict[str, Listed]:
    listed = {}
    for record in _records(store, realm, kind):
        name = next((record[name] for name in _NAMES[kind] if name in record), "")
        listed[record["Id"]] = Listed(name, record.get("ParentRef", {}).get("value"), record.get("Sku", ""))
    return listed
