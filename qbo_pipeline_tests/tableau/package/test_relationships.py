from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.columns import key
from qbo_pipeline.model.definition import Kind, Relationship, SemanticModel, Table
from qbo_pipeline.tableau.package.relationships import kept
from qbo_pipeline_tests.tableau.books import MODEL

TO_COMPANY = Relationship("Account", "Company Key", "Company", "Company Key")


def test_all_relationships_of_the_semantic_model_are_kept() -> None:
    taken, left_out = kept(SEMANTIC_MODEL)

    assert taken == SEMANTIC_MODEL.relationships
    assert left_out == ()


def test_a_second_way_to_a_table_is_left_out() -> None:
    taken, [left] = kept(replace(MODEL, relationships=(*MODEL.relationships, TO_COMPANY)))

    assert taken == MODEL.relationships
    assert left.relationship == TO_COMPANY
    assert left.reason == "Company is reached from Ledger Lines already."


def test_the_later_of_two_ways_is_the_one_that_is_left_out() -> None:
    taken, left_out = kept(replace(MODEL, relationships=(TO_COMPANY, *MODEL.relationships)))

    assert TO_COMPANY in taken
    assert [one.relationship.to_table for one in left_out] == ["Company"]


def test_a_way_back_is_left_out() -> None:
    back = Relationship("Company", "Company Key", "Ledger Lines", "Company Key")

    _, [left] = kept(replace(MODEL, relationships=(*MODEL.relationships, back)))

    assert left.reason == "Ledger Lines leads back to Company."


def test_two_relationships_between_the_same_tables_are_one() -> None:
    again = Relationship("Ledger Lines", "Memo", "Account", "Account Key")

    _, [left] = kept(replace(MODEL, relationships=(*MODEL.relationships, again)))

    assert left.reason == "Account is reached from Ledger Lines already."


def test_a_table_that_is_not_in_the_data_source_is_related_to_nothing() -> None:
    measures = SEMANTIC_MODEL.tables[0]
    astray = Relationship("Company", "Company Key", measures.name, measures.key)

    _, [left] = kept(replace(SEMANTIC_MODEL, relationships=(astray,)))

    assert left.reason == "One of its tables is not in the data source."


LETTERS = "ABCDEF"
ANY = SemanticModel(
    "Any", tuple(Table(one, one, Kind.FACT, one, (key("Key", "key", "Key."),), "Key") for one in LETTERS), (), ()
)
pairs = st.lists(st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS)), max_size=12)


def ways(table: str, above: dict[str, list[str]], length: int = 0) -> Iterator[str]:
    """Every table that is reached, once for each way to it; no way without a circle is longer than there are tables."""
    if length <= len(LETTERS):
        for one in above.get(table, ()):
            yield one
            yield from ways(one, above, length + 1)


@given(pairs)
def test_whatever_is_related_there_is_one_way_from_each_table_and_none_back(related: list[tuple[str, str]]) -> None:
    model = replace(ANY, relationships=tuple(Relationship(one, "Key", other, "Key") for one, other in related))
    taken, left_out = kept(model)
    above: dict[str, list[str]] = {}
    for one in taken:
        above.setdefault(one.from_table, []).append(one.to_table)

    for table in LETTERS:
        reached = list(ways(table, above))
        assert len(reached) == len(set(reached))
        assert table not in reached
    assert len(taken) + len(left_out) == len(related)
