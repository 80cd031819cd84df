"""Locks between processes that end with the process that holds them, however it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_LOOK_EVERY = 0.05


@contextmanager
def held(path: Path, wait_seconds: float = 0.0) -> Iterator[IO[str] | None]:
    """Hold the lock of a file while the block runs: the file, open for notes, or None where another held it so long.

    Raises:
        OSError: the file cannot be opened, or its file system has no locks. Nobody holds it then: waiting is no use.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with path.open("a+", encoding="utf-8") as file:
        while not (locked := _lock(file)) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)
        yield file if locked else None


def is_held(path: Path) -> bool:
    """Whether some process holds the lock of a file."""
    try:
        with path.open("r+b") as file:
            return not try_lock(file)
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str] | IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: IO[str] | IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            told = f"{error.strerror}: the data folder has to be on a file system with locks, as any local disk"
            raise OSError(error.errno, told, file.name) from None
        return True


def try_lock(file: IO[str] | IO[bytes]) -> bool:
    """Lock an open file for this process until it is closed; False where another has it, or nobody can."""
    try:
        return _lock(file)
    except OSError:
        return False
