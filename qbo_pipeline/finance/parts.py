"""The queries that a statement is made of, and what each of their parts has no rows without.

A part is one SELECT of those that are united. It has no rows where the relation it reads first has none, or one that it
is joined with by an inner or a semi join; a sum over nothing is a row, but no model is a sum without GROUP BY.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from qbo_pipeline.finance.model import Model, Reference, Relation
from qbo_pipeline.finance.references import KNOWN_SCHEMAS, Token, tokens

_OPAQUE = frozenset(
    {"union", "except", "intersect", "right", "full", "positional", "limit", "values", "rollup", "cube", "grouping"}
)
"""A part with one of these words may have rows whatever it reads from."""
_SIDES = frozenset({"left", "anti", "asof", "right", "full", "positional"})
"""Joins with these may keep rows for which there are none on the right."""


@dataclass(frozen=True, slots=True)
class Part:
    """One SELECT."""

    start: int
    """Of the text: its first character, or that of the UNION before it."""
    end: int
    sources: tuple[Relation | str, ...]
    """Relations and common table expressions (in small letters): where one of them has no rows there are none here."""


@dataclass(frozen=True, slots=True)
class Query:
    """A common table expression, or the result of the statement."""

    name: str
    """In small letters; empty for the result."""
    parts: tuple[Part, ...]
    is_united: bool
    """Whether all of them are united with all their rows, so that each can be left out."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a model."""

    model: Model
    has_rows: bool
    """False where it is known to have none."""


class Leaving:
    """Leaves out of models the parts that have no rows.

    The first part of each query stays, to say what its columns are and of which types.
    """

    def __init__(self, inline: Callable[[Relation], Model | None], is_empty: Callable[[Relation], bool]) -> None:
        self._inline = inline
        """The inline model of a name."""
        self._is_empty = is_empty
        """Whether any other relation, as it is named in a statement, is known to have no rows."""
        self._found: dict[str, Rest] = {}

    def rest(self, model: Model) -> Rest:
        """What is left of a model."""
        if model.name not in self._found:
            self._found[model.name] = self._rest(model)
        return self._found[model.name]

    def _rest(self, model: Model) -> Rest:
        empty: dict[str, bool] = {}
        cuts: list[Part] = []
        for query in queries(model.statement):
            gone = [any(self._has_none(source, empty) for source in part.sources) for part in query.parts]
            empty[query.name] = all(gone)
            if query.is_united:
                cuts += [part for part, is_gone in list(zip(query.parts, gone, strict=True))[1:] if is_gone]
        return Rest(without(model, cuts), not empty[""])

    def _has_none(self, source: Relation | str, empty: dict[str, bool]) -> bool:
        if isinstance(source, str):
            return empty.get(source, False)
        inline = self._inline(source)
        return self._is_empty(source) if inline is None else not self.rest(inline).has_rows


def without(model: Model, cuts: Sequence[Part]) -> Model:
    """A model without some parts of its statement."""
    if not cuts:
        return model
    pieces, kept, end, shift = [], [], 0, 0
    left = list(model.references)
    for cut in sorted(cuts, key=lambda one: one.start):
        kept += [_shifted(one, shift) for one in left if one.end <= cut.start]
        left = [one for one in left if one.start >= cut.end]
        pieces.append(model.statement[end : cut.start])
        end, shift = cut.end, shift + cut.end - cut.start
    kept += [_shifted(one, shift) for one in left]
    return replace(model, statement="".join([*pieces, model.statement[end:]]), references=tuple(kept))


def _shifted(reference: Reference, by: int) -> Reference:
    return replace(reference, start=reference.start - by, end=reference.end - by)


@lru_cache(maxsize=1000)
def queries(statement: str) -> tuple[Query, ...]:
    """The common table expressions of a statement, in their order, and its result."""
    found = tokens(statement)
    position, read = 0, []
    if found[0].is_word and found[0].text.lower() == "with" and found[1].text.lower() != "recursive":
        position = 1
        while True:
            name = found[position].text.lower()
            opening = next(i for i in range(position, len(found)) if _is_sign(found[i], "("))
            closing = _closing(found, opening)
            read.append(_query(name, found[opening + 1 : closing], found[closing].start))
            position = closing + 1
            if not _is_sign(found[position], ","):
                break
            position += 1
    return (*read, _query("", found[position:], len(statement)))


def _closing(found: Sequence[Token], opening: int) -> int:
    depth = 0
    for position in range(opening, len(found)):
        if not found[position].is_word:
            depth += {"(": 1, ")": -1}.get(found[position].text, 0)
            if depth == 0:
                return position
    raise ValueError(f"a bracket is never closed at {found[opening].start}")


def _is_sign(token: Token, sign: str) -> bool:
    return not token.is_word and token.text == sign


def _query(name: str, found: Sequence[Token], end: int) -> Query:
    unions = [i for i, token in _top(found) if token.is_word and token.text.lower() == "union"]
    is_united = all(found[i + 1].text.lower() == "all" for i in unions)
    parts = []
    for start, stop in zip([0, *unions], [*unions, len(found)], strict=True):
        select = start + 2 if start in unions and is_united else start
        until = found[stop].start if stop < len(found) else end
        parts.append(Part(found[start].start, until, _sources(found[select:stop])))
    return Query(name, tuple(parts), is_united and len(parts) > 1)


def _top(found: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """What stands in no brackets."""
    depth = 0
    for position, token in enumerate(found):
        if _is_sign(token, ")"):
            depth -= 1
        if depth == 0:
            yield position, token
        if _is_sign(token, "("):
            depth += 1


def _sources(found: Sequence[Token]) -> tuple[Relation | str, ...]:
    top = list(_top(found))
    words = [(i, token.text.lower()) for i, token in top if token.is_word]
    if not words or words[0][1] != "select" or any(word in _OPAQUE for _, word in words):
        return ()
    sources = []
    for number, (position, word) in enumerate(words):
        before = words[number - 1][1] if number else ""
        before_that = words[number - 2][1] if number > 1 else ""
        if (word == "from" and before != "distinct") or (
            word == "join" and not {before, before_that if before == "outer" else ""} & _SIDES
        ):
            sources += _named(found[position + 1 : position + 4])
    return tuple(sources)


def _named(found: Sequence[Token]) -> list[Relation | str]:
    if not found or not found[0].is_word:
        return []
    if len(found) > 2 and _is_sign(found[1], "."):
        return [Relation(found[0].text.lower(), found[2].text)] if found[0].text.lower() in KNOWN_SCHEMAS else []
    return [found[0].text.lower()]
