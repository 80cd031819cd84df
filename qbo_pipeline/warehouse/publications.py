"""What is known of the build database and of its published copies from one writing process to the next.

A note beside the build database says what its file looked like when the last writer closed it, in which bytes each
published copy differs from it, and when the whole lake was in it. It is taken away when the build database is opened
and written when it is closed in good order: a process that is killed leaves none, and a file that anybody else wrote,
or brought back from a backup, does not fit it. Without it nothing is known, and what depends on it is found out the
long way.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qbo_pipeline.warehouse.written import Range, Ranges, united

_REMEMBERED = 4
"""Copies that are followed: the published one, its spare, and some that come and go between them."""


@dataclass(frozen=True, slots=True)
class FileState:
    """Tells a file in one state from any other file and from itself after it was written."""

    inode: int
    size: int
    modified_ns: int


def file_state(file: Path | int) -> FileState:
    """Of a path or an open file.

    Raises:
        FileNotFoundError: there is none.
    """
    found = os.stat(file)
    return FileState(found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(slots=True)
class Publications:
    """The published copies of a build database that is open for writing, and in what they differ from it."""

    lake_looked_through: float | None = None
    """When all of the lake was looked through for batches that are not in the build database, in seconds since 1970.
    Of those that came since, the lake notes which wait; None: not since anybody knows."""
    _differing: dict[FileState, Ranges] = field(default_factory=dict)
    """Copy → the bytes of the build database that were written since they were equal; the latest copy last."""

    def written(self, ranges: Ranges) -> None:
        """Note what was written to the build database."""
        self._differing = {copy: united(known, ranges) for copy, known in self._differing.items()}

    def published(self, copy: FileState) -> None:
        """Note a copy that equals the build database now."""
        others = {other: known for other, known in self._differing.items() if other.inode != copy.inode}
        self._differing = dict([*others.items(), (copy, ())][-_REMEMBERED:])

    def differing(self, copy: FileState) -> Ranges | None:
        """In which bytes a copy can differ from the build database; None where that is not known."""
        return self._differing.get(copy)

    def forget(self) -> None:
        """From here on nothing is known: something was written without being noted."""
        self._differing = {}

    def save(self, build: Path) -> None:
        """Write the note for the next writer; the build database is closed and checkpointed."""
        note = {
            "build": _left(build),
            "lake_looked_through": self.lake_looked_through,
            "copies": [{"file": asdict(copy), "differing": ranges} for copy, ranges in self._differing.items()],
        }
        path = _note(build)
        beside = path.with_name(f".{path.name}")
        beside.write_text(json.dumps(note), encoding="utf-8")
        os.replace(beside, path)


def take_publications(build: Path) -> Publications:
    """What the last writer noted, and the note is gone; nothing where it does not fit the build database."""
    path = _note(build)
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        path.unlink()
        if note["build"] == _left(build):
            copies = {FileState(**one["file"]): _ranges(one["differing"]) for one in note["copies"]}
            return Publications(note["lake_looked_through"], copies)
    except (OSError, ValueError, KeyError, TypeError):
        path.unlink(missing_ok=True)
    return Publications()


def _left(build: Path) -> list[int]:
    """Tells the build database as its last writer left it from every other state of it. The time of its last change in
    any respect cannot be brought back with a backup, as that of its content can."""
    found = build.stat()
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _ranges(noted: list[Any]) -> Ranges:
    ranges: list[Range] = [(int(start), int(end)) for start, end in noted]
    return united(ranges)


def _note(build: Path) -> Path:
    return build.with_name(f"{build.name}.published.json")
