"""Memory that a load has used goes back to the system, so that the next step does not come on top of it."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

import pyarrow as pa

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE = 30_000_000
"""Bytes from which glibc takes an allocation from the system by itself. Pages and their columns are smaller: taken and
given back one by one they would cost a quarter of a load's CPU in page faults."""
_SPARE = 16_000_000
"""Freed bytes at the end of the heap that glibc may keep."""


@cache
def keep_no_pools() -> None:
    """Let every allocation go through glibc's one heap: pools beside it would each keep the most there ever was."""
    pa.set_memory_pool(pa.system_memory_pool())
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_M_TRIM_THRESHOLD, _SPARE)
        libc.mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free within the heap to the system; for the moment between two steps that need much."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    """The C library where it is glibc; musl and other systems give back by themselves."""
    libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    return libc if libc is not None and hasattr(libc, "mallopt") else None
