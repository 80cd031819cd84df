"""What is said of an invariant once it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LISTED = 10
"""How many offenders a verdict names."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an invariant holds, in a sentence, with what proves it."""

    holds: bool
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    offenders: tuple[Mapping[str, str], ...] = ()
    """Some of the offending records, named so that they can be found."""
