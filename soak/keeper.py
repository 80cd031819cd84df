"""Whoever looks after the installation: starts again what was killed, connects again what has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from soak.processes import Process
from soak.product import CommandFailedError, Product

CONNECTIONS_EVERY = 15.0
"""Seconds between two looks at the connections."""

Say = Callable[[str], None]


class Keeper:
    """Keeps some processes of an installation alive."""

    def __init__(self, product: Product, processes: Sequence[Process], say: Say) -> None:
        self._product = product
        self._processes = processes
        self._say = say
        self._down_until: dict[str, float] = {}

    def leave_down(self, name: str, seconds: float) -> None:
        """Do not start a process again for so long."""
        self._down_until[name] = time.monotonic() + seconds

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep them while the block runs."""
        over = threading.Event()
        thread = threading.Thread(target=self._keep, args=(over,), name="keeper", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep(self, over: threading.Event) -> None:
        looked = 0.0
        while not over.wait(0.1):
            for process in self._processes:
                if not process.lives and time.monotonic() >= self._down_until.get(process.name, 0.0):
                    process.start()
            if time.monotonic() - looked > CONNECTIONS_EVERY:
                self._connect_again()
                looked = time.monotonic()

    def _connect_again(self) -> None:
        before = len(self._product.reconnected)
        try:
            self._product.reconnect_ended()
        except CommandFailedError as error:
            self._say(f"looking after the connections failed, it is tried again: {error}")
        for status in self._product.reconnected[before:]:
            self._say(f"a connection had ended ({status}); the company was connected again, as a person would")
