"""How patient a publisher is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things are waited for, in seconds, and how often they are tried. Tests have less patience."""

    attempts: int = 6
    backoff: float = 1.0
    longest_backoff: float = 60.0
    throttles: int = 20
    """How often one batch is throttled before it is left for later."""
    visible_within: float = 20.0
    """How long rows that were added may take to be seen."""
    ask_every: float = 0.5
    divisions: int = 40
    """How often batches of a table are divided to find the rows that are refused, before what is left is refused."""
    replacements: int = 3
    """How often a table is replaced to come out right before that is given up."""


PATIENT = Timing()
