"""Publishing: the state of the build database, beside the warehouse users open and swapped in with one rename.

Readers that hold the old file keep their consistent state; whoever opens next sees the new one; nobody meets a lock.
Where the file system shares blocks between files (btrfs, XFS), a clone costs nothing. Elsewhere the file published
before the present one is brought up to date, which costs what changed. Failing both, everything is copied.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from qbo_pipeline.lake.layout import sync
from qbo_pipeline.warehouse.publications import Publications, file_state
from qbo_pipeline.warehouse.spare import in_the_making, put_in_place, take_spare
from qbo_pipeline.warehouse.written import Ranges

_FICLONE = 0x40049409
"""Linux ioctl: share the blocks of another file, so that a copy costs nothing."""
_PIECE = 1 << 18
_BLOCK, _HEADERS, _CHECKSUM = 262_144, 3 * 4096, 8
"""DuckDB's files: three headers, then blocks that begin with their checksums; duckdb.org/docs/stable/internals/storage.
In another layout these are places like any other: they are compared, no more."""


def publish(build: Path, target: Path, publications: Publications) -> None:
    """Replace `target` by the state of `build`, which must be checkpointed. Atomic and durable.

    Where `target` is a link, as to a larger disk, it stays that and leads to the new state.
    """
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    making = in_the_making(target)
    try:
        cloned = _clone(build, making)
        if not cloned and take_spare(target):
            _bring_up_to_date(build, making, publications.differing(file_state(making)))
        elif not cloned:
            shutil.copyfile(build, making)
        if target.exists():
            shutil.copymode(target, making)  # who may read it is for its owner to say, and stays
        sync(making)
        state = file_state(making)
        # Whoever opens the published file for writing, as DuckDB's own shell does unless told otherwise, and is killed
        # leaves a log of it: beside another file it would keep everybody from opening that.
        target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
        put_in_place(making, target, keep_former=not cloned)
    finally:
        making.unlink(missing_ok=True)
    sync(target.parent)
    publications.published(state)


def _clone(build: Path, making: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    with build.open("rb") as reading, making.open("wb") as writing:
        try:
            fcntl.ioctl(writing.fileno(), _FICLONE, reading.fileno())
        except OSError:
            pass
        else:
            return True
    making.unlink()
    return False


def _bring_up_to_date(build: Path, making: Path, differing: Ranges | None) -> None:
    """Make a former copy equal to the build database, from the bytes in which they differ where these are known."""
    with build.open("rb", buffering=0) as reading, making.open("r+b", buffering=0) as writing:
        size = os.fstat(reading.fileno()).st_size
        writing.truncate(size)
        if differing is not None:
            for start, end in differing:
                for offset, length in _pieces(start, min(end, size)):
                    _write(writing.fileno(), os.pread(reading.fileno(), length, offset), offset)
        if differing is None or not _alike(reading.fileno(), writing.fileno(), size):
            for offset, length in _pieces(0, size):
                due = os.pread(reading.fileno(), length, offset)
                if due != os.pread(writing.fileno(), length, offset):
                    _write(writing.fileno(), due, offset)


def _alike(one: int, other: int, size: int) -> bool:
    """Whether the headers and the checksums of all blocks are the same: a write that nobody noted would show."""
    places = [(0, min(_HEADERS, size)), *((offset, _CHECKSUM) for offset in range(_HEADERS, size, _BLOCK))]
    return all(os.pread(one, length, offset) == os.pread(other, length, offset) for offset, length in places)


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Offsets and lengths that make up a range."""
    return ((offset, min(_PIECE, end - offset)) for offset in range(start, end, _PIECE))


def _write(descriptor: int, content: bytes, offset: int) -> None:
    """All of it; a single call may write less."""
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
