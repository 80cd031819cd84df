"""One writer at a time: a file lock over processes, released by the operating system when its holder dies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from qbo_pipeline.state.process_lock import held

WAIT_SECONDS = 600.0
"""How long a writer waits for another; a merge takes seconds, a rebuild minutes."""
_OPENED_ELSEWHERE = ("Could not set lock on file", "File is already open in")
"""What DuckDB says then; the second on Windows, after a sentence of the system's in its own language."""


class WarehouseBusyError(Exception):
    """Another process is writing the warehouse and did not finish in time."""


def is_opened_elsewhere(error: Exception) -> bool:
    """Whether an error of DuckDB says that another process, which knows nothing of our lock, has the file open."""
    return any(words in str(error) for words in _OPENED_ELSEWHERE)


@contextmanager
def writer_lock(path: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the writer's lock.

    Raises:
        WarehouseBusyError: naming the process that holds it, after `wait_seconds`.
    """
    with held(path, wait_seconds) as file:
        if file is None:
            raise WarehouseBusyError(
                f"The warehouse is being written by {_holder(path)}; waited {wait_seconds:.0f} s for it. "
                "Let it finish or stop it, then run this again."
            )
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
