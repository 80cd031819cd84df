"""The schema of a push dataset as it is sent and kept: CreateDatasetRequest and its parts.

Source: microsoft/PowerBI-CSharp, swagger.json (CreateDatasetRequest, Table, Column, Measure, Relationship).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

ROW_KEY = "Row Key"
ROW_SIGN = "Row Sign"
BATCH = "Batch"
"""Hidden columns at the end of each table: which row of the warehouse, 1 or -1, and which batch brought it."""

DEPLOYMENT = "Deployment"
"""A hidden measure that answers the token of the deployment, by which a dataset is recognised as ours."""


class PushColumn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A column."""

    name: str
    data_type: str
    """`String`, `Int64`, `Decimal`, `Double`, `Boolean` or `DateTime`."""
    format_string: str | None = None
    sort_by_column: str | None = None
    data_category: str | None = None
    is_hidden: bool = False
    summarize_by: str | None = None


class PushMeasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A measure."""

    name: str
    expression: str
    format_string: str | None = None
    description: str | None = None
    is_hidden: bool = False


class PushTable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", dict=True):
    """A table with all its columns and measures: what PUT takes, too."""

    name: str
    columns: tuple[PushColumn, ...]
    measures: tuple[PushMeasure, ...] = ()
    is_hidden: bool = False
    description: str | None = None

    @cached_property
    def by_name(self) -> dict[str, PushColumn]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def signed(self) -> bool:
        """Whether rows are reversed instead of replaced."""
        return ROW_SIGN in self.by_name

    @property
    def control(self) -> str | None:
        """The column whose sum a batch is asked for: the first amount that adds up."""
        return next((one.name for one in self.columns if (one.data_type, one.summarize_by) == ("Decimal", "sum")), None)


class PushRelationship(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Many rows of one table belong to one of another."""

    name: str
    from_table: str
    from_column: str
    to_table: str
    to_column: str
    cross_filtering_behavior: str = "OneDirection"


class PushSchema(msgspec.Struct, frozen=True, kw_only=True, rename="camel", dict=True):
    """What a dataset is created of."""

    name: str
    default_mode: str
    tables: tuple[PushTable, ...]
    relationships: tuple[PushRelationship, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, PushTable]:
        """Tables by name."""
        return {table.name: table for table in self.tables}

    def body(self) -> dict[str, Any]:
        """The body of the request that creates it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    def text(self) -> str:
        """JSON to keep."""
        return msgspec.json.encode(self).decode()


def read_schema(text: str) -> PushSchema:
    """A schema that was kept."""
    return msgspec.json.decode(text, type=PushSchema)


def table_body(table: PushTable) -> dict[str, Any]:
    """The body of the request that gives a table its schema."""
    found: dict[str, Any] = msgspec.to_builtins(table)
    return found
