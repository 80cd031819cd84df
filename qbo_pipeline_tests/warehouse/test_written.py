"""What DuckDB tells of its writes, whatever memory it has."""

from __future__ import annotations

import multiprocessing
from itertools import pairwise
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.warehouse.written import log_writes, united, writes

_MORE_THAN_MEMORY = "CREATE TEMP TABLE held AS SELECT i, md5(i::VARCHAR) FROM range(2_000_000) AS numbers (i)"


def _read_the_log(folder: Path) -> None:
    """Write, fill the memory, and read the log; this process ends well if all writes are told."""
    with duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = '{folder / 'spill'}'")
        connection.execute("SET memory_limit = '60MB'; SET threads = 1")
        log_writes(connection)
        connection.execute(f"ATTACH '{folder / 'books.duckdb'}' AS books; CREATE TABLE books.line (memo VARCHAR)")
        for _ in range(300):
            connection.execute("INSERT INTO books.line SELECT 'memo of line ' || i FROM range(2_000) AS numbers (i)")
            connection.execute("CHECKPOINT books")
        connection.execute(_MORE_THAN_MEMORY)
        told = writes(connection, folder / "books.duckdb")
        assert told
        assert told[-1][1] <= (folder / "books.duckdb").stat().st_size
        [(limit,)] = connection.execute("SELECT current_setting('memory_limit')").fetchall()
        assert limit.startswith("57.")  # 60 MB in the words of DuckDB, which rounds
        assert writes(connection, folder / "books.duckdb") == ()


def test_the_log_is_read_where_memory_is_full(tmp_path: Path) -> None:
    # A process of its own: DuckDB waits for itself where it has to make room while it reads its log.
    process = multiprocessing.get_context("spawn").Process(target=_read_the_log, args=(tmp_path,))
    process.start()
    process.join(60.0)
    process.kill()

    assert process.exitcode == 0


@given(st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6), max_size=4))
def test_united_ranges_hold_every_byte_once_and_in_order(several: list[list[tuple[int, int]]]) -> None:
    ranges = [[(start, start + length) for start, length in one] for one in several]
    joined = united(*ranges)
    due = {byte for one in ranges for start, end in one for byte in range(start, end)}
    assert [byte for start, end in joined for byte in range(start, end)] == sorted(due)
    assert all(first[1] < second[0] for first, second in pairwise(joined))
