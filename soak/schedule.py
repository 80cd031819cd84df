"""What happens to the machinery while people work: kills, bad files, leaps of the clock. Pure, and the same for a seed.

When a thing happens is told in changes made so far, not in seconds: so the same seed meets the same moment of the
companies on a fast machine and on a slow one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from soak.bad_files import BAD_FILES

Victim = Literal["receiver", "listener", "daemon", "run", "sync"]
"""Whose process is killed: `daemon` with all that it started; `run`, one run that it started, if there is one; `sync`,
if that command is at work."""

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL; what died is started again `down` seconds later."""

    victim: Victim
    down: float


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that is no delivery appears in the inbox."""

    kind: str


@dataclass(frozen=True, slots=True)
class Leap:
    """QuickBooks' clock goes on: tokens age, and its time is ever further ahead of ours."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """Somebody runs `qbo-pipeline sync` beside everything else."""


Happening = Kill | BadFile | Leap | Round


@dataclass(frozen=True, slots=True)
class Step:
    """A happening, and after how many changes it is due."""

    after: int
    happening: Happening


_Make = Callable[[Random], Happening]

_EVERY: tuple[tuple[int, _Make], ...] = (
    (1000, lambda random: Kill("listener", random.uniform(0, 3))),
    (700, lambda random: Kill("receiver", random.uniform(0, 3))),
    (2500, lambda random: Kill("daemon", random.uniform(0, 5))),
    (600, lambda random: Kill("run", 0.0)),
    (1200, lambda random: Kill("sync", 0.0)),
    (400, lambda random: Round()),
    (150, lambda random: BadFile(random.choice(tuple(BAD_FILES)))),
    (1500, lambda random: Leap(random.uniform(0.1, 4) * HOUR)),
)
"""Once in how many changes each happens on average; at least once in any soak."""


def undisturbed_from(changes: int) -> int:
    """After so many changes nobody is killed any more, so that it can be seen what is lost without a kill: nothing."""
    return changes - changes // 4


def schedule(changes: int, seed: int) -> list[Step]:
    """Everything that happens during so many changes, in order. Nothing in the first and last twentieth of them."""
    random = Random(f"schedule {seed}")
    first, last = changes // 20, changes - changes // 20
    steps = []
    for every, make in _EVERY:
        for _ in range(max(1, round(changes / every))):
            happening = make(random)
            end = undisturbed_from(changes) - 1 if isinstance(happening, Kill) else last
            steps.append(Step(random.randint(first, end), happening))
    return sorted(steps, key=lambda step: step.after)
