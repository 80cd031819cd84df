"""Whatever order things happen in, readers see what was built, or what they opened."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline_tests.warehouse.publishing.books import SUMS, Books, linux

actions = st.lists(
    st.sampled_from(
        ["insert", "insert much", "update", "delete", "drop", "checkpoint", "publish", "publish", "open a reader",
         "close a reader", "close", "close without a note"]
    ),
    min_size=4, max_size=25,
)  # fmt: skip


@linux
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions, st.randoms(use_true_random=False))
def test_whatever_happens_in_between_what_is_published_is_what_was_built(
    tmp_path: Path, steps: list[str], chance: random.Random
) -> None:
    shutil.rmtree(tmp_path / "books", ignore_errors=True)
    books = Books(tmp_path / "books")
    readers: list[tuple[duckdb.DuckDBPyConnection, Any]] = []
    for step in [*steps, "publish"]:
        held = books.connection.execute
        if step.startswith("insert"):
            books.insert(60_000 if step == "insert much" else 50, seed=chance.randrange(10**6))
        elif step == "update":
            held(f"UPDATE held SET number = number + 1 WHERE number % 5 = {chance.randrange(5)}")
        elif step == "delete":
            held(f"DELETE FROM held WHERE number % 3 = {chance.randrange(3)}")
        elif step == "drop":
            held("CREATE OR REPLACE TABLE held AS SELECT * FROM held WHERE number % 2 = 0 ORDER BY text")
        elif step == "checkpoint":
            books.checkpoint()
        elif step == "open a reader" and books.target.exists():
            # A link is another path to DuckDB, which would share the state of a reader that has the same path open.
            path = books.folder / f"reader {len(readers)}.duckdb"
            path.symlink_to(books.target.name)
            reader = duckdb.connect(str(path), read_only=True)
            readers.append((reader, reader.execute(SUMS).fetchall()))
        elif step == "close a reader" and readers:
            readers[chance.randrange(len(readers))][0].close()
        elif step.startswith("close"):
            books.close(in_good_order=step == "close")
            books.open()
        elif step == "publish":
            books.publish()
            assert books.target.read_bytes() == books.build.read_bytes()
            for reader, seen in readers:
                if not _is_closed(reader):
                    assert reader.execute(SUMS).fetchall() == seen
    books.connection.close()
    for reader, _ in readers:
        reader.close()


def _is_closed(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute("SELECT 1")
    except duckdb.ConnectionException:
        return True
    return False
