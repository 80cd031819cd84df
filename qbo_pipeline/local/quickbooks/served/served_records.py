"""What clients were shown, in memory: each version of a record once, in the order of its first time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from qbo_pipeline.local.quickbooks.served.shown_records import Means, ShownRecord


class ServedRecords:
    """The versions that were shown while it was `on`. Only the event loop uses it."""

    def __init__(self) -> None:
        self.on = False
        self._known: set[tuple[str, ShownRecord]] = set()
        self._served: list[tuple[str, ShownRecord, Means]] = []

    def note(self, realm: str, records: Iterable[ShownRecord], by: Means) -> None:
        """A client has these of a company."""
        for record in records:
            if (realm, record) not in self._known:
                self._known.add((realm, record))
                self._served.append((realm, record, by))

    def after(self, sequence: int, limit: int) -> list[dict[str, Any]]:
        """So many of those that came after the one of this number, as JSON objects; the first is number 1."""
        found = self._served[sequence : sequence + limit]
        return [
            {"sequence": number, "realm": realm, **asdict(record), "by": by}
            for number, (realm, record, by) in enumerate(found, sequence + 1)
        ]
