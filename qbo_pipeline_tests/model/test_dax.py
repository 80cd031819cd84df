from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.model.dax import Call, DaxError, Reference, read, tokens


def test_columns_measures_and_tables_are_told_apart() -> None:
    found = read("CALCULATE([Net Income], 'Account'[Section] = \"Income\", REMOVEFILTERS('Calendar'))")

    assert found.references == (
        Reference(None, "Net Income"),
        Reference("Account", "Section"),
        Reference("Calendar", None),
    )
    assert found.functions == {"CALCULATE", "REMOVEFILTERS"}


def test_what_stands_in_texts_and_comments_is_not_read() -> None:
    found = read("// 'No'[Table]\n\"it's [none]\" /* FOO() */ & 'It''s'[A]]B]")

    assert found.references == (Reference("It's", "A]B"),)
    assert found.functions == frozenset()


def test_variables_are_neither_functions_nor_unknown() -> None:
    found = read("VAR lastDay = [Last Day] RETURN IF(lastDay > other, DATEDIFF(lastDay, TODAY(), DAY))")

    assert found.unknown == ("other",)
    assert found.functions == {"IF", "DATEDIFF", "TODAY"}


def test_a_function_is_told_with_what_it_is_applied_to() -> None:
    assert read("SUM('Sales Lines'[Amount]) + COUNTROWS('Calendar')").calls == (
        Call("SUM", Reference("Sales Lines", "Amount")),
        Call("COUNTROWS", Reference("Calendar", None)),
    )


@pytest.mark.parametrize("dax", ["SUM(", "SUM)", "{1)", "1 § 2", "'open", "[open"])
def test_what_cannot_be_read_says_where(dax: str) -> None:
    with pytest.raises(DaxError, match=r"character|closed"):
        read(dax)


@given(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"])), st.text(st.characters(blacklist_categories=["Cs"]))
)
def test_names_survive_their_quotes(table: str, column: str) -> None:
    dax = "'" + table.replace("'", "''") + "'[" + column.replace("]", "]]") + "]"

    assert [token.value for token in tokens(dax)] == [table, column]
