"""What a command costs: the CPU time, the wall clock and the memory of a process and its children."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass


class CommandError(Exception):
    """A measured command failed; the message has the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of a command, or the medians of several."""

    cpu_seconds: float
    """User and system time of the process and of the children it waited for. What else the machine does hardly
    matters to it, so it is what runs are compared by."""
    wall_seconds: float
    peak_megabytes: float
    """Largest resident set of the process, or of its largest child."""


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
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            told = errors.read().decode(errors="replace")[-4000:]
            raise CommandError(f"{' '.join(command)} ended with status {process.returncode}:\n{told}")
        return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024), output.read().decode()


def median(costs: Sequence[Cost]) -> Cost:
    """Each figure's median, on its own."""
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        statistics.median(cost.peak_megabytes for cost in costs),
    )
