"""What an edited export would change: the plan, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qbo_pipeline.reference.lists import ACTIVE, NAME, NO, PARENT, YES


@dataclass(frozen=True, slots=True)
class Difference:
    """What a field is, and what it is to be; empty where there is no value."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """A record to be created, or fields of one to be changed."""

    entity: str
    line: int
    """Of the file that asks for it."""
    id: str
    """Empty for one that is to be created."""
    sync_token: str
    """The version that was exported; empty for one that is to be created."""
    name: str
    """Its full name before, or the one it is to have."""
    differences: tuple[Difference, ...]
    parent: str | None = None
    """Key of the record that it is to be below, where that changes; empty: below none."""

    @property
    def key(self) -> str:
        """What others refer to it by: its id, or that of the row while it has none."""
        return self.id or row_key(self.line)

    @property
    def what(self) -> str:
        """create, update, deactivate or reactivate."""
        if not self.id:
            return "create"
        return next(
            (_ON_ACTIVE[one.after] for one in self.differences if one.field == ACTIVE and one.after in _ON_ACTIVE),
            "update",
        )


def moves(differences: Iterable[Difference]) -> bool:
    """Whether the full names below a record change with it."""
    return any(one.field in (NAME, PARENT) for one in differences)


_ON_ACTIVE = {NO: "deactivate", YES: "reactivate"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be applied."""

    entity: str
    line: int
    name: str
    what: str
    to_do: str


@dataclass(frozen=True, slots=True)
class ConflictingField:
    """A field that was edited in the file while the record changed in QuickBooks."""

    field: str
    exported: str
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row whose record was changed in QuickBooks since it was exported. Nothing of it is sent."""

    entity: str
    line: int
    id: str
    name: str
    fields: tuple[ConflictingField, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an edited export would change."""

    changes: tuple[Change, ...] = ()
    """In the order in which they can be made."""
    problems: tuple[Problem, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    """What happens to nothing, and why."""

    @property
    def clean(self) -> bool:
        """Whether every row can be applied."""
        return not self.problems and not self.conflicts

    def __add__(self, other: Plan) -> Plan:
        return Plan(
            self.changes + other.changes,
            self.problems + other.problems,
            self.conflicts + other.conflicts,
            self.notes + other.notes,
        )


def row_key(line: int) -> str:
    """Key of the record that the new row of this line is to become."""
    return f"line {line}"
