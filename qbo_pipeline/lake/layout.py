"""Where batches lie, and how one comes to be there all at once.

    <lake>/<realm_id>/<entity>/<batch number>/
        record.parquet          every record as received: version_id, ids, times, operation, raw JSON
        invoice.parquet         typed rows of the entity's table; so for each of its line tables
        rejected.parquet        records that did not fit, with the reason
        manifest.json           what is in it

A batch is written in `<lake>/.making`, made durable and renamed: it is there completely or not at all. It never changes
afterwards. Its number is claimed there, in one place for all companies and entities, so that no two batches share one.
`version_id` of a record is the batch's number times 2^20 plus the record's number in it: unique in the lake, and later
batches have greater ones.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

VERSION_BITS = 20
MAX_RECORDS = 1 << VERSION_BITS
"""Records of one batch, at most."""

MAKING = ".making"
"""Where batches are written."""

WAITING = ".waiting"
"""Where it is noted which batches wait to be merged; see lake/waiting.py."""

SCHEMA_REALM = "_schema"
"""Stands where a realm id stands, over files without rows that hold every declared column."""

_EPOCH_MILLISECONDS = 1_577_836_800_000
"""2020-01-01 UTC; counting from there keeps version ids within 63 bits for centuries."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a batch holds."""

    batch: int
    realm_id: str
    entity: str
    source: str
    """`backfill`, `cdc` or `webhook`; `replay` where records of earlier batches are brought in again."""
    run_id: str
    received_at: str
    """ISO 8601, UTC: when its last page was received from QuickBooks."""
    records: int
    rejected: int
    deleted: int
    unknown_fields: dict[str, int]
    rows: dict[str, int]
    """Table → rows."""
    declaration: str
    """Fingerprint of the entity's declaration that it was typed with."""
    resolves: list[int] = field(default_factory=list)
    """Version ids of quarantined records that are here again because they fit by now; in the order of the records."""
    resolved_at: str | None = None
    """ISO 8601, UTC: when that was found."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A committed batch."""

    folder: Path
    manifest: Manifest

    @property
    def records(self) -> Path:
        """The records as received."""
        return self.folder / "record.parquet"

    @property
    def rejected(self) -> Path | None:
        """The records that did not fit, where there are any."""
        path = self.folder / "rejected.parquet"
        return path if self.manifest.rejected else None

    def table(self, name: str) -> Path | None:
        """The typed rows of a table, where it has any."""
        return self.folder / f"{name}.parquet" if self.manifest.rows.get(name) else None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every Parquet file of the batch."""
        return tuple(sorted(self.folder.glob("*.parquet")))


class DamagedBatchError(Exception):
    """A committed batch does not say what is in it any more; names it and says what to do.

    `anew`: how what QuickBooks has is brought again.
    """

    def __init__(self, folder: Path, anew: str = "qbo-pipeline backfill") -> None:
        super().__init__(
            f"The batch {folder} of the lake is damaged: its manifest.json cannot be read. Put the folder back from a "
            f"backup. If there is none, remove it, and load anew what QuickBooks has: {anew}"
        )


def version_id(batch: int, record_number: int) -> int:
    """The number of a record's version, unique in the lake."""
    return (batch << VERSION_BITS) + record_number


class BatchFolder:
    """A batch in the making. Write files into `path`, then `commit`; without that nothing ever shows."""

    def __init__(self, lake: Path, realm_id: str, table: str) -> None:
        self._parent = lake / realm_id / table
        self._parent.mkdir(parents=True, exist_ok=True)
        making = lake / MAKING
        making.mkdir(exist_ok=True)
        self.number = time.time_ns() // 1_000_000 - _EPOCH_MILLISECONDS
        while True:
            self.path = making / str(self.number)
            try:
                self.path.mkdir()
            except FileExistsError:
                self.number += 1
                continue
            # Committing takes longer than the millisecond in which another batch could claim the same number again.
            if not (self._parent / str(self.number)).exists():
                return
            self.path.rmdir()
            self.number += 1

    def commit(self, manifest: Manifest) -> Batch:
        """Make every file durable and give the batch its name."""
        return Batch(self.place(manifest.realm_id, asdict(manifest)), manifest)

    def place(self, realm_id: str, manifest: dict[str, Any]) -> Path:
        """Make every file durable, those of `manifest.json` too, and give the batch its place; returns that."""
        (self.path / "manifest.json").write_text(json.dumps(manifest, indent=1))
        for file in self.path.iterdir():
            sync(file)
        sync(self.path)
        target = self._parent / str(self.number)
        note = waiting_note(self.path.parents[1], self.number, realm_id, target.parent.name)
        note.parent.mkdir(exist_ok=True)
        note.touch()
        sync(note.parent)
        self.path.rename(target)
        sync(self._parent)
        return target

    def discard(self) -> None:
        """Remove what was written."""
        _remove(self.path)


def waiting_note(lake: Path, number: int, realm_id: str, table: str) -> Path:
    """The file whose presence says that a batch, there or about to be, is not known to be merged."""
    return lake / WAITING / f"{number}.{realm_id}.{table}"


def read_batch(folder: Path) -> Batch:
    """The committed batch in a folder.

    Raises:
        FileNotFoundError: there is none, or it is not complete yet.
        DamagedBatchError: what it holds cannot be read.
    """
    try:
        return Batch(folder, Manifest(**read_manifest(folder)))
    except ValueError:
        raise DamagedBatchError(folder) from None


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a batch says is in it.

    Raises:
        FileNotFoundError: there is none, or it is not complete yet.
        ValueError: it cannot be read, as where a disk lost what was on it.
    """
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def batches(lake: Path) -> Iterator[Batch]:
    """Every committed batch, oldest first."""
    found = [path for path in lake.glob("*/*/*/manifest.json") if not path.parent.name.startswith(".")]
    found = [path for path in found if path.parts[-4] != SCHEMA_REALM]
    for path in sorted(found, key=lambda one: int(one.parent.name)):
        yield read_batch(path.parent)


def has_batch(lake: Path, realm_id: str, number: int) -> bool:
    """Whether the lake has a batch of a company."""
    return any((lake / realm_id).glob(f"*/{number}"))


def sweep(lake: Path, older_than: datetime) -> int:
    """Remove what killed processes left half written before `older_than`; returns how many folders."""
    removed = 0
    for path in lake.glob(f"{MAKING}/*"):
        if path.is_dir() and path.stat().st_mtime < older_than.timestamp():
            _remove(path)
            removed += 1
    return removed


def _remove(making: Path) -> None:
    """A batch that is not going to be, with the note that it waits."""
    for note in making.parents[1].glob(f"{WAITING}/{making.name}.*"):
        note.unlink(missing_ok=True)
    shutil.rmtree(making, ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file's or folder's content is on the disk. Windows has no such thing for folders."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
