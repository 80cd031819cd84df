"""The relations that a statement names, found by sqlglot's tokenizer.

Relations are always written with their schema, so that the pairs `schema.name` of a text are all there is to find. That
takes a tenth of the time of parsing it: definitions load with every start of Dagster.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from qbo_pipeline.finance.model import SCHEMAS, Reference, Relation

KNOWN_SCHEMAS = frozenset({"quickbooks", "reports", "audit", "history", "changed", *SCHEMAS})
_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)


class StatementError(Exception):
    """A statement cannot be read; `line` is counted from 1 within it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@cache
def _dialect() -> DuckDB:
    return DuckDB()


def references(statement: str) -> tuple[Reference, ...]:
    """Every relation that a statement names, in the order of the text, with lines counted within it.

    Raises:
        StatementError: the text has no tokens, is several statements, or names a column by schema and table.
    """
    try:
        tokens = _dialect().tokenize(statement)
    except TokenError as error:
        raise StatementError(f"DuckDB would not read this: {error}", 1) from None
    if not tokens:
        raise StatementError("There is no statement.", 1)
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            raise StatementError("A model is one statement, without a semicolon.", token.line)
    found = []
    for position, token in enumerate(tokens[:-2]):
        before = tokens[position - 1].token_type if position else None
        is_schema = token.text.lower() in KNOWN_SCHEMAS and token.token_type is not TokenType.STRING
        if not is_schema or before is TokenType.DOT or tokens[position + 1].token_type is not TokenType.DOT:
            continue
        name = tokens[position + 2]
        behind = tokens[position + 3] if position + 3 < len(tokens) else None
        if behind is not None and behind.token_type is TokenType.DOT:
            raise StatementError(
                f"{token.text}.{name.text}.{'…'} names a column by its schema: give the relation an alias.", token.line
            )
        found.append(_reference(token, name, behind))
    return tuple(found)


def _reference(schema: Token, name: Token, behind: Token | None) -> Reference:
    return Reference(
        Relation(schema.text.lower(), name.text),
        schema.start,
        name.end + 1,
        schema.line,
        has_alias=behind is not None and behind.token_type in (TokenType.ALIAS, *_NAMES),
        is_call=behind is not None and behind.token_type is TokenType.L_PAREN,
    )


def names(statement: str) -> frozenset[str] | None:
    """Every word of a statement that could be a column's name, in small letters; None where a star stands for all."""
    tokens = _dialect().tokenize(statement)
    found = set()
    before: TokenType | None = None
    for token in tokens:
        if token.token_type is TokenType.STAR and before in _BEFORE_STAR:
            return None
        found.add(token.text.lower())
        before = token.token_type
    return frozenset(found)


_BEFORE_STAR = (TokenType.SELECT, TokenType.COMMA, TokenType.DOT, TokenType.DISTINCT)


def replace_references(statement: str, found: tuple[Reference, ...], text_of: Callable[[Reference], str]) -> str:
    """The statement with each of its references replaced, the rest as it is written.

    Where a reference has no alias it gets the relation's name as one, by which the statement knows its columns.
    """
    parts, end = [], 0
    for one in found:
        alias = "" if one.has_alias or one.is_call else f' AS "{one.relation.name}"'
        parts += [statement[end : one.start], text_of(one), alias]
        end = one.end
    return "".join([*parts, statement[end:]])
