"""Which relationships a data source has: facts are where its trees begin, dimensions are what they share.

Tableau follows relationships one way, from a table to those it belongs to, and takes any number of tables to begin at,
as long as none is reached from one of them by two ways and none leads back to itself (multi-fact relationships, Tableau
2024.2). The model's relationships run from facts to dimensions and never between dimensions, so that all are kept; one
that would close a second way is left out, the later one in the model's order.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from qbo_pipeline.model.definition import Kind, Relationship, SemanticModel
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.tableau.package.names import field, object_id
from qbo_pipeline.tableau.package.xml import element


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A relationship that the data source does not have, and why."""

    relationship: Relationship
    reason: str


def kept(model: SemanticModel) -> tuple[tuple[Relationship, ...], tuple[LeftOut, ...]]:
    """The relationships of a data source, and those left out."""
    tables = {table.name for table in model.tables if table.kind is not Kind.MEASURES}
    taken: list[Relationship] = []
    left_out: list[LeftOut] = []
    for one in model.relationships:
        if not {one.from_table, one.to_table} <= tables:
            left_out.append(LeftOut(one, "One of its tables is not in the data source."))
        elif reason := _closes(one, taken):
            left_out.append(LeftOut(one, reason))
        else:
            taken.append(one)
    return tuple(taken), tuple(left_out)


def _closes(one: Relationship, taken: list[Relationship]) -> str | None:
    below = {
        name: _reached(name, taken) for name in {one.to_table, *(taker.from_table for taker in taken), one.from_table}
    }
    if one.from_table == one.to_table or one.from_table in below[one.to_table]:
        return f"{one.to_table} leads back to {one.from_table}."
    added = {one.to_table} | below[one.to_table]
    for root in {one.from_table} | {name for name, reached in below.items() if one.from_table in reached}:
        if again := sorted(added & below[root]):
            return f"{again[0]} is reached from {root} already."
    return None


def _reached(name: str, taken: list[Relationship]) -> set[str]:
    found: set[str] = set()
    ahead = [name]
    while ahead:
        at = ahead.pop()
        for one in taken:
            if one.from_table == at and one.to_table not in found:
                found.add(one.to_table)
                ahead.append(one.to_table)
    return found


def object_graph(model: SemanticModel, relations: dict[str, Element]) -> Element:
    """`<object-graph>`: a table is an object; a relationship ends at the key, which tells its rows apart.

    Args:
        model: of which the tables and relationships are.
        relations: `<relation>` by table.
    """
    names = field_names(model.tables)
    objects = [
        element("object", {"caption": name, "id": object_id(name)}, element("properties", {"context": ""}, relation))
        for name, relation in relations.items()
    ]
    relationships = [
        element(
            "relationship",
            None,
            element(
                "expression", {"op": "="},
                element("expression", {"op": field(names[one.from_table, one.from_column])}),
                element("expression", {"op": field(names[one.to_table, one.to_column])}),
            ),
            element("first-end-point", {"object-id": object_id(one.from_table)}),
            element("second-end-point", {"object-id": object_id(one.to_table), "unique-key": "true"}),
        )
        for one in kept(model)[0]
    ]  # fmt: skip
    return element(
        "object-graph", None, element("objects", None, *objects), element("relationships", None, *relationships)
    )
