"""The end of what was processed: days that are long over are removed whole."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qbo_pipeline.webhooks.folders import WebhookFolders

_REMOVING = ".removing-"
_STILL_WRITTEN = timedelta(hours=1)
"""So long after a day ended, files may still be moved into its folder."""


def prune(folders: WebhookFolders, before: datetime) -> list[str]:
    """Remove the deliveries that were processed on days (UTC) which ended before an instant.

    A day vanishes in one step and is deleted then; what a process that died left of that is deleted by the next. Any
    number of processes may do it at once. What was rejected stays: somebody must look at it.

    Args:
        folders: whose `processed` is meant.
        before: with its zone.

    Returns:
        The days that were removed, as `2026-11-21`.

    Raises:
        OSError: the folders cannot be changed.
    """
    removed = []
    for day in over(folders, before):
        folder = folders.processed / day
        with suppress(FileNotFoundError):  # another process was faster
            os.rename(folder, folder.with_name(f"{_REMOVING}{day}-{secrets.token_hex(4)}"))
            removed.append(day)
    for folder in _folders_in(folders.processed):
        if folder.name.startswith(_REMOVING):
            shutil.rmtree(folder, ignore_errors=True)
    return removed


def over(folders: WebhookFolders, before: datetime) -> list[str]:
    """The days with processed deliveries that ended before an instant: those that `prune` removes."""
    latest = min(before, datetime.now(UTC) - _STILL_WRITTEN)
    ends = {folder.name: _end(folder.name) for folder in _folders_in(folders.processed)}
    return sorted(day for day, end in ends.items() if end is not None and end <= latest)


def _end(day: str) -> datetime | None:
    """When a day ended; None when it is none."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _folders_in(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    return []
