"""Parents and children of lists that have them: sub-accounts, jobs, items in categories."""

from __future__ import annotations

from collections.abc import Iterator

from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.completion import qualified
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline.local.quickbooks.versions import touched


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
