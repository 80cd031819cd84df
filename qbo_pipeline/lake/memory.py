"""Memory that a load has used goes back to the system at once, so that the next step does not come on top of it."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

import pyarrow as pa

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE = 200_000
"""Bytes from which glibc takes an allocation from the system and gives it back when it is freed."""


@cache
def give_back_early() -> None:
    """Keep no pools of freed memory: pages of megabytes come and go, and pools would keep the most there ever was."""
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):  # glibc only; musl gives back by itself
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
            libc.mallopt(_M_ARENA_MAX, 2)
