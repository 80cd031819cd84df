"""Taking turns: one at a time, whichever process, data folder or machine, and nobody waits long for the dead.

Processes of a data folder are kept apart by a lock that ends with its process, so that whoever has it takes over what a
killed one left, at once. Other folders that share the state store are kept apart by a lease, which ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qbo_pipeline.state.leases import Leases
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.state.publishers import place_of


class Turns:
    """Turns at something that one process at a time may do."""

    def __init__(self, leases: Leases, folder: Path, lock: str) -> None:
        self._leases = leases
        self._folder = folder
        self._lock = folder / lock

    @contextmanager
    def turn(self, name: str, seconds: float) -> Iterator[bool]:
        """Have a turn while the block runs, for `seconds` at most; False where somebody else has it."""
        with held(self._lock) as file:
            lease = None if file is None else self._leases.try_acquire(name, seconds, place_of(self._folder))
            try:
                yield lease is not None
            finally:
                if lease is not None:
                    self._leases.release(lease)
