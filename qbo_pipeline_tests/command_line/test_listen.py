"""The listener's own process, and those that publish beside it."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qbo_pipeline.command_line import listen, notices
from qbo_pipeline.command_line.terminal import messages

FULL = Path("/dev/full")


class Process:
    """One that ends when it is told to."""

    started: int = 0

    def __init__(self, command: list[str]) -> None:
        assert command[1:4] == ["listen", "--publish-only", "power_bi"]
        Process.started += 1
        self.status: int | None = None

    def poll(self) -> int | None:
        return self.status


def test_a_publisher_that_died_is_started_anew_and_ever_less_often_where_it_does_not_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(Process, "started", 0)
    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    publisher = listen._Publisher("power_bi")
    publisher.revive()
    assert Process.started == 1

    for second in range(15 + 30 + 60 + 10):
        publisher._process.status = -9  # type: ignore[attr-defined]
        publisher.revive()
        now[0] = 1001.0 + second

    assert Process.started == 4


def test_a_publisher_that_stayed_for_long_is_back_after_the_shortest_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a listener that lives for months, each death counted: in the end it stayed away for an hour."""
    now = [1000.0]
    monkeypatch.setattr(Process, "started", 0)
    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    publisher = listen._Publisher("power_bi")

    for death in range(9):
        now[0] += 86_400.0
        publisher._process.status = -9  # type: ignore[attr-defined]
        publisher.revive()
        now[0] += 16.0
        publisher.revive()

        assert Process.started == death + 2


def test_a_publisher_that_cannot_be_started_now_does_not_end_the_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where it was killed for want of memory, and there is none for a process yet."""
    now = [1000.0]
    monkeypatch.setattr(Process, "started", 0)
    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    publisher = listen._Publisher("power_bi")
    publisher._process.status = -9  # type: ignore[attr-defined]
    publisher.revive()

    def no_memory(_: list[str]) -> Process:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", no_memory)
    now[0] += 20.0
    publisher.revive()
    assert Process.started == 1

    monkeypatch.setattr(subprocess, "Popen", Process)
    for _ in range(32):
        publisher.revive()
        now[0] += 1.0
    assert Process.started == 2


@pytest.mark.skipif(not FULL.exists(), reason="there is no file on a full disk")
def test_what_cannot_be_written_for_a_full_disk_ends_no_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `qbo-pipeline listen 2> listen.log`: to tell of the full disk was what ended it."""
    with FULL.open("w", buffering=1) as file:
        monkeypatch.setattr(sys, "stderr", file)

        listen._say(messages(), "3 events applied")
        with notices.shown():
            logging.getLogger("qbo_pipeline.state").warning("waiting")

        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            file.close()
