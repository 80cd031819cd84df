"""From any tree to its tables: nothing is lost, nothing is named twice, names stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.quickbooks.catalogue import CatalogueError, Category, Entity, Type, tables
from qbo_pipeline.quickbooks.catalogue.model import Array, Field, Member, Object, Reference, snake_case

NAMES = st.from_regex(r"[A-Z][a-z0-9]{1,5}([A-Z][a-z0-9]{1,5}){0,2}", fullmatch=True)
LEAVES: st.SearchStrategy[Member] = st.one_of(
    st.builds(Field, NAMES, st.sampled_from(Type), st.just("A fact.")),
    st.builds(Reference, NAMES.map(lambda name: f"{name}Ref"), st.just("A reference.")),
)


def _composed(inner: st.SearchStrategy[Member]) -> st.SearchStrategy[Member]:
    several = st.lists(inner, min_size=1, max_size=4, unique_by=lambda member: member.name).map(tuple)
    return st.one_of(st.builds(Object, NAMES, several), st.builds(Array, NAMES, several, st.just("Rows.")))


TREES = st.lists(
    st.recursive(LEAVES, _composed, max_leaves=8), min_size=1, max_size=6, unique_by=lambda member: member.name
).map(tuple)


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_every_leaf_of_a_tree_becomes_a_column_of_its_own_or_the_clash_is_named(tree: tuple[Member, ...]) -> None:
    toy = Entity("Toy", Category.LIST, "A toy.", tree)
    try:
        derived = tables(toy)
    except CatalogueError:
        with pytest.raises(CatalogueError, match=r"^Toy: "):
            tables(toy)
        return
    paths = [
        (*(key for array in table.array_path for key in array), *path)
        for table in derived
        for column in table.columns
        for path in column.paths
    ]
    assert sorted(paths) == sorted(_leaves(tree, ()))
    for table in derived:
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names))
        assert len(table.ordinals) == len(table.array_path)
    assert len({table.name for table in derived}) == len(derived)


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,20}", fullmatch=True))
def test_snake_case_changes_only_case_and_adds_underscores_once(name: str) -> None:
    snake = snake_case(name)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", snake)
    assert snake.replace("_", "") == name.lower()
    assert snake_case(snake) == snake


def _leaves(tree: tuple[Member, ...], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for member in tree:
        here = (*path, member.name)
        match member:
            case Field():
                yield here
            case Reference():
                yield (*here, "value")
                yield (*here, "name")
            case Object(_, inner) | Array(_, inner):
                yield from _leaves(inner, here)
