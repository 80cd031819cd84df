"""Parents and children of lists that have them: sub-accounts, jobs, items in categories."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.completion import plain, qualified
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline.local.quickbooks.versions import touched

SUMS = {
    "Account": ("CurrentBalanceWithSubAccounts", "CurrentBalance"),
    "Customer": ("BalanceWithJobs", "Balance"),
}
"""Sums that include the records below, and the record's own part in it."""


class Families:
    """Relations of the records of a list."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def above(self, realm: str, entity: str, record: Record) -> Iterator[Record]:
        """The parent of a record, its parent, and so on."""
        above = record
        while "ParentRef" in above:
            found = self._store.get(realm, entity, above["ParentRef"]["value"])
            if found is None:
                return
            above = found
            yield above

    def sum_of(self, entity: str, record: Record) -> Decimal:
        """What a record and those below it add to the sums of its parents."""
        total, own = SUMS.get(entity, ("", ""))
        return Decimal(record[total] if total in record else record.get(own, 0))

    def add_above(self, realm: str, entity: str, record: Record, amount: Decimal) -> None:
        """Add to the sums of the parents of a record."""
        if not amount:
            return
        name, _ = SUMS[entity]
        for one in self.above(realm, entity, record):
            if name in one:
                raised = {**one, name: plain(Decimal(one[name]) + amount)}
                self._store.put(realm, entity, touched(raised, self._clock.now()))

    def follow_parent(self, realm: str, entity: str, before: Record, after: Record) -> None:
        """What a record has comes along when it gets another parent."""
        if before.get("ParentRef", {}).get("value") != after.get("ParentRef", {}).get("value"):
            amount = self.sum_of(entity, after)
            self.add_above(realm, entity, before, -amount)
            self.add_above(realm, entity, after, amount)

    def follow_name(self, realm: str, entity: str, identity: str) -> None:
        """Full names of what is below a record begin with its own."""
        rows = self._store.rows(
            "SELECT body FROM record WHERE realm = ? AND entity = ? AND json_extract(body, '$.ParentRef.value') = ?",
            [realm, entity, identity],
        )
        for child in (loads(text) for (text,) in rows):
            name = qualified(self._store, realm, entity, child)
            if child.get("FullyQualifiedName") != name:
                renamed = touched({**child, "FullyQualifiedName": name}, self._clock.now())
                self._store.put(realm, entity, renamed)
                self.follow_name(realm, entity, child["Id"])
