"""Reading DAX as far as a model is checked by it: which columns, measures, tables and functions an expression names.

It is a reader of tokens, not a parser: what it finds is enough to tell that every name resolves and that only functions
are used that every engine this model is sent to evaluates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# fmt: off
FUNCTIONS = frozenset({
    "ABS", "ADDCOLUMNS", "ALL", "AND", "AVERAGE", "AVERAGEX", "BLANK", "CALCULATE", "CALCULATETABLE", "COALESCE",
    "CONCATENATE", "COUNT", "COUNTROWS", "COUNTX", "DATE", "DATEADD", "DATEDIFF", "DATESBETWEEN", "DATESINPERIOD",
    "DATESYTD", "DAY", "DISTINCT", "DISTINCTCOUNT", "DIVIDE", "EOMONTH", "FALSE", "FILTER", "FIRSTDATE", "FORMAT",
    "HASONEVALUE", "IF", "INT", "ISBLANK", "KEEPFILTERS", "LASTDATE", "MAX", "MAXX", "MIN", "MINX", "MOD", "MONTH",
    "NOT", "NOW", "OR", "RELATED", "REMOVEFILTERS", "ROUND", "ROW", "SAMEPERIODLASTYEAR", "SELECTCOLUMNS",
    "SELECTEDVALUE", "SUM", "SUMMARIZECOLUMNS", "SUMX", "SWITCH", "TODAY", "TOPN", "TREATAS", "TRUE", "UNION",
    "VALUE", "VALUES", "YEAR",
})
# fmt: on
"""Those that measures may use."""
_WORDS = frozenset({"VAR", "RETURN", "IN", "NOT", "DAY", "MONTH", "QUARTER", "YEAR", "TRUE", "FALSE", "ASC", "DESC"})
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|--[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:[^"]|"")*")
    |(?P<table>'(?:[^']|'')*')
    |(?P<bracket>\[(?:[^\]]|\]\])*\])
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<operator><>|<=|>=|&&|\|\||==|[-+*/^=<>(),{}&;])
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {")": "(", "}": "{"}


class DaxError(Exception):
    """An expression cannot be read: where, and why."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression; `value` is without its quotes."""

    kind: str
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in an expression: a column of a table, a measure (no table), or a table (no name)."""

    table: str | None
    name: str | None

    def __str__(self) -> str:
        table = "" if self.table is None else f"'{self.table}'"
        return table + ("" if self.name is None else f"[{self.name}]")


@dataclass(frozen=True, slots=True)
class Call:
    """A function with the first thing it is applied to, where that is a column or a table."""

    function: str
    of: Reference | None


@dataclass(frozen=True, slots=True)
class Expression:
    """What an expression names."""

    references: tuple[Reference, ...]
    calls: tuple[Call, ...]
    unknown: tuple[str, ...]
    """Words that are no function, no variable and no keyword."""

    @property
    def functions(self) -> frozenset[str]:
        """In capitals."""
        return frozenset(call.function for call in self.calls)


def tokens(dax: str) -> list[Token]:
    """The pieces of an expression, without spaces and comments.

    Raises:
        DaxError: a character belongs to none, or brackets do not match.
    """
    found: list[Token] = []
    opened: list[str] = []
    position = 0
    while position < len(dax):
        match = _TOKEN.match(dax, position)
        if match is None:
            raise DaxError(f"'{dax[position]}' at character {position + 1} is no DAX.")
        kind, value = str(match.lastgroup), match[0]
        if value in "({":
            opened.append(value)
        elif value in _CLOSING and (not opened or opened.pop() != _CLOSING[value]):
            raise DaxError(f"'{value}' at character {position + 1} closes nothing.")
        if kind != "space":
            found.append(Token(kind, _plain(kind, value), position))
        position = match.end()
    if opened:
        raise DaxError(f"'{opened[-1]}' is not closed.")
    return found


def read(dax: str) -> Expression:
    """What an expression names.

    Raises:
        DaxError: it cannot be read.
    """
    found = tokens(dax)
    variables = {after.value.lower() for before, after in pairwise(found) if before.value.upper() == "VAR"}
    calls, unknown = [], []
    for index, token in enumerate(found):
        if token.kind != "word" or token.value.lower() in variables:
            continue
        if index + 1 < len(found) and found[index + 1].value == "(" and token.value.upper() not in ("IN", "RETURN"):
            of = next(_references(found[index + 2 : index + 4]), None)
            calls.append(Call(token.value.upper(), of))
        elif token.value.upper() not in _WORDS:
            unknown.append(token.value)
    return Expression(tuple(_references(found)), tuple(calls), tuple(unknown))


def _references(found: list[Token]) -> Iterator[Reference]:
    index = 0
    while index < len(found):
        token = found[index]
        if token.kind == "table":
            column = found[index + 1] if index + 1 < len(found) else None
            if column is not None and column.kind == "bracket":
                yield Reference(token.value, column.value)
                index += 1
            else:
                yield Reference(token.value, None)
        elif token.kind == "bracket":
            yield Reference(None, token.value)
        index += 1


def _plain(kind: str, value: str) -> str:
    if kind == "table":
        return value[1:-1].replace("''", "'")
    if kind == "bracket":
        return value[1:-1].replace("]]", "]")
    return value
