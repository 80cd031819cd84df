"""What a workbook consists of: sheets with fields on their shelves, dashboards with sheets, actions; as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Of(StrEnum):
    """How a field is put on a shelf; Tableau's name of the derivation."""

    VALUE = "None"
    SUM = "Sum"
    MINIMUM = "Min"
    MEASURE = "User"
    """A calculated field that sums up itself."""
    MONTH = "Month-Trunc"


PREFIXES = {Of.VALUE: "none", Of.SUM: "sum", Of.MINIMUM: "min", Of.MEASURE: "usr", Of.MONTH: "tmn"}
"""What the name of such an instance begins with."""


@dataclass(frozen=True, slots=True)
class Pill:
    """A field on a shelf."""

    field: str
    of: Of = Of.VALUE


class Mark(StrEnum):
    """Tableau's names of the marks that are used."""

    TEXT = "Text"
    BAR = "Bar"
    LINE = "Line"


@dataclass(frozen=True, slots=True)
class Filter:
    """A sheet shows these values of a field alone; texts stand in double quotes, as in a formula."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet. `orders` says by which field's least value the members of a dimension are sorted; `largest_first` is
    the measure that its innermost dimension is sorted by. `details` are fields that are there for actions."""

    name: str
    mark: Mark
    values: tuple[Pill, ...]
    rows: tuple[Pill, ...] = ()
    columns: tuple[Pill, ...] = ()
    color: Pill | None = None
    details: tuple[Pill, ...] = ()
    filters: tuple[Filter, ...] = ()
    orders: tuple[tuple[str, str], ...] = ()
    largest_first: Pill | None = None

    @property
    def pills(self) -> tuple[Pill, ...]:
        """All fields that it uses."""
        extra = (self.color,) if self.color is not None else ()
        return (*self.rows, *self.columns, *self.values, *extra, *self.details)

    @property
    def zoom(self) -> str | None:
        """How it fits its place on a dashboard: a list scrolls down, a table of lists and months both ways."""
        if not self.rows:
            return "entire-view"
        return None if self.columns else "fit-width"

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of all fields on its shelves and of those that it is filtered and sorted by."""
        behind = (*(one.field for one in self.filters), *(order for _, order in self.orders))
        return tuple(dict.fromkeys((*(pill.field for pill in self.pills), *behind)))


@dataclass(frozen=True, slots=True)
class Row:
    """Sheets side by side; `height` in pixels, or None for what is left."""

    sheets: tuple[str, ...]
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard, from top to bottom; the parameters and the choice of companies stand above."""

    name: str
    rows: tuple[Row, ...]

    @property
    def sheets(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(sheet for row in self.rows for sheet in row.sheets)


@dataclass(frozen=True, slots=True)
class Drill:
    """From a mark of a sheet, by its menu, to what is behind it on another dashboard, by the values of fields."""

    caption: str
    dashboard: str
    sheet: str
    target: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """From a row of a sheet, by its menu, to the address in one of its fields."""

    caption: str
    dashboard: str
    sheet: str
    field: str


WIDTH, HEIGHT = 1280, 800
"""Of a dashboard, in pixels."""


def values(*names: str) -> tuple[Pill, ...]:
    """Dimensions."""
    return tuple(Pill(name) for name in names)


def measures(*names: str) -> tuple[Pill, ...]:
    """Calculated fields that sum up themselves."""
    return tuple(Pill(name, Of.MEASURE) for name in names)


def sums(*names: str) -> tuple[Pill, ...]:
    """Sums of columns."""
    return tuple(Pill(name, Of.SUM) for name in names)
