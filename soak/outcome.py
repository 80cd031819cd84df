"""How large a soak is, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Size:
    """How large a soak is."""

    changes: int
    seed: int
    rate: float = 30.0
    """Changes a second, if QuickBooks manages."""
    companies: tuple[str, ...] = ("larkspur", "ironbark")
    scale: float = 1.0
    """Of the companies' history."""
    daemon: bool = True
    """Whether Dagster's daemon runs beside the listener."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question."""

    question: str
    looked_at: int
    """Rows, events or files."""
    wrong: tuple[str, ...]
    """What does not hold, in words; empty when all is well."""


@dataclass(slots=True)
class Outcome:
    """What was done, what was found."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By phase."""
    made: Counter[str] = field(default_factory=Counter)
    """Changes by what they were."""
    refused: Counter[str] = field(default_factory=Counter)
    """Changes that QuickBooks did not take."""
    struck: dict[str, int] = field(default_factory=dict)
    """Faults, as named in the table, and how many requests they struck."""
    kills: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything does."""
        return not any(one.wrong for one in self.findings)
