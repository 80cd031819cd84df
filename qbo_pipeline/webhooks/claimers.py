"""Who works on which delivery: each claimer has a folder of its own in `processing/`, and a delivery is in one folder.

A claimer holds a lock on its folder, which the operating system ends with the process, however that ends. So a claim
needs no clock and no renewal: whoever gets the lock of a folder knows that its claimer is dead, at once, and nobody is
taken for dead for being slow.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from qbo_pipeline.state.process_lock import try_lock
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import SUFFIX

REASON_SUFFIX = ".reason"
_LOCK = ".lock"
_LONGEST_NAME = 200
"""Bytes. File systems take 255, and a reason or a number may be added."""


class Claimer:
    """One claimer's folder, locked until `close`. A process that forks must not let the child inherit it."""

    def __init__(self, folders: WebhookFolders) -> None:
        self._folders = folders
        self.folder, self._lock = self._open()

    def claim(self, name: str) -> Path | None:
        """Take a delivery out of the inbox; None when another claimer was faster.

        Raises:
            OSError: this user, or the system at present, cannot move it.
        """
        with suppress(FileNotFoundError):
            return move(self._folders.inbox / name, self.folder, _storable(name))
        return None

    def give_back(self, names: Iterable[str]) -> None:
        """Put deliveries back into the inbox."""
        for name in names:
            with suppress(FileNotFoundError):
                move(self.folder / name, self._folders.inbox)

    def close(self) -> list[str]:
        """Put back what is still claimed, and end; answers its names."""
        names = _put_back(self.folder, self._folders.inbox)
        _remove(self.folder, self._lock)
        return names

    def _open(self) -> tuple[Path, BinaryIO]:
        self._folders.processing.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            folder = self._folders.processing / (
                f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}-{secrets.token_hex(4)}"
            )
            # Until it is locked it looks abandoned; whoever removes it then makes us try again.
            with suppress(FileNotFoundError):
                folder.mkdir(mode=0o700)
                lock = (folder / _LOCK).open("xb")
                if try_lock(lock) and (folder / _LOCK).exists():
                    return folder, lock
                lock.close()


def take_from_the_dead(folders: WebhookFolders) -> list[str]:
    """Put the deliveries of claimers that died back into the inbox; answers their names."""
    names: list[str] = []
    for folder in _claimers(folders):
        try:
            lock = (folder / _LOCK).open("r+b")
        except FileNotFoundError:
            # Its claimer died before it had a lock, or is about to have one and tries again; neither has deliveries.
            # Those of a folder that was copied without its lock are nobody's.
            names += _put_back(folder, folders.inbox)
            with suppress(OSError):
                folder.rmdir()
            continue
        if not try_lock(lock):
            lock.close()
            continue
        names += _put_back(folder, folders.inbox)
        _remove(folder, lock)
    return names


def claimed(folders: WebhookFolders) -> Iterator[str]:
    """The deliveries that claimers have, living and dead ones."""
    for folder in _claimers(folders):
        yield from _deliveries(folder)


def inbox(folders: WebhookFolders) -> list[str]:
    """The deliveries nobody has, in the order of their names."""
    return _deliveries(folders.inbox)


def move(source: Path, folder: Path, name: str | None = None, beside: str = "") -> Path:
    """Move a delivery into a folder under its name, or one like it: what is there is never overwritten.

    Args:
        source: the delivery.
        folder: of the same file system.
        name: another name for it.
        beside: text for a file beside it, `….reason`; it is there before the delivery is.

    Raises:
        FileNotFoundError: it is gone.
    """
    wanted = Path(name or source.name)
    for number in range(1, 1_000_000):
        path = folder / (wanted.name if number == 1 else f"{wanted.stem}-{number}{wanted.suffix}")
        if not os.path.lexists(path):
            if beside and os.path.lexists(source):
                path.with_name(f"{path.name}{REASON_SUFFIX}").write_text(beside, encoding="utf-8")
            os.rename(source, path)
            return path
    raise FileExistsError(f"{folder} is full of {wanted}")


def _storable(name: str) -> str:
    """The name, or one like it where a reason beside it would have none, or where it is no text for a database."""
    written = os.fsencode(name)
    try:
        if len(written) <= _LONGEST_NAME and written.decode("utf-8").isprintable() and not name.endswith(REASON_SUFFIX):
            return name
    except UnicodeDecodeError:
        pass  # no text
    legible = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)[:100]
    return f"{legible}-{blake2b(written, digest_size=8).hexdigest()}{SUFFIX}"


def _put_back(folder: Path, inbox: Path) -> list[str]:
    names = []
    for name in _deliveries(folder):
        with suppress(FileNotFoundError):
            names.append(move(folder / name, inbox).name)
    return names


def _claimers(folders: WebhookFolders) -> list[Path]:
    with suppress(FileNotFoundError):
        return sorted(path for path in folders.processing.iterdir() if path.is_dir())
    return []


def _deliveries(folder: Path) -> list[str]:
    """Everything that is no folder and whose name does not begin with a dot."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if not entry.name.startswith(".") and not entry.is_dir(follow_symlinks=False)
        )
    return []


def _remove(folder: Path, lock: BinaryIO) -> None:
    if sys.platform == "win32":
        lock.close()  # there an open file cannot be removed
    with suppress(OSError):
        (folder / _LOCK).unlink()
        folder.rmdir()
    lock.close()
