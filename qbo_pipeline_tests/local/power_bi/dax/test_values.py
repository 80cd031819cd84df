"""Values: literals, operators, blanks, types, functions of numbers, texts and dates."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.local.power_bi.dax import DaxError
from qbo_pipeline_tests.local.power_bi.dax.small_star import SmallStar


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("-2 ^ 2", -4.0), ("7 / 2", 3.5), ("2 - 3 - 4", -5), ("1.5 * 2", 3.0),
        ('"a" & 1 & "b"', "a1b"), ('"say ""hi"""', 'say "hi"'), ("TRUE() && NOT FALSE()", True),
        ("TRUE || FALSE", True),
        ("1 < 2", True), ("2 <> 2", False), ('"abc" = "ABC"', True), ('"abc" == "ABC"', True), ('"a" < "B"', True),
        ("3 IN {1, 2, 3}", True), ('NOT "x" IN {"a", "B"}', True), ('"b" IN {"a", "B"}', True),
        ("VAR a = 2 VAR b = a * a RETURN b + a", 6), ("VAR a = 1 RETURN VAR a = 2 RETURN a", 2),
        ('dt"2026-01-31" + 1', datetime(2026, 2, 1)), ("DATE(2026, 3, 1) - DATE(2026, 2, 1)", 28.0),
    ],
)  # fmt: skip
def test_operators(star: SmallStar, expression: str, value: Any) -> None:
    assert star.value(expression) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("BLANK() + 1", 1), ("1 - BLANK()", 1), ("BLANK() - 1", -1), ("BLANK() + BLANK()", None), ("BLANK() * 5", None),
        ("5 * BLANK()", None), ("BLANK() / 5", None), ("BLANK() / BLANK()", None), ("-BLANK()", None),
        ("5 / BLANK()", math.inf), ("-5 / 0", -math.inf), ("BLANK() = 0", True), ('BLANK() = ""', True),
        ("BLANK() = FALSE()", True), ("BLANK() == 0", False), ("BLANK() == BLANK()", True), ("BLANK() < 1", True),
        ("BLANK() = BLANK()", True), ('BLANK() & "x"', "x"), ("BLANK() || TRUE()", True), ("BLANK() && TRUE()", False),
        ("NOT BLANK()", True), ("IF(BLANK(), 1, 2)", 2), ("IF(FALSE(), 1)", None), ("ISBLANK(BLANK())", True),
        ("ISBLANK(0)", False), ("COALESCE(BLANK(), BLANK(), 3)", 3), ("COALESCE(BLANK(), BLANK())", None),
        ("DIVIDE(BLANK(), 2)", None), ("DIVIDE(1, 0)", None), ("DIVIDE(1, 0, 9)", 9.0), ("DIVIDE(1, BLANK(), 0)", 0.0),
        ("DIVIDE(0, 5)", 0.0), ('SWITCH(BLANK(), 0, "zero", "else")', "zero"),
    ],
)  # fmt: skip
def test_blanks(star: SmallStar, expression: str, value: Any) -> None:
    assert star.value(expression) == value


def test_zero_over_blank_is_no_number(star: SmallStar) -> None:
    assert math.isnan(star.value("0 / BLANK()"))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("SUM(Lines[Amount])", Decimal("142.1500")),
        ("SUM(Lines[Amount]) * 3", Decimal("426.4500")),
        ("SUM(Lines[Amount]) + 1", Decimal("143.1500")),
        ("DIVIDE(SUM(Lines[Amount]), 3)", Decimal("47.3833")),
        ("SUM(Lines[Amount]) * 0.5", Decimal("71.0750")),
        ("ROUND(SUM(Lines[Amount]), 1)", Decimal("142.2000")),
        ("AVERAGE(Lines[Amount])", Decimal("23.6917")),
        ("DIVIDE(SUM(Lines[Amount]), SUM(Lines[Amount]))", 1.0),
        ("SUM(Lines[Quantity])", 9),
        ("AVERAGE(Lines[Quantity])", 1.5),
    ],
)
def test_money_stays_a_fixed_decimal_where_dax_keeps_it_one(star: SmallStar, expression: str, value: Any) -> None:
    found = star.value(expression)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("ABS(-3)", 3), ("ROUND(2.5, 0)", 3.0), ("ROUND(-2.5, 0)", -3.0), ("ROUND(1234, -2)", 1200), ("INT(-1.5)", -2),
        ("MOD(7, 3)", 1), ("MOD(-7, 3)", 2), ("VALUE(\"1.5\")", 1.5), ('CONCATENATE("a", 1)', "a1"), ("MIN(3, 2)", 2),
        ("MAX(3, 2.5)", 3.0), ("AND(TRUE(), 1 = 2)", False), ("OR(FALSE(), 1 = 1)", True),
        ('SWITCH(3, 1, "one", 3, "three")', "three"), ("SWITCH(9, 1, 2)", None),
        ('SWITCH(TRUE(), 1 > 2, "a", 2 > 1, "b", "c")', "b"), ("TODAY()", datetime(2026, 11, 26)),
        ("NOW()", datetime(2026, 11, 26, 12, 30)), ("DATE(2026, 14, 0)", datetime(2027, 1, 31)),
        ("YEAR(DATE(2026, 5, 9)) * 10000 + MONTH(DATE(2026, 5, 9)) * 100 + DAY(DATE(2026, 5, 9))", 20260509),
        ("EOMONTH(DATE(2026, 1, 31), 1)", datetime(2026, 2, 28)),
        ("DATEDIFF(DATE(2026, 1, 31), DATE(2026, 3, 1), MONTH)", 2),
        ("DATEDIFF(DATE(2026, 1, 31), DATE(2026, 3, 1), DAY)", 29), ('FORMAT(1234.5, "#,0.00")', "1,234.50"),
        ('FORMAT(0.256, "0.0%")', "25.6%"), ('FORMAT(DATE(2026, 5, 9), "yyyy-mm-dd")', "2026-05-09"),
        ('FORMAT(DATE(2026, 5, 9), "mmm yyyy")', "May 2026"), ('FORMAT(BLANK(), "0")', ""),
    ],
)  # fmt: skip
def test_functions(star: SmallStar, expression: str, value: Any) -> None:
    assert star.value(expression) == value


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ('"a" = 1', "comparing values of type Text with values of type Integer"),
        ('IF("a", 1, 2)', "Text to type True/False"),
        ('IF(TRUE(), 1, "a")', "Integer and Text"),
        ("NOSUCH(1)", "Failed to resolve name 'NOSUCH'"),
        ("[No Measure]", "'No Measure' cannot be determined"),
        ("Lines[Amount]", "A single value for column 'Amount' in table 'Lines' cannot be determined"),
        ("SUM(Lines[Nothing])", "Column 'Nothing' in table 'Lines' cannot be found"),
        ("SUM(Nothing[Amount])", "Cannot find table 'Nothing'"),
        ("SUM(Lines[Class])", "SUM cannot work with values of type String"),
        ("SUM(1)", "only accepts a column reference"),
        ("VALUES(Account[Name])", "A table of multiple values was supplied"),
        ('FORMAT(1, "0.00E+00")', "FORMAT by '0.00E+00'"),
        ("CALCULATE([Total], USERELATIONSHIP(Lines[Date], 'Calendar'[Date]))", "USERELATIONSHIP isn't evaluated here"),
        ("CALCULATE([Total], 1 = 1)", "names no column"),
        ('CALCULATE([Total], Account[Name] = "a" || Lines[Class] = "b")', "columns from multiple tables"),
        ("1 +", "syntax is incorrect"),
        ('"open', "syntax is incorrect"),
    ],
)
def test_what_cannot_be_says_why(star: SmallStar, expression: str, told: str) -> None:
    with pytest.raises(DaxError) as raised:
        star.value(expression)
    assert told in str(raised.value)


def test_an_error_in_a_branch_that_is_not_taken_is_none(star: SmallStar) -> None:
    assert star.value('IF(HASONEVALUE(Account[Name]), VALUES(Account[Name]), "many")') == "many"


def test_a_measure_that_fails_is_named(star: SmallStar) -> None:
    with pytest.raises(DaxError, match=r"Measure \[Broken\]: Failed to resolve name 'NOSUCH'"):
        star.rows('DEFINE MEASURE Lines[Broken] = NOSUCH() EVALUATE ROW("v", [Broken])')


def test_a_measure_that_needs_itself_is_an_error(star: SmallStar) -> None:
    with pytest.raises(DaxError, match="circular dependency"):
        star.rows('DEFINE MEASURE Lines[A] = [B] MEASURE Lines[B] = [A] + 1 EVALUATE ROW("v", [A])')
