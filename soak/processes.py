"""Processes that are killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

START_SECONDS = 120.0
_PATIENCE = 30.0
"""Seconds a process has to end when it is asked to."""


class Process:
    """One command, started as often as it takes. All it says goes to one log file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.starts = 0
        self.kills = 0
        self.deaths = 0
        """Ends with another exit code than 0 that nobody caused."""
        self._command = list(command)
        self.environment = {**os.environ, **environment}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, where it does not run."""
        if self.lives:
            return
        if self._process is not None and self._process.returncode not in (-signal.SIGKILL, 0):
            self.deaths += 1
        self.starts += 1
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self.environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL to it and all that it started."""
        if self._process is None or not self.lives:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.kills += 1

    def kill_child(self, marked: str) -> bool:
        """SIGKILL to one process below it whose command line contains `marked`; whether there was one."""
        for pid in self._below():
            if marked in _command_line(pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                return True
        return False

    def end(self) -> None:
        """Ask it to end, as Ctrl-C does; kill what does not."""
        if self._process is None:
            return
        for asked in (signal.SIGINT, signal.SIGTERM):
            if not self.lives:
                break
            self._process.send_signal(asked)
            try:
                self._process.wait(_PATIENCE / 2)
            except subprocess.TimeoutExpired:
                continue
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    def _below(self) -> list[int]:
        """Ids of the processes it started, and of those that these started, where the system tells (Linux)."""
        found: list[int] = []
        waiting = [] if self._process is None else [self._process.pid]
        while waiting:
            pid = waiting.pop()
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    children = [int(one) for one in task.read_text().split()]
                except OSError:
                    continue
                found += children
                waiting += children
        return found


def wait_for(process: Process, url: str | None = None, said: str = "") -> None:
    """Until it answers at `url` with 200, or its log has what it is to have `said`.

    Raises:
        RuntimeError: it ended, or takes too long; the end of its log is in the message.
    """
    deadline = time.monotonic() + START_SECONDS
    while not (_answers(url) if url is not None else said in process.log.read_text(errors="replace")):
        if not process.lives or time.monotonic() > deadline:
            raise RuntimeError(f"{process.name} did not start:\n{process.log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
