"""What a semantic model consists of: tables, columns, keys, relationships, hierarchies and measures, as plain data.

Nothing here knows a destination. What one of them can't hold, `model.limits` finds before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class DataType(StrEnum):
    """How values of a column are kept, from DuckDB to the dashboard."""

    TEXT = "text"
    WHOLE = "whole"
    """A 64-bit integer."""
    MONEY = "money"
    """An exact decimal of four places: DECIMAL(19, 4) in files, `Decimal` in a push dataset."""
    NUMBER = "number"
    """A double: quantities, unit prices and rates, which have more places than `MONEY` keeps."""
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    """A UTC timestamp, to the microsecond in files."""


class Summary(StrEnum):
    """What a column shows when it is dragged onto a sheet."""

    NONE = "none"
    SUM = "sum"
    AVERAGE = "average"
    MIN = "min"
    MAX = "max"
    COUNT = "count"


class Category(StrEnum):
    """What a text stands for, where a dashboard makes use of it."""

    CITY = "City"
    COUNTRY = "Country"
    POSTAL_CODE = "PostalCode"
    STATE = "StateOrProvince"
    WEB_URL = "WebUrl"


class Kind(StrEnum):
    """What a table is in the star."""

    DIMENSION = "dimension"
    FACT = "fact"
    MEASURES = "measures"
    """One row and one hidden column: the place where measures are found."""


class Delivery(StrEnum):
    """How a destination that can only append is kept up to date."""

    REPLACE = "replace"
    """All rows are deleted and sent again: small tables."""
    SIGNED = "signed"
    """An update sends the negation of the old row and the new one, a deletion the negation: every sum is right at
    every moment. Only columns of `Column.additive` are negated; all measures over the table are sums of these."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `name` is what people see, `source` the column of the table's relation, `sort_by` the name of the column whose
    order this one takes, `format` a format string of the pattern `#,0.00;(#,0.00);-`.
    """

    name: str
    source: str
    type: DataType
    description: str
    format: str | None = None
    hidden: bool = False
    sort_by: str | None = None
    summary: Summary = Summary.NONE
    category: Category | None = None
    folder: str | None = None

    @property
    def additive(self) -> bool:
        """Whether a reversal negates it."""
        return self.summary is Summary.SUM


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A path to drill down, from the widest to the narrowest column."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of the model: `relation` is where its rows are in the warehouse.

    `key` is the name of the column that tells rows apart, `company` the name of the column that holds the company's
    realm id, so that one company's rows can be published alone; a table without is about all companies. `days` is the
    name of the column of days that makes the table a calendar.
    """

    name: str
    relation: str
    kind: Kind
    description: str
    columns: tuple[Column, ...]
    key: str
    company: str | None = None
    delivery: Delivery = Delivery.REPLACE
    hierarchies: tuple[Hierarchy, ...] = ()
    hidden: bool = False
    days: str | None = None

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by the name that people see."""
        return {column.name: column for column in self.columns}


@dataclass(frozen=True, slots=True)
class Relationship:
    """Many rows of `from_table` belong to one of `to_table`; filters run from the one to the many."""

    from_table: str
    from_column: str
    to_table: str
    to_column: str

    @property
    def name(self) -> str:
        """Deterministic, and free of the characters that no destination allows."""
        return f"{self.from_table} {self.from_column} to {self.to_table}".replace("/", " ")


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: the same one as DAX over the model and as SQL over the warehouse, so that both can be compared.

    `sql` is one SELECT statement over the relations of the tables that gives one value for one company and one period:
    `$realm_id`, `$first_day` and `$last_day` are bound to it. `table` is where the measure is found.

    `tableau` is a formula of Tableau over the fields of `model.fields`, where it can be said as one: the parameters
    `[Parameters].[First Day]` and `[Parameters].[Last Day]` are the `$first_day` and `$last_day` of the SQL,
    `[Parameters].[Basis]` is what the SQL takes to be accrual, and the company is whichever rows are looked at.
    `[Total Income]` is another measure of that name.
    """

    name: str
    table: str
    dax: str
    sql: str
    description: str
    format: str
    folder: str | None = None
    hidden: bool = False
    tableau: str | None = None


@dataclass(frozen=True)
class SemanticModel:
    """All of it, in the order in which it is shown."""

    name: str
    tables: tuple[Table, ...]
    relationships: tuple[Relationship, ...]
    measures: tuple[Measure, ...]

    @cached_property
    def by_name(self) -> dict[str, Table]:
        """Tables by name."""
        return {table.name: table for table in self.tables}

    def measures_of(self, table: str) -> tuple[Measure, ...]:
        """The measures that are found in a table."""
        return tuple(measure for measure in self.measures if measure.table == table)
