"""Cards and tables of the pages that show what a local service holds and does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

Cell = Callable[[Any], str]
"""A value as HTML."""


def section(kind: str, heading: str, body: str) -> str:
    """A card."""
    return f'<section class="{kind}"><h2>{heading}</h2>{body}</section>'


def table(
    names: Sequence[str], rows: Sequence[Sequence[Any]], cell: Cell, texts: tuple[type, ...] = (str,)
) -> str:  # fmt: skip
    """Rows under their names; columns that hold none of the `texts` are set as numbers."""
    numbers = [bool(rows) and all(not isinstance(row[place], texts) for row in rows) for place in range(len(names))]
    kinds = [' class="number"' if number else "" for number in numbers]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(names, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell(value)}</td>" for value, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def requests_card(counts: Iterable[tuple[str, int, int]], refused: int, cell: Cell) -> str:
    """Requests by endpoint and status, and how many a limit refused."""
    rows = [[endpoint, str(code), count] for endpoint, code, count in counts]
    body = table(["endpoint", "status", "requests"], rows, cell) if rows else '<p class="soft">None yet.</p>'
    return section("requests", f"Requests <small>{refused:,} refused by a limit</small>", body)


def steered_card(faults: Sequence[Mapping[str, Any]], switches: Mapping[str, Any], cell: Cell) -> str:
    """What was asked to go wrong, and what is switched."""
    rows = [[one["kind"], ", ".join(one["endpoints"][:3]), one["struck"]] for one in faults]
    wrong = table(["fault", "where", "struck"], rows, cell) if rows else '<p class="soft">No faults.</p>'
    switched = [[name, str(value)] for name, value in switches.items()]
    other = (
        table(["switch", "set to"], switched, cell)
        if switched
        else '<p class="soft">All switches as by default.</p>'
    )  # fmt: skip
    return section("steered", "Faults and switches", wrong + other)
