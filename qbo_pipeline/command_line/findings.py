"""What `qbo-pipeline doctor` says of a part: how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a part is."""

    OK = "ok"
    WARN = "warn"
    """Works, but will not for long or not as meant."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at one part found."""

    level: Level
    part: str
    told: str
    mend: str | None = None
    """What to do; always there unless the level is ok."""
