"""Which batches wait to be merged: an empty file a batch, made just before the batch and removed once it is merged.

So what a process left that was killed in between is found without looking through a lake that grows for years.

    <lake>/.waiting/<batch number>.<realm_id>.<table>
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qbo_pipeline.lake.layout import WAITING, waiting_note


@dataclass(frozen=True, slots=True, order=True)
class BatchName:
    """Where a batch lies."""

    number: int
    realm_id: str
    table: str

    def folder(self, lake: Path) -> Path:
        """Its folder, which is there once it is committed."""
        return lake / self.realm_id / self.table / str(self.number)


def waiting(lake: Path) -> list[BatchName]:
    """The batches that are not known to be merged, oldest first; some may still be in the making."""
    folder = lake / WAITING
    if not folder.exists():
        return []
    parts = [path.name.split(".", 1) for path in folder.iterdir()]
    return sorted(BatchName(int(number), *where.rsplit(".", 1)) for number, where in parts)


def left_behind(lake: Path) -> list[BatchName]:
    """Those of them that are there; of what was killed before its batch had its place, there is nothing to merge."""
    return [one for one in waiting(lake) if one.folder(lake).exists()]


def committed(lake: Path) -> list[BatchName]:
    """Every batch of the lake, oldest first, by the names of the folders alone."""
    return sorted(
        BatchName(int(path.name), path.parts[-3], path.parts[-2])
        for path in lake.glob("[!._]*/[!._]*/[0-9]*")
        if path.name.isdigit()
    )


def settle(lake: Path, merged: Iterable[BatchName]) -> None:
    """Note that batches are merged."""
    for one in merged:
        waiting_note(lake, one.number, one.realm_id, one.table).unlink(missing_ok=True)
