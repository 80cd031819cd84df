"""What a build of the finance models did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """What a build did to a model."""

    WHOLE = "whole"
    DOCUMENTS = "documents"
    MONTHS = "months"
    DEFINED = "defined"
    """A view or macro, made as it is written now."""
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """What a build did to one model."""

    name: str
    how: How
    rows: int | None
    """Rows afterwards; None for what has none of its own."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Build:
    """What a build did."""

    models: tuple[BuiltModel, ...]
    """In the order in which they were built, unchanged ones included, inline ones not."""
    documents: int | None
    """Touched documents; None: all."""
    months: int | None
    """Touched months, a company and basis each; None: all."""
    seconds: float

    @property
    def rebuilt(self) -> tuple[BuiltModel, ...]:
        """Those that were not left as they were."""
        return tuple(one for one in self.models if one.how is not How.UNCHANGED)
