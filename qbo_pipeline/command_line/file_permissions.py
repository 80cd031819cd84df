"""Who can read the files that hold secrets, and write the folders they are in; closed on request."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.findings import Finding, Level

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITING = stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Guarded:
    """A file or folder with the permissions that nobody else may have."""

    path: Path
    what: str
    forbidden: int
    danger: str
    level: Level


@dataclass(frozen=True, slots=True)
class TooOpen:
    """One that others have them for."""

    guarded: Guarded
    mode: int

    def close(self) -> None:
        """Take the permissions away."""
        self.guarded.path.chmod(self.mode & ~self.guarded.forbidden)

    @property
    def command(self) -> str:
        """What a person would type for it."""
        return f"chmod {self.mode & ~self.guarded.forbidden:o} {self.guarded.path}"


def guarded_files(settings: Settings) -> Iterator[Guarded]:
    """What is to be looked at, whether it exists or not. Others may read the data folder: the warehouse is in it."""
    state, read = settings.data.state, "can be read by other users"
    yield Guarded(state / "encryption.key", "encryption key", _OTHERS, read, Level.FAIL)
    for name in ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm"):
        yield Guarded(state / name, "state store", _OTHERS, read, Level.WARN)
    yield Guarded(state, "state folder", _OTHERS, "can be entered by other users", Level.WARN)
    yield Guarded(
        settings.data.root, "data folder", _OTHERS_WRITING, "can be written by every user of this machine", Level.WARN
    )
    yield Guarded(Path(".env").resolve(), ".env, with the secret of the app,", _OTHERS, read, Level.WARN)


def too_open(settings: Settings) -> list[TooOpen]:
    """Files and folders that others can read or write and should not; nothing where modes are not POSIX."""
    if os.name != "posix":
        return []
    found = []
    for guarded in guarded_files(settings):
        try:
            mode = stat.S_IMODE(guarded.path.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if mode & guarded.forbidden:
            found.append(TooOpen(guarded, mode))
    return found


def permissions(settings: Settings, *, mend: bool) -> Iterator[Finding]:
    """What `doctor` says of them; with `mend`, they are closed first."""
    found = too_open(settings)
    for one in found:
        told = f"{one.guarded.path} {one.guarded.danger} (mode {one.mode:o})"
        if mend:
            one.close()
            yield Finding(Level.OK, one.guarded.what, f"{told}: closed, {one.command}")
        else:
            yield Finding(one.guarded.level, one.guarded.what, told, f"{one.command}, or: qbo-pipeline doctor --mend")
    if not found:
        yield Finding(Level.OK, "permissions", "what holds secrets can be read by you alone")
