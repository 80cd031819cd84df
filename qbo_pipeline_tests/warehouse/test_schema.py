"""Tables, comments, history: what users find in the warehouse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from qbo_pipeline.lake.batch_files import write_schema_files
from qbo_pipeline.quickbooks.catalogue import entity, tables
from qbo_pipeline.quickbooks.catalogue.members import members
from qbo_pipeline.warehouse.schema import definitions, keys
from qbo_pipeline.warehouse.warehouse import open_warehouse
from qbo_pipeline_tests.lake.pages import deletion, page, record
from qbo_pipeline_tests.warehouse.loading import ENTITIES, Place


@pytest.fixture
def loaded(place: Place) -> Place:
    place.merge(page("Invoice", record("1", 0, "2026-05-01T00:00:00-07:00", TotalAmt=5)))
    place.merge(page("Invoice", record("1", 1, "2026-05-02T00:00:00-07:00", TotalAmt=7)))
    place.merge(page("Invoice", deletion("1", "2026-05-03T00:00:00-07:00"), source="cdc"))
    return place


def test_every_table_and_column_is_described(loaded: Place) -> None:
    schemas = "('quickbooks', 'history', 'audit')"
    with_what_is_behind = "('quickbooks', 'history', 'audit', 'stored')"
    relations = (
        "SELECT table_name, comment, schema_name FROM duckdb_tables() "
        "UNION ALL SELECT view_name, comment, schema_name FROM duckdb_views()"
    )
    unnamed = f"SELECT * FROM ({relations}) WHERE comment IS NULL AND schema_name IN {with_what_is_behind}"
    assert loaded.query(unnamed) == []
    undescribed = loaded.query(
        f"SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND schema_name IN {schemas}"
    )
    assert undescribed == []


def test_users_see_every_declared_column_and_rows_are_stored_without_the_unused(loaded: Place) -> None:
    own = tables(entity("Invoice"))[0]
    shown = [(name, kind.replace(" ", "")) for name, kind, _ in definitions(entity("Invoice"), own)]
    columns = "SELECT column_name, replace(data_type, ' ', '') FROM duckdb_columns() WHERE table_name = 'invoice'"
    assert loaded.query(f"{columns} AND schema_name = 'quickbooks' ORDER BY column_index") == shown
    stored = {name for name, _ in loaded.query(f"{columns} AND schema_name = 'stored'")}
    assert stored == {*keys(entity("Invoice"), own), "domain", "status", "total_amt"}


def test_an_entitys_table_starts_with_the_record_columns() -> None:
    names = [name for name, _, _ in definitions(entity("Invoice"), tables(entity("Invoice"))[0])]
    assert names[:8] == ["realm_id", "id", "sync_token", "created_at", "updated_at", "deleted", "synced_at", "source"]


def test_the_history_has_every_version_with_its_time_and_json(loaded: Place) -> None:
    rows = loaded.query(
        "SELECT operation, valid_from::DATE::VARCHAR, valid_to::DATE::VARCHAR, raw FROM history.record ORDER BY 2"
    )
    assert [row[:3] for row in rows] == [
        ("created", "2026-05-01", "2026-05-02"),
        ("updated", "2026-05-02", "2026-05-03"),
        ("deleted", "2026-05-03", None),
    ]
    assert [json.loads(row[3]).get("TotalAmt") for row in rows] == [5, 7, None]


@pytest.mark.parametrize(("instant", "amount"), [("2026-05-01 12:00", 5), ("2026-05-02 12:00", 7)])
def test_the_history_answers_as_of_any_instant(loaded: Place, instant: str, amount: int) -> None:
    moment = f"TIMESTAMP '{instant}'"
    rows = loaded.query(
        "SELECT total_amt FROM history.invoice "
        f"WHERE valid_from <= {moment} AND (valid_to > {moment} OR valid_to IS NULL)"
    )
    assert rows == [(amount,)]


def test_the_json_is_one_join_away(loaded: Place) -> None:
    loaded.merge(page("Invoice", record("2", 0, TotalAmt=9)))
    [(raw,)] = loaded.query(
        "SELECT raw FROM quickbooks.invoice JOIN history.record USING (version_id) WHERE invoice.id = '2'"
    )
    assert json.loads(raw)["TotalAmt"] == 9


def test_what_happened_to_a_record_is_told(loaded: Place) -> None:
    loaded.merge(page("Invoice", record("1", 1, "2026-05-02T00:00:00-07:00", TotalAmt=7), source="webhook"))
    loaded.merge(page("Invoice", record("1", 3, DueDate="soon"), source="webhook"))
    loaded.write(page("Invoice", record("2")))
    events = loaded.query("SELECT id, operation, source, outcome FROM audit.record_event ORDER BY version_id")
    assert events == [
        ("1", "created", "backfill", "superseded"),
        ("1", "updated", "backfill", "superseded"),
        ("1", "deleted", "cdc", "current"),
        ("1", "updated", "webhook", "repeated"),
        ("1", "rejected", "webhook", "rejected"),
        ("2", "updated", "backfill", "waiting"),
    ]


def test_views_over_an_empty_lake_answer(place: Place) -> None:
    with place.open() as warehouse:
        warehouse.publish()
    assert place.query("SELECT count(*) FROM history.record") == [(0,)]
    assert place.query("SELECT count(*) FROM history.customer") == [(0,)]


def test_a_field_declared_later_becomes_a_column(loaded: Place) -> None:
    invoice = entity("Invoice")
    grown = replace(invoice, members=(*invoice.members, *members("Mood text How the customer felt.")))
    others = [one for one in ENTITIES if one is not invoice]
    build = loaded.root / "build" / "warehouse.duckdb"
    with open_warehouse(build, loaded.target, loaded.lake, entities=[grown, *others]) as warehouse:
        warehouse.publish()
    assert loaded.query("SELECT mood, total_amt FROM quickbooks.invoice") == [(None, 7)]


def test_a_data_folder_may_move(loaded: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    moved = Place(loaded.root.rename(tmp_path_factory.mktemp("elsewhere") / "data"), loaded.entities)
    moved.merge(page("Invoice", record("2", 0, "2026-05-04T00:00:00-07:00", TotalAmt=9, DocNumber="1002")))
    assert moved.query("SELECT id, doc_number FROM history.invoice ORDER BY valid_from DESC LIMIT 1") == [("2", "1002")]
    assert moved.query("SELECT count(*) FROM history.record") == [(4,)]
    assert moved.query("SELECT doc_number FROM quickbooks.invoice WHERE total_amt = 9") == [("1002",)]
    undescribed = "SELECT * FROM duckdb_columns() WHERE comment IS NULL AND schema_name IN ('quickbooks', 'history')"
    assert moved.query(undescribed) == []


def test_the_history_can_be_read_while_a_later_version_says_what_it_has_and_when_it_is_cut_short(
    loaded: Place,
) -> None:
    later = replace(entity("Invoice"), description="As a later version declares it.")
    versions = "SELECT (SELECT count(*) FROM history.record), (SELECT count(*) FROM history.invoice)"

    def cut_short(_: object, file: Path, **__: object) -> None:
        file.write_bytes(b"PAR1")
        raise KeyboardInterrupt

    with patch("pyarrow.parquet.write_table", cut_short), pytest.raises(KeyboardInterrupt):
        write_schema_files(loaded.lake, [later])
    assert loaded.query(versions) == [(3, 3)]

    write_schema_files(loaded.lake, [later])
    assert loaded.query(versions) == [(3, 3)]
