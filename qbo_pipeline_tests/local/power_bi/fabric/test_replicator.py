"""The replicator and its rules: order, markers, keys, columns; and what stops it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline_tests.local.power_bi.fabric.mirror import Mirror

MARKER = "__rowMarker__"


def marked(*rows: tuple[int, Any, int]) -> dict[str, list[Any]]:
    """Id, value, marker."""
    return {"id": [row[0] for row in rows], "v": [row[1] for row in rows], MARKER: [row[2] for row in rows]}


def test_a_first_file_without_markers_is_inserted_and_counted(mirror: Mirror) -> None:
    mirror.keys("T", "id")
    mirror.write("T", 1, {"id": [1, 2], "v": ["a", "b"]})
    status = mirror.statuses()["T"]

    assert mirror.rows("T") == [(1, "a"), (2, "b")]
    assert (status["status"], status["sourceSchemaName"], status["metrics"]["processedRows"]) == (
        "Replicating",
        "dbo",
        2,
    )
    assert status["metrics"]["lastSyncDateTime"].endswith("Z")


def test_updates_upserts_and_deletions_find_rows_by_key(mirror: Mirror) -> None:
    mirror.keys("T", "id")
    mirror.write("T", 1, {"id": [1, 2, 3], "v": ["a", "b", "c"]})
    mirror.write("T", 2, marked((1, "A", 1), (2, None, 2), (4, "D", 4), (9, "z", 2), (5, "e", 1), (4, "DD", 4)))

    assert mirror.rows("T") == [(1, "A"), (3, "c"), (4, "DD"), (5, "e")]


def test_files_that_come_again_are_harmless_by_upserts(mirror: Mirror) -> None:
    mirror.keys("T", "id")
    mirror.write("T", 1, marked((1, "a", 4), (2, "b", 2)))
    mirror.write("T", 2, marked((1, "a", 4), (2, "b", 2)))

    assert mirror.rows("T") == [(1, "a")]


def test_inserts_are_not_checked_for_what_is_there(mirror: Mirror) -> None:
    mirror.keys("T", "id")
    for number in (1, 2):
        mirror.write("T", number, marked((1, "a", 0)))

    assert mirror.rows("T") == [(1, "a"), (1, "a")]


changes = st.lists(
    st.lists(st.tuples(st.integers(1, 4), st.text(max_size=2), st.sampled_from([0, 1, 2, 4])), min_size=1, max_size=8),
    min_size=1,
    max_size=4,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes)
def test_rows_are_applied_one_after_the_other(mirror: Mirror, changes: list[list[tuple[int, str, int]]]) -> None:
    mirror.lake.delete(mirror.path("Any"), params={"recursive": "true"})
    mirror.keys("Any", "id")
    expected: list[tuple[int, str]] = []
    for number, rows in enumerate(changes, 1):
        mirror.write("Any", number, marked(*rows))
        for key, value, marker in rows:
            if marker != 0:
                expected = [one for one in expected if one[0] != key]
            if marker != 2:
                expected.append((key, value))

    assert mirror.rows("Any") == sorted(expected, key=str)


def test_a_file_is_hidden_until_it_is_renamed(mirror: Mirror) -> None:
    mirror.write("T", "_00000000000000000001", {"id": [1]})

    assert mirror.statuses()["T"]["metrics"]["processedRows"] == 0


def test_files_wait_for_the_one_that_is_missing(mirror: Mirror) -> None:
    mirror.write("T", 1, {"id": [1]})
    mirror.write("T", 3, {"id": [3]})
    waiting = mirror.statuses()["T"]
    mirror.write("T", 2, {"id": [2]})

    assert "File 00000000000000000002 is missing" in waiting["error"]["message"]
    assert (waiting["metrics"]["processedRows"], mirror.rows("T")) == (1, [(1,), (2,), (3,)])
    assert "error" not in mirror.statuses()["T"]


def test_columns_are_added_and_missing_ones_are_blank(mirror: Mirror) -> None:
    mirror.write("T", 1, {"id": [1], "v": ["a"]})
    mirror.write("T", 2, {"id": [2], "w": [2.5]})

    assert mirror.rows("T") == [(1, "a", None), (2, None, 2.5)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (pa.table({"id": ["2"], "v": ["b"]}), "column id is string and was int64"),
        (pa.table({"id": [2], "v": pa.nulls(1)}), "SchemaMergeFailure"),
        (pa.table({"id": [2], MARKER: [0], "v": ["b"]}), f"{MARKER} is not the last column"),
        (pa.table({"id": [2], "v": ["b"], MARKER: [3]}), f"{MARKER} is 3"),
        (pa.table({"id": [2], "v": ["b"], MARKER: [4]}), "no _metadata.json names keyColumns"),
    ],
)
def test_what_breaks_a_rule_stops_a_table_until_its_folder_is_deleted(
    mirror: Mirror, rows: pa.Table, told: str
) -> None:
    mirror.write("T", 1, {"id": [1], "v": ["a"]})
    mirror.write("Other", 1, {"id": [1]})
    mirror.write("T", 2, rows)
    failed = mirror.statuses()["T"]
    mirror.write("T", 3, {"id": [3], "v": ["c"]})
    mirror.write("Other", 2, {"id": [2]})

    assert (failed["status"], told in failed["error"]["message"]) == ("Failed", True)
    assert (mirror.rows("T"), mirror.rows("Other")) == ([(1, "a")], [(1,), (2,)])
    mirror.lake.delete(mirror.path("T"), params={"recursive": "true"})
    mirror.write("T", 1, {"id": ["anew"]})
    assert (mirror.statuses()["T"]["status"], mirror.rows("T")) == ("Replicating", [("anew",)])


def test_keys_stay_as_they_are(mirror: Mirror) -> None:
    mirror.keys("T", "id")
    mirror.write("T", 1, {"id": [1], "v": ["a"]})
    mirror.keys("T", "id", "v")

    assert "keyColumns were id and are id, v" in mirror.statuses()["T"]["error"]["message"]


def test_keys_can_come_later(mirror: Mirror) -> None:
    mirror.write("T", 1, {"id": [1], "v": ["a"]})
    mirror.keys("T", "id")
    mirror.write("T", 2, marked((1, "A", 4)))

    assert mirror.rows("T") == [(1, "A")]


def test_schemas_have_folders_of_their_own(mirror: Mirror) -> None:
    mirror.write("books.schema/T", 1, {"id": [1]})

    assert mirror.statuses()["T"]["sourceSchemaName"] == "books"
    assert mirror.rows("T", "books") == [(1,)]


def test_files_by_time_and_upserts_by_default(mirror: Mirror) -> None:
    more = {"fileDetectionStrategy": "LastUpdateTimeFileDetection", "isUpsertDefaultRowMarker": True}
    mirror.keys("T", "id", **more)
    mirror.write("T", "zebra", {"id": [1], "v": ["a"]})
    mirror.write("T", "aardvark", {"id": [1], "v": ["b"]})

    assert mirror.rows("T") == [(1, "b")]


def test_the_last_file_is_kept_and_those_before_it_for_a_week(mirror: Mirror) -> None:
    for number in (1, 2, 3):
        mirror.write("T", number, {"id": [number]})

    def names() -> list[str]:
        asked = {"resource": "filesystem", "directory": mirror.path("T"), "recursive": "true"}
        paths = mirror.lake.get("", params=asked).json()["paths"]
        return [one["name"].partition("/T/")[2] for one in paths if "isDirectory" not in one]

    assert names() == [
        "00000000000000000003.parquet",
        "_ProcessedFiles/00000000000000000001.parquet",
        "_ProcessedFiles/00000000000000000002.parquet",
    ]


def test_nothing_is_replicated_while_the_database_is_stopped(mirror: Mirror) -> None:
    mirror.fabric.post(f"mirroredDatabases/{mirror.id}/stopMirroring")
    mirror.write("T", 1, {"id": [1]})
    assert mirror.statuses() == {}
    mirror.fabric.post(f"mirroredDatabases/{mirror.id}/startMirroring")

    assert mirror.rows("T") == [(1,)]


def test_replication_may_take_its_time(mirror: Mirror) -> None:
    mirror.power_bi.switch(replication_seconds=45.0)
    mirror.write("T", 1, {"id": [1]})
    assert mirror.statuses()["T"]["metrics"]["processedRows"] == 0
    mirror.power_bi.advance(46)

    assert mirror.rows("T") == [(1,)]


def test_lists_become_texts(mirror: Mirror) -> None:
    mirror.write("T", 1, {"id": [1], "tags": [["a", "b"]]})

    assert mirror.rows("T") == [(1, '["a","b"]')]
