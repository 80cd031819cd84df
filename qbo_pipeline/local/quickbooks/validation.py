"""What is refused before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from qbo_pipeline.local.quickbooks.completion import PEOPLE
from qbo_pipeline.local.quickbooks.entities import TRANSACTIONS
from qbo_pipeline.local.quickbooks.faults import (
    business_fault,
    duplicate_name,
    duplicate_number,
    invalid_id,
    not_found,
    period_closed,
    unknown_property,
)
from qbo_pipeline.local.quickbooks.properties import properties
from qbo_pipeline.local.quickbooks.store import Record, Store

_REFERENCES = {
    "CustomerRef": "Customer",
    "VendorRef": "Vendor",
    "AccountRef": "Account",
    "BankAccountRef": "Account",
    "CCAccountRef": "Account",
    "DepositToAccountRef": "Account",
    "FromAccountRef": "Account",
    "ToAccountRef": "Account",
    "ItemRef": "Item",
}


_RESERVED_ITEMS = ("", "SHIPPING_ITEM_ID")
"""An empty reference refers to nothing; the shipping line of a sales form to no item of the company's own."""


class Validation:
    """Rules of the API. Every method raises ServiceFaultError for what breaks one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def identity(self, text: str) -> None:
        """Ids are whole numbers: 2030."""
        if not text.isdigit():
            raise invalid_id(text)

    def properties(self, entity: str, sent: Record) -> None:
        """Only properties that the entity has: 2010."""
        known = properties(entity)
        for name in sent:
            if name not in known:
                raise unknown_property(name, entity, known)

    def record(self, realm: str, entity: str, record: Record, known: Record | None) -> None:
        """Names, numbers, references, balance and period: 6000, 6140, 6210, 6240, 610."""
        if entity in PEOPLE:
            self._name(realm, record)
        if entity in TRANSACTIONS:
            self.period(realm, record)
            if known is not None:
                self.period(realm, known)
            if known is None or known.get("DocNumber") != record.get("DocNumber"):
                self._number(realm, entity, record)
            self._references(realm, record, known or {})
        if entity == "JournalEntry":
            _balanced(record)

    def period(self, realm: str, record: Record) -> None:
        """Nothing changes on or before the day the books were closed: 6210."""
        closed = self._store.rows(
            "SELECT json_extract(body, '$.AccountingInfoPrefs.BookCloseDate') FROM record "
            "WHERE realm = ? AND entity = 'Preferences'",
            [realm],
        )
        if closed and closed[0][0] and record.get("TxnDate", "9999-12-31") <= closed[0][0]:
            raise period_closed()

    def _name(self, realm: str, record: Record) -> None:
        name = record.get("DisplayName")
        if not name:
            raise business_fault(
                "At least one of Title, GivenName, MiddleName, FamilyName, DisplayName, or Suffix is required."
            )
        marks = ", ".join("?" * len(PEOPLE))
        twins = self._store.rows(
            f"SELECT 1 FROM record WHERE realm = ? AND entity IN ({marks}) AND id <> ? AND active = 1 "
            "AND json_extract(body, '$.DisplayName') = ? COLLATE NOCASE",
            [realm, *PEOPLE, record.get("Id", ""), name],
        )
        if twins:
            raise duplicate_name()

    def _number(self, realm: str, entity: str, record: Record) -> None:
        if "DocNumber" not in record:
            return
        twins = self._store.rows(
            "SELECT id FROM record WHERE realm = ? AND entity = ? AND id <> ? "
            "AND json_extract(body, '$.DocNumber') = ?",
            [realm, entity, record.get("Id", ""), record["DocNumber"]],
        )
        if twins:
            raise duplicate_number(record["DocNumber"], entity, twins[0][0])

    def _references(self, realm: str, record: Record, known: Record) -> None:
        """What a transaction refers to exists and is active, unless it was referred to before."""
        for target, identity in set(_referred(record)) - set(_referred(known)):
            if (self._store.get(realm, target, identity) or {"Active": False}).get("Active") is False:
                raise not_found()


def _referred(part: Record) -> Iterator[tuple[str, str]]:
    """Entity and id of every record that a transaction, with its lines, refers to."""
    for name, value in part.items():
        if isinstance(value, dict):
            target, identity = _REFERENCES.get(name), str(value.get("value", ""))
            if target is not None and identity not in _RESERVED_ITEMS:
                yield target, identity
            yield from _referred(value)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    yield from _referred(one)


def _balanced(entry: Record) -> None:
    sums = {"Debit": Decimal(0), "Credit": Decimal(0)}
    for line in entry.get("Line", []):
        kind = line.get("JournalEntryLineDetail", {}).get("PostingType")
        if kind in sums:
            sums[kind] += Decimal(line.get("Amount", 0))
    taxed = entry.get("TxnTaxDetail", {}).get("TaxLine")  # tax is on the side that the lines leave open
    if sums["Debit"] != sums["Credit"] and not taxed:
        raise business_fault("Debits and credits do not balance. Please make sure they are equal.")
