"""Files that wait to be published, and their entries in the state store: written before anything is sent.

`tableau/<data source>/<batch>.tdsx` is published whole, `<batch>.hyper` brings changed rows with the actions in
`<batch>.json`, all below data/outbox.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from qbo_pipeline.settings import TableauSettings
from qbo_pipeline.state.deliveries import Batch, Deliveries, Entry, Kind, QuarantinedRow, Status

DATA_SOURCE, WORKBOOK = "", "workbook"
"""Which table of the outbox an entry is about."""
_SENT = (Status.SENDING, Status.CONFIRMED, Status.DONE)


class FileLostError(Exception):
    """A file of the outbox is gone or damaged."""


class Outbox:
    """The outbox of one data source. `folder` is data/outbox, `place` tells the data source from every other."""

    def __init__(self, folder: Path, place: str, deliveries: Deliveries, name: str) -> None:
        self._folder = folder
        self._place = place
        self._own = Path("tableau") / place
        self._dataset = noted_as(name)
        self.deliveries = deliveries

    def new(self, suffix: str) -> tuple[str, Path]:
        """A batch, and the path of the file that is to be written for it."""
        batch = uuid4().hex
        path = self._folder / self._own / f"{batch}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return batch, path

    def keep(self, file: Path, target: Path) -> None:
        """Put a file into the outbox that stays where it is: as another name of it where the disk can do that."""
        try:
            os.link(file, target)
        except OSError:
            shutil.copyfile(file, target)

    def plan(
        self, batch: str, kind: Kind, path: Path, rows: int, *, table: str = DATA_SOURCE,
        actions: Sequence[Mapping[str, Any]] | None = None, digest: str | None = None,
    ) -> Entry:  # fmt: skip
        """Write down that a file is to be sent, in place of what failed before; durable when it returns.

        `digest` tells what is published from everything else: of the file, or of what it was made of.
        """
        if actions is not None:
            _write(path.with_suffix(".json"), json.dumps(list(actions)).encode())
        _flush(path)
        number = self.deliveries.next_number(self._dataset)
        relative = str(path.relative_to(self._folder))
        others = [one.batch for one in self.deliveries.failed(self._dataset, table) if not self._is_own(one)]
        self.deliveries.plan(
            [
                Batch(
                    batch, number, self._dataset, table, None, kind, digest or digest_of(path), rows,
                    path.stat().st_size, relative,
                )
            ],
            beside=others,
        )  # fmt: skip
        entry = self.deliveries.entry(batch)
        assert entry is not None  # noqa: S101  it was just written
        return entry

    def file(self, entry: Entry) -> Path:
        """The file of an entry.

        Raises:
            FileLostError: it is gone.
        """
        path = self._folder / (entry.payload or "?")
        try:
            whole = path.stat().st_size == entry.bytes
        except FileNotFoundError:
            whole = False
        if not whole:
            raise FileLostError(f"{path} is gone or damaged")
        return path

    def actions(self, entry: Entry) -> list[dict[str, Any]]:
        """The actions of an update.

        Raises:
            FileLostError: they are gone.
        """
        try:
            found = json.loads(self.file(entry).with_suffix(".json").read_bytes())
        except (FileNotFoundError, ValueError):
            raise FileLostError(f"the actions of {entry.payload} are gone or damaged") from None
        return list(found)

    def outstanding(self, table: str | None = None) -> list[Entry]:
        """What is not settled of the data source and the workbook; refreshes are others' business."""
        return [one for one in self.deliveries.outstanding(self._dataset, table) if self._is_own(one)]

    def failed(self, table: str | None = None) -> list[Entry]:
        """What was refused for good and is not planned again."""
        return [one for one in self.deliveries.failed(self._dataset, table) if self._is_own(one)]

    def give_up(self, table: str) -> None:
        """Nothing that is planned or failed is to be sent any more."""
        given_up = [*self.outstanding(table), *self.failed(table)]
        self.deliveries.give_up([one.batch for one in given_up], unsettled=True)
        self.clean()

    def drop(self, entry: Entry) -> None:
        """The files are not needed any more."""
        if entry.payload is not None:
            for suffix in (Path(entry.payload).suffix, ".json"):
                (self._folder / entry.payload).with_suffix(suffix).unlink(missing_ok=True)

    def job_ids(self) -> set[str]:
        """Jobs that are known to have been made by requests of the outbox."""
        return {one.request_id for one in self.deliveries.entries(self._dataset) if one.request_id is not None}

    def ever_sent(self) -> bool:
        """Whether the data source was ever published from here, as far as the outbox goes back; perhaps just now."""
        return any(
            one.kind is Kind.PUBLISH and one.table == DATA_SOURCE and one.status in _SENT
            for one in self.deliveries.entries(self._dataset)
            if self._is_own(one)
        )

    def leave_out(self, table: str, rows: Sequence[QuarantinedRow]) -> None:
        """Write down which rows of a table are left out, in place of what was before."""
        self.deliveries.quarantine(self._place, table, None, rows)
        self.deliveries.quarantine(self._dataset, table, None, ())

    def clean(self) -> None:
        """Take away files that belong to nothing that may still be sent."""
        waiting = [*self.outstanding(), *self.failed()]
        needed = {Path(one.payload).stem for one in waiting if one.payload is not None}
        folder = self._folder / self._own
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.stem not in needed:
                file.unlink(missing_ok=True)

    def _is_own(self, entry: Entry) -> bool:
        """Whether an entry is about this data source or its workbook: one of the name may be at another place, too."""
        return entry.kind is not Kind.REFRESH and entry.payload is not None and Path(entry.payload).parent == self._own


def noted_as(data_source: str) -> str:
    """What entries call a data source: as much of its name as there is room for."""
    return data_source[:64]


def left_out_of(configured: TableauSettings) -> tuple[str, str]:
    """What rows that are left out are kept under: the place, and the name alone, which an earlier version noted."""
    return configured.place, noted_as(configured.data_source)


def request_id(batch: str) -> str:
    """The batch as the UUID by which Tableau carries an update out once."""
    return str(UUID(hex=batch))


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _flush(path)


def _flush(path: Path) -> None:
    """Have a file on the disk before its entry is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
