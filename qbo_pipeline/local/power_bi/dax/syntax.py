"""Queries as they were written: a tree of expressions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; `whole` where it has neither point nor exponent."""

    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A literal."""

    value: str


@dataclass(frozen=True, slots=True)
class Truth:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """dt"2026-01-31"."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Name:
    """A table, a variable, or a word such as YEAR in DATEADD."""

    name: str


@dataclass(frozen=True, slots=True)
class ColumnName:
    """T[c], or [c]: then a measure, or a column of the row that is looked at."""

    table: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, in capitals, and its arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign, or NOT."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Contained:
    """x IN table."""

    value: Expression
    table: Expression


@dataclass(frozen=True, slots=True)
class Rows:
    """{1, 2} or {(1, "a"), (2, "b")}."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """VAR … RETURN …"""

    variables: tuple[tuple[str, Expression], ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Direction:
    """ASC or DESC."""

    descending: bool


Expression: TypeAlias = (
    Number | Text | Truth | Moment | Name | ColumnName | Call | Binary | Unary | Contained | Rows | Block | Direction
)


@dataclass(frozen=True, slots=True)
class Query:
    """DEFINE, EVALUATE, ORDER BY."""

    measures: tuple[tuple[str, str, Expression], ...]
    """Table, name, expression."""
    variables: tuple[tuple[str, Expression], ...]
    table: Expression
    order: tuple[tuple[Expression, bool], ...]
    """What rows are ordered by, and whether descending."""
