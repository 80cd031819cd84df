"""Rows that are held and rows on their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from qbo_pipeline.publishing.record_file import HeldRows


@pytest.fixture
def record(tmp_path: Path) -> Iterator[HeldRows]:
    with HeldRows(tmp_path / "records" / "books.duckdb", "") as found:
        yield found


def bring(record: HeldRows, **rows: int | None) -> None:
    listed = ", ".join(f"('{name}', '1', {'NULL' if value is None else value})" for name, value in rows.items())
    record.bring("Lines", f"(VALUES {listed}) AS brought (row_key, company, fingerprint)")


def held(record: HeldRows) -> dict[str, int]:
    return dict(record.connection.execute(f"SELECT row_key, fingerprint FROM {record.held('Lines')}").fetchall())


def test_what_comes_is_added_changed_and_taken_away(record: HeldRows) -> None:
    record.hold("Lines")
    bring(record, a=1, b=2, c=3)
    record.take_over("Lines", whole=False)
    bring(record, b=20, c=None, d=4)
    assert held(record) == {"a": 1, "b": 2, "c": 3}
    record.take_over("Lines", whole=False)

    assert held(record) == {"a": 1, "b": 20, "d": 4}
    assert record.rows("Lines") == 3


def test_a_whole_table_replaces_what_was_held(record: HeldRows) -> None:
    record.hold("Lines")
    bring(record, a=1)
    record.take_over("Lines", whole=False)
    bring(record, b=2)
    record.take_over("Lines", whole=True)

    assert held(record) == {"b": 2}


def test_a_transaction_that_fails_changes_nothing(record: HeldRows) -> None:
    record.hold("Lines")
    with suppress(ZeroDivisionError), record.transaction():
        bring(record, a=1)
        record.take_over("Lines", whole=False)
        raise ZeroDivisionError

    assert held(record) == {}
    assert record.tables_of("coming") == []


def test_a_table_that_is_dropped_is_neither_held_nor_coming(record: HeldRows) -> None:
    record.hold("Lines")
    bring(record, a=1)
    assert (record.tables_of("held"), record.tables_of("coming")) == (["Lines"], ["Lines"])
    record.drop("Lines")

    assert (record.tables_of("held"), record.tables_of("coming")) == ([], [])


def test_what_is_held_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    with HeldRows(path, "") as record:
        record.hold("Lines")
        bring(record, a=1)
        record.take_over("Lines", whole=True)
    with HeldRows(path, "") as record:
        assert held(record) == {"a": 1}
        assert record.row("SELECT 1 WHERE false") is None
