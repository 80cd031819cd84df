"""Writing batches down before they are sent: their files, then their entries in the state store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from qbo_pipeline.power_bi.payloads import MOST_BYTES, MOST_ROWS, Payload, PayloadLostError, Row, batches, read, write
from qbo_pipeline.state.deliveries import Batch, Deliveries, Entry, Kind

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Outbox:
    """The outbox of one dataset; `folder` is data/outbox."""

    def __init__(
        self, folder: Path, deliveries: Deliveries, dataset: str, *, most_rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._own = Path("power_bi") / dataset
        self._dataset = dataset
        self.deliveries = deliveries
        self._most_rows = most_rows
        self._most_bytes = most_bytes

    def plan(
        self,
        table: str,
        kind: Kind,
        groups: Iterator[Sequence[Row]],
        *,
        signed: bool,
        control: str | None,
        companies: Sequence[str] | None,
        clear: bool,
        restores: bool = False,
    ) -> list[Batch]:
        """Write down what is to be sent to a table, a CLEAR first where it is asked for; all of it or nothing.

        What `restores` the table is what it was to hold. What was refused is not among that, and waits beside it.

        Killed in between, some files belong to no entry; `clean` takes them away.
        """  # fmt: skip
        number = self.deliveries.next_number(self._dataset)
        scope = None if companies is None else ",".join(companies)
        planned: list[Batch] = []
        if clear:
            planned.append(Batch(name(number), number, self._dataset, table, scope, Kind.CLEAR, "", 0, 0, None))
            number += 1
        planned += self._written(table, kind, groups, number, scope, signed=signed, control=control)
        refused = [one.batch for one in self.deliveries.failed(self._dataset, table)] if restores else None
        self.deliveries.plan(planned, beside=self._of_others(table, companies) if refused is None else refused)
        return planned

    def _of_others(self, table: str, companies: Sequence[str] | None) -> list[str]:
        """Batches of a table that were refused and have no row of companies that are published now: they wait."""
        found = []
        for entry in self.deliveries.failed(self._dataset, table) if companies is not None else ():
            with suppress(PayloadLostError):
                payload = self.load(entry)
                if payload is not None and {*payload.companies}.isdisjoint([None, *(companies or ())]):
                    found.append(entry.batch)
        return found

    def divide(self, entry: Entry, payload: Payload) -> bool:
        """Send a batch in two parts; False where it has but one row, or the two that belong together."""
        groups = payload.groups()
        if len(groups) < 2:
            return False
        number = self.deliveries.next_number(self._dataset)
        middle = len(groups) // 2
        parts: list[Batch] = []
        for half in (groups[:middle], groups[middle:]):
            parts += self._written(
                entry.table, entry.kind, iter(half), number + len(parts), entry.companies, signed=payload.signed,
                control=payload.control_of,
            )  # fmt: skip
        self.deliveries.divide(entry.batch, parts)
        self.drop(entry)
        return True

    def _written(
        self, table: str, kind: Kind, groups: Iterator[Sequence[Row]], number: int, scope: str | None, *, signed: bool,
        control: str | None,
    ) -> list[Batch]:  # fmt: skip
        """Rows in files on the disk, one a batch."""
        written = []
        for payload in batches(
            groups, signed=signed, control=control, names=map(name, count(number)), most_rows=self._most_rows,
            most_bytes=self._most_bytes,
        ):  # fmt: skip
            path = self._own / f"{payload.batch}.rows"
            write(self._folder, str(path), payload)
            written.append(
                Batch(
                    payload.batch, int(payload.batch, 36), self._dataset, table, scope, kind, payload.digest(),
                    len(payload.keys), len(payload.request()), str(path),
                )
            )  # fmt: skip
        return written

    def load(self, entry: Entry) -> Payload | None:
        """The rows of an entry; None for a CLEAR.

        Raises:
            PayloadLostError: its file is gone or damaged.
        """
        return None if entry.payload is None else read(self._folder, entry.payload, entry.digest)

    def drop(self, entry: Entry) -> None:
        """The file is not needed any more."""
        if entry.payload is not None:
            (self._folder / entry.payload).unlink(missing_ok=True)

    def clean(self) -> None:
        """Take away files that belong to nothing that may still be sent."""
        waiting = [*self.deliveries.outstanding(self._dataset), *self.deliveries.failed(self._dataset)]
        needed = {Path(one.payload).name for one in waiting if one.payload is not None}
        folder = self._folder / self._own
        for file in folder.glob("*.rows") if folder.is_dir() else ():
            if file.name not in needed:
                file.unlink(missing_ok=True)

    def remove(self) -> None:
        """The dataset is gone: nothing of it is to be sent."""
        self.deliveries.supersede(self._dataset)
        shutil.rmtree(self._folder / self._own, ignore_errors=True)


def name(number: int) -> str:
    """A number as the short text that each row of its batch carries."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"
