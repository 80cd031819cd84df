"""Statements are read by a grammar: whatever can be written is read back, whatever cannot is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbo_pipeline.local.quickbooks.query_language import (
    Condition,
    QuerySyntaxError,
    QueryValidationError,
    Statement,
    parse,
)

_KEYWORDS = {"where", "and", "orderby", "order", "startposition", "maxresults", "in", "like", "from", "true", "false"}
_KEYWORDS |= {"asc", "desc", "by", "select", "count"}
names = st.from_regex(r"[A-Z][A-Za-z0-9]{0,8}", fullmatch=True).filter(lambda name: name.lower() not in _KEYWORDS)
properties = st.lists(names, min_size=1, max_size=3).map(".".join)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(10**9), 10**9).map(float)
values = st.one_of(texts, numbers, st.booleans())
comparisons = st.builds(Condition, properties, st.sampled_from(["=", "<", ">", "<=", ">="]), values)
likes = st.builds(Condition, properties, st.just("like"), texts)
memberships = st.builds(Condition, properties, st.just("in"), st.lists(values, min_size=1, max_size=4).map(tuple))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value))
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _condition(condition: Condition) -> str:
    if condition.operator == "in":
        return f"{condition.property} IN ({', '.join(map(_written, condition.value))})"
    return f"{condition.property} {condition.operator.upper()} {_written(condition.value)}"


@settings(max_examples=60, deadline=None)
@given(
    entity=names,
    conditions=st.lists(st.one_of(comparisons, likes, memberships), max_size=3),
    order=st.lists(st.tuples(properties, st.booleans()), max_size=2),
    start=st.integers(1, 10**6),
    size=st.integers(0, 1000),
    shuffle=st.randoms(),
)
def test_what_is_written_is_read_back_in_any_order_of_clauses(
    entity: str, conditions: list[Condition], order: list[tuple[str, bool]], start: int, size: int, shuffle: Any
) -> None:
    clauses = [f"STARTPOSITION {start}", f"MAXRESULTS {size}"]
    if order:
        clauses.append("ORDERBY " + ", ".join(f"{name} {'DESC' if down else 'ASC'}" for name, down in order))
    shuffle.shuffle(clauses)
    where = " WHERE " + " AND ".join(map(_condition, conditions)) if conditions else ""
    statement = parse(f"SELECT * FROM {entity}{where} {' '.join(clauses)}")
    assert statement == Statement(entity, False, tuple(conditions), tuple(order), start, size)


@given(
    st.one_of(
        st.text(max_size=60), st.text("SELECT*FROM'()=<>,.\\ abc019", max_size=60).map("SELECT * FROM A ".__add__)
    )
)
def test_anything_else_is_refused_by_one_of_two_faults(text: str) -> None:
    try:
        assert isinstance(parse(text), Statement)
    except (QuerySyntaxError, QueryValidationError) as error:
        assert str(error).startswith("Query")  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT * FROM A WHERE",
        "SELECT * FROM A WHERE b != 1",
        "SELECT * FROM A WHERE b = 1 OR c = 2",
        "SELECT * FROM A, B",
        "SELECT * FROM A GROUP BY b",
        "SELECT sum(x) FROM A",
        "SELECT * FROM A WHERE b = 'open",
        "SELECT * FROM A MAXRESULTS 1 MAXRESULTS 2",
        "DELETE FROM A",
    ],
)
def test_what_the_language_does_not_have_does_not_parse(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match="QueryParserError: Encountered"):
        parse(text)


@pytest.mark.parametrize("text", ["STARTPOSITION 0", "STARTPOSITION -1"])
def test_positions_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(QueryValidationError, match="QueryValidationError: value"):
        parse(f"SELECT * FROM A {text}")
