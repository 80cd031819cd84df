"""Text to trees, by the grammar in `dax.lark`."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.syntax import (
    Binary,
    Block,
    Call,
    ColumnName,
    Contained,
    Direction,
    Expression,
    Moment,
    Name,
    Number,
    Query,
    Rows,
    Text,
    Truth,
    Unary,
)


def parse_query(text: str) -> Query:
    """A whole query.

    Raises:
        DaxError: it does not parse.
    """
    return cast(Query, _parsed(text, "query"))


@cache
def parse_expression(text: str) -> Expression:
    """An expression, as measures are.

    Raises:
        DaxError: it does not parse.
    """
    return cast(Expression, _parsed(text, "expr"))


@cache
def _grammar() -> Lark:
    text = (Path(__file__).parent / "dax.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start=["query", "expr"], maybe_placeholders=True)


def _parsed(text: str, start: str) -> Any:
    try:
        return _Trees().transform(_grammar().parse(text, start=start))
    except UnexpectedInput as error:
        place = f"Query ({getattr(error, 'line', '?')}, {getattr(error, 'column', '?')})"
        raise DaxError(f"{place} The syntax is incorrect near {_near(text, error)!r}.") from error
    except VisitError as error:
        raise DaxError(f"Query: {error.orig_exc}") from error


def _near(text: str, error: UnexpectedInput) -> str:
    place = error.pos_in_stream or 0
    return text[place : place + 30].strip() or "the end"


class _Trees(Transformer[Token, Any]):
    """Makes the trees of `syntax` of what the parser found."""

    def query(self, parts: list[Any]) -> Query:
        defined, (table, order) = parts[0] or [], parts[1]
        measures = tuple(one for one in defined if len(one) == 3)
        return Query(measures, tuple(one for one in defined if len(one) == 2), table, order or ())

    def define(self, parts: list[Any]) -> list[Any]:
        return parts

    def measure(self, parts: list[Any]) -> tuple[str, str, Expression]:
        return parts[0], _bracket(parts[1]), parts[2]

    def evaluate(self, parts: list[Any]) -> tuple[Expression, Any]:
        return parts[0], parts[1]

    def order_by(self, parts: list[Any]) -> tuple[tuple[Expression, bool], ...]:
        return tuple(parts)

    def order_key(self, parts: list[Any]) -> tuple[Expression, bool]:
        return parts[0], parts[1] is not None and parts[1].upper() == "DESC"

    def block(self, parts: list[Any]) -> Block:
        return Block(tuple(parts[:-1]), parts[-1])

    def variable(self, parts: list[Any]) -> tuple[str, Expression]:
        return str(parts[0]), parts[1]

    def binary(self, parts: list[Any]) -> Binary:
        return Binary(str(parts[1]), parts[0], parts[2])

    def negated(self, parts: list[Any]) -> Unary:
        return Unary("NOT", parts[0])

    def signed(self, parts: list[Any]) -> Expression:
        sign, operand = parts
        return Unary("-", operand) if sign == "-" else cast(Expression, operand)

    def contained(self, parts: list[Any]) -> Contained:
        return Contained(parts[0], parts[1])

    def number(self, parts: list[Any]) -> Number:
        text = str(parts[0])
        return Number(text, text.isdecimal())

    def text(self, parts: list[Any]) -> Text:
        return Text(str(parts[0])[1:-1].replace('""', '"'))

    def date_literal(self, parts: list[Any]) -> Moment:
        return Moment(datetime.fromisoformat(str(parts[0])[3:-1]))

    def true(self, parts: list[Any]) -> Truth:
        return Truth(True)

    def false(self, parts: list[Any]) -> Truth:
        return Truth(False)

    def call(self, parts: list[Any]) -> Call:
        return Call(str(parts[0]).upper(), tuple(one for one in parts[1:] if one is not None))

    def column(self, parts: list[Any]) -> ColumnName:
        return ColumnName(parts[0], _bracket(parts[1]))

    def bare_column(self, parts: list[Any]) -> ColumnName:
        return ColumnName(None, _bracket(parts[0]))

    def table(self, parts: list[Any]) -> Name:
        return Name(parts[0])

    def direction(self, parts: list[Any]) -> Direction:
        return Direction(str(parts[0]).upper() == "DESC")

    def rows(self, parts: list[Any]) -> Rows:
        return Rows(tuple(one if isinstance(one, tuple) else (one,) for one in parts))

    def row(self, parts: list[Any]) -> tuple[Expression, ...]:
        return tuple(parts)

    def name(self, parts: list[Any]) -> str:
        text = str(parts[0])
        return text[1:-1].replace("''", "'") if text.startswith("'") else text


def _bracket(token: Token) -> str:
    return str(token)[1:-1].replace("]]", "]")
