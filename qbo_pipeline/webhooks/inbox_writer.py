"""Deliveries to disk, for good: files are written, flushed and renamed into the inbox before anybody is told so.

Deliveries that arrive while the disk works wait together and share its next wait: their files are flushed side by
side, which file systems with a journal answer with one write, and the folder once for all of them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

LARGEST_GROUP = 128
"""Deliveries that wait for the disk together; more would make the first of them late."""
_FLUSHES_SIDE_BY_SIDE = 8
_UNFINISHED = ".receiving-"
"""What names begin with while their files are written."""
_ABANDONED_SECONDS = 3600.0


def write_durably(folder: Path, files: Sequence[tuple[str, bytes]], pool: ThreadPoolExecutor) -> list[OSError | None]:
    """Write files into a folder so that they outlive a power cut; each appears whole or not at all.

    Args:
        folder: where they go.
        files: their names, which no file there has, and their contents.
        pool: threads that wait for the disk.

    Returns:
        For each file None, or why it is not known to be safe. It may be there all the same: whoever is told of the
        error sends again.
    """
    paths, contents = [folder / f"{_UNFINISHED}{name}" for name, _ in files], [content for _, content in files]
    errors = list(pool.map(_write, paths, contents)) if len(files) > 1 else list(map(_write, paths, contents))
    for position, (name, _) in enumerate(files):
        if errors[position] is None:
            try:
                os.rename(folder / f"{_UNFINISHED}{name}", folder / name)
            except OSError as error:
                errors[position] = error
    if any(error is None for error in errors):
        try:
            _flush_folder(folder)
        except OSError as error:
            return [one or error for one in errors]
    return errors


def sweep_unfinished(folder: Path) -> int:
    """Remove what processes that died left half written an hour ago or longer; answers how many files."""
    before = time.time() - _ABANDONED_SECONDS
    removed = 0
    for path in folder.glob(f"{_UNFINISHED}*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def _write(path: Path, content: bytes) -> OSError | None:
    try:
        with path.open("xb", buffering=0) as file:
            written = 0
            while written < len(content):
                written += file.write(content[written:]) or 0
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        return error
    return None


if sys.platform == "win32":

    def _flush_folder(folder: Path) -> None:
        """Windows has no such call; its file system keeps names by itself."""

else:

    def _flush_folder(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class InboxWriter:
    """Stores deliveries for the tasks of one event loop, those that wait at the same time as a group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()
        self._coordinator = ThreadPoolExecutor(1, "webhook-groups")
        self._flushers = ThreadPoolExecutor(_FLUSHES_SIDE_BY_SIDE, "webhook-flush")
        self._task = asyncio.create_task(self._write_groups())
        self._closing = False
        self.groups = 0
        """Groups written so far."""

    async def store(self, name: str, content: bytes) -> None:
        """Write a file into the inbox; it is on disk when this returns.

        Raises:
            OSError: it is not, or not surely.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((name, content, stored))
        self._arrived.set()
        await stored

    async def close(self) -> None:
        """End, after what was begun is on disk."""
        self._closing = True
        self._arrived.set()
        await self._task
        self._coordinator.shutdown()
        self._flushers.shutdown()

    def _write(self, files: Sequence[tuple[str, bytes]]) -> list[OSError | None]:
        return write_durably(self._folder, files, self._flushers)

    async def _write_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            group = self._waiting[:LARGEST_GROUP]
            if not group:
                return  # closed, and nothing is left
            files = [(name, content) for name, content, _ in group]
            errors: Sequence[Exception | None]
            try:
                errors = await loop.run_in_executor(self._coordinator, self._write, files)
            except Exception as error:  # this task must live on: no thread to be had, no memory
                errors = [error] * len(group)
            self.groups += 1
            del self._waiting[: len(group)]
            if not self._waiting and not self._closing:
                self._arrived.clear()
            for (_, _, stored), result in zip(group, errors, strict=True):
                if stored.done():
                    continue  # the sender went away
                if result is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(result)
