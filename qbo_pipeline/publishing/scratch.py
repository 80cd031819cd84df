"""Folders for what is being made: gone with what made it, or after a kill with the next one that is made."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from qbo_pipeline.state.process_lock import held, try_lock

PREFIX = "qbo-pipeline-scratch-"
_LOCK = ".lock"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for this block alone, in the system's folder for temporary files (TMPDIR).

    Extracts are as large as the books. Whoever is killed leaves one, and its lock ends with it: so it is removed here.
    """
    _remove_those_of_the_dead()
    while True:
        with ExitStack() as closing:
            made = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
            lock = Path(closing.enter_context(made)) / _LOCK
            # Until it is locked it looks like one of the dead; whoever removes it then makes us try again.
            if closing.enter_context(held(lock)) is not None and lock.exists():
                yield lock.parent
                return


def _remove_those_of_the_dead() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_LOCK}"):
        with suppress(OSError), lock.open("r+b") as file:  # another user's, or another process removes it
            if try_lock(file):
                shutil.rmtree(lock.parent, ignore_errors=True)
