"""Tables: of the model, constructed, filtered, with columns added, ordered, cut, joined."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.local.power_bi.dax import DaxError
from qbo_pipeline_tests.local.power_bi.dax.small_star import SmallStar


def test_a_table_has_its_columns_by_their_full_names(star: SmallStar) -> None:
    found = star.result("EVALUATE Account ORDER BY Account[Key] DESC")

    assert found.columns == ["Account[Key]", "Account[Name]", "Account[Type]"]
    assert found.rows[0] == ("a3", "Cash", "Asset")


@pytest.mark.parametrize("spelling", ["account", "'Account'", "ACCOUNT"])
def test_names_are_found_in_any_case(star: SmallStar, spelling: str) -> None:
    assert len(star.rows(f"evaluate {spelling} order by {spelling}[NAME]")) == 3


@pytest.mark.parametrize(
    ("expression", "columns", "rows"),
    [
        ("{1, 2, 1}", ["[Value]"], [(1,), (2,), (1,)]),
        ('{(1, "a"), (2.5, BLANK())}', ["[Value1]", "[Value2]"], [(1.0, "a"), (2.5, None)]),
        ('ROW("a", 1, "b", "x")', ["[a]", "[b]"], [(1, "x")]),
        ("UNION({1}, {2}, {1})", ["[Value]"], [(1,), (2,), (1,)]),
        ("DISTINCT(UNION({1}, {1}))", ["[Value]"], [(1,)]),
        ('FILTER(ADDCOLUMNS({1, 2, 3}, "twice", [Value] * 2), [twice] > 3)', ["[Value]", "[twice]"], [(2, 4), (3, 6)]),
        ('SELECTCOLUMNS({1, 2}, "next", [Value] + 1)', ["[next]"], [(2,), (3,)]),
        ("TOPN(2, {3, 1, 2}, [Value])", ["[Value]"], [(3,), (2,)]),
        ("TOPN(1, {3, 1, 2}, [Value], ASC)", ["[Value]"], [(1,)]),
        ("TOPN(1, {2, 1, 2}, [Value])", ["[Value]"], [(2,), (2,)]),
        ("VAR t = {1, 2, 3} RETURN FILTER(t, [Value] <> 2)", ["[Value]"], [(1,), (3,)]),
        ("TREATAS({\"Rent\", \"Nothing\"}, Account[Name])", ["Account[Name]"], [("Rent",)]),
        ("VALUES(Lines[Quantity])", ["Lines[Quantity]"], [(1,), (2,), (3,)]),
        ("ALL('Calendar'[Year])", ["Calendar[Year]"], [(2025,), (2026,)]),
    ],
)  # fmt: skip
def test_table_expressions(star: SmallStar, expression: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    found = star.result(f"EVALUATE {expression}")

    assert found.columns == columns
    assert sorted(found.rows, key=str) == sorted(rows, key=str)


def test_a_column_that_is_given_another_name_still_filters(star: SmallStar) -> None:
    east = 'SELECTCOLUMNS(FILTER(VALUES(Lines[Class]), Lines[Class] = "East"), "Which", Lines[Class])'

    assert star.value(f"CALCULATE([Total], {east})") == Decimal("115.25")


def test_rows_are_ordered_by_expressions_with_blanks_as_the_least(star: SmallStar) -> None:
    query = 'EVALUATE SUMMARIZECOLUMNS(Lines[Class], "Total", [Total]) ORDER BY {}'

    assert [row[0] for row in star.rows(query.format("Lines[Class]"))] == [None, "East", "West"]
    assert [row[0] for row in star.rows(query.format("[Total] DESC"))] == ["East", "West", None]
    assert [row[0] for row in star.rows(query.format("-[Total]"))] == ["East", "West", None]


def test_texts_are_ordered_without_regard_to_case(star: SmallStar) -> None:
    assert [row[0] for row in star.rows('EVALUATE {"b", "A", "C"} ORDER BY [Value]')] == ["A", "b", "C"]


def test_nested_groups_are_evaluated_within_their_rows(star: SmallStar) -> None:
    query = """EVALUATE ADDCOLUMNS(VALUES('Calendar'[Year]), "Best",
                 MAXX(TOPN(1, CALCULATETABLE(VALUES(Lines[Class])), [Total]), [Total])) ORDER BY 'Calendar'[Year]"""

    assert star.rows(query) == [(2025, Decimal("100.25")), (2026, Decimal(15))]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("EVALUATE Nothing", "Cannot find table 'Nothing'"),
        ("EVALUATE 1", "not a valid table expression"),
        ("EVALUATE [Total]", "not a valid table expression"),
        ("EVALUATE GENERATE(Account, Lines)", "Failed to resolve name 'GENERATE'"),
        ("EVALUATE SUMMARIZE(Lines, Lines[Class])", "SUMMARIZE isn't evaluated here"),
        ("EVALUATE UNION({1}, {(1, 2)})", "same number of columns"),
        ("EVALUATE {1, (2, 3)}", "same number of values"),
        ("EVALUATE ALL(Account[Name], Lines[Class])", "from the same table"),
        ('EVALUATE ROW("a")', "names and expressions"),
        ("SELECT 1", "syntax is incorrect"),
        ("", "syntax is incorrect"),
    ],
)
def test_what_is_no_table_says_why(star: SmallStar, query: str, told: str) -> None:
    with pytest.raises(DaxError) as raised:
        star.rows(query)
    assert told in str(raised.value)


def test_comments_are_left_out(star: SmallStar) -> None:
    assert star.rows('EVALUATE -- of one row\nROW("v", /* the */ 1) // value') == [(1,)]
