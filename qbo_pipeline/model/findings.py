"""What a check of a model says: which table, column or measure, and whose limit it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Destination(StrEnum):
    """Whose limit a model breaks."""

    ANY = "any destination"
    PUSH = "Power BI push dataset"
    TMDL = "Power BI project"
    TABLEAU = "Tableau"
    HYPER = "Hyper"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, for whom, and what to do about it."""

    destination: Destination
    message: str
    table: str | None = None
    column: str | None = None
    measure: str | None = None

    def __str__(self) -> str:
        parts = [("table", self.table), ("column", self.column), ("measure", self.measure)]
        where = ", ".join(f"{kind} {name}" for kind, name in parts if name is not None) or "model"
        return f"{self.destination}: {where}: {self.message}"


class ModelLimitError(Exception):
    """A model breaks limits of a destination it is to be sent to; `findings` has all of them."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("\n".join(str(one) for one in findings))
