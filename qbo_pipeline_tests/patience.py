"""How long tests wait for what must come. A test that passes hardly waits: the limit is for what never comes.

Minutes, as tests run side by side, and the machine may be busy with more than them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 300.0


def wait_until(holds: Callable[[], object], otherwise: str = "it did not come to that") -> None:
    """Ask again and again until something holds.

    Raises:
        AssertionError: it never did; says `otherwise`.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)
