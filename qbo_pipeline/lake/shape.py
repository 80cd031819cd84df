"""The part of an entity's tree that its records really use.

Intuit documents hundreds of fields for an entity of which a company uses dozens. Reading against a schema of the used
ones costs a fraction, and a field outside it makes the JSON reader refuse the chunk, so that none slips by: the shape
then grows by what is new and the chunk is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from qbo_pipeline.lake.arrow_types import READ
from qbo_pipeline.quickbooks.catalogue.model import Array, Entity, Field, Member, Object, Reference, Type

Path = tuple[str, ...]

_TEXT_INTEGER = "SyncToken"
"""An integer that QuickBooks sends as text."""


@dataclass(slots=True)
class Node:
    """One key of the JSON that was seen."""

    type: pa.DataType | None
    """How a leaf is read; None for an object or an array of objects."""
    children: dict[str, Node] = field(default_factory=dict)
    is_array: bool = False
    member: Member | None = None
    """Its declaration; None for a field the catalogue does not know."""

    @property
    def is_json(self) -> bool:
        """Whether it is declared as free-form JSON."""
        return isinstance(self.member, Field) and self.member.type is Type.JSON

    def arrow(self, *, exact: bool) -> pa.DataType:
        """Its Arrow type. `exact` is for records read one by one: free-form JSON is text then."""
        if self.type is not None:
            return pa.string() if exact and self.is_json else self.type
        struct = pa.struct(
            [(name, child.arrow(exact=exact)) for name, child in self.children.items() if not exact or child.member]
        )
        return pa.list_(struct) if self.is_array else struct


class Shape:
    """What has been seen of an entity so far; grows, never shrinks."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.root = Node(None)
        self._members = entity.members

    def schema(self) -> pa.Schema:
        """The schema for reading whole chunks."""
        return pa.schema(list(self.root.arrow(exact=False)))

    def exact_type(self) -> pa.StructType:
        """The type of records read one by one: declared fields only, free-form JSON as text."""
        return self.root.arrow(exact=True)

    def grow(self, records: list[dict[str, Any]]) -> bool:
        """Take in every key of the records; True when one was new."""
        grown = False
        for record in records:
            grown |= _grow(self.root, self._members, record)
        return grown

    def unknown(self) -> Iterator[tuple[Path, Node]]:
        """The fields seen that the catalogue does not declare, with their paths."""
        yield from _unknown(self.root, ())

    def json_leaves(self) -> Iterator[Path]:
        """Paths of the free-form JSON leaves seen."""
        yield from _json_leaves(self.root, ())


def _unknown(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    for name, child in node.children.items():
        if child.member is None:
            yield (*path, name), child
        else:
            yield from _unknown(child, (*path, name))


def _json_leaves(node: Node, path: Path) -> Iterator[Path]:
    for name, child in node.children.items():
        if child.is_json:
            yield (*path, name)
        else:
            yield from _json_leaves(child, (*path, name))


def _grow(node: Node, members: tuple[Member, ...], value: dict[str, Any]) -> bool:
    grown = False
    declared: dict[str, Member] | None = None
    for name, content in value.items():
        child = node.children.get(name)
        if child is None:
            if declared is None:
                declared = {member.name: member for member in members}
            child = _seen(declared.get(name), name, content)
            if child is None:
                continue
            node.children[name] = child
            grown = True
        inner = child.member.members if isinstance(child.member, Object | Array) else ()
        if isinstance(child.member, Reference) and isinstance(content, dict):
            grown |= _grow_reference(child, content)
        elif isinstance(child.member, Object) and isinstance(content, dict):
            grown |= _grow(child, inner, content)
        elif isinstance(child.member, Array) and isinstance(content, list):
            for element in content:
                if isinstance(element, dict):
                    grown |= _grow(child, inner, element)
    return grown


def _grow_reference(node: Node, value: dict[str, Any]) -> bool:
    grown = False
    for name, content in value.items():
        if name in node.children:
            continue
        declared = name in ("value", "name") or (
            isinstance(node.member, Reference) and node.member.typed and name == "type"
        )
        node.children[name] = Node(pa.string(), member=node.member) if declared else Node(_inferred(content))
        grown = True
    return grown


def _seen(member: Member | None, name: str, content: Any) -> Node | None:
    match member:
        case Field(kind_name, kind):
            if kind is Type.JSON:
                return Node(_inferred(content), member=member)
            return Node(pa.string() if kind_name == _TEXT_INTEGER else READ[kind], member=member)
        case Reference() | Object():
            return Node(None, member=member)
        case Array():
            return Node(None, is_array=True, member=member)
        case None:
            return Node(_inferred(content))


def _inferred(content: Any) -> pa.DataType:
    """A type that takes this value; where later ones do not fit it, their chunk is read record by record."""
    try:
        return pa.infer_type([content])
    except pa.ArrowInvalid:
        return pa.null()
