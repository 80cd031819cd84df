"""A reader that opens the warehouse just when it is replaced sees one state of it, or the error it would see anyway."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.warehouse.published import PublishedReader, open_published, undisturbed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for number in (1, 2):
        with duckdb.connect(str(tmp_path / f"state {number}")) as connection:
            connection.execute(f"CREATE TABLE held AS SELECT {number} AS state")
    (tmp_path / "state 1").rename(tmp_path / "warehouse.duckdb")
    return tmp_path / "warehouse.duckdb"


def replace(path: Path) -> None:
    os.replace(path.with_name("state 2"), path)


def test_what_was_opened_while_the_file_was_replaced_is_opened_again(path: Path) -> None:
    opened: list[Path] = []
    closed: list[int] = []

    def opening() -> int:
        opened.append(path)
        if len(opened) == 1:
            replace(path)
        return len(opened)

    assert undisturbed(path, opening, closed.append) == 2
    assert closed == [1]


def test_an_error_while_the_file_was_replaced_is_no_error(path: Path) -> None:
    tried: list[Path] = []

    def opening() -> str:
        tried.append(path)
        if len(tried) == 1:
            replace(path)
            raise duckdb.IOException("No more data remaining in MetadataReader")
        return "opened"

    assert undisturbed(path, opening, lambda _: None) == "opened"


def test_the_error_of_a_file_that_stays_is_told(path: Path) -> None:
    path.write_bytes(b"no database")
    with pytest.raises(duckdb.Error):
        open_published(path)


def test_what_was_opened_stays_what_it_was(path: Path) -> None:
    with open_published(path) as connection:
        replace(path)
        assert connection.execute("SELECT state FROM held").fetchall() == [(1,)]
    with open_published(path) as connection:
        assert connection.execute("SELECT state FROM held").fetchall() == [(2,)]


def test_a_reader_that_stays_open_sees_a_newer_state_as_soon_as_there_is_one(path: Path) -> None:
    with PublishedReader(path) as published:
        before = published.query("SELECT state FROM held WHERE state < ?", [9])
        replace(path)
        after = published.query("SELECT state FROM held WHERE state < ?", [9])

    assert (before, after) == ([(1,)], [(2,)])


def test_a_reader_that_stays_open_keeps_no_other_from_a_newer_state(path: Path) -> None:
    with PublishedReader(path) as published:
        published.query("SELECT state FROM held")
        replace(path)
        with open_published(path) as other:
            assert other.execute("SELECT state FROM held").fetchall() == [(2,)]


def test_a_reader_of_what_was_never_published_finds_nothing(tmp_path: Path) -> None:
    with PublishedReader(tmp_path / "warehouse.duckdb") as published:
        assert published.query("SELECT state FROM held") == []


def test_threads_that_ask_at_once_are_all_answered(path: Path) -> None:
    many = "SELECT sum(number * state) FROM held, range(3000000) AS numbers(number)"
    with PublishedReader(path) as published, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: published.query(many), range(24)))

    assert answers == [[(4499998500000,)]] * 24
