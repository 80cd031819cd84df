"""Reading a statement of the query language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
LAST_POSITION = 2**53
"""Beyond every record; larger positions are taken for it."""


class QuerySyntaxError(Exception):
    """The statement does not parse: fault 4000."""


class QueryValidationError(Exception):
    """The statement parses but cannot be: fault 4001."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`property operator value`; operators `=`, `<`, `>`, `<=`, `>=`, `like`, `in` (with a tuple)."""

    property: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Statement:
    """A query, taken apart."""

    entity: str
    count: bool = False
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    """Property and whether descending."""
    start: int = 1
    size: int = DEFAULT_PAGE


def parse(text: str) -> Statement:
    """Read a statement.

    Raises:
        QuerySyntaxError: it does not parse.
        QueryValidationError: a position or page size is out of range.
    """
    try:
        tree = _grammar().parse(text.strip())
        statement: Statement = _Reader().transform(tree)
    except UnexpectedInput as error:
        line, column = max(error.line, 1), max(error.column, 1)
        found = (
            text.strip()[error.pos_in_stream or 0 :].split(" ", 1)[0] if error.pos_in_stream is not None else "<EOF>"
        )
        raise QuerySyntaxError(
            f'QueryParserError: Encountered " <IDENTIFIER> "{found or "<EOF>"} "" at line {line}, column {column}.'
        ) from None
    except VisitError as error:
        raise error.orig_exc from None
    if statement.start < 1:
        raise QueryValidationError(
            f"QueryValidationError: value {statement.start} is too small. Min allowed value is 1"
        )
    if statement.size < 0:
        raise QueryValidationError(f"QueryValidationError: value {statement.size} is too small. Min allowed value is 0")
    return statement


@cache
def _grammar() -> Lark:
    text = (Path(__file__).parent / "query.lark").read_text(encoding="utf-8")
    return Lark(text, start="statement", parser="lalr", lexer="contextual")


class _Reader(Transformer[Token, Any]):
    def all(self, _: list[Any]) -> bool:
        return False

    def count(self, _: list[Any]) -> bool:
        return True

    def property(self, names: list[Token]) -> str:
        return ".".join(names)

    def string(self, tokens: list[Token]) -> str:
        return re.sub(r"\\(.)", r"\1", tokens[0][1:-1], flags=re.DOTALL)

    def number(self, tokens: list[Token]) -> float | int:
        whole = "." not in tokens[0] and len(tokens[0]) < 19
        return int(tokens[0]) if whole else float(tokens[0])

    def boolean(self, tokens: list[Token]) -> bool:
        return tokens[0].lower() == "true"

    def compare(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], str(parts[1]), parts[2])

    def like(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "like", parts[1])

    def within(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "in", tuple(parts[1:]))

    def where(self, conditions: list[Condition]) -> tuple[str, Any]:
        return "conditions", tuple(conditions)

    def ordering(self, parts: list[Any]) -> tuple[str, bool]:
        return parts[0], len(parts) > 1 and parts[1].lower() == "desc"

    def orderby(self, orderings: list[tuple[str, bool]]) -> tuple[str, Any]:
        return "order", tuple(orderings)

    def startposition(self, tokens: list[Token]) -> tuple[str, Any]:
        return "start", min(int(tokens[0]), LAST_POSITION)

    def maxresults(self, tokens: list[Token]) -> tuple[str, Any]:
        return "size", min(int(tokens[0]), LARGEST_PAGE)

    def statement(self, parts: list[Any]) -> Statement:
        counted, entity, *clauses = parts
        names = [name for name, _ in clauses]
        for name in names:
            if names.count(name) > 1:
                raise QuerySyntaxError(f'QueryParserError: Encountered " "{name}" "" twice.')
        return Statement(str(entity), count=counted, **dict(clauses))
