from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.power_bi.compile import compiled
from qbo_pipeline.power_bi.rows import expressions, projection
from qbo_pipeline_tests.power_bi.books import LINES, MODEL

CONNECTION = duckdb.connect()


def written(value: object, sql_type: str, push_type: str) -> tuple[str | None, str | None]:
    """JSON and problem of one value."""
    made = expressions("given", push_type, sql_type)
    row = CONNECTION.execute(
        f"SELECT {made.json}, {made.problem} FROM (SELECT ?::{sql_type} AS given)", [value]
    ).fetchone()
    assert row is not None
    return row


amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=4)


@given(amounts)
def test_an_amount_is_written_digit_by_digit(amount: Decimal) -> None:
    text, problem = written(amount, "DECIMAL(28,4)", "Decimal")

    assert problem is None
    assert text is not None
    assert Decimal(text) == amount
    assert json.loads(text, parse_float=Decimal) == amount


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50))
def test_a_text_is_the_same_when_it_is_read(text: str) -> None:
    found, problem = written(text, "VARCHAR", "String")

    assert problem is None
    assert json.loads(found or "") == text


@given(st.integers(-(2**63) + 2, 2**63 - 2))
def test_a_whole_number_is_written_as_it_is(number: int) -> None:
    assert written(number, "BIGINT", "Int64") == (str(number), None)


@given(st.floats(allow_nan=False, allow_infinity=False, max_value=1e308, min_value=-1e308))
def test_a_double_is_the_same_when_it_is_read(number: float) -> None:
    text, problem = written(number, "DOUBLE", "Double")

    assert problem is None
    assert float(json.loads(text or "")) == number


@pytest.mark.parametrize(
    ("value", "sql_type", "push_type", "told"),
    [
        ("x" * 4001, "VARCHAR", "String", "longer than 4,000 characters (4001)"),
        ("\N{GRINNING FACE}" * 2001, "VARCHAR", "String", "longer than 4,000 characters (4002)"),
        (2**63 - 1, "BIGINT", "Int64", "is beyond 64 bits"),
        (-(2**63), "BIGINT", "Int64", "is beyond 64 bits"),
        (Decimal("1.5"), "DECIMAL(18,2)", "Int64", "is no whole number"),
        ("twelve", "VARCHAR", "Int64", "is no whole number"),
        (Decimal("0.00001"), "DECIMAL(28,10)", "Decimal", "has more than four decimal places"),
        (Decimal(10) ** 24, "DECIMAL(38,4)", "Decimal", "more than 24 digits before the point"),
        ("a lot", "VARCHAR", "Decimal", "is no decimal of 28 digits"),
        (float("nan"), "DOUBLE", "Double", "is no number that a Double takes"),
        (float("inf"), "DOUBLE", "Double", "is no number that a Double takes"),
        ("perhaps", "VARCHAR", "Boolean", "is neither true nor false"),
        ("yesterday", "VARCHAR", "DateTime", "is no date and time"),
        ("infinity", "DATE", "DateTime", "is no date and time"),
    ],
)
def test_what_does_not_fit_has_a_reason(value: object, sql_type: str, push_type: str, told: str) -> None:
    _, problem = written(value, sql_type, push_type)

    assert problem is not None
    assert told in problem


@pytest.mark.parametrize(
    ("value", "sql_type", "push_type", "text"),
    [
        ("x" * 4000, "VARCHAR", "String", '"' + "x" * 4000 + '"'),
        (None, "VARCHAR", "String", None),
        (None, "DECIMAL(38,10)", "Decimal", None),
        (None, "DATE", "DateTime", None),
        (Decimal("12.5"), "DECIMAL(28,10)", "Decimal", "12.5000"),
        (Decimal("3"), "DECIMAL(18,2)", "Int64", "3"),
        (Decimal("0.1234567891"), "DECIMAL(28,10)", "Double", "0.1234567891"),
        (True, "BOOLEAN", "Boolean", "true"),
        (date(2026, 1, 31), "DATE", "DateTime", '"2026-01-31T00:00:00Z"'),
        (datetime(2026, 1, 31, 1, 2, 3, 4), "TIMESTAMP", "DateTime", '"2026-01-31T01:02:03.000004Z"'),
    ],
)
def test_what_fits_is_written(value: object, sql_type: str, push_type: str, text: str | None) -> None:
    assert written(value, sql_type, push_type) == (text, None)


def projected(rows: list[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE line (line_key VARCHAR, realm_id VARCHAR, account_key VARCHAR, line_date DATE, memo VARCHAR, "
            "quantity DOUBLE, amount DECIMAL(28, 8), line_count INTEGER)"
        )
        for row in rows:
            connection.execute(
                f"INSERT INTO line ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
            )
        types = {name: kind for name, kind, *_ in connection.execute("DESCRIBE line").fetchall()}
        deployed = compiled(MODEL, "Books", "token").by_name[LINES.name]
        return connection.execute(projection(LINES, deployed, types, "line", None)).fetchall()


def test_a_row_tells_every_value_that_does_not_fit() -> None:
    [(key, company, _, reason)] = projected(
        [{"line_key": "1", "realm_id": "9", "memo": "x" * 5000, "amount": Decimal("0.00001")}]
    )

    assert (key, company) == ("1", "9")
    assert reason == ("Memo: longer than 4,000 characters (5000); Amount: 0.00001000 has more than four decimal places")


def test_a_row_without_a_key_is_left_out() -> None:
    [(_, _, _, reason)] = projected([{"realm_id": "9", "amount": Decimal(1)}])

    assert reason == "the row has no key"


def test_a_row_has_every_column_of_the_table_with_null_for_nothing() -> None:
    [(_, _, body, reason)] = projected([{"line_key": "1", "realm_id": "9", "amount": Decimal("1.10")}])

    assert reason is None
    assert body == (
        '{"Line Key":"1","Company Key":"9","Account Key":null,"Line Date":null,"Memo":null,"Quantity":null,'
        '"Amount":1.1000,"Line Count":null}'
    )
