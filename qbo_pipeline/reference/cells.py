"""One cell of an edited file against the rules of its column."""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.reference.lists import NO, YES, Column, Kind, ReferenceList

_FLAGS = {"yes": YES, "true": YES, "1": YES, "no": NO, "false": NO, "0": NO}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cell or row cannot be applied, and what to do."""

    what: str
    to_do: str


def same(one: str, other: str) -> bool:
    """Whether two texts are one for QuickBooks: it cuts off outer spaces, and programs rewrite the ends of lines."""
    return one == other or _plain(one) == _plain(other)


def wanted(column: Column, cell: str) -> str:
    """What a cell asks for."""
    text = _plain(cell)
    if column.kind is Kind.FLAG:
        return _FLAGS.get(text.casefold(), text)
    return next((one for one in column.choices if one.casefold() == text.casefold()), text)


def refusal(of: ReferenceList, column: Column, text: str) -> Refusal | None:
    """Why a column cannot have this text; None where it can."""
    if not text and column.name in of.required:
        return Refusal(f"{column.name} is empty", f"Give the {column.name}.")
    if column.kind is Kind.FLAG and text not in (YES, NO):
        return Refusal(f"{column.name} is {text!r}", "Write yes or no.")
    if column.choices and text not in column.choices:
        return Refusal(f"{column.name} {text!r} does not exist", f"Write one of: {', '.join(column.choices)}.")
    if column.longest is not None and len(text) > column.longest:
        return Refusal(
            f"{column.name} has {len(text)} characters", f"QuickBooks takes {column.longest}; make it shorter."
        )
    found = sorted(set(text) & set(column.forbidden))
    if found:
        hint = " Say what it is below in parent_id instead." if ":" in found and column.name == "name" else ""
        return Refusal(
            f"{column.name} contains {' and '.join(map(repr, found))}", f"QuickBooks does not take that there.{hint}"
        )
    return None


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
