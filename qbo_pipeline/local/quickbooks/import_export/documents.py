"""What a file of API JSON holds: the objects of an entity, whatever they are wrapped in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from qbo_pipeline.local.quickbooks.entities import canonical
from qbo_pipeline.local.quickbooks.json_text import loads

SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
UNLISTED = "Unlisted"
"""Of the file of transactions that are in the books although no entity shows them: `{"Payroll Check": {…}}`."""
_PAGE_FIGURES = frozenset({"startPosition", "maxResults", "totalCount"})


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Something that did not find its place, and why."""

    file: str
    record: str
    """`Id 12`, or where it stands (`record 3`, `line 3`); empty when it is the whole file."""
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """An object of an entity in a file."""

    entity: str
    record: Any
    where: str


def documents(path: Path) -> Iterator[Found | Unplaced]:
    """Every object of a file, numbers exact.

    The file is an array of records, a QueryResponse or CDCResponse document (or an array of them), or any of these
    a line each. Records that no document names an entity for are of the entity the file is named after, in any case.
    """
    entity = UNLISTED if path.stem == UNLISTED else canonical(path.stem)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        yield Unplaced(path.name, "", f"not UTF-8: {error.reason} at byte {error.start}")
        return
    for where, value in _values(path, text):
        if isinstance(value, Unplaced):
            yield value
        else:
            yield from _objects(path.name, entity, where, value)


def _values(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """The members of an array, the values of the lines, or the one value there is."""
    try:
        whole = loads(text)
    except msgspec.DecodeError as error:
        if not _has_lines(text):
            yield "", Unplaced(path.name, "", f"not JSON: {error}")
            return
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    yield f"line {number}", loads(line)
                except msgspec.DecodeError as fault:
                    yield "", Unplaced(path.name, f"line {number}", f"not JSON: {fault}")
        return
    if isinstance(whole, list):
        yield from ((f"record {number}", one) for number, one in enumerate(whole, 1))
    else:
        yield "record 1", whole


def _has_lines(text: str) -> bool:
    """Whether the first line is a value of its own, so that the file is to be read by lines."""
    first = text.lstrip().partition("\n")[0]
    try:
        return isinstance(loads(first), dict)
    except msgspec.DecodeError:
        return False


def _objects(file: str, entity: str | None, where: str, value: Any) -> Iterator[Found | Unplaced]:
    if not isinstance(value, dict):
        yield Unplaced(file, where, f"not an object but {_kind(value)}")
    elif "QueryResponse" in value or "CDCResponse" in value:
        for answer in _answers(value):
            for name, listed in answer.items():
                if name not in _PAGE_FIGURES:
                    yield from _listed(file, name, where, listed)
    elif entity is None:
        yield Unplaced(file, where, "no entity is called as the file is, and it is no QueryResponse document")
    else:
        yield Found(entity, value, where)


def _answers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The QueryResponse objects of a document: one of a query, one an entity of change data capture."""
    for part in document.get("CDCResponse") or [document]:
        answers = part["QueryResponse"]
        yield from answers if isinstance(answers, list) else [answers]


def _listed(file: str, name: str, where: str, listed: Any) -> Iterator[Found | Unplaced]:
    entity = canonical(name)
    if entity is None:
        yield Unplaced(file, where, f"no entity is called {name}")
        return
    for number, one in enumerate(listed if isinstance(listed, list) else [listed], 1):
        place = f"{where}, {name} {number}"
        if isinstance(one, dict):
            yield Found(entity, one, place)
        else:
            yield Unplaced(file, place, f"not an object but {_kind(one)}")


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "text"
        case list():
            return "an array"
    return "a number"
