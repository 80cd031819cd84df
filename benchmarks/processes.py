"""Processes that a benchmark is about: the product's commands and the local services."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

_START_SECONDS = 180.0


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """A process, with all that it starts, until the block ends; what it says goes to a log."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=dict(environment), stdout=output, stderr=output, cwd=log.parent, start_new_session=True
        )
    try:
        yield
    finally:
        # Dagster's children outlive a polite request by other means than Ctrl-C.
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                os.killpg(process.pid, ending)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    continue


def told(log: Path, pattern: str) -> str:
    """What a process says in its log, once it does."""
    wait_until(lambda: re.search(pattern, log.read_text()) is not None)
    return re.findall(pattern, log.read_text())[0]  # type: ignore[no-any-return]


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: it did not for a long time.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("something did not start, or a change did not arrive")
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether a service says that it is well."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
