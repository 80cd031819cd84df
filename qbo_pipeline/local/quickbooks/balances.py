"""What changes elsewhere when a transaction changes: open balances, links, the balance of customer or vendor.

The books stay coherent: a customer's balance is what open invoices ask for, less unapplied payments and credits, and
what journal entries, deposits and checks put on the accounts of receivables.
Whatever changes here also moves its LastUpdatedTime (recorded: a bill has the time of its payment, a customer that
of the deletion of an invoice).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.posting.entries import entries
from qbo_pipeline.local.quickbooks.books.posting.settlements import PAYMENTS, Settlement, settlements
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.completion import plain
from qbo_pipeline.local.quickbooks.entities import TRANSACTIONS
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline.local.quickbooks.versions import touched

_PAYS = {"Payment": ("Invoice", "CreditMemo"), "BillPayment": ("Bill", "VendorCredit")}
_NAMELESS = frozenset({"Deposit", "JournalEntry", "Purchase"})
"""What payments settle, too, and what has neither a balance nor the names of its payments."""

_BANKED = ("Payment", "SalesReceipt")
"""What deposits take to the bank, and what shows the deposit then (recorded: all__sales_receipts)."""

_SUFFIXES = {"Check": "Check", "CreditCard": "CreditCard"}
"""Bills name their payments by how they were paid: BillPaymentCheck, BillPaymentCreditCard."""

_UNAPPLIED = "UnappliedAmt"
"""What is left of a payment; payments of bills do not show it, but their vendor's balance has it."""

_OWNERS = {
    "Invoice": ("Customer", "CustomerRef", "Balance", 1),
    "CreditMemo": ("Customer", "CustomerRef", "Balance", -1),
    "Payment": ("Customer", "CustomerRef", _UNAPPLIED, -1),
    "Bill": ("Vendor", "VendorRef", "Balance", 1),
    "BillPayment": ("Vendor", "VendorRef", _UNAPPLIED, -1),
    "VendorCredit": ("Vendor", "VendorRef", "Balance", -1),
}
"""Entity → whose balance it is part of, by which reference, with which amount and sign."""

Owner = tuple[str, str]
"""Customer or vendor, and the id."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a payment leaves unapplied, and what it adds to the balances of customers and vendors."""

    unapplied: Decimal
    parts: dict[Owner, Decimal]


class Balances:
    """Keeps a company's balances up with its transactions. Works inside the transaction of the caller."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def stored(self, realm: str, entity: str, record: Record, before: Record | None) -> None:
        """Write a transaction, then let its owner's balance and what it pays follow."""
        if entity == "Payment":
            record[_UNAPPLIED] = plain(self._unapplied(realm, entity, record))
        payers = {} if before is None else self._standing_of_payers(realm, entity, before)
        self._store.put(realm, entity, record)
        self._follow(realm, payers)
        if before is None or before.get("Line") != record.get("Line"):
            self._pay(realm, entity, before or {}, -1)
            self._pay(realm, entity, record, 1)
            self._bank(realm, entity, before or {}, taken=False)
            self._bank(realm, entity, record, taken=True)
        self._owe(realm, entity, before, record)
        if Decimal(record.get("Balance", 0)) < 0:
            self._give_back(realm, entity, record)

    def removed(self, realm: str, entity: str, record: Record) -> None:
        """What a deleted or voided transaction leaves behind: payments of it are unapplied, what it paid is open."""
        self._release(realm, entity, record)
        self._pay(realm, entity, record, -1)
        self._bank(realm, entity, record, taken=False)
        self._owe(realm, entity, record, None)

    def stamp(self, realm: str, entity: str, record: Record) -> None:
        """Write a record with a new LastUpdatedTime; its SyncToken stays, nobody edited it."""
        self._store.put(realm, entity, touched(record, self._clock.now()))
        if entity in TRANSACTIONS:  # the balance of a customer or vendor is nobody's change
            self._store.record_event(realm, entity, record["Id"], "Update", linked=True)

    def _pay(self, realm: str, entity: str, payment: Record, sign: int) -> None:
        """Take from (1) or give back to (-1) the balances of the documents that the lines of a payment link."""
        for line in payment.get("Line", []) if entity in _PAYS else ():
            for link in line.get("LinkedTxn", []):
                kind = link.get("TxnType")
                paid = self._store.get(realm, kind, link["TxnId"]) if kind in _PAYS[entity] else None
                if paid is None:
                    continue
                before = {**paid}
                for name in ("Balance", "RemainingCredit"):
                    if name in paid:
                        paid[name] = plain(Decimal(paid[name]) - sign * Decimal(line.get("Amount", 0)))
                if "HomeBalance" in paid:
                    home = Decimal(paid["Balance"]) * Decimal(paid.get("ExchangeRate", 1))
                    paid["HomeBalance"] = plain(round(home, 2))
                links = [one for one in paid.get("LinkedTxn", []) if one.get("TxnId") != payment["Id"]]
                if sign > 0:
                    shown = entity + _SUFFIXES.get(str(payment.get("PayType")), "")
                    links.append({"TxnId": payment["Id"], "TxnType": shown})
                paid["LinkedTxn"] = links
                self.stamp(realm, kind, paid)
                self._owe(realm, kind, before, paid)

    def _bank(self, realm: str, entity: str, deposit: Record, *, taken: bool) -> None:
        """Receipts show which deposit takes them to the bank."""
        for line in deposit.get("Line", []) if entity == "Deposit" else ():
            for link in line.get("LinkedTxn", []):
                kind = link.get("TxnType")
                receipt = self._store.get(realm, kind, link["TxnId"]) if kind in _BANKED else None
                if receipt is None:
                    continue
                shown = {"TxnId": deposit["Id"], "TxnType": "Deposit"}
                links = [one for one in receipt.pop("LinkedTxn", []) if one != shown] + [shown] * taken
                self.stamp(realm, kind, receipt | ({"LinkedTxn": links} if links else {}))

    def _release(self, realm: str, entity: str, document: Record) -> None:
        """Payments lose the lines that paid a document, and pay no more than they are without a credit."""
        for kind, identity in self._payers(realm, entity, document):
            payment = self._store.get(realm, kind, identity)
            if payment is None:
                continue
            before = {**payment}
            payment["Line"] = [
                line
                for line in payment.get("Line", [])
                if not any(one.get("TxnId") == document["Id"] for one in line.get("LinkedTxn", []))
            ]
            self._shorten(realm, kind, payment)
            if _UNAPPLIED in payment:
                payment[_UNAPPLIED] = plain(self._unapplied(realm, kind, payment))
            self.stamp(realm, kind, payment)
            self._owe(realm, kind, before, payment)

    def _give_back(self, realm: str, entity: str, document: Record) -> None:
        """What a document takes no more, its payments have again, the last first."""
        excess = -Decimal(document["Balance"])
        for kind, identity in reversed(list(self._payers(realm, entity, document))):
            payment = self._store.get(realm, kind, identity)
            if payment is None or not excess:
                continue
            before, kept = {**payment}, list[Record]()
            for line in reversed(payment.get("Line", [])):
                links = line.get("LinkedTxn", [])
                paid = Decimal(line.get("Amount", 0))
                part = min(excess, paid) if any(one.get("TxnId") == document["Id"] for one in links) else Decimal(0)
                excess -= part
                if part < paid or not part:
                    kept.insert(0, {**line, "Amount": plain(paid - part)} if part else line)
            self._pay(realm, kind, before, -1)
            payment["Line"] = kept
            self._pay(realm, kind, payment, 1)
            self._shorten(realm, kind, payment)
            if _UNAPPLIED in payment:
                payment[_UNAPPLIED] = plain(self._unapplied(realm, kind, payment))
            self.stamp(realm, kind, payment)
            self._owe(realm, kind, before, payment)

    def _standing_of_payers(self, realm: str, entity: str, document: Record) -> dict[tuple[str, str], _Standing]:
        """Payment → how it stands, of those that settle a document which may turn from debt to credit."""
        payers = self._payers(realm, entity, document) if entity in _NAMELESS else ()
        found = {key: self._store.get(realm, *key) for key in payers}
        return {key: self._standing(realm, key[0], one) for key, one in found.items() if one is not None}

    def _standing(self, realm: str, kind: str, payment: Record) -> _Standing:
        return _Standing(self._unapplied(realm, kind, payment), self._parts(realm, kind, payment))

    def _follow(self, realm: str, payers: dict[tuple[str, str], _Standing]) -> None:
        """Payments of which an edit of what they settle leaves another part unapplied."""
        for (kind, identity), was in payers.items():
            payment = self._store.get(realm, kind, identity)
            if payment is None or self._standing(realm, kind, payment) == was:
                continue
            self._shorten(realm, kind, payment)
            now = self._standing(realm, kind, payment)
            if _UNAPPLIED in payment:
                payment[_UNAPPLIED] = plain(now.unapplied)
            self.stamp(realm, kind, payment)
            self._move(realm, was.parts, now.parts)

    def _shorten(self, realm: str, kind: str, payment: Record) -> None:
        """Open again of what a payment pays, the last first, what it has no money for any more."""
        short = -self._unapplied(realm, kind, payment)
        if short <= 0:
            return
        self._pay(realm, kind, payment, -1)
        kept: list[Record] = []
        for line in reversed(payment["Line"]):
            paid = sum((one.amount for one in self._settled(realm, kind, {**payment, "Line": [line]})), Decimal(0))
            part = max(min(short, paid), Decimal(0))
            short -= part
            if not part:
                kept.insert(0, line)
            elif part < paid:
                kept.insert(0, {**line, "Amount": plain(paid - part)})
        payment["Line"] = kept
        self._pay(realm, kind, payment, 1)

    def _payers(self, realm: str, entity: str, document: Record) -> Iterator[tuple[str, str]]:
        """Entity and id of the payments that settle a document."""
        if entity in _NAMELESS:
            for kind in sorted(PAYMENTS):
                for (identity,) in self._store.rows(
                    "SELECT id FROM record WHERE realm = ? AND entity = ? AND instr(body, ?)",
                    [realm, kind, f'"TxnId":"{document["Id"]}"'],
                ):
                    yield kind, identity
        for link in document.get("LinkedTxn", []):
            kind = link.get("TxnType", "").removesuffix("Check").removesuffix("CreditCard")
            if entity in _PAYS.get(kind, ()):
                yield kind, link["TxnId"]

    def _owe(self, realm: str, entity: str, before: Record | None, after: Record | None) -> None:
        """Move the balances of customers and vendors by what the transaction's part in them changed."""
        self._move(realm, self._parts(realm, entity, before), self._parts(realm, entity, after))

    def _parts(self, realm: str, entity: str, record: Record | None) -> dict[Owner, Decimal]:
        """What a transaction adds to the balances of customers and vendors."""
        parts: dict[Owner, Decimal] = defaultdict(Decimal)
        if record is None:
            return parts
        if entity in _OWNERS:
            owner, reference, amount, sign = _OWNERS[entity]
            if reference in record:
                key = owner, record[reference]["value"]
                rest = self._unapplied(realm, entity, record) if amount == _UNAPPLIED else record.get(amount, 0)
                parts[key] += sign * Decimal(rest)
                for one in self._settled(realm, entity, record) if entity in PAYMENTS else ():
                    if one.entity in _NAMELESS:  # they have no balance that the payment would lower
                        parts[key if one.name is None else (one.name.kind, one.name.id)] += sign * one.amount
        for entry in entries(entity, record, lambda account: _kind_of(self._store, realm, account)):
            parts[entry.name.kind, entry.name.id] += entry.amount
        return parts

    def _move(self, realm: str, before: dict[Owner, Decimal], after: dict[Owner, Decimal]) -> None:
        for owner in {**before, **after}:
            moved = after.get(owner, Decimal(0)) - before.get(owner, Decimal(0))
            if moved:
                self._raise(realm, *owner, moved)

    def _raise(self, realm: str, owner: str, identity: str, amount: Decimal) -> None:
        known = self._store.get(realm, owner, identity)
        names = ["Balance", "BalanceWithJobs"]
        while known is not None:
            for name in names:
                if name in known:
                    known[name] = plain(Decimal(known[name]) + amount)
            self.stamp(realm, owner, known)
            names = ["BalanceWithJobs"]
            parent = known.get("ParentRef", {}).get("value")
            known = self._store.get(realm, owner, parent) if parent and owner == "Customer" else None

    def _unapplied(self, realm: str, entity: str, payment: Record) -> Decimal:
        """What the lines of a payment leave of it: they pay what is owed, less the credits that they use."""
        settled = self._settled(realm, entity, payment)
        return Decimal(payment.get("TotalAmt", 0)) - sum((one.amount for one in settled), Decimal(0))

    def _settled(self, realm: str, entity: str, payment: Record) -> Iterator[Settlement]:
        return settled(self._store, realm, entity, payment)


def settled(store: Store, realm: str, entity: str, payment: Record) -> Iterator[Settlement]:
    """What the lines of a payment settle of the company's documents."""

    def lookup(kind: str, identity: str) -> Record | None:
        return store.get(realm, kind, identity)

    return settlements(entity, payment, lookup, lambda account: _kind_of(store, realm, account))


def _kind_of(store: Store, realm: str, account: str) -> str | None:
    """AccountType of an account."""
    return (store.get(realm, "Account", account) or {}).get("AccountType")
