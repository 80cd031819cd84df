"""What a command costs: the CPU time, the wall clock and the memory of a process and its children."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_GLANCE_SECONDS = 0.02
_HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


class CommandError(Exception):
    """A measured command failed; the message has the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of a command, or the medians of several."""

    cpu_seconds: float
    """User and system time of the process and of the children it waited for. It depends less than the clock on what
    else the machine does, so it is what runs are compared by."""
    wall_seconds: float
    peak_megabytes: float
    """Largest resident set of the process, without its children; 0 where there is no /proc to tell."""


def measured(command: Sequence[str], *, environment: dict[str, str] | None = None) -> tuple[Cost, str]:
    """Run a command to its end; what it cost and what it wrote to standard output.

    Raises:
        CommandError: it ended with another status than 0.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(command), stdout=output, stderr=errors, env={**os.environ, **(environment or {})}
        )
        # wait4 tells the usage of exactly this child and its descendants; RUSAGE_CHILDREN would add all earlier ones.
        peak = 0.0
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            wall = time.perf_counter() - began
            if ended:
                break
            peak = max(peak, _peak_megabytes(process.pid))
            time.sleep(_GLANCE_SECONDS)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            told = errors.read().decode(errors="replace")[-4000:]
            raise CommandError(f"{' '.join(command)} ended with status {process.returncode}:\n{told}")
        return Cost(usage.ru_utime + usage.ru_stime, wall, peak), output.read().decode()


def _peak_megabytes(pid: int) -> float:
    """The high-water mark so far. The usage's own `ru_maxrss` starts from that of the process it was forked from."""
    try:
        found = _HIGH_WATER.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def median(costs: Sequence[Cost]) -> Cost:
    """Each figure's median, on its own."""
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        statistics.median(cost.peak_megabytes for cost in costs),
    )
