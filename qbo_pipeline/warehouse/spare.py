"""The file that readers saw before the present one: kept, it can be brought up to date in place of a copy from scratch.

Somebody may still read it, and must go on seeing what it holds. Linux tells: it grants a write lease on a file only
while nobody else has it open, in this process or another (fcntl(2), F_SETLEASE; fs/locks.c, check_conflicting_open).
Locks would not: DuckDB's are the process's own, so they hide readers of this very process. A lease sees the readers of
one machine, so only files that no other machine can open are kept. Elsewhere there is no spare.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_LOCAL = frozenset({"ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs"})
"""File systems of this machine alone; those that share blocks between files (btrfs, bcachefs) need no spare."""
_MOUNTS = Path("/proc/self/mountinfo")


def in_the_making(target: Path) -> Path:
    """The next state while it is written; half of one where a process died meanwhile."""
    return target.with_name(f".{target.name}.making")


def take_spare(target: Path) -> bool:
    """Give the former file the name of one in the making; False where there is none that may be written."""
    spare = _spare(target)
    if spare.exists() and _is_nobodys(spare):
        os.replace(spare, in_the_making(target))
        return True
    spare.unlink(missing_ok=True)  # who reads it keeps it
    return False


def put_in_place(making: Path, target: Path, *, keep_former: bool) -> None:
    """Swap a complete and durable file in for the published one, which becomes the spare where one can be kept.

    The published file has both names for a moment. A process that dies then leaves a spare that is the published file
    itself: a file with two names is never written.
    """
    if keep_former and _on_this_machine_alone(target.parent):
        with suppress(OSError):  # the first file there is; a file system without links
            os.link(target, _spare(target))
    os.replace(making, target)


def _spare(target: Path) -> Path:
    return target.with_name(f".{target.name}.spare")


def _on_this_machine_alone(folder: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    # 27 1 254:0 / / rw,relatime - ext4 /dev/vda rw: proc(5)
    kinds = {line.partition(" - ")[2].split(" ")[0] for line in mounts if line.split(" ")[2] == number}
    return bool(kinds) and kinds <= _LOCAL


def _is_nobodys(path: Path) -> bool:
    """Whether the file has no other name and nobody has it open."""
    if not sys.platform.startswith("linux") or path.stat().st_nlink != 1 or not _on_this_machine_alone(path.parent):
        return False
    import fcntl

    descriptor = os.open(path, os.O_RDWR)
    try:
        # Who opens the file while we hold the lease has a signal sent to us: one that is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:  # open elsewhere, another's file, or no leases here
        return False
    finally:
        os.close(descriptor)
    return True
