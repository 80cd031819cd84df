"""Which rows fit, which of those with the same key is taken, and what differs from what is held."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.model.columns import amount, key
from qbo_pipeline.model.definition import Kind, Table
from qbo_pipeline.model.rows import SQL_TYPES
from qbo_pipeline.publishing.differences import differ
from qbo_pipeline.publishing.errors import WarehouseBehindError
from qbo_pipeline.publishing.rows import SHOWN, FittingRows, LeftOut, cast, checked

TABLE = Table(
    "Lines", "finance.line", Kind.FACT, "Lines.",
    (key("Key", "line_key", ""), key("Company", "realm_id", ""), amount("Amount", "amount", "")), "Key", "Company",
)  # fmt: skip
ROWS = FittingRows(TABLE, {kind: cast(type_) for kind, type_ in SQL_TYPES.items()}, salt="1")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("ATTACH ':memory:' AS warehouse; CREATE SCHEMA warehouse.finance")
        opened.execute("CREATE TABLE warehouse.finance.line (line_key VARCHAR, realm_id VARCHAR, amount VARCHAR)")
        yield opened


def put(connection: duckdb.DuckDBPyConnection, *rows: tuple[str | None, str | None, str | None]) -> None:
    connection.execute("DELETE FROM warehouse.finance.line")
    connection.executemany("INSERT INTO warehouse.finance.line VALUES (?, ?, ?)", list(rows))


def fingerprints(connection: duckdb.DuckDBPyConnection, rows: FittingRows = ROWS) -> dict[str, int]:
    checked(connection, rows)
    return dict(connection.execute("SELECT row_key, fingerprint FROM wanted").fetchall())


def test_rows_that_do_not_fit_are_counted_and_the_first_are_shown(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, ("a", "1", "1.5"), *((f"b{number:02}", "1", "much") for number in range(30)))
    found = checked(connection, ROWS)

    assert (found.rows, found.left_out, len(found.shown)) == (1, 30, SHOWN)
    assert found.shown[0] == LeftOut("Lines", "1", "b00", "Amount: much is no DECIMAL(19, 4)")


def test_all_that_is_wrong_with_a_row_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, (None, "1", "much"))

    [left_out] = checked(connection, ROWS).shown
    assert left_out == LeftOut("Lines", "1", None, "the row has no key; Amount: much is no DECIMAL(19, 4)")


def test_of_rows_with_the_same_key_the_same_one_is_always_taken(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [("a", "1", "1"), ("a", "1", "2"), ("a", "2", "3")]
    taken = set()
    for order in (rows, rows[::-1], [rows[1], rows[0], rows[2]]):
        put(connection, *order)
        checked(connection, ROWS)
        taken.add(tuple(connection.execute(ROWS.chosen("wanted")).fetchall()))

    assert len(taken) == 1


def test_only_the_rows_that_are_asked_for_are_wanted(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, ("a", "1", "1"), ("b", "2", "2"))

    assert checked(connection, ROWS, "WHERE company IN ('2')").rows == 1
    assert connection.execute("SELECT row_key, company FROM wanted").fetchall() == [("b", "2")]


def test_a_fingerprint_changes_with_a_value_and_with_its_salt(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, ("a", "1", "1"), ("b", "1", None))
    before = fingerprints(connection)
    put(connection, ("a", "1", "1.0001"), ("b", "1", "0"))
    after = fingerprints(connection)
    salted = fingerprints(connection, FittingRows(TABLE, ROWS.takes, salt="2"))

    assert len({*before.values(), *after.values(), *salted.values()}) == 6


def test_a_warehouse_of_an_older_version_is_told_with_what_to_do(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("ALTER TABLE warehouse.finance.line DROP COLUMN amount")

    with pytest.raises(WarehouseBehindError, match=r"Table Lines: finance\.line .*amount.*qbo-pipeline sync"):
        checked(connection, ROWS)


_held = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers(0, 3))


@given(held=_held, wanted=_held)
def test_what_differs_brings_what_is_held_to_what_is_wanted(held: dict[str, int], wanted: dict[str, int]) -> None:
    with duckdb.connect() as connection:
        for name, rows in (("held", held), ("wanted", wanted)):
            connection.execute(f"CREATE TABLE {name} (row_key VARCHAR, company VARCHAR, fingerprint UBIGINT)")
            if rows:
                connection.executemany(f"INSERT INTO {name} VALUES (?, '1', ?)", list(rows.items()))
        difference = differ(connection, "held", "wanted")
        changes = dict(connection.execute("SELECT row_key, fingerprint FROM difference").fetchall())

    merged = {name: value for name, value in {**held, **changes}.items() if value is not None}
    assert merged == wanted
    assert difference.added == len(wanted.keys() - held.keys())
    assert difference.removed == len(held.keys() - wanted.keys())
    assert difference.changed == sum(held[name] != wanted[name] for name in held.keys() & wanted.keys())
    assert difference.rows == len(changes)
