"""What relationships have to be like: many to one, active, and one way only from a filter to a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from qbo_pipeline.model.definition import Relationship, SemanticModel
from qbo_pipeline.model.findings import Destination, Finding


def relationship_findings(model: SemanticModel) -> Iterator[Finding]:
    """What is wrong with the relationships of a model."""
    sound = []
    for one in model.relationships:
        found = list(_ends(model, one))
        yield from found
        if not found:
            sound.append(one)
    yield from _ways(sound)


def _ends(model: SemanticModel, one: Relationship) -> Iterator[Finding]:
    for table_name, column_name in ((one.from_table, one.from_column), (one.to_table, one.to_column)):
        table = model.by_name.get(table_name)
        if table is None or column_name not in table.by_name:
            yield Finding(Destination.ANY, f"The relationship '{one.name}' names it, and it is not there.",
                          table_name, column_name)  # fmt: skip
            return
    many, single = model.by_name[one.from_table], model.by_name[one.to_table]
    types = many.by_name[one.from_column].type, single.by_name[one.to_column].type
    if types[0] is not types[1]:
        yield Finding(Destination.ANY, f"It is {types[0]} and related to {single.name}, {one.to_column}, which is "
                      f"{types[1]}.", many.name, one.from_column)  # fmt: skip
    if one.to_column != single.key:
        yield Finding(
            Destination.PUSH,
            f"The relationship '{one.name}' leads to a column that is not the key {single.key}: many to many is not "
            "supported.",
            single.name,
            one.to_column,
        )
    if one.from_column == many.key:
        yield Finding(
            Destination.PUSH,
            f"The relationship '{one.name}' begins at the key: one to one is not supported.",
            many.name,
            one.from_column,
        )


def _ways(relationships: list[Relationship]) -> Iterator[Finding]:
    pairs = Counter((one.from_table, one.to_table) for one in relationships)
    for (many, single), number in pairs.items():
        if number > 1:
            yield Finding(
                Destination.PUSH,
                f"There are {number} relationships to {single}: one alone can be active, and inactive ones are not "
                "supported.",
                many,
            )
    above: dict[str, list[str]] = {}
    for many, single in pairs:
        above.setdefault(many, []).append(single)
    for table in above:
        for target, ways in _ways_up(table, above).items():
            if target == table:
                yield Finding(Destination.ANY, "Its relationships lead back to itself.", table)
            elif ways > 1:
                yield Finding(
                    Destination.ANY, f"A filter of {target} reaches it on {ways} ways: keep one relationship.", table
                )


def _ways_up(table: str, above: dict[str, list[str]]) -> Counter[str]:
    """How many ways there are from a table to each one that filters it."""
    ways: Counter[str] = Counter()

    def climb(at: str, passed: frozenset[str]) -> None:
        for single in above.get(at, ()):
            ways[single] += 1
            if single not in passed:
                climb(single, passed | {single})

    climb(table, frozenset({table}))
    return ways
