"""What runs on after `qbo-pipeline demo --serve`, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.demo import serving

SERVING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, whatever started the tests
from rich.console import Console
from qbo_pipeline.demo.serving import run_until_interrupted
lives = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
run_until_interrupted(Console(), [[sys.executable, "-c", lives, name] for name in sys.argv[1:]])
"""


@pytest.mark.skipif(os.name != "posix", reason="terminals hang up on POSIX alone")
@pytest.mark.parametrize("ending", ["SIGHUP", "SIGTERM", "SIGINT"])
def test_however_it_is_ended_nothing_runs_on(tmp_path: Path, ending: str) -> None:
    """A closed terminal left Dagster, receiver and listener behind, with their ports, applying and publishing."""
    noted = [tmp_path / "listener", tmp_path / "dagster"]
    process = subprocess.Popen([sys.executable, "-c", SERVING, *map(str, noted)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not all(one.exists() and one.read_text() for one in noted) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, getattr(signal, ending))

    assert process.wait(30) == 0
    for one in noted:
        with pytest.raises(ProcessLookupError):
            os.kill(int(one.read_text()), 0)


def test_a_port_that_is_taken_is_told_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken, socket.socket() as free:
        for one in (taken, free):
            one.bind(("127.0.0.1", 0))
        taken.listen()
        ports = [one.getsockname()[1] for one in (free, taken)]
        free.close()
        monkeypatch.setattr(serving, "UI_PORT", ports[0])
        monkeypatch.setattr(serving, "WEBHOOK_PORT", ports[1])
        with pytest.raises(CommandError, match=f"Port {ports[1]}, of the receiver of webhooks, is in use"):
            serving.require_ports()
