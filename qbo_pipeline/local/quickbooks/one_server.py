"""One process at a time serves what a state file holds: two would tell of every change twice, each by its own clock.

Companies are brought in and taken out beside it, so the file itself is not locked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class StateInUseError(Exception):
    """Another process serves the file."""


@contextmanager
def serving_alone(state: Path) -> Iterator[None]:
    """Be the only one that serves this state while the block runs; a process that is killed is so no longer.

    Raises:
        StateInUseError: another process serves it.
    """
    own = state.resolve()  # a link to the file is the same state
    beside = own.with_name(f"{own.name}.serving")  # the whole name: `books.v1` is not `books.v2`
    with closing(sqlite3.connect(beside, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # the rest is detail
                raise
            raise StateInUseError(f"Another local QuickBooks serves {state}. Stop it, or name another file.") from error
        yield
