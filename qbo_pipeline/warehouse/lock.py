"""One writer at a time: a file lock over processes, released by the operating system when its holder dies."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

WAIT_SECONDS = 600.0
"""How long a writer waits for another; a merge takes seconds, a rebuild minutes."""


class WarehouseBusyError(Exception):
    """Another process is writing the warehouse and did not finish in time."""


@contextmanager
def writer_lock(path: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the writer's lock.

    Raises:
        WarehouseBusyError: naming the process that holds it, after `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with path.open("a+", encoding="utf-8") as file:
        while not _try_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise WarehouseBusyError(
                    f"The warehouse is being written by {_holder(path)}; waited {wait_seconds:.0f} s for it. "
                    "Let it finish or stop it, then run this again."
                )
            time.sleep(0.05)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}))
        file.flush()
        yield


def _holder(path: Path) -> str:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return f"process {known['pid']} since {known['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
