"""The notation of the declarations: one member a line, as in `TotalAmt  money  Total of the document.`

    Name  kind  description

Kinds are the types of `Type` in short (`text`, `bool`, `int`, `date`, `time`, `money`, `number`, `json`), `ref` for a
reference, `ref(Customer)` or `ref(Customer|Vendor)` when what it points at is in the catalogue, and `typedref(…)` when
it names the type too. `text=line_id` chooses the column's name. Nested objects and arrays are composed in Python.
"""

from __future__ import annotations

import re

from qbo_pipeline.quickbooks.catalogue.model import Array, Field, Member, Object, Reference, Type

_KINDS = {
    "text": Type.TEXT,
    "bool": Type.BOOLEAN,
    "int": Type.INTEGER,
    "date": Type.DATE,
    "time": Type.TIMESTAMP,
    "money": Type.MONEY,
    "number": Type.NUMBER,
    "json": Type.JSON,
}
_LINE = re.compile(r"(?P<name>\w+)\s+(?P<kind>\w+)(\((?P<to>[\w|]+)\))?(=(?P<column>\w+))?\s+(?P<description>\S.*)")


def members(notation: str) -> tuple[Member, ...]:
    """Read declarations, one a line.

    Raises:
        ValueError: quoting the line that is not in the notation.
    """
    return tuple(_member(line.strip()) for line in notation.strip().splitlines() if line.strip())


def _member(line: str) -> Member:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a declaration of the form 'Name  kind  description': {line}")
    name, kind, description, column = match["name"], match["kind"], match["description"], match["column"]
    if kind in ("ref", "typedref"):
        to = tuple(match["to"].split("|")) if match["to"] else ()
        return Reference(name, description, to, column, typed=kind == "typedref")
    if kind not in _KINDS:
        raise ValueError(f"'{kind}' is no kind of member; known are {', '.join(_KINDS)}, ref and typedref: {line}")
    return Field(name, _KINDS[kind], description, column)


def nested(name: str, notation: str | tuple[Member, ...], prefix: str | None = None) -> Object:
    """A nested object, its members in the notation or composed already."""
    return Object(name, members(notation) if isinstance(notation, str) else notation, prefix)


def array(name: str, description: str, notation: str | tuple[Member, ...], table: str | None = None) -> Array:
    """A nested array of objects, its members in the notation or composed already."""
    return Array(name, members(notation) if isinstance(notation, str) else notation, description, table)
