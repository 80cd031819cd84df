"""What the app knows of a company, and how its own changes move that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any, Literal

from qbo_pipeline.local.quickbooks.references import full_name, redirected

Record = dict[str, Any]
Operation = Literal["create", "update", "deactivate", "reactivate", "delete", "void"]

LISTS = ("Account", "Customer", "Employee", "Item", "PaymentMethod", "TaxCode", "TaxRate", "Term", "Vendor")
DOCUMENTS = (
    "Bill", "BillPayment", "CreditMemo", "Deposit", "Estimate", "Invoice", "JournalEntry", "Payment", "Purchase",
    "SalesReceipt", "TimeActivity", "Transfer",
)  # fmt: skip

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Change:
    """A write to the API."""

    entity: str
    operation: Operation
    body: Record


@dataclass(frozen=True, slots=True)
class Merge:
    """A record of a list that goes over into another, as people do it: the API does not."""

    entity: str
    loser: str
    winner: str
    operation: Literal["merge"] = "merge"


@dataclass(slots=True)
class CompanyView:
    """The lists of a company and its newest documents; every record as the API showed it last."""

    today: date
    preferences: Record
    rates: dict[str, Decimal] = field(default_factory=dict)
    """Home currency for one unit, by currency."""
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    """Entity → id → record."""

    def add(self, entity: str, records: Sequence[Record]) -> None:
        """Learn of records."""
        self.records.setdefault(entity, {}).update({one["Id"]: one for one in records})

    def of(self, entity: str, where: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        """Records of an entity that a condition holds for; inactive ones are left out."""
        found = self.records.get(entity, {}).values()
        return [one for one in found if one.get("Active") is not False and where(one)]

    def get(self, entity: str, identity: str) -> Record | None:
        """A record, if it is known."""
        return self.records.get(entity, {}).get(identity)

    def accounts(self, kind: str, *details: str) -> list[Record]:
        """Accounts of a type in home currency; with `details`, only those of one of these sub-types."""
        return self.of(
            "Account",
            lambda one: (
                one["AccountType"] == kind
                and currency(one, self.home) == self.home
                and (not details or one["AccountSubType"] in details)
            ),
        )

    def undeposited(self) -> Record | None:
        """The account that receipts wait in for their deposit."""
        return next(iter(self.accounts("Other Current Asset", "UndepositedFunds")), None)

    def open(self, entity: str, owner: str) -> list[Record]:
        """Invoices or bills with something left to pay, of customers or vendors that may be used."""
        return self.of(
            entity,
            lambda one: (
                amount(one, "Balance") > 0
                and (self.get(owner, one[f"{owner}Ref"]["value"]) or {"Active": False}).get("Active") is not False
                and (currency(one, self.home) == self.home or currency(one, self.home) in self.rates)
            ),
        )

    def changeable(self, entity: str) -> list[Record]:
        """Documents that nothing else hangs on, in a month that is not closed, and not voided."""
        return self.of(
            entity,
            lambda one: (
                not one.get("LinkedTxn")
                and one.get("TxnDate", "") > self.closed_until
                and not str(one.get("PrivateNote", "")).startswith("Voided")
            ),
        )

    @property
    def home(self) -> str:
        """Home currency."""
        return str(self.preferences.get("CurrencyPrefs", {}).get("HomeCurrency", {}).get("value", "USD"))

    @property
    def several_currencies(self) -> bool:
        """Whether documents carry a currency and a rate."""
        return bool(self.preferences.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"))

    @property
    def closed_until(self) -> str:
        """The day the books were closed on; empty when they never were."""
        return str(self.preferences.get("AccountingInfoPrefs", {}).get("BookCloseDate", ""))

    def number(self, entity: str) -> str:
        """The document number after the highest that is known."""
        taken = [int(one["DocNumber"]) for one in self.of(entity) if str(one.get("DocNumber", "")).isdigit()]
        return str(max(taken, default=1000) + 1)

    def in_currency(self, code: str) -> Record:
        """`CurrencyRef` and `ExchangeRate` of a new document; nothing in a company of one currency."""
        if not self.several_currencies:
            return {}
        rate = Decimal(1) if code == self.home else self.rates[code]
        return {"CurrencyRef": {"value": code}, "ExchangeRate": rate}

    def after(self, change: Change, answer: Record) -> None:
        """Take note of a change that was made, and of what it did to other records."""
        known = self.records.setdefault(change.entity, {})
        before = known.get(change.body["Id"]) if "Id" in change.body else None
        if before is not None and change.operation in ("delete", "void"):
            self._settle(change.entity, before, -1)
        if change.operation == "delete":
            known.pop(change.body["Id"], None)
            return
        known[answer["Id"]] = answer
        if change.operation == "create":
            self._settle(change.entity, answer, 1)
            self._move_stock(change.entity, answer)

    def merged(self, merge: Merge, winner: Record) -> None:
        """Take note of a merge: who named the loser names `winner`."""
        lost, name = (merge.entity, merge.loser), full_name(winner)
        for entity, records in self.records.items():
            for identity, record in records.items():
                records[identity] = redirected(entity, record, lost, merge.winner, name)

    def _settle(self, entity: str, payer: Record, sign: int) -> None:
        """Payments take from what their invoices and bills ask for; deposits take their receipts."""
        for line in payer.get("Line", []):
            for link in line.get("LinkedTxn", []):
                paid = self.get(link["TxnType"], link["TxnId"])
                if paid is None or entity not in ("BillPayment", "Deposit", "Payment"):
                    continue
                if "Balance" in paid and entity != "Deposit":
                    paid["Balance"] = amount(paid, "Balance") - sign * amount(line, "Amount")
                links = [one for one in paid.get("LinkedTxn", []) if one["TxnId"] != payer["Id"]]
                paid["LinkedTxn"] = [*links, {"TxnId": payer["Id"], "TxnType": entity}] if sign > 0 else links

    def _move_stock(self, entity: str, document: Record) -> None:
        directions = {"Invoice": -1, "SalesReceipt": -1, "Bill": 1, "Purchase": 1}
        for detail in item_details(document) if entity in directions else ():
            item = self.get("Item", detail.get("ItemRef", {}).get("value", ""))
            if item is not None and "QtyOnHand" in item:
                item["QtyOnHand"] = amount(item, "QtyOnHand") + directions[entity] * amount(detail, "Qty")


def amount(record: Record, name: str) -> Decimal:
    """An amount of a record; none is zero."""
    return Decimal(record.get(name, 0))


def cents(value: Decimal) -> Decimal:
    """Rounded to cents, half a cent up: amounts of lines have to be (fault 6070)."""
    return value.quantize(CENT, ROUND_HALF_UP)


def currency(record: Record, home: str) -> str:
    """Currency of a record; home where it names none."""
    return str(record.get("CurrencyRef", {}).get("value", home))


def reference(record: Record) -> Record:
    """A reference to a record of a list."""
    named = record.get("FullyQualifiedName") or record.get("DisplayName") or record.get("Name")
    return {"value": record["Id"], "name": named}


def item_details(document: Record) -> Iterator[Record]:
    """The details of the lines that are about items, bundles' contents included."""
    lines = list(document.get("Line", []))
    while lines:
        line = lines.pop()
        lines += line.get("GroupLineDetail", {}).get("Line", [])
        for name in ("SalesItemLineDetail", "ItemBasedExpenseLineDetail"):
            if name in line:
                yield line[name]


def sparse(entity: str, operation: Operation, record: Record | None, **values: Any) -> Change | None:
    """A change of some values; None of no record."""
    if record is None:
        return None
    return Change(entity, operation, {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **values})


def some(random: Random, values: Sequence[Record]) -> Record | None:
    """One of several, if there is any."""
    return random.choice(values) if values else None
