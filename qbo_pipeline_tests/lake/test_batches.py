"""A batch is in the lake completely or not at all, and holds what was received, byte for byte."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from qbo_pipeline.lake import batch_files, writer
from qbo_pipeline.lake.batch_files import declaration, write_schema_files
from qbo_pipeline.lake.layout import MAKING, SCHEMA_REALM, Batch, batches, sweep
from qbo_pipeline.lake.retyping import retype
from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.catalogue.members import members
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline_tests.lake.pages import deletion, page, record

ODD_TEXT = '{"Id": "1", "SyncToken":"0",\n  "TotalAmt": 1.50, "PrivateNote":"ä\\u00e4 \\/ 😀", "New":[ ]}'


def write(lake: Path, *pages: Page) -> Batch:
    into = LakeWriter(lake, pages[0].entity, pages[0].realm_id, "run")
    for one in pages:
        into.add(one)
    written = into.flush()
    assert written is not None
    return written.batch


def test_the_json_of_a_record_is_kept_to_the_byte(tmp_path: Path) -> None:
    batch = write(tmp_path, page("Invoice", ODD_TEXT, record("2", DueDate="soon")))
    assert pq.read_table(batch.records)["raw"].to_pylist()[0] == ODD_TEXT


def test_the_manifest_tells_what_is_in_the_batch(tmp_path: Path) -> None:
    good, bad = record("1", Line=[{"Amount": 1}, {"Amount": 2}], New=1), record("2", DueDate="soon")
    batch = write(tmp_path, page("Invoice", good, bad), page("Invoice", deletion("3", "2026-05-05T03:20:37-07:00")))
    assert (batch.manifest.records, batch.manifest.rejected, batch.manifest.deleted) == (3, 1, 1)
    assert batch.manifest.rows["invoice_line"] == 2
    assert batch.manifest.unknown_fields == {"New": 1}
    assert batch.manifest.declaration == declaration(entity("Invoice"))
    assert pq.read_table(batch.records)["operation"].to_pylist() == ["present", "rejected", "deleted"]
    assert [one.manifest for one in batches(tmp_path)] == [batch.manifest]


def test_rows_of_all_tables_carry_the_version_of_their_record(tmp_path: Path) -> None:
    batch = write(tmp_path, page("Invoice", record("1"), record("2", Line=[{"Amount": 1}])))
    versions = dict(
        zip(*(pq.read_table(batch.records)[name].to_pylist() for name in ("id", "version_id")), strict=True)
    )
    lines = batch.table("invoice_line")
    assert lines is not None
    assert pq.read_table(lines)["version_id"].to_pylist() == [versions["2"]]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "write_typed", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path, page("Invoice", record("1")))
    assert list(batches(tmp_path)) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_no_two_records_share_a_version_however_many_write_at_once(tmp_path: Path) -> None:
    names = ["Invoice", "Customer", "Bill", "Payment"] * 6
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda name: write(tmp_path, page(name, record("1"), record("2"))), names))
    versions = [one for batch in written for one in pq.read_table(batch.records)["version_id"].to_pylist()]
    assert len(set(versions)) == len(versions) == 48


def test_what_was_left_half_written_goes_after_a_while_and_not_before(tmp_path: Path) -> None:
    half = tmp_path / MAKING / "17"
    half.mkdir(parents=True)
    (half / "record.parquet").write_bytes(b"half")
    now = datetime.now(UTC)
    assert sweep(tmp_path, now - timedelta(hours=1)) == 0
    os.utime(half, (time.time() - 7200,) * 2)
    assert sweep(tmp_path, now - timedelta(hours=1)) == 1
    assert not half.exists()


def test_half_written_batches_are_in_no_query(tmp_path: Path) -> None:
    write(tmp_path, page("Invoice", record("1")))
    half = tmp_path / MAKING / "17"
    half.mkdir(parents=True, exist_ok=True)
    (half / "record.parquet").write_bytes(b"half")
    assert len(list(batches(tmp_path))) == 1
    assert duckdb.execute(f"SELECT count(*) FROM '{tmp_path}/*/*/*/record.parquet'").fetchall() == [(1,)]


def test_a_declaration_may_change_and_change_back(tmp_path: Path) -> None:
    now = entity("Term")
    then = replace(now, members=(*now.members, *members("Mood text How it felt.")))
    for declared in (now, then, now, then):
        write_schema_files(tmp_path, [declared])
        [folder] = (tmp_path / SCHEMA_REALM / "term").iterdir()
        assert folder.name == declaration(declared)
        assert ("mood" in pq.read_schema(folder / "term.parquet").names) is (declared is then)


def test_batches_that_an_earlier_release_typed_otherwise_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    now = declaration(entity("Invoice"))
    monkeypatch.setattr(batch_files, "TYPING", batch_files.TYPING + 1)
    assert declaration.__wrapped__(entity("Invoice")) != now


def test_a_batch_is_typed_anew_as_its_entity_is_declared_today(tmp_path: Path) -> None:
    now = entity("Invoice")
    then = replace(now, members=tuple(one for one in now.members if one.name not in ("TotalAmt", "DueDate")))
    early = replace(page("Invoice", record("1", TotalAmt=5), record("2", DueDate="soon")), entity=then)
    batch = write(tmp_path / "lake", early)
    assert batch.manifest.unknown_fields == {"TotalAmt": 1, "DueDate": 1}
    again = retype(batch, now, tmp_path / "again")
    own = again.table("invoice")
    assert own is not None
    row = duckdb.execute(f"SELECT id, total_amt::VARCHAR, version_id FROM '{own}'").fetchall()
    assert row == [("1", "5.0000", pq.read_table(batch.records)["version_id"].to_pylist()[0])]
    assert (again.manifest.rejected, again.manifest.unknown_fields) == (1, {})
    assert pq.read_table(again.records)["operation"].to_pylist() == ["present", "rejected"]
    assert pq.read_table(again.records)["raw"].to_pylist() == pq.read_table(batch.records)["raw"].to_pylist()
