"""Filter contexts: groups, CALCULATE, context transition, relationships and the rows they lose."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.local.power_bi.dax import DaxError, Model
from qbo_pipeline_tests.local.power_bi.dax.small_star import RELATIONSHIPS, SmallStar, table


def money(*texts: str | None) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts]


def test_groups_are_those_with_a_value_and_the_astray_line_has_a_blank_one(star: SmallStar) -> None:
    found = star.result('EVALUATE SUMMARIZECOLUMNS(Account[Name], "Total", [Total]) ORDER BY Account[Name]')

    assert found.columns == ["Account[Name]", "[Total]"]
    assert found.rows == [(None, Decimal(7)), ("Rent", Decimal("-30.1")), ("Sales", Decimal("165.25"))]


def test_groups_of_several_tables(star: SmallStar) -> None:
    query = """EVALUATE SUMMARIZECOLUMNS('Calendar'[Year], Account[Type], "Total", [Total], "Rows", [Rows])
               ORDER BY 'Calendar'[Year] DESC, Account[Type]"""

    assert star.rows(query) == [
        (2026, None, Decimal(7), 1), (2026, "Income", Decimal(15), 2),
        (2025, "Expense", Decimal("-30.1"), 1), (2025, "Income", Decimal("150.25"), 2),
    ]  # fmt: skip


def test_groups_without_values_are_all_that_exist(star: SmallStar) -> None:
    assert star.rows("EVALUATE SUMMARIZECOLUMNS(Lines[Class]) ORDER BY Lines[Class]") == [(None,), ("East",), ("West",)]


def test_filter_tables_narrow_groups_and_values(star: SmallStar) -> None:
    query = """EVALUATE SUMMARIZECOLUMNS(Account[Name], TREATAS({"East"}, Lines[Class]),
                 FILTER(ALL('Calendar'[Year]), 'Calendar'[Year] = 2026),
                 "Total", [Total], "All", CALCULATE([Total], ALL(Lines)))
               ORDER BY Account[Name]"""

    assert star.rows(query) == [
        (None, None, Decimal("142.15")), ("Cash", None, Decimal("142.15")), ("Rent", None, Decimal("142.15")),
        ("Sales", Decimal(15), Decimal("142.15")),
    ]  # fmt: skip


def test_sums_of_nothing_are_blank_and_leave_a_query_without_groups_empty(star: SmallStar) -> None:
    nothing = 'TREATAS({"Nowhere"}, Lines[Class])'

    assert star.rows(f'EVALUATE SUMMARIZECOLUMNS({nothing}, "Total", [Total], "Rows", [Rows])') == []
    assert star.rows(f'EVALUATE SUMMARIZECOLUMNS({nothing}, "Total", [Total] + 0)') == [(0,)]
    assert star.rows(f'EVALUATE CALCULATETABLE(ROW("Total", [Total], "Rows", [Rows]), {nothing})') == [(None, None)]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('CALCULATE([Total], Account[Type] = "INCOME")', "165.25"),
        ('CALCULATE([Total], Account[Type] <> "Income")', "-23.1"),
        ('CALCULATE([Total], Account[Type] IN {"Income", "Expense"}, \'Calendar\'[Year] = 2025)', "120.15"),
        ('CALCULATE([Total], Lines[Quantity] > 1 && Lines[Class] = "East")', "5"),
        ("CALCULATE([Total], ISBLANK(Lines[Class]))", "-30.1"),
        ("CALCULATE([Total], ISBLANK(Account[Key]))", "7"),
        ("CALCULATE([Total], FILTER(Lines, RELATED(Account[Type]) = \"Expense\"))", "-30.1"),
        ("CALCULATE([Total], FILTER(ALL('Calendar'), 'Calendar'[Month Number] = 2))", "24.9"),
        ("CALCULATE([Total], TREATAS({(2026, 1)}, 'Calendar'[Year], 'Calendar'[Month Number]))", "17"),
        ("CALCULATE([Total], VAR y = 2026 RETURN 'Calendar'[Year] = y)", "22"),
        ("CALCULATE(CALCULATE([Total], 'Calendar'[Year] = 2026), 'Calendar'[Year] = 2025)", "22"),
        ("CALCULATE(CALCULATE([Total], KEEPFILTERS('Calendar'[Year] = 2026)), 'Calendar'[Year] = 2025)", None),
        ("CALCULATE(CALCULATE([Total], REMOVEFILTERS('Calendar'[Year])), 'Calendar'[Year] = 2025)", "142.15"),
        ("CALCULATE(CALCULATE([Total], ALL('Calendar')), 'Calendar'[Year] = 1, Lines[Class] = \"East\")", "115.25"),
        ("CALCULATE(CALCULATE([Total], REMOVEFILTERS()), 'Calendar'[Year] = 2025, Lines[Class] = \"East\")", "142.15"),
        ("CALCULATE(CALCULATE([Total], ALL(Lines)), 'Calendar'[Year] = 2025)", "142.15"),
        ("CALCULATE(CALCULATE([Total], ALL(Lines[Class])), 'Calendar'[Year] = 2025, Lines[Class] = \"Z\")", "120.15"),
        ("CALCULATE([Income], Account[Type] = \"Expense\")", "165.25"),
        ("CALCULATE([Total], FILTER(VALUES('Calendar'[Year]), [Total] > 100))", "120.15"),
        ("CALCULATE(MAX(Lines[Amount]), Lines[Class] = \"West\")", "50"),
        ("SUMX(VALUES(Account[Type]), ABS([Total]))", "202.35"),
        ("SUMX(Lines, Lines[Amount] * Lines[Quantity])", "122.05"),
        ("SUMX(FILTER(Lines, Lines[Amount] > 9), Lines[Amount])", "160.25"),
        ("MAXX(VALUES('Calendar'[Year]), [Total])", "120.15"),
        ("MINX(Lines, Lines[Amount])", "-30.1"),
        ("AVERAGEX(VALUES('Calendar'[Year]), [Total])", "71.075"),
        ("SUMX(VALUES('Calendar'[Year]), SUM(Lines[Amount]))", "284.3"),
        ("SUMX(VALUES('Calendar'[Year]), CALCULATE(SUM(Lines[Amount])))", "142.15"),
        ("SUMX(VALUES('Calendar'[Year]), SUMX(VALUES(Account[Name]), IF([Total] > 0, [Total])))", "172.25"),
        ("SUMX(Account, [Total])", "135.15"),
        ("VAR t = [Total] RETURN CALCULATE(t, 'Calendar'[Year] = 2025)", "142.15"),
    ],
)  # fmt: skip
def test_sums_under_filters(star: SmallStar, expression: str, value: str | None) -> None:
    assert star.value(expression) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("COUNTROWS(Account)", 3), ("COUNTROWS(VALUES(Account[Name]))", 4), ("COUNTROWS(DISTINCT(Account[Name]))", 3),
        ("COUNTROWS(ALL(Account))", 4), ("DISTINCTCOUNT(Lines[Class])", 3), ("COUNT(Lines[Class])", 5),
        ("COUNTX(Lines, Lines[Class])", 5), ('COUNTROWS(FILTER(Lines, Lines[Class] = "East"))', 3),
        ('CALCULATE(COUNTROWS(Lines), Account[Name] = "Cash")', None),
        ('CALCULATE(COUNTROWS(Account), Lines[Class] = "East")', 3),
        ("CALCULATE(DISTINCTCOUNT(Lines[Account Key]), 'Calendar'[Year] = 2026)", 2),
        ("CALCULATE(SELECTEDVALUE(Account[Name]), Account[Type] = \"Asset\")", "Cash"),
        ('SELECTEDVALUE(Account[Name], "several")', "several"), ("SELECTEDVALUE(Account[Name])", None),
        ('CALCULATE(HASONEVALUE(Account[Name]), Account[Type] = "Asset")', True),
        ("MAX('Calendar'[Date])", datetime(2026, 12, 31)), ("MIN(Lines[Class])", "East"),
        ("COUNTROWS(CALCULATETABLE(Lines, 'Calendar'[Year] = 2025))", 3),
        ("\"Rent\" IN VALUES(Account[Name])", True), ('"Salt" IN VALUES(Account[Name])', False),
    ],
)  # fmt: skip
def test_counts_and_values_under_filters(star: SmallStar, expression: str, value: Any) -> None:
    assert star.value(expression) == value


def test_a_row_that_is_looked_at_filters_what_a_measure_sees(star: SmallStar) -> None:
    query = """EVALUATE ADDCOLUMNS(VALUES(Account[Name]), "Total", [Total], "Sum", SUM(Lines[Amount]),
                 "Rank", COUNTROWS(FILTER(ALL(Account[Name]), [Total] > 6)))
               ORDER BY [Total] DESC"""

    assert [row[1] for row in star.rows(query)] == money("165.25", "7", "-30.1", None)
    assert {(row[2], row[3]) for row in star.rows(query)} == {(Decimal("142.15"), 2)}


def test_a_condition_knows_the_rows_and_filters_around_it(star: SmallStar) -> None:
    """A running total: every year sees its own last day in the condition."""
    query = """EVALUATE SUMMARIZECOLUMNS('Calendar'[Year], "Balance",
                 CALCULATE([Total], 'Calendar'[Date] <= MAX('Calendar'[Date]))) ORDER BY 'Calendar'[Year]"""

    assert star.rows(query) == [(2025, Decimal("120.15")), (2026, Decimal("142.15"))]


def test_variables_keep_the_value_of_where_they_were_defined(star: SmallStar) -> None:
    query = """EVALUATE SUMMARIZECOLUMNS('Calendar'[Year], "Share",
                 VAR own = [Total] VAR whole = CALCULATE([Total], ALL('Calendar')) RETURN ROUND(DIVIDE(own, whole), 3))
               ORDER BY 'Calendar'[Year]"""

    assert star.rows(query) == [(2025, 0.845), (2026, 0.155)]


def test_measures_of_a_query_replace_those_of_the_model(star: SmallStar) -> None:
    query = 'DEFINE MEASURE Lines[Total] = 1 MEASURE Lines[More] = [Total] + 1 EVALUATE ROW("v", [More])'

    assert star.rows(query) == [(2,)]


def test_a_key_that_is_there_twice_on_the_one_side_is_an_error() -> None:
    star = SmallStar()
    twice = [("a1", "Sales", "Income"), ("a1", "Sales", "Income")]
    others = [one for one in star.model.tables.values() if one.name != "Account"]
    doubled = table(star.connection, "Accounts twice", {"Key": "String", "Name": "String", "Type": "String"}, twice)
    account = type(doubled)("Account", doubled.relation, doubled.columns, doubled.measures)
    star.model = Model([*others, account], RELATIONSHIPS)

    with pytest.raises(DaxError, match="Column 'Key' in Table 'Account' contains a duplicate value 'a1'"):
        star.rows('EVALUATE SUMMARIZECOLUMNS(Account[Name], "Total", [Total])')
    assert star.value("COUNTROWS(Account)") == 2


def test_relationships_run_on_through_several_tables() -> None:
    star = SmallStar()
    kinds = table(star.connection, "Kind", {"Type": "String", "Group": "String"}, [("Income", "P&L"), ("Asset", "BS")])
    further = {"name": "kind", "fromTable": "Account", "fromColumn": "Type", "toTable": "Kind", "toColumn": "Type"}
    star.model = Model([*star.model.tables.values(), kinds], [*RELATIONSHIPS, further])

    assert star.rows('EVALUATE SUMMARIZECOLUMNS(Kind[Group], "Total", [Total]) ORDER BY Kind[Group]') == [
        (None, Decimal("-23.1")), ("P&L", Decimal("165.25")),
    ]  # fmt: skip
