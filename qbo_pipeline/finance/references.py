"""The relations that a statement names, found in the words that DuckDB's own tokenizer takes it apart into.

Relations are always written with their schema, so that the pairs `schema.name` of a text are all there is to find. That
takes a hundredth of the time of parsing it: definitions load with every start of Dagster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import duckdb

from qbo_pipeline.finance.model import SCHEMAS, Reference, Relation

KNOWN_SCHEMAS = frozenset({"quickbooks", "reports", "audit", "history", "changed", *SCHEMAS})
_WORD = re.compile(rb'"((?:[^"]|"")*)"|(\w+)', re.ASCII)
_IGNORED = duckdb.token_type.comment
_TEXT = duckdb.token_type.string_const
_SET_OPERATIONS = ("union", "except", "intersect")


class StatementError(Exception):
    """A statement cannot be read; `line` is counted from 1 within it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class Token(NamedTuple):
    """A word, text or sign of a statement."""

    text: str
    """A name without its quotes; of anything but a word its first character."""
    start: int
    end: int
    """Of the text in characters: its first one and the one behind its last."""
    is_word: bool
    is_name: bool
    """Whether it is a word and none that SQL keeps to itself, or one in quotes."""


def tokens(statement: str) -> tuple[Token, ...]:
    """The tokens of a statement, without comments."""
    raw = statement.encode()
    position = (lambda offset: offset) if statement.isascii() else (lambda offset: len(raw[:offset].decode()))
    return tuple(_token(raw, offset, kind, position) for offset, kind in duckdb.tokenize(statement) if kind != _IGNORED)


def _token(raw: bytes, offset: int, kind: duckdb.token_type, position: Callable[[int], int]) -> Token:
    word = None if kind == _TEXT else _WORD.match(raw, offset)
    start = position(offset)
    if word is None:
        return Token(raw[offset : offset + 1].decode(errors="replace"), start, start + 1, is_word=False, is_name=False)
    quoted, plain = word.groups()
    text = plain.decode() if quoted is None else quoted.decode().replace('""', '"')
    return Token(text, start, position(word.end()), True, quoted is not None or kind == duckdb.token_type.identifier)


def references(statement: str, found: Sequence[Token]) -> tuple[Reference, ...]:
    """Every relation that a statement names, in the order of the text, with lines counted within it.

    Raises:
        StatementError: the text has no tokens, is several statements, or names a column by schema and table.
    """
    if not found:
        raise StatementError("There is no statement.", 1)
    for token in found:
        if token.text == ";" and not token.is_word:
            raise StatementError("A model is one statement, without a semicolon.", _line(statement, token))
    named = []
    for position, token in enumerate(found[:-2]):
        is_schema = token.is_word and token.text.lower() in KNOWN_SCHEMAS
        if not is_schema or _is(found, position - 1, ".") or not _is(found, position + 1, "."):
            continue
        name = found[position + 2]
        if _is(found, position + 3, "."):
            raise StatementError(
                f"{token.text}.{name.text}.{'…'} names a column by its schema: give the relation an alias.",
                _line(statement, token),
            )
        named.append(
            Reference(
                Relation(token.text.lower(), name.text),
                token.start,
                name.end,
                _line(statement, token),
                alias=_alias(found, position + 3),
                is_call=_is(found, position + 3, "("),
            )
        )
    return tuple(named)


def _is(found: Sequence[Token], position: int, sign: str) -> bool:
    return 0 <= position < len(found) and not found[position].is_word and found[position].text == sign


def _alias(found: Sequence[Token], position: int) -> str:
    """What a relation is called in its statement, where that is said behind it."""
    first, second = [*found[position : position + 2], None, None][:2]
    if first is None or not first.is_word:
        return ""
    if first.text.lower() == "as":
        return "" if second is None else second.text
    return first.text if first.is_name else ""


def _line(statement: str, token: Token) -> int:
    return statement.count("\n", 0, token.start) + 1


def column_words(found: Sequence[Token], named: Sequence[Reference]) -> frozenset[str] | None:
    """The words of a statement that can be columns of the tables of QuickBooks it reads, in small letters.

    None where a star stands for all columns of one of them. A star that stands for what the statement itself has made
    names no column of theirs.
    """
    read = [one for one in named if one.relation.schema in ("quickbooks", "changed")]
    aliases = {(one.alias or one.relation.name).lower() for one in read}
    for star in _stars(found):
        if _is(found, star - 1, "."):
            if found[star - 2].text.lower() in aliases:
                return None
        else:
            begin, end = found[star].start, _end_of_select(found, star)
            if any(begin < one.start < end for one in read):
                return None
    return frozenset(token.text.lower() for token in found if token.is_word)


def _stars(found: Sequence[Token]) -> Iterator[int]:
    """Where a star stands for columns: behind a dot, or where a column could stand in a SELECT."""
    for position, token in enumerate(found):
        if not token.is_word and token.text == "*" and position:
            behind = found[position + 1].text.lower() if position + 1 < len(found) else ""
            if found[position - 1].text.lower() in ("select", "all", ",", ".") or behind in (
                "from",
                "exclude",
                "replace",
            ):
                yield position
        elif token.is_word and token.text.lower() == "from" and _begins_query(found, position):
            yield position  # `FROM x` alone takes all columns, too


def _begins_query(found: Sequence[Token], position: int) -> bool:
    return (
        position == 0 or _is(found, position - 1, "(") or found[position - 1].text.lower() in ("all", *_SET_OPERATIONS)
    )


def _end_of_select(found: Sequence[Token], position: int) -> int:
    """Where the SELECT ends that a token stands in: behind what it reads."""
    depth = 0
    for token in found[position + 1 :]:
        if not token.is_word:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0 or (depth == 0 and token.is_word and token.text.lower() in _SET_OPERATIONS):
            return token.start
    return found[-1].end + 1


def replace_references(statement: str, found: tuple[Reference, ...], text_of: Callable[[Reference], str]) -> str:
    """The statement with each of its references replaced, the rest as it is written.

    Where a reference has no alias it gets the relation's name as one, by which the statement knows its columns.
    """
    parts, end = [], 0
    for one in found:
        alias = "" if one.alias or one.is_call else f' AS "{one.relation.name}"'
        parts += [statement[end : one.start], text_of(one), alias]
        end = one.end
    return "".join([*parts, statement[end:]])
