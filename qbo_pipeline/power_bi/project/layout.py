"""What a report consists of: pages, the visuals on them and the fields that these show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Of(StrEnum):
    """What a field is."""

    COLUMN = "Column"
    MEASURE = "Measure"
    SUM = "Sum"
    """The sum of a column."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column, the sum of one, or a measure."""

    table: str
    name: str
    of: Of = Of.COLUMN


class Kind(StrEnum):
    """Power BI's names of the visuals that are used."""

    CARDS = "multiRowCard"
    MATRIX = "pivotTable"
    TABLE = "tableEx"
    STACKS = "columnChart"
    COLUMNS = "clusteredColumnChart"
    BARS = "clusteredBarChart"
    LINES = "lineChart"
    SLICER = "slicer"


ROLES = {
    Kind.CARDS: ("Values",),
    Kind.MATRIX: ("Rows", "Columns", "Values"),
    Kind.TABLE: ("Values",),
    Kind.STACKS: ("Category", "Series", "Y"),
    Kind.COLUMNS: ("Category", "Series", "Y"),
    Kind.BARS: ("Category", "Series", "Y"),
    Kind.LINES: ("Category", "Series", "Y"),
    Kind.SLICER: ("Values",),
}
"""The wells that fields lie in."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a visual stands on a page, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Visual:
    """A visual; `roles` says which fields lie in which of its wells. Slicers of one `group` choose together."""

    kind: Kind
    title: str
    box: Box
    roles: dict[str, tuple[Field, ...]]
    descending_by: Field | None = None
    group: str | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """All of them."""
        return tuple(field for fields in self.roles.values() for field in fields)


@dataclass(frozen=True, slots=True)
class Page:
    """A page; one with `drill_through` is reached from a value of one of these columns, and hidden otherwise."""

    title: str
    visuals: tuple[Visual, ...]
    drill_through: tuple[Field, ...] = ()


WIDTH, HEIGHT, MARGIN = 1280, 720, 16


def measures(*names: str) -> tuple[Field, ...]:
    """Measures, found in the table of measures."""
    return tuple(Field("_Measures", name, Of.MEASURE) for name in names)


def columns(table: str, *names: str) -> tuple[Field, ...]:
    """Columns of a table."""
    return tuple(Field(table, name) for name in names)


def sums(table: str, *names: str) -> tuple[Field, ...]:
    """Sums of columns of a table."""
    return tuple(Field(table, name, Of.SUM) for name in names)
