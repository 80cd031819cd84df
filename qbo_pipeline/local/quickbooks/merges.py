"""Merging two records of a list into one, as QuickBooks offers when a record gets the name of another.

The API does not merge: it answers 6240 to such a name; only people do. The loser is gone (name lists are `Deleted` in
change data capture by a merge and nothing else), and everything that referred to it refers to the winner.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from qbo_pipeline.local.quickbooks.balances import Balances
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.completion import plain
from qbo_pipeline.local.quickbooks.entities import TRANSACTIONS
from qbo_pipeline.local.quickbooks.families import SUMS, Families
from qbo_pipeline.local.quickbooks.faults import business_fault, not_found, unsupported
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.references import full_name, redirected
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline.local.quickbooks.versions import edited, touched

ALIKE: dict[str, tuple[str, ...]] = {
    "Account": ("AccountType", "AccountSubType", "CurrencyRef"),
    "Class": (),
    "Customer": ("CurrencyRef",),
    "Employee": (),
    "Item": ("Type",),
    "Vendor": ("CurrencyRef",),
}
"""Entities that merge (Intuit's webhooks tell of their merges), and what both records must agree in."""

_ADDED: dict[str, tuple[str, ...]] = {"Account": ("CurrentBalance",), "Item": ("QtyOnHand",)}


class Merges:
    """Merges records. Works inside the transaction of the caller."""

    def __init__(self, store: Store, clock: Clock, balances: Balances, families: Families) -> None:
        self._store = store
        self._clock = clock
        self._balances = balances
        self._families = families
        self.stamp_documents = True
        """Whether documents that change hands get a new LastUpdatedTime. Not documented."""

    def merge(self, realm: str, entity: str, loser: str, winner: str) -> Record:
        """Let a record go over into another; the other one as it is then.

        Raises:
            ServiceFaultError: records of the entity do not merge, one is missing or inactive, or they differ too much.
        """
        if entity not in ALIKE:
            raise unsupported(f"merge on {entity}")
        lost, kept = self._active(realm, entity, loser), self._active(realm, entity, winner)
        self._refuse_unlike(realm, entity, lost, kept)
        self._move_sums(realm, entity, lost, kept)
        kept = self._active(realm, entity, winner)
        kept = edited({**kept, **_sums(_ADDED.get(entity, ()), lost, kept)}, self._clock.now())
        self._store.put(realm, entity, kept)
        self._store.delete(realm, entity, loser, self._clock.now())
        self._redirect(realm, entity, loser, winner, full_name(kept))
        self._families.follow_name(realm, entity, winner)
        self._store.record_event(realm, entity, winner, "Merge", deleted_id=loser)
        return self._active(realm, entity, winner)

    def _active(self, realm: str, entity: str, identity: str) -> Record:
        found = self._store.get(realm, entity, identity)
        if found is None or found.get("Active") is False:
            raise not_found()
        return found

    def _refuse_unlike(self, realm: str, entity: str, lost: Record, kept: Record) -> None:
        if lost["Id"] == kept["Id"]:
            raise business_fault(f"{entity} {lost['Id']} cannot be merged with itself.")
        for name in ALIKE[entity]:
            if _compared(lost, name) != _compared(kept, name):
                raise business_fault(f"{entity} {lost['Id']} and {kept['Id']} differ in {name} and cannot be merged.")
        if lost["Id"] in {one["Id"] for one in self._families.above(realm, entity, kept)}:
            raise business_fault(f"{entity} {kept['Id']} is part of {lost['Id']}; it cannot take it over.")

    def _move_sums(self, realm: str, entity: str, lost: Record, kept: Record) -> None:
        """Balances leave the loser's parents and come to the winner and its parents."""
        if entity in ("Customer", "Vendor"):
            self._add(realm, entity, kept["Id"], "Balance", Decimal(lost.get("Balance", 0)))
        amount = self._families.sum_of(entity, lost)
        self._families.add_above(realm, entity, lost, -amount)
        if entity in SUMS:
            self._add(realm, entity, kept["Id"], SUMS[entity][0], amount)
        self._families.add_above(realm, entity, kept, amount)

    def _add(self, realm: str, entity: str, identity: str, name: str, amount: Decimal) -> None:
        record = self._store.get(realm, entity, identity) or {}
        if amount and name in record:
            record[name] = plain(Decimal(record[name]) + amount)
            self._balances.stamp(realm, entity, record)

    def _redirect(self, realm: str, entity: str, loser: str, winner: str, name: str) -> None:
        """Everything that refers to the loser refers to the winner, also what no entity shows."""

        def change(owner: str, record: Record) -> Record:
            return redirected(owner, record, (entity, loser), winner, name)

        self._rewrite(realm, loser, change)

    def _rewrite(self, realm: str, identity: str, change: Callable[[str, Record], Record]) -> None:
        """Write every record that names an id and that `change` makes another."""
        named = f'%"{identity}"%'
        rows = self._store.rows(
            "SELECT entity, body FROM record WHERE realm = ? AND body LIKE ? ORDER BY number", [realm, named]
        )
        for owner, text in rows:
            record = loads(text)
            changed = change(owner, record)
            if changed == record:
                continue
            if not self.stamp_documents:
                self._store.put(realm, owner, changed)
            elif owner in TRANSACTIONS and "Id" in changed:
                self._balances.stamp(realm, owner, changed)
            else:
                self._store.put(realm, owner, touched(changed, self._clock.now()))
        for kind, _, text in self._store.unlisted(realm):
            transaction = loads(text)
            changed = change("", transaction)
            if changed != transaction:
                self._store.add_unlisted(realm, kind, changed)


def _sums(names: tuple[str, ...], lost: Record, kept: Record) -> Record:
    return {
        name: plain(Decimal(lost.get(name, 0)) + Decimal(kept.get(name, 0)))
        for name in names
        if name in lost or name in kept
    }


def _compared(record: Record, name: str) -> object:
    value = record.get(name)
    return value.get("value") if isinstance(value, dict) else value
